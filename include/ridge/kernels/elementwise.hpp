#pragma once

#include <algorithm>

#include <ridge/core/types.hpp>

// Elementwise operations on whole arrays, outside of the products. Loops, since these compile in a
// fraction of the time that Eigen's expressions take.
namespace ridge::detail {

/// x *= factor
template <class S>
void scale(S* x, Index count, S factor) {
  for (Index i = 0; i < count; ++i) x[i] *= factor;
}

/// x /= divisor
template <class S>
void divide(S* x, Index count, S divisor) {
  for (Index i = 0; i < count; ++i) x[i] /= divisor;
}

/// y += factor x
template <class S>
void add_scaled(S* __restrict y, const S* __restrict x, Index count, S factor) {
  for (Index i = 0; i < count; ++i) y[i] += factor * x[i];
}

/// Each x between -bound and bound; NaN stays.
template <class S>
void clamp(S* x, Index count, S bound) {
  for (Index i = 0; i < count; ++i) x[i] = std::max(std::min(x[i], bound), -bound);
}

}  // namespace ridge::detail
