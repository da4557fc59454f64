// expect: with smooth_gradient.w. leaves the rest of its gradient to
#include <ridge/ridge.hpp>

using namespace ridge;

struct Square {
  Square at(const ParameterInfo&) const { return {}; }
  double value(const auto& w) const { return static_cast<double>(w.square().sum()); }
  auto gradient(const auto& w) const { return w + w; }
#ifdef RIDGE_MISTAKE
  auto smooth_gradient(const auto& w) const { return w + w; }
#endif
};

void train(Sequential<Linear<float>>& net) {
  const Trainer trainer{net, CrossEntropy{} + L2{0.1} + Square{}, SGD{}};
}
