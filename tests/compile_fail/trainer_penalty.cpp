// expect: ridge::Trainer: the third argument must be an optimizer, such as SGD{}. a penalty is
// added to the loss
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net) {
#ifdef RIDGE_MISTAKE
  Trainer trainer{net, CrossEntropy{}, L2{1e-4}};
#else
  Trainer trainer{net, CrossEntropy{} + L2{1e-4}, SGD{}};
#endif
}
