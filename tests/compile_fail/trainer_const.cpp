// expect: ridge::Trainer: the network is const, so it cannot be trained
#include <ridge/ridge.hpp>

using namespace ridge;

void use([[maybe_unused]] const Linear<float>& net) {
#ifdef RIDGE_MISTAKE
  Trainer trainer{net, CrossEntropy{}, SGD{}};
#else
  Linear<float> copy = net;
  Trainer trainer{copy, CrossEntropy{}, SGD{}};
#endif
}
