// expect: only a penalty or a constraint, such as L2{1e-4}, can be added to a loss
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
const auto objective = CrossEntropy{} + 1e-4;
#else
const auto objective = CrossEntropy{} + L2{1e-4};
#endif
