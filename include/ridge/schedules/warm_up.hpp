#pragma once

#include <cstdint>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/schedules/constant_factor.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// In a straight line from `start` at t = 0 to 1 at t = duration, where another schedule begins:
/// `WarmUp{5, CosineAnnealing{.period = 55}}` is a warm-up and a cosine in 60 epochs. PyTorch's
/// `SequentialLR` of `LinearLR` and the other.
template <Schedule After = ConstantFactor>
class WarmUp {
 public:
  /// @param duration in epochs or steps
  /// @throws ValueError for a negative duration, for a start that is negative, infinite or NaN, and
  ///         what the other schedule throws
  explicit WarmUp(std::int64_t duration, After after = {}, double start = 1.0 / 3)
      : duration_(duration), after_(std::move(after)), start_(start) {
    validate();
  }

  double operator()(std::int64_t t) const {
    if (t >= duration_) return after_(t - duration_);
    return start_ + (1 - start_) * static_cast<double>(t) / static_cast<double>(duration_);
  }

  void validate() const {
    if (duration_ < 0)
      throw ValueError(detail::text("WarmUp: duration must be at least 0, got ", duration_));
    detail::require_non_negative(start_, "WarmUp: start");
    detail::validate_schedule(after_);
  }

  friend bool operator==(const WarmUp&, const WarmUp&) = default;

 private:
  std::int64_t duration_;
  After after_;
  double start_;
};

}  // namespace ridge
