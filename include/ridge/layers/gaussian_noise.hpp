#pragma once

#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>

namespace ridge {

/// In training a normal number of mean 0 is added to each element (for small deviations on inputs
/// that is a penalty on the network's slope: Bishop, 1995). In use nothing happens.
class GaussianNoise {
 public:
  static constexpr bool elementwise = true;

  /// @throws ValueError if the standard deviation is negative, infinite or NaN
  explicit GaussianNoise(double deviation) : deviation_(deviation) {
    detail::require_non_negative(deviation, "GaussianNoise: the standard deviation");
  }

  double deviation() const { return deviation_; }
  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }

  /// The generator that draws the noise.
  template <class S>
  class Cache {
   public:
    void reseed(Random random) { random_ = random; }
    void visit_state(StateVisitor& visit) { visit("random", random_); }

   private:
    friend GaussianNoise;
    Random random_;
  };

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = x;
  }

  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    for (Index n = 0; n < x.cols(); ++n)
      for (Index i = 0; i < x.rows(); ++i)
        y(i, n) = x(i, n) + static_cast<S>(deviation_ * cache.random_.normal());
  }

  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, Cache<S>&, G&& gradients) const {
    dx.array() = dy.array();
    gradients();
  }

  friend bool operator==(const GaussianNoise&, const GaussianNoise&) = default;

 private:
  double deviation_;
};

}  // namespace ridge
