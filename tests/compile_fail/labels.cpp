// expect: targets must be integer class labels; for numbers use MeanSquaredError
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, float>& numbers) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, SGD{}, numbers);
#else
  fit(net, MeanSquaredError{}, SGD{}, numbers);
#endif
}
