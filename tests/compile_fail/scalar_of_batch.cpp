// expect: the input's scalar is not the network's. convert it
#include <ridge/ridge.hpp>

using namespace ridge;

double use(Linear<float>& net, const Matrix<double>& x) {
#ifdef RIDGE_MISTAKE
  return Trainer{net, MeanSquaredError{}, SGD{}}.step(x, x);
#else
  return Trainer{net, MeanSquaredError{}, SGD{}}.step(x.cast<float>().eval(), x);
#endif
}
