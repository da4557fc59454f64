// expect: the fifth argument is the options, .*after them are callbacks
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, SGD{}, data, Progress{});
#else
  fit(net, CrossEntropy{}, SGD{}, data, {}, Progress{});
#endif
}
