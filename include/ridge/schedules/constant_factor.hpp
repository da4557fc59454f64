#pragma once

#include <cstdint>

#include <ridge/core/error.hpp>
#include <ridge/schedules/schedule.hpp>

namespace ridge {

/// The same factor at all times: what follows a warm-up, if nothing else does.
struct ConstantFactor {
  double factor = 1;

  double operator()(std::int64_t) const { return factor; }

  /// @throws ValueError for a factor that is negative, infinite or NaN
  void validate() const { detail::require_non_negative(factor, "ConstantFactor: factor"); }

  friend bool operator==(const ConstantFactor&, const ConstantFactor&) = default;
};

}  // namespace ridge
