// expect: ridge::penalty_path: the fifth argument says how to hold out samples: KFold
#include <ridge/ridge.hpp>

using namespace ridge;

void use(const Linear<float>& net, const Dataset<float, int>& data) {
  const auto objective = [](double lambda) { return CrossEntropy{} + L2{lambda}; };
#ifdef RIDGE_MISTAKE
  penalty_path(net, objective, SGD{}, data, 5, {.lambdas = {0.1, 0.01}});
#else
  penalty_path(net, objective, SGD{}, data, KFold{.folds = 5}, {.lambdas = {0.1, 0.01}});
#endif
}
