// expect: exactly one gradient for each of its parameters
#include <ridge/ridge.hpp>

using namespace ridge;

/// Scales each feature; forgets to hand over its gradient.
struct Scale {
  using Scalar = float;
  Vector<float> factor = Vector<float>::Ones(3);

  Index output_size(Index rows) const { return rows; }
  auto parameters() { return std::tuple{as_weight(factor)}; }
  auto parameters() const { return std::tuple{as_weight(factor)}; }
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = factor.asDiagonal() * x;
  }
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    infer(x, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = factor.asDiagonal() * dy;
#ifdef RIDGE_MISTAKE
    gradients();
#else
    gradients(dy.cwiseProduct(x).rowwise().sum());
#endif
  }
};

double use(Scale& net, const Matrix<float>& x) {
  return Trainer{net, MeanSquaredError{}, SGD{}}.step(x, x);
}
