// expect: a penalty is given its strength, and not multiplied by it: L2{1e-4}
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
const auto objective = CrossEntropy{} + 1e-4 * L2{1};
#else
const auto objective = CrossEntropy{} + L2{1e-4};
#endif
