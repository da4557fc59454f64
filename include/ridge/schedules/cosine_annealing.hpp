#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include <ridge/core/error.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// From 1 at t = 0 along half a cosine to `minimum` at t = period (Loshchilov and Hutter, 2017),
/// and then back: PyTorch's `CosineAnnealingLR`, whose `eta_min` is `minimum` times the learning
/// rate.
///
///     minimum + (1 - minimum) (1 + cos(pi t / period)) / 2
struct CosineAnnealing {
  std::int64_t period = 0;  ///< must be given
  double minimum = 0;

  double operator()(std::int64_t t) const {
    const double done = static_cast<double>(t) / static_cast<double>(period);
    return minimum + (1 - minimum) * (1 + std::cos(std::numbers::pi * done)) / 2;
  }

  /// @throws ValueError for a period below 1 and for a minimum that is negative, infinite or NaN
  void validate() const {
    if (period < 1)
      throw ValueError(detail::text("CosineAnnealing: period must be at least 1, got ", period));
    detail::require_non_negative(minimum, "CosineAnnealing: minimum");
  }

  friend bool operator==(const CosineAnnealing&, const CosineAnnealing&) = default;
};

}  // namespace ridge
