#pragma once

#include <cmath>

#include <ridge/layers/activation.hpp>

namespace ridge {

/// x P(Z <= x) for a standard normal Z, by the error function (Hendrycks and Gimpel, 2016):
/// x/2 (1 + erf(x / sqrt 2)). It is PyTorch's default form, not its tanh approximation.
struct GELU : Activation<GELU> {
  template <class X>
  static auto value(const X& x) {
    using S = typename X::Scalar;
    return x.unaryExpr([](S v) { return v * probability(v); });
  }
  template <class X, class Y>
  static auto derivative(const X& x, const Y&) {
    using S = typename X::Scalar;
    return x.unaryExpr([](S v) {
      const S density = std::exp(-v * v / 2) * S(0.39894228040143267794);  // 1 / sqrt(2 pi)
      return probability(v) + v * density;
    });
  }

 private:
  /// erfc keeps its relative accuracy where 1 + erf would cancel.
  template <class S>
  static S probability(S v) {
    return std::erfc(v * S(-0.70710678118654752440)) / 2;
  }
};

}  // namespace ridge
