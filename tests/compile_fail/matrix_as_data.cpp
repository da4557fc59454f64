// expect: the fourth argument must be a ridge::Dataset
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, SGD{}, data.inputs());
#else
  fit(net, CrossEntropy{}, SGD{}, data);
#endif
}
