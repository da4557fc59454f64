// expect: the fifth argument is the options, .*before them is one ridge::Dataset
#include <ridge/ridge.hpp>

using namespace ridge;

void use(Linear<float>& net, const Matrix<float>& x, const RowVector<int>& labels) {
#ifdef RIDGE_MISTAKE
  fit(net, CrossEntropy{}, SGD{}, x, labels);
#else
  fit(net, CrossEntropy{}, SGD{}, Dataset<float, int>(x, labels));
#endif
}
