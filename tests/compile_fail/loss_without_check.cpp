// expect: a penalty is added to a loss, and not to .* a loss that lacks something|loss.check
#include <ridge/ridge.hpp>

using namespace ridge;

struct Sum {
  template <class Scalar>
  using Example = Matrix<Scalar>;

#ifndef RIDGE_MISTAKE
  template <class Targets>
  void check(Index, const Targets&) const {}
#endif
  double value(const auto& y, const auto&) const { return static_cast<double>(y.sum()); }
  double value_and_gradient(const auto& y, const auto& t, auto& dy) const {
    dy.setOnes();
    return value(y, t);
  }
};

const auto objective = Sum{} + L2{1e-4};
