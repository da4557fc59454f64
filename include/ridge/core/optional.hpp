#pragma once

#include <optional>

// What may be absent at run time: callbacks of `fit`, layers of a `Sequential`.
namespace ridge::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What an optional may have, else the type itself.
template <class T>
struct Unwrapped {
  using type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using type = T;
};

/// The address of what is there; null if an optional has nothing.
template <class T>
T* pointer_to(T& value) {
  return &value;
}
template <class T>
T* pointer_to(std::optional<T>& value) {
  return value ? &*value : nullptr;
}
template <class T>
const T* pointer_to(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

}  // namespace ridge::detail
