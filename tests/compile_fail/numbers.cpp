// expect: targets must be floating-point numbers. for class labels use CrossEntropy
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, MeanSquaredError{}, SGD{}, data);
#else
  fit(net, CrossEntropy{}, SGD{}, data);
#endif
}
