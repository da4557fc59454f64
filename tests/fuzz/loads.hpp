// What every reader of a stranger's file must do: load it or throw a ridge::Error, in bounded
// memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <ridge/core/error.hpp>

#include "file_of.hpp"

#ifdef __SANITIZE_ADDRESS__
#define RIDGE_COUNTS_MEMORY
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define RIDGE_COUNTS_MEMORY
#endif
#endif
#ifdef RIDGE_COUNTS_MEMORY
extern "C" {  // of <sanitizer/allocator_interface.h>, which gcc has not everywhere
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                              void (*)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void*);
}
#endif

namespace fuzz {

/// Ends the process, which makes the input a find, unless `holds`.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// Counts what this thread allocates while the object lives; without the address sanitizer, 0.
class Memory {
 public:
  Memory() {
#ifdef RIDGE_COUNTS_MEMORY
    [[maybe_unused]] static const int installed = __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t size) {
          if (current) current->add(static_cast<std::ptrdiff_t>(size));
        },
        [](const volatile void* memory) {
          if (current && memory)
            current->add(-static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(memory)));
        });
#endif
    current = this;
  }
  ~Memory() { current = nullptr; }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// The most bytes that there were at one time.
  std::size_t peak() const { return static_cast<std::size_t>(peak_); }

 private:
  void add(std::ptrdiff_t bytes) { peak_ = std::max(peak_, now_ += bytes); }

  static inline constinit thread_local Memory* current = nullptr;
  std::ptrdiff_t now_ = 0, peak_ = 0;
};

/// Whether `read` loads; if not, it must throw a ridge::Error, and it may never have allocated more
/// than `most` bytes at a time.
template <class Read>
bool loads(std::size_t most, Read&& read) {
  const Memory memory;
  bool loaded = true;
  try {
    read();
  } catch (const ridge::Error&) {
    loaded = false;
  }
  if (memory.peak() > most) {
    std::fprintf(stderr, "allocated %zu bytes, %zu at most expected\n", memory.peak(), most);
    std::abort();
  }
  return loaded;
}

/// How long the content of a file of these bytes may be: gzip expands by at most 1032, since
/// deflate has 258 bytes for every two bits.
inline std::size_t longest_content(Bytes file) {
  const bool gzipped = file.size() > 1 && file[0] == 0x1f && file[1] == 0x8b;
  return file.size() * (gzipped ? 1032 : 1);
}

/// What reading an IDX file takes beside its values: buffers of the file (128 KiB) and of zlib.
inline constexpr std::size_t idx_overhead = 256 << 10;

}  // namespace fuzz
