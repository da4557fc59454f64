#pragma once

#include <ridge/layers/activation.hpp>

namespace ridge {

/// The logistic function 1 / (1 + exp(-x)).
struct Sigmoid : Activation<Sigmoid> {
  template <class X>
  static auto value(const X& x) {
    return x.logistic();
  }
  template <class Y>
  static auto derivative(const Y& y) {
    return y * (typename Y::Scalar(1) - y);
  }
};

}  // namespace ridge
