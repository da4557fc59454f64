#pragma once

#include <ridge/kernels/step.hpp>
#include <ridge/layers/activation.hpp>

namespace ridge {

/// max(x, 0). Its derivative at 0 is 0, as in PyTorch; NaN stays NaN.
struct ReLU : Activation<ReLU> {
  template <class X>
  static auto value(const X& x) {
    return x.max(typename X::Scalar(0));
  }
  template <class Y>
  static auto derivative(const Y& y) {
    using S = typename Y::Scalar;
    return y.unaryExpr(detail::Step<S>{S(0), S(1)});
  }
};

}  // namespace ridge
