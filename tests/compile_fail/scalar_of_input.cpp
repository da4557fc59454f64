// expect: the input's scalar is not the network's
#include <ridge/ridge.hpp>

using namespace ridge;

auto use(const Linear<float>& net) {
#ifdef RIDGE_MISTAKE
  return predict(net, Vector<double, 3>());
#else
  return predict(net, Vector<float, 3>());
#endif
}
