#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <ridge/core/random.hpp>
#include <ridge/core/types.hpp>

namespace ridge::detail {

/// Random bits of position i: a hash of counter and key, so that positions are independent of each
/// other and processors compute many at a time (the constants are those of Wellons' and others'
/// search for 32-bit mixers, 2018 and 2022).
inline std::uint32_t random_bits(std::uint32_t i, std::uint32_t key, std::uint32_t other_key) {
  std::uint32_t h = i * 0x9e3779b9u + key;
  h ^= h >> 16;
  h *= 0x21f0aaadu;
  h ^= (h >> 15) ^ other_key;
  h *= 0x735a2d97u;
  return h ^ (h >> 15);
}

/// Each element is `kept` or, with the probability `rate`, 0.
template <class S>
void fill_mask(S* mask, Index count, double rate, S kept, Random& random) {
  const std::uint64_t keys = random();
  const auto key = static_cast<std::uint32_t>(keys), other = static_cast<std::uint32_t>(keys >> 32);
  const auto below = static_cast<std::uint32_t>(std::min(std::round(rate * 0x1p32), 0x1p32 - 1));
  constexpr Index block = 64;  // of constant size, so that compilers lay it out in registers
  Index i = 0;
  for (; i + block <= count; i += block)
    for (Index k = 0; k < block; ++k)
      mask[i + k] =
          random_bits(static_cast<std::uint32_t>(i + k), key, other) >= below ? kept : S(0);
  for (; i < count; ++i)
    mask[i] = random_bits(static_cast<std::uint32_t>(i), key, other) >= below ? kept : S(0);
}

}  // namespace ridge::detail
