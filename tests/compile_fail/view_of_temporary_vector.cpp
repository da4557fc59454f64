// expect: a view of a temporary would outlive it; give it a name
#include <vector>

#include <ridge/data/dataset.hpp>

std::vector<float> numbers();

ridge::DatasetView<float, int> view(const std::vector<int>& labels) {
#ifdef RIDGE_MISTAKE
  return {numbers(), 2, labels};
#else
  static const std::vector<float> x = numbers();
  return {x, 2, labels};
#endif
}
