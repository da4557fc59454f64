// expect: prox of a penalty.s term cannot be called as prox.w, steps.
#include <ridge/ridge.hpp>

using namespace ridge;

struct Sparse {
  Sparse at(const ParameterInfo&) const { return {}; }
  double value(const auto& w) const { return static_cast<double>(w.abs().sum()); }
  auto gradient(const auto& w) const { return w.sign(); }
  template <class W>
  auto smooth_gradient(const W& w) const {
    return W::PlainObject::Zero(w.rows(), w.cols());
  }
#ifdef RIDGE_MISTAKE
  template <class W>
  void prox(W& w, float step) const {
    w = w.sign() * (w.abs() - step).max(0);
  }
#else
  template <class W, class Steps>
  void prox(W& w, const Steps& steps) const {
    w = w.sign() * (w.abs() - steps).max(0);
  }
#endif
};

void train(Sequential<Linear<float>>& net) {
  const Trainer trainer{net, CrossEntropy{} + Sparse{}, SGD{}};
}
