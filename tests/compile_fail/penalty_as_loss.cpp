// expect: the second argument is what to minimize: a loss, such as CrossEntropy{}, or loss .
// penalty
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, L2{1e-4}, SGD{}, data);
#else
  fit(net, CrossEntropy{} + L2{1e-4}, SGD{}, data);
#endif
}
