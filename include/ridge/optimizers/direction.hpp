#pragma once

#include <Eigen/Core>

namespace ridge::detail {

/// An expression that is read several times, computed once if its size is known, as a tile's is;
/// else it is computed each time, since its value would have to be allocated.
template <class Expression>
auto once(const Eigen::ArrayBase<Expression>& expression) {
  if constexpr (Expression::SizeAtCompileTime != Eigen::Dynamic)
    return expression.eval();
  else
    return expression.derived();
}

}  // namespace ridge::detail
