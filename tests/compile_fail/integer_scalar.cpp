// expect: ridge::Linear: it computes in float or double: Linear<float>{784, 128}
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Linear<int> layer{784, 128};
#else
Linear<double> layer{784, 128};
#endif
