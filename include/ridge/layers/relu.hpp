#pragma once

#include <ridge/layers/activation.hpp>

namespace ridge {

/// max(x, 0). Its derivative at 0 is 0, as in PyTorch; NaN stays NaN.
struct ReLU : Activation<ReLU> {
  template <class X>
  static auto value(const X& x) {
    return x.max(typename X::Scalar(0));
  }
  template <class X, class Y>
  static auto derivative(const X&, const Y& y) {
    return (y > typename Y::Scalar(0)).template cast<typename Y::Scalar>();
  }
};

static_assert(Layer<ReLU>);

}  // namespace ridge
