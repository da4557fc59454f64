#pragma once

#include <cstddef>

namespace ridge::detail {

/// Asks for memory that will be read soon. A shuffled dataset is read at random, which the
/// processor does not foresee.
inline void prefetch([[maybe_unused]] const void* from, [[maybe_unused]] std::size_t bytes) {
#ifdef __GNUC__
  constexpr std::size_t cache_line = 64;
  for (std::size_t i = 0; i < bytes; i += cache_line)
    __builtin_prefetch(static_cast<const char*>(from) + i);
#endif
}

/// The same for what will not be read at once, or lies so that the first cache would not keep it.
inline void prefetch_far([[maybe_unused]] const void* from, [[maybe_unused]] std::size_t bytes) {
#ifdef __GNUC__
  constexpr std::size_t cache_line = 64;
  for (std::size_t i = 0; i < bytes; i += cache_line)
    __builtin_prefetch(static_cast<const char*>(from) + i, 0, 2);
#endif
}

}  // namespace ridge::detail
