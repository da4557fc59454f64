// expect: a penalty is added to a loss, and not to an optimizer
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
const auto optimizer = SGD{} + L2{1e-4};
#else
const auto optimizer = SGD{.weight_decay = 1e-4};
#endif
