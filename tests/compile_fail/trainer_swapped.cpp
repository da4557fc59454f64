// expect: ridge::Trainer: the second argument is what to minimize
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net) {
#ifdef RIDGE_MISTAKE
  Trainer trainer{net, SGD{}, CrossEntropy{}};
#else
  Trainer trainer{net, CrossEntropy{}, SGD{}};
#endif
}
