#pragma once

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// The sum of the squares of so many numbers, in their own scalar.
template <class S>
S sum_of_squares(const S* x, Index count) {
  return Eigen::Map<const Vector<S>>(x, count).squaredNorm();
}

/// The norm of so many numbers, `stride` apart, whatever the sum of their squares is. It is NaN or
/// infinite only if one of them is, or if it is itself beyond a double.
template <class S>
double careful_norm_of(const S* x, Index count, Index stride = 1) {
  double largest = 0, sum = 0;
  for (Index i = 0; i < count; ++i) {
    const double size = std::abs(static_cast<double>(x[i * stride]));
    if (!std::isfinite(size)) return size;
    largest = std::max(largest, size);
  }
  if (largest == 0) return 0;
  for (Index i = 0; i < count; ++i) {
    const double share = static_cast<double>(x[i * stride]) / largest;
    sum += share * share;
  }
  return largest * std::sqrt(sum);
}

/// The same of numbers side by side: with care only if the sum of squares is too large.
template <class S>
double norm_of(const S* x, Index count) {
  const auto norm = static_cast<double>(std::sqrt(sum_of_squares(x, count)));
  return std::isfinite(norm) ? norm : careful_norm_of(x, count);
}

/// The norm of several matrices together.
template <class Matrices>
double norm_of_all(const Matrices& all) {
  double sum = 0;
  for (const auto& each : all) sum += static_cast<double>(sum_of_squares(each.data(), each.size()));
  if (std::isfinite(sum)) return std::sqrt(sum);
  double norm = 0;
  for (const auto& each : all) norm = std::hypot(norm, norm_of(each.data(), each.size()));
  return norm;
}

}  // namespace ridge::detail
