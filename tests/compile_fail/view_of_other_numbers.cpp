// expect: a view converts nothing: its types must be those of the containers
#include <vector>

#include <ridge/data/dataset.hpp>

ridge::DatasetView<float, float> view(const std::vector<float>& x, const std::vector<double>& y,
                                      const std::vector<float>& z) {
#ifdef RIDGE_MISTAKE
  return {x, 2, y};
#else
  return {x, 2, y.empty() ? x : z};
#endif
}
