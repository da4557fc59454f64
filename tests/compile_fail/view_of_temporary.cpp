// expect: a view of a temporary matrix would outlive it; give it a name
#include <ridge/data/dataset.hpp>

ridge::DatasetView<float, int> view(const ridge::RowVector<int>& labels) {
#ifdef RIDGE_MISTAKE
  return {ridge::Matrix<float>(2, 3), labels};
#else
  static const ridge::Matrix<float> x(2, 3);
  return {x, labels};
#endif
}
