// expect: every argument must be a Layer; see docs/extending.md
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Sequential net{Linear<float>{4, 3}, SGD{}};
#else
Sequential net{Linear<float>{4, 3}, Tanh{}};
#endif
