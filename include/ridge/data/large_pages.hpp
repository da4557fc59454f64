#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace ridge::detail {

/// Asks the system to back memory that is about to be filled with pages of 2 MiB where it can: a
/// dataset is read sample by sample at random, and with pages of 4 KiB each sample is a page that
/// the processor does not know where to find.
inline void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t large = std::uintptr_t{1} << 21;
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + large - 1) / large * large;
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / large * large;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace ridge::detail
