#pragma once

#include <ridge/core/concepts.hpp>

namespace ridge::detail {

/// The class that a sample's outputs stand for: as the loss decides it, `L::decide(outputs)`, else
/// the largest output, the first of equals.
template <Loss L, class Y>
Index decide(const L&, const Y& outputs) {
  if constexpr (requires { L::decide(outputs); }) {
    return L::decide(outputs);
  } else {
    Index best = 0;
    outputs.maxCoeff(&best);
    return best;
  }
}

}  // namespace ridge::detail
