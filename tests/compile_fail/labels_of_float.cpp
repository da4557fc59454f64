// expect: the targets have another type than the dataset's: an integer for classes
#include <ridge/data/dataset.hpp>

using namespace ridge;

Dataset<float, int> data(const Matrix<float>& x, const RowVector<float>& labels) {
#ifdef RIDGE_MISTAKE
  return {x, labels};
#else
  return {x, labels.cast<int>()};
#endif
}
