// expect: only a penalty or a constraint, such as L2{1e-4}, can be added to a loss|penalty.at.info
#include <ridge/ridge.hpp>

using namespace ridge;

struct Sum {
#ifndef RIDGE_MISTAKE
  Sum at(const ParameterInfo&) const { return {}; }
#endif
  double value(const auto& w) const { return static_cast<double>(w.sum()); }
  template <class W>
  auto gradient(const W& w) const {
    return W::PlainObject::Ones(w.rows(), w.cols());
  }
};

const auto objective = CrossEntropy{} + Sum{};
