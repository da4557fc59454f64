#pragma once

#include <ridge/layers/activation.hpp>

namespace ridge {

/// The hyperbolic tangent.
struct Tanh : Activation<Tanh> {
  template <class X>
  static auto value(const X& x) {
    return x.tanh();
  }
  template <class Y>
  static auto derivative(const Y& y) {
    return typename Y::Scalar(1) - y.square();
  }
};

}  // namespace ridge
