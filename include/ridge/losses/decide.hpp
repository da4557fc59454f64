#pragma once

#include <optional>

#include <ridge/core/concepts.hpp>

namespace ridge::detail {

/// The class that a sample's outputs stand for: as the loss decides it, `L::decide(outputs)`, else
/// the largest output, the first of equals. None if an output is NaN, or there is no output.
template <Loss L, class Y>
std::optional<Index> decide(const L&, const Y& outputs) {
  if (outputs.size() == 0 || outputs.array().isNaN().any()) return std::nullopt;
  if constexpr (requires { L::decide(outputs); }) {
    return L::decide(outputs);
  } else {
    Index best = 0;
    outputs.maxCoeff(&best);
    return best;
  }
}

}  // namespace ridge::detail
