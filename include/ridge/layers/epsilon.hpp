#pragma once

#include <cmath>
#include <limits>
#include <string_view>

#include <ridge/core/error.hpp>

namespace ridge::detail {

/// Rejects an epsilon that is not above 0 or, in the layer's scalar, is 0 or so small that
/// processors may take it for 0: what never varies would be divided by it.
template <class S>
void require_epsilon(std::string_view layer, double epsilon) {
  if (!(epsilon > 0)) throw ValueError(text(layer, ": epsilon must be above 0, got ", epsilon));
  constexpr auto least = std::numeric_limits<S>::min(), most = std::numeric_limits<S>::max();
  if (epsilon < static_cast<double>(least) || epsilon > static_cast<double>(most))
    throw ValueError(text(layer, ": epsilon must be between ", least, " and ", most,
                          " for its scalar, got ", epsilon));
}

}  // namespace ridge::detail
