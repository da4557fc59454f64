#pragma once

#include <cmath>
#include <cstdint>

#include <ridge/core/error.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// factor^t: PyTorch's `ExponentialLR`.
struct ExponentialDecay {
  double factor = 0.95;

  double operator()(std::int64_t t) const { return std::pow(factor, static_cast<double>(t)); }

  /// @throws ValueError for a factor that is negative, infinite or NaN
  void validate() const { detail::require_non_negative(factor, "ExponentialDecay: factor"); }

  friend bool operator==(const ExponentialDecay&, const ExponentialDecay&) = default;
};

}  // namespace ridge
