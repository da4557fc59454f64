// expect: the network is a temporary, so what it learns would be lost. give it a name
#include <ridge/ridge.hpp>

using namespace ridge;

void use(const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(Linear<float>{4, 3}, CrossEntropy{}, SGD{}, data);
#else
  Linear<float> net{4, 3};
  fit(net, CrossEntropy{}, SGD{}, data);
#endif
}
