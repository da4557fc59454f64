#pragma once

#include <cmath>
#include <cstdint>

#include <ridge/core/error.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// factor^floor(t / period): PyTorch's `StepLR`.
struct StepDecay {
  std::int64_t period = 0;  ///< must be given
  double factor = 0.1;

  double operator()(std::int64_t t) const {
    return std::pow(factor, std::floor(static_cast<double>(t) / static_cast<double>(period)));
  }

  /// @throws ValueError for a period below 1 and for a factor that is negative, infinite or NaN
  void validate() const {
    if (period < 1)
      throw ValueError(detail::text("StepDecay: period must be at least 1, got ", period));
    detail::require_non_negative(factor, "StepDecay: factor");
  }

  friend bool operator==(const StepDecay&, const StepDecay&) = default;
};

}  // namespace ridge
