// expect: to a penalty only a loss and other penalties can be added
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
const auto penalty = L2{1e-4} + 1e-5;
#else
const auto penalty = L2{1e-4} + L1{1e-5};
#endif
