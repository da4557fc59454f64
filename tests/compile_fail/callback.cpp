// expect: a callback has at least one of begin
#include <ridge/ridge.hpp>

using namespace ridge;

struct Mine {
#ifdef RIDGE_MISTAKE
  void on_epoch(auto&) {}
#else
  void after_epoch(auto&) {}
#endif
};

void use(Linear<float>& net, const Dataset<float, int>& data) {
  fit(net, CrossEntropy{}, SGD{}, data, {}, Mine{});
}
