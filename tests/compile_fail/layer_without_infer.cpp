// expect: every argument must be a Layer|layer.infer
#include <ridge/ridge.hpp>

using namespace ridge;

struct Same {
  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }
#ifndef RIDGE_MISTAKE
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = x;
  }
#endif
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    y = x;
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx = dy;
    gradients();
  }
};

Sequential net{Linear<float>{4, 3}, Same{}};
