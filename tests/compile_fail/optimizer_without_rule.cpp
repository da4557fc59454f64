// expect: the third argument must be an optimizer|o[.](template )?rule<double>
#include <ridge/ridge.hpp>

using namespace ridge;

struct Descent {
  double learning_rate = 0.1;
  static constexpr int memory_arrays = 0;

  void validate() const {}
  int arrays_used() const { return 0; }
#ifndef RIDGE_MISTAKE
  template <class Scalar>
  auto rule(std::int64_t, const ParameterInfo&) const {
    return [rate = static_cast<Scalar>(learning_rate)](auto& w, const auto& g) { w -= rate * g; };
  }
#endif
  bool operator==(const Descent&) const = default;
};

void use(Linear<float>& net, const Dataset<float, int>& data) {
  fit(net, CrossEntropy{}, Descent{}, data);
}
