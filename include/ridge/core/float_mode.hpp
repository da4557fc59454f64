#pragma once

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

// How the processor computes with floating-point numbers, a property of each thread.
namespace ridge::detail {

/// The present thread's rounding and its treatment of denormal numbers.
using FloatMode = std::uint64_t;

inline FloatMode float_mode() {
#if defined(__SSE2__) || defined(_M_X64)
  constexpr unsigned flags = 0x3f;  // what has happened, and no mode
  return _mm_getcsr() & ~flags;
#elif defined(__GNUC__) && defined(__aarch64__)
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

inline void set_float_mode([[maybe_unused]] FloatMode mode) {
#if defined(__SSE2__) || defined(_M_X64)
  _mm_setcsr(static_cast<unsigned>(mode));
#elif defined(__GNUC__) && defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(mode));
#endif
}

/// While it lives, this thread takes numbers that are too small for their format's full precision
/// (below 1e-38 in float) as 0. Processors take a hundred times as long for them, and training is
/// full of them: the momentum of a weight without a gradient halves every few steps, for ever.
/// It costs as much as a step of a tiny network, so do it where there is work.
class FlushDenormals {
 public:
  explicit FlushDenormals(bool wanted = true) {
    if (!wanted) return;
    before_ = float_mode();
#if defined(__SSE2__) || defined(_M_X64)
    constexpr FloatMode flush = 0x8040;  // of results, and of operands
#elif defined(__aarch64__)
    constexpr FloatMode flush = 1u << 24;
#else
    constexpr FloatMode flush = 0;
#endif
    changed_ = (before_ & flush) != flush;
    if (changed_) set_float_mode(before_ | flush);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
  ~FlushDenormals() {
    if (changed_) set_float_mode(before_);
  }

 private:
  FloatMode before_ = 0;
  bool changed_ = false;
};

}  // namespace ridge::detail
