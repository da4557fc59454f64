// expect: the third argument must be an optimizer, such as SGD{}. a penalty is added to the loss
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, L2{1e-4}, data);
#else
  fit(net, CrossEntropy{} + L2{1e-4}, SGD{}, data);
#endif
}
