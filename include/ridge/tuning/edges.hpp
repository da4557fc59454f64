#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include <ridge/core/error.hpp>
#include <ridge/tuning/trial.hpp>

namespace ridge::detail {

/// A sentence for each number of a trial that is at an end of its range: within a hundredth of its
/// width, or, of more than two whole numbers, the last one. A range's low end that is 0 is none.
inline std::string edge_warning(const FinishedTrial& trial) {
  constexpr double near = 0.01;
  const SearchSpace& space = trial.parameters.space();
  std::string warning;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const NumberRange range = number_range(space[i]);
    if (options_of(space[i]) || (range.whole && range.count() <= 2)) continue;
    const double value = trial.parameters.point()[i];
    const double place = range.position(value);
    // Below a range that begins at 0 there is nothing.
    const bool low = range.low == 0 ? false : range.whole ? value == range.low : place < near;
    const bool high = range.whole ? value == range.high : place > 1 - near;
    if (!low && !high) continue;
    char number[32];
    std::snprintf(number, sizeof number, range.whole ? "%.0f" : "%.4g", value);
    warning += text(warning.empty() ? "" : "\n", "The best ", space[i].name, ", ", number,
                    ", is at the ", low ? "low" : "high", " end of its range: a ",
                    low ? "lower" : "higher", " one may be better.");
  }
  return warning;
}

}  // namespace ridge::detail
