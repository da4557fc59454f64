#pragma once

#include <concepts>
#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/sizes.hpp>
#include <ridge/layers/epsilon.hpp>
#include <ridge/layers/initializers.hpp>

namespace ridge {

/// Batch normalization (Ioffe and Szegedy, 2015), PyTorch's `BatchNorm1d`: y = scale (x - mean) /
/// sqrt(variance + epsilon) + shift for each feature. In training mean and variance are those of
/// the batch, and running ones follow them: running = (1 - momentum) running + momentum batch, the
/// variance by n - 1. In use the running ones are taken.
///
/// Scale and shift have roles of their own, so that penalties leave them alone; the running
/// statistics are part of model files, and not trained. A batch of one sample has no variance: it
/// is taken as 0, and the running statistics stay as they are.
template <class S, int Features = Dynamic>
class BatchNorm {
  static_assert(std::floating_point<S>,
                "ridge::BatchNorm: it computes in float or double: BatchNorm<float>{128}");

 public:
  using Scalar = S;
  static constexpr int inputs = Features, outputs = Features;

  SizedMatrix<S, Features, 1> scale, shift, running_mean, running_variance;

  BatchNorm() requires(Features != Dynamic) : BatchNorm(Features) {}

  /// @param momentum the share of the present batch in the running statistics
  /// @throws ValueError if there are no features, or a number is outside its domain; ShapeError if
  ///         the size is not the one in the type
  explicit BatchNorm(Index features, double epsilon = 1e-5, double momentum = 0.1)
      : epsilon_(epsilon), momentum_(momentum) {
    if (features < 1)
      throw ValueError(detail::text("BatchNorm: features must be at least 1, got ", features));
    if (Features != Dynamic && Features != features)
      throw ShapeError(detail::text("BatchNorm<", Features, ">: got ", features, " features"));
    detail::require_addressable<S>(features, 1, detail::text("BatchNorm: ", features, " features"));
    detail::require_epsilon<S>("BatchNorm", epsilon);
    if (!(momentum >= 0 && momentum <= 1))
      throw ValueError(detail::text("BatchNorm: momentum must be in [0, 1], got ", momentum));
    scale.setOnes(features);
    shift.setZero(features);
    running_mean.setZero(features);
    running_variance.setOnes(features);
  }

  Index input_size() const { return scale.size(); }
  Index output_size(Index rows) const {
    if (rows != scale.size())
      throw ShapeError(detail::text("BatchNorm: expected ", scale.size(), " rows, got ", rows));
    return rows;
  }

  /// The batch's normalized values and statistics.
  template <class T>
  class Cache {
    friend BatchNorm;
    detail::Buffer<T, Features> normalized_;
    Vector<T, Features> mean_, variance_, inverse_, dscale_, dshift_, next_mean_;
  };

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    const Vector<S, Features> factor =
        scale.array() / (running_variance.array() + S(epsilon_)).sqrt();
    // The difference first: products would cancel where a mean is much larger than the deviation.
    for (Index n = 0; n < x.cols(); ++n)
      y.col(n) = (x.col(n) - running_mean).cwiseProduct(factor) + shift;
  }

  template <class X, class Y, class T>
  void forward(const X& x, Y& y, Cache<T>& cache) const {
    const S each = S(1) / static_cast<S>(x.cols());
    auto hat = cache.normalized_.view(x.rows(), x.cols());
    auto& mean = cache.mean_;
    auto& variance = cache.variance_;
    // Of the differences from the first sample, so that it is exact for a feature that is constant.
    mean.setZero(x.rows());
    for (Index n = 1; n < x.cols(); ++n) mean += x.col(n) - x.col(0);
    mean = each * mean + x.col(0);
    variance.setZero(x.rows());
    for (Index n = 0; n < x.cols(); ++n) {
      hat.col(n) = x.col(n) - mean;
      variance += hat.col(n).cwiseAbs2();
    }
    variance *= each;
    cache.inverse_ = (variance.array() + S(epsilon_)).rsqrt();
    for (Index n = 0; n < x.cols(); ++n) {
      hat.col(n).array() *= cache.inverse_.array();
      y.col(n) = hat.col(n).cwiseProduct(scale) + shift;
    }
  }

  template <class X, class Y, class DY, class DX, class T, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, Cache<T>& cache, G&& gradients) const {
    const Index samples = x.cols();
    const auto hat = cache.normalized_.view(x.rows(), samples);
    // ds = sum dy x^, db = sum dy, over the samples
    auto& dscale = cache.dscale_;
    auto& dshift = cache.dshift_;
    dscale.setZero(x.rows());
    dshift.setZero(x.rows());
    for (Index n = 0; n < samples; ++n) {
      dscale += dy.col(n).cwiseProduct(hat.col(n));
      dshift += dy.col(n);
    }
    // dx = s / sigma (dy - (db + x^ ds) / n)
    const S each = S(1) / static_cast<S>(samples);
    for (Index n = 0; n < samples; ++n)
      dx.col(n) = scale.cwiseProduct(cache.inverse_)
                      .cwiseProduct(dy.col(n) - each * (dshift + hat.col(n).cwiseProduct(dscale)));

    const S share = samples > 1 ? static_cast<S>(momentum_) : S(0);
    const S unbiased = samples > 1 ? static_cast<S>(samples) / static_cast<S>(samples - 1) : S(0);
    // What is too near the batch's mean to come nearer by its share of the way takes it, else
    // it would stay some roundings away, which a small variance in use makes large.
    auto& mean = cache.next_mean_;
    mean = running_mean + share * (cache.mean_ - running_mean);
    if (share > 0)
      mean = (mean.array() == running_mean.array()).select(cache.mean_.array(), mean.array());
    gradients(dscale, dshift, new_value(mean),
              new_value((1 - share) * running_variance + share * unbiased * cache.variance_));
  }

  auto parameters() {
    return std::tuple{as_scale(scale), as_shift(shift), as_statistic(running_mean, "running_mean"),
                      as_statistic(running_variance, "running_var")};
  }
  auto parameters() const {
    return std::tuple{as_scale(scale), as_shift(shift), as_statistic(running_mean, "running_mean"),
                      as_statistic(running_variance, "running_var")};
  }

  template <class Initializer>
  void initialize(const Initializer&, Random&) {
    scale.setOnes();
    shift.setZero();
    running_mean.setZero();
    running_variance.setOnes();
  }

  friend bool operator==(const BatchNorm& a, const BatchNorm& b) {
    return a.scale.size() == b.scale.size() && a.scale == b.scale && a.shift == b.shift &&
           a.running_mean == b.running_mean && a.running_variance == b.running_variance &&
           a.epsilon_ == b.epsilon_ && a.momentum_ == b.momentum_;
  }

 private:
  double epsilon_, momentum_;
};

/// `BatchNorm{128}` lacks the scalar: a sentence from the compiler.
BatchNorm(Index)->BatchNorm<void>;

}  // namespace ridge
