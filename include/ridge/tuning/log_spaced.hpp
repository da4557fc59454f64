#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <ridge/core/error.hpp>

namespace ridge {

/// `count` numbers from `first` to `last`, each the same multiple of the one before.
/// @throws ValueError for ends that are not positive and finite, and for less than 2 numbers
inline std::vector<double> log_spaced(double first, double last, int count) {
  if (!(first > 0 && last > 0 && std::isfinite(first) && std::isfinite(last)))
    throw ValueError(detail::text("log_spaced: the ends must be finite numbers > 0, got ", first,
                                  " and ", last));
  if (count < 2)
    throw ValueError(detail::text("log_spaced: count must be at least 2, got ", count));
  std::vector<double> numbers(static_cast<std::size_t>(count));
  const double ratio = last / first;  // of ends that are far apart no number
  for (int i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / (count - 1);
    numbers[static_cast<std::size_t>(i)] =
        std::isnormal(ratio) ? first * std::pow(ratio, share)
                             : std::exp((1 - share) * std::log(first) + share * std::log(last));
  }
  numbers.front() = first;
  numbers.back() = last;
  return numbers;
}

}  // namespace ridge
