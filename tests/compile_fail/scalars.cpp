// expect: all layers must have the same scalar
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Sequential net{Linear<float>{4, 3}, ReLU{}, Linear<double>{3, 2}};
#else
Sequential net{Linear<double>{4, 3}, ReLU{}, Linear<double>{3, 2}};
#endif
