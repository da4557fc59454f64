// expect: ridge::Sequential: give it at least one layer
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Sequential net{};
#else
Sequential net{Tanh{}};
#endif
