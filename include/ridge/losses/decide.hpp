#pragma once

#include <cmath>
#include <optional>

#include <ridge/core/concepts.hpp>

namespace ridge::detail {

/// The class that a sample's outputs stand for: as the loss decides it, `L::decide(outputs)`, else
/// the largest output, the first of equals. None if an output is NaN, or there is no output.
template <Loss L, class Y>
std::optional<Index> decide(const L&, const Y& outputs) {
  if (outputs.size() == 0) return std::nullopt;
  Index best = 0;
  for (Index k = 0; k < outputs.size(); ++k) {
    if (std::isnan(outputs(k))) return std::nullopt;
    if (outputs(k) > outputs(best)) best = k;
  }
  if constexpr (requires { L::decide(outputs); })
    return L::decide(outputs);
  else
    return best;
}

}  // namespace ridge::detail
