#pragma once

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace ridge::detail {

/// The norm of a vector or a matrix: with care if the sum of its squares is too large for its
/// scalar. It is NaN or infinite only if an element is, or if it is itself beyond a double.
template <class M>
double norm_of(const Eigen::MatrixBase<M>& m) {
  const auto norm = static_cast<double>(m.norm());
  if (std::isfinite(norm)) return norm;
  double largest = 0, sum = 0;
  for (Eigen::Index c = 0; c < m.cols(); ++c)
    for (Eigen::Index r = 0; r < m.rows(); ++r) {
      const double size = std::abs(static_cast<double>(m.coeff(r, c)));
      if (!std::isfinite(size)) return size;
      largest = std::max(largest, size);
    }
  for (Eigen::Index c = 0; c < m.cols(); ++c)
    for (Eigen::Index r = 0; r < m.rows(); ++r) {
      const double share = static_cast<double>(m.coeff(r, c)) / largest;
      sum += share * share;
    }
  return largest * std::sqrt(sum);
}

/// The norm of several matrices together.
template <class Matrices>
double norm_of_all(const Matrices& all) {
  double sum = 0;
  for (const auto& each : all) sum += static_cast<double>(each.squaredNorm());
  if (std::isfinite(sum)) return std::sqrt(sum);
  double norm = 0;
  for (const auto& each : all) norm = std::hypot(norm, norm_of(each));
  return norm;
}

}  // namespace ridge::detail
