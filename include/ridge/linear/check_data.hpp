#pragma once

#include <cmath>
#include <limits>
#include <string_view>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge::detail {

/// @throws ValueError for a number that is NaN or infinite, with its place; samples are columns
inline void require_finite(std::string_view who, std::string_view what, const Matrix<double>& m) {
  if (m.allFinite()) return;
  for (Index n = 0; n < m.cols(); ++n)
    for (Index i = 0; i < m.rows(); ++i)
      if (!std::isfinite(m(i, n)))
        throw ValueError(text(who, ": sample ", n, " has ", m(i, n), " as its ", what, " ", i,
                              "; mend it, or leave the sample out"));
}

/// Sample weights that add up to 1; equal ones where none are given.
/// @throws ShapeError if there is not one a sample, ValueError for one that is negative, infinite
///         or NaN, and for a sum that is 0 or no normal number
inline Vector<double> normalized_weights(std::string_view who, const RowVector<double>& weights,
                                         Index samples) {
  if (weights.size() == 0)
    return Vector<double>::Constant(samples, 1 / static_cast<double>(samples));
  if (weights.size() != samples)
    throw ShapeError(text(who, ": ", samples, " samples, but ", weights.size(), " weights"));
  for (Index n = 0; n < samples; ++n)
    if (!(weights(n) >= 0 && std::isfinite(weights(n))))
      throw ValueError(text(who, ": sample weights must be finite numbers >= 0, got ", weights(n),
                            " for sample ", n));
  const double sum = weights.sum();
  if (!(sum >= std::numeric_limits<double>::min() && std::isfinite(sum)))
    throw ValueError(text(who, ": the sample weights add up to ", sum,
                          ", which is no number to divide by; only their ratios count, so "
                          "scale them"));
  return weights.transpose() / sum;
}

}  // namespace ridge::detail
