#pragma once

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// to[i] = from[i] * scale for `count` values of another type.
template <class From, class S>
void convert(const From* __restrict from, S* __restrict to, Index count, S scale) {
  constexpr int block = 64;  // a number that the compiler knows is vectorized by -O2 too
  Index i = 0;
  for (; i + block <= count; i += block)
    for (int k = 0; k < block; ++k) to[i + k] = static_cast<S>(from[i + k]) * scale;
  for (; i < count; ++i) to[i] = static_cast<S>(from[i]) * scale;
}

}  // namespace ridge::detail
