// expect: two neighbours do not fit|Joint<0, 128, 2, 64>
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Sequential<Linear<float, 784, 128>, ReLU, Linear<float, 64, 10>> net;
#else
Sequential<Linear<float, 784, 128>, ReLU, Linear<float, 128, 10>> net;
#endif
