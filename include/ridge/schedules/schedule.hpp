#pragma once

#include <concepts>
#include <cstdint>

namespace ridge {

/// A schedule is a function of the time t = 0, 1, ..., which counts epochs or steps: the factor
/// that a learning rate or another strength has then. Any function will do,
/// `[](std::int64_t t) { return 1.0 / (1 + t); }`; if it has `validate()`, that is called before it
/// is used.
template <class S>
concept Schedule = std::copy_constructible<S> && requires(const S& schedule, std::int64_t t) {
  { schedule(t) } -> std::convertible_to<double>;
};

namespace detail {

/// @throws ValueError for a schedule's numbers outside their domain
template <Schedule S>
void validate_schedule(const S& schedule) {
  if constexpr (requires { schedule.validate(); }) schedule.validate();
}

}  // namespace detail
}  // namespace ridge
