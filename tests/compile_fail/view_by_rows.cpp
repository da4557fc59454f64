// expect: give its transpose.., which moves nothing
#include <ridge/data/dataset.hpp>

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

ridge::DatasetView<float, int> view(const Rows& samples, const ridge::RowVector<int>& labels) {
#ifdef RIDGE_MISTAKE
  return {samples, labels};
#else
  return {samples.transpose(), labels};
#endif
}
