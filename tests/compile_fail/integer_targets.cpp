// expect: ridge::RidgeRegression: the targets are integers, labels of classes
#include <ridge/linear/ridge_regression.hpp>
#include <ridge/ridge.hpp>

using namespace ridge;

RidgeRegression model(const Matrix<double>& x, const RowVector<int>& y) {
#ifdef RIDGE_MISTAKE
  return {x, y};
#else
  return {x, y.cast<double>()};
#endif
}
