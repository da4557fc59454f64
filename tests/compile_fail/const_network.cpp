// expect: the network is const, so it cannot be trained
#include <ridge/ridge.hpp>

using namespace ridge;

#ifdef RIDGE_MISTAKE
using Net = const Linear<float>;
#else
using Net = Linear<float>;
#endif

void use(Net& net, const Dataset<float, int>& data) { fit(net, CrossEntropy{}, SGD{}, data); }
