// expect: ridge::Linear: it computes in float or double: Linear<float>{784, 128}
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Linear layer{784, 128};
#else
Linear<float> layer{784, 128};
#endif
