#pragma once

#include <algorithm>
#include <cstdlib>

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

/// The same of an image, or of several one after the other, moved by so many pixels down and to the
/// right: what comes in from outside is 0.
template <class From, class To>
void convert_shifted(const From* from, To* to, Index count, Index rows, Index cols, Index down,
                     Index right, To scale) {
  std::fill(to, to + count, To(0));
  const Index first_row = std::max<Index>(down, 0), last_row = rows + std::min<Index>(down, 0);
  const Index first = std::max<Index>(right, 0), width = cols - std::abs(right);
  for (Index image = 0; image < count; image += rows * cols)
    for (Index r = first_row; r < last_row && width > 0; ++r)
      convert(from + image + (r - down) * cols + first - right, to + image + r * cols + first,
              width, scale);
}

}  // namespace ridge::detail
