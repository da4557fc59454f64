#pragma once

#include <ridge/core/error.hpp>
#include <ridge/kernels/step.hpp>
#include <ridge/layers/activation.hpp>

namespace ridge {

/// x for x > 0, else slope x.
class LeakyReLU : public Activation<LeakyReLU> {
 public:
  /// @throws ValueError if the slope is negative, infinite or NaN
  explicit LeakyReLU(double slope = 0.01) : slope_(slope) {
    detail::require_non_negative(slope, "LeakyReLU: slope");
  }

  double slope() const { return slope_; }

  template <class X>
  auto value(const X& x) const {
    return x * x.unaryExpr(factor<typename X::Scalar>());
  }
  template <class Y>
  auto derivative(const Y& y) const {
    return y.unaryExpr(factor<typename Y::Scalar>());  // y is above 0 where x is
  }

  friend bool operator==(const LeakyReLU& a, const LeakyReLU& b) { return a.slope_ == b.slope_; }

 private:
  template <class S>
  detail::Step<S> factor() const {
    return {static_cast<S>(slope_), S(1)};
  }

  double slope_;
};

}  // namespace ridge
