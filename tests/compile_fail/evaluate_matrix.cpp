// expect: ridge::evaluate: the data must be a ridge::Dataset
#include <ridge/ridge.hpp>

using namespace ridge;

Evaluation use(const Linear<float>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  return evaluate(net, CrossEntropy{}, data.inputs());
#else
  return evaluate(net, CrossEntropy{}, data);
#endif
}
