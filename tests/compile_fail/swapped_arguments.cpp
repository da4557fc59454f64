// expect: the third argument must be an optimizer
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, SGD{}, CrossEntropy{}, data);
#else
  fit(net, CrossEntropy{}, SGD{}, data);
#endif
}
