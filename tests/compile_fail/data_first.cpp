// expect: the first argument must be a network, a Layer .*fit.net, loss . penalty, optimizer,
// dataset
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(data, net, CrossEntropy{}, SGD{});
#else
  fit(net, CrossEntropy{}, SGD{}, data);
#endif
}
