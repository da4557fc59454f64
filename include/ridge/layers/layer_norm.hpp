#pragma once

#include <cmath>
#include <concepts>
#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/sizes.hpp>
#include <ridge/layers/epsilon.hpp>
#include <ridge/layers/initializers.hpp>

namespace ridge {

/// Layer normalization (Ba, Kiros and Hinton, 2016), PyTorch's `LayerNorm`: y = scale (x - mean) /
/// sqrt(variance + epsilon) + shift, with mean and variance over each sample's features. It does
/// the same in training and in use. Scale and shift have roles of their own, so that penalties
/// leave them alone.
template <class S, int Features = Dynamic>
class LayerNorm {
  static_assert(std::floating_point<S>,
                "ridge::LayerNorm: it computes in float or double: LayerNorm<float>{128}");

 public:
  using Scalar = S;
  static constexpr int inputs = Features, outputs = Features;

  SizedMatrix<S, Features, 1> scale, shift;

  LayerNorm() requires(Features != Dynamic) : LayerNorm(Features) {}

  /// @throws ValueError if there are no features or epsilon is not above 0, ShapeError if the size
  ///         is not the one in the type
  explicit LayerNorm(Index features, double epsilon = 1e-5) : epsilon_(epsilon) {
    if (features < 1)
      throw ValueError(detail::text("LayerNorm: features must be at least 1, got ", features));
    if (Features != Dynamic && Features != features)
      throw ShapeError(detail::text("LayerNorm<", Features, ">: got ", features, " features"));
    detail::require_addressable<S>(features, 1, detail::text("LayerNorm: ", features, " features"));
    detail::require_epsilon<S>("LayerNorm", epsilon);
    scale.setOnes(features);
    shift.setZero(features);
  }

  Index input_size() const { return scale.size(); }
  Index output_size(Index rows) const {
    if (rows != scale.size())
      throw ShapeError(detail::text("LayerNorm: expected ", scale.size(), " rows, got ", rows));
    return rows;
  }

  /// The batch's normalized values, and what each sample was multiplied by.
  template <class T>
  class Cache {
    friend LayerNorm;
    detail::Buffer<T, Features> normalized_;
    detail::Buffer<T, 1> inverse_;
    Vector<T, Features> dscale_, dshift_, dnormalized_;
  };

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    for (Index n = 0; n < x.cols(); ++n) {
      centre(x.col(n), y.col(n));
      y.col(n) *= inverse_of(y.col(n));
      y.col(n).array() = y.col(n).array() * scale.array() + shift.array();
    }
  }

  template <class X, class Y, class T>
  void forward(const X& x, Y& y, Cache<T>& cache) const {
    auto hat = cache.normalized_.view(x.rows(), x.cols());
    auto inverse = cache.inverse_.view(1, x.cols());
    for (Index n = 0; n < x.cols(); ++n) {
      centre(x.col(n), hat.col(n));
      inverse(n) = inverse_of(hat.col(n));
      hat.col(n) *= inverse(n);
      y.col(n).array() = hat.col(n).array() * scale.array() + shift.array();
    }
  }

  template <class X, class Y, class DY, class DX, class T, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, Cache<T>& cache, G&& gradients) const {
    const auto hat = cache.normalized_.view(x.rows(), x.cols());
    const auto inverse = cache.inverse_.view(1, x.cols());
    auto& dscale = cache.dscale_;
    auto& dshift = cache.dshift_;
    auto& dhat = cache.dnormalized_;
    dscale.setZero(x.rows());
    dshift.setZero(x.rows());
    for (Index n = 0; n < x.cols(); ++n) {
      dscale += dy.col(n).cwiseProduct(hat.col(n));
      dshift += dy.col(n);
      dhat = dy.col(n).cwiseProduct(scale);
      // dx = (dx^ - mean(dx^) - x^ mean(dx^ x^)) / sigma
      const S mean = dhat.mean(), slope = dhat.dot(hat.col(n)) / static_cast<S>(x.rows());
      dx.col(n) = inverse(n) * (dhat.array() - mean - slope * hat.col(n).array()).matrix();
    }
    gradients(dscale, dshift);
  }

  auto parameters() { return std::tuple{as_scale(scale), as_shift(shift)}; }
  auto parameters() const { return std::tuple{as_scale(scale), as_shift(shift)}; }

  template <class Initializer>
  void initialize(const Initializer&, Random&) {
    scale.setOnes();
    shift.setZero();
  }

  friend bool operator==(const LayerNorm& a, const LayerNorm& b) {
    return a.scale.size() == b.scale.size() && a.scale == b.scale && a.shift == b.shift &&
           a.epsilon_ == b.epsilon_;
  }

 private:
  /// y = x - mean x, by the differences from the first element: exactly 0 if all are the same.
  template <class X, class Y>
  static void centre(const X& x, Y&& y) {
    const S first = x(0), mean = (x.array() - first).mean();
    y.array() = (x.array() - first) - mean;
  }
  /// 1 / sqrt(variance + epsilon) of values whose mean is 0.
  template <class V>
  S inverse_of(const V& centred) const {
    return 1 / std::sqrt(centred.squaredNorm() / static_cast<S>(centred.size()) + S(epsilon_));
  }

  double epsilon_;
};

/// `LayerNorm{128}` lacks the scalar: a sentence from the compiler.
LayerNorm(Index)->LayerNorm<void>;

}  // namespace ridge
