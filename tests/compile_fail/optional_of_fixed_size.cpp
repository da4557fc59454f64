// expect: a layer in a std::optional has no sizes in its type
#include <optional>

#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
Sequential net{Linear<float>{4, 3}, std::optional{Linear<float, 3, 3>{}}, ReLU{}};
#else
Sequential net{Linear<float>{4, 3}, std::optional{Linear<float>{3, 3}}, ReLU{}};
#endif
