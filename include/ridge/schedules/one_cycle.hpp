#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include <ridge/core/error.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// Up to 1 and down again along half cosines (Smith and Topin, 2017), in `duration` steps:
/// PyTorch's `OneCycleLR`, the optimizer's learning rate being its `max_lr`. PyTorch's cycles the
/// momentum too, unless it is told `cycle_momentum=False`; this leaves it as it is. After the last
/// step the factor stays at `end`.
struct OneCycle {
  std::int64_t duration = 0;      ///< must be given: `total_steps`
  double rise = 0.3;              ///< the share of the duration that goes up: `pct_start`
  double start = 1.0 / 25;        ///< 1 / `div_factor`
  double end = 1.0 / (25 * 1e4);  ///< 1 / (`div_factor` `final_div_factor`)

  double operator()(std::int64_t t) const {
    const double top = rise * static_cast<double>(duration) - 1;
    const double last = static_cast<double>(duration) - 1;
    const double now = static_cast<double>(t);
    if (now >= last) return top >= last ? 1.0 : end;
    if (now <= top) return top > 0 ? between(start, 1, now / top) : 1.0;
    return between(1, end, (now - top) / (last - top));
  }

  /// @throws ValueError for a duration below 1, a rise outside [0, 1], and for a start or an end
  ///         that is negative, infinite or NaN
  void validate() const {
    if (duration < 1)
      throw ValueError(detail::text("OneCycle: duration must be at least 1, got ", duration));
    if (!(rise >= 0 && rise <= 1))
      throw ValueError(detail::text("OneCycle: rise must be in [0, 1], got ", rise));
    detail::require_non_negative(start, "OneCycle: start");
    detail::require_non_negative(end, "OneCycle: end");
  }

  friend bool operator==(const OneCycle&, const OneCycle&) = default;

 private:
  static double between(double from, double to, double done) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * done)) / 2;
  }
};

}  // namespace ridge
