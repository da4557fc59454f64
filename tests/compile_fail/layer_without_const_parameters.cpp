// expect: every argument must be a Layer|layer.parameters\(\).*of a const layer too
#include <ridge/ridge.hpp>

using namespace ridge;

struct Shift {
  using Scalar = double;
  Vector<double> shift = Vector<double>::Zero(3);

  Index output_size(Index rows) const { return rows; }
  auto parameters() { return std::tuple{as_shift(shift)}; }
#ifndef RIDGE_MISTAKE
  auto parameters() const { return std::tuple{as_shift(shift)}; }
#endif
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = x.colwise() + shift;
  }
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    infer(x, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx = dy;
    gradients(dy.rowwise().sum());
  }
  void initialize(const auto& initializer, Random& random) {
    initialize_parameter(as_shift(shift), {1, 1}, initializer, random);
  }
};

Sequential net{Linear<double>{4, 3}, Shift{}};
