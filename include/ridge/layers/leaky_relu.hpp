#pragma once

#include <ridge/core/error.hpp>
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
    return (x > typename X::Scalar(0)).select(x, x * static_cast<typename X::Scalar>(slope_));
  }
  template <class X, class Y>
  auto derivative(const X& x, const Y&) const {
    using S = typename X::Scalar;
    const auto positive = (x > S(0)).template cast<S>();
    return positive * static_cast<S>(1 - slope_) + static_cast<S>(slope_);
  }

  friend bool operator==(const LeakyReLU& a, const LeakyReLU& b) { return a.slope_ == b.slope_; }

 private:
  double slope_;
};

static_assert(Layer<LeakyReLU>);

}  // namespace ridge
