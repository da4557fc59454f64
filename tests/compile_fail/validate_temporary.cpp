// expect: the data is a temporary, which would be gone before the first epoch; give it a name
#include <ridge/ridge.hpp>

using namespace ridge;

void train(Sequential<Linear<float>>& net, const Dataset<float, int>& data) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, SGD{}, data, {}, Validate{Dataset<float, int>(data)});
#else
  const Dataset<float, int> copy(data);
  fit(net, CrossEntropy{}, SGD{}, data, {}, Validate{copy});
#endif
}
