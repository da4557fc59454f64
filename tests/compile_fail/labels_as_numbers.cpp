// expect: ridge::RidgeRegression: the targets are integers, labels of classes
#include <ridge/linear/ridge_regression.hpp>
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
RidgeRegression model(const Dataset<double, int>& data) { return RidgeRegression{data}; }
#else
RidgeRegression model(const Dataset<double, double>& data) { return RidgeRegression{data}; }
#endif
