#pragma once

#include <cmath>

#include <Eigen/Core>

namespace ridge::detail {

/// The norm of a vector or a matrix: with care if the sum of its squares is too large for its
/// scalar. It is NaN or infinite only if an element is.
template <class M>
double norm_of(const Eigen::MatrixBase<M>& m) {
  const auto norm = static_cast<double>(m.norm());
  return std::isfinite(norm) ? norm : m.template cast<double>().stableNorm();
}

}  // namespace ridge::detail
