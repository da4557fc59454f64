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
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % large;
  if (bytes >= before + large)
    madvise(static_cast<std::byte*>(memory) + before, (bytes - before) / large * large,
            MADV_HUGEPAGE);
#endif
}

}  // namespace ridge::detail
