#pragma once

#include <limits>
#include <string>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge::detail {

/// a * b for a, b >= 0, or -1 if that is more than an Index holds.
constexpr Index product_of_sizes(Index a, Index b) {
  return b != 0 && a > std::numeric_limits<Index>::max() / b ? -1 : a * b;
}

/// Rejects a matrix of more bytes than an Index can count.
/// @param what it is, with its sizes
template <class S>
void require_addressable(Index rows, Index cols, const std::string& what) {
  const Index size = product_of_sizes(rows, cols);
  if (size < 0 || product_of_sizes(size, sizeof(S)) < 0)
    throw ValueError(what + " make more numbers than memory can have");
}

}  // namespace ridge::detail
