#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include <ridge/kernels/registers.hpp>

// Where an operand of a product is zero, so that the product may leave it out. What is left out
// would have added zero, so a sum keeps its bits (as long as the other factor is finite).
namespace ridge::detail {

/// A bit for each of as many positions of a product's depth as a scalar has bits.
template <class S>
using Bits = std::conditional_t<sizeof(S) == 8, std::uint64_t, std::uint32_t>;
template <class S>
inline constexpr Index bits = 8 * sizeof(Bits<S>);

/// How many words of bits a depth needs.
template <class S>
constexpr Index words(Index depth) {
  return (depth + bits<S> - 1) / bits<S>;
}

/// A bit for each lane that is not zero in one of the packets.
template <class S, int Count>
RIDGE_INLINE inline unsigned nonzero_lanes(const Packet<S> (&packets)[Count]) {
  using namespace packet;
#ifdef EIGEN_VECTORIZE_AVX512
  unsigned found = 0;
  unrolled<Count>([&](auto i) RIDGE_INLINE {
    if constexpr (std::is_same_v<S, float>)
      found |= _mm512_cmp_ps_mask(packets[i], _mm512_setzero_ps(), _CMP_NEQ_UQ);
    else
      found |= _mm512_cmp_pd_mask(packets[i], _mm512_setzero_pd(), _CMP_NEQ_UQ);
  });
  return found;
#else
  const Packet<S> zero = pset1<Packet<S>>(S(0));
  Packet<S> all_zero = pcmp_eq(packets[0], zero);
  unrolled<Count - 1>(
      [&](auto i) RIDGE_INLINE { all_zero = pand(all_zero, pcmp_eq(packets[i + 1], zero)); });
  constexpr unsigned every = (1u << lanes<S>)-1;
#if defined(EIGEN_VECTORIZE_AVX)
  if constexpr (std::is_same_v<S, float>)
    return ~static_cast<unsigned>(_mm256_movemask_ps(all_zero)) & every;
  else
    return ~static_cast<unsigned>(_mm256_movemask_pd(all_zero)) & every;
#elif defined(EIGEN_VECTORIZE_SSE)
  if constexpr (std::is_same_v<S, float>)
    return ~static_cast<unsigned>(_mm_movemask_ps(all_zero)) & every;
  else
    return ~static_cast<unsigned>(_mm_movemask_pd(all_zero)) & every;
#else
  S powers[lanes<S>];
  for (int i = 0; i < lanes<S>; ++i) powers[i] = static_cast<S>(1 << i);
  const S sum = predux(pand(all_zero, ploadu<Packet<S>>(powers)));
  return ~static_cast<unsigned>(sum) & every;
#endif
#endif
}

/// Sets bit k if one of the `Columns` columns that begin at b is not zero at k, and leaves it as it
/// is if not: words are cleared before.
template <class S, int Columns>
void find_nonzero_along(const S* b, Index stride, Index depth, Bits<S>* found) {
  constexpr int in_word = static_cast<int>(bits<S>) / lanes<S>;
  for (Index k = 0; k < depth; k += bits<S>) {
    Bits<S> word = 0;
    if (depth - k >= bits<S>) {
      unrolled<in_word>([&](auto p) RIDGE_INLINE {
        Packet<S> values[Columns];
        unrolled<Columns>([&](auto c) RIDGE_INLINE {
          values[c] = packet::ploadu<Packet<S>>(b + k + p * lanes<S> + c * stride);
        });
        word |= static_cast<Bits<S>>(nonzero_lanes<S, Columns>(values)) << (p * lanes<S>);
      });
    } else {
      for (Index p = 0; p < depth - k; ++p)
        for (Index c = 0; c < Columns; ++c)
          word |= static_cast<Bits<S>>(b[k + p + c * stride] != S(0)) << p;
    }
    *found++ |= word;
  }
}

/// Bit n of word w * count + j is set if b(j, n + bits * w) is not zero, b having `count` rows and
/// `depth` columns. Words are found in registers of scalars and stored as such. Bits beyond the
/// depth are undefined.
template <class S>
void find_nonzero_across(const S* b, Index stride, Index count, Index depth, S* found) {
  using namespace packet;
  using P = Packet<S>;
  const P zero = pset1<P>(S(0));
  for (Index k = 0; k < depth; k += bits<S>, found += count) {
    const S* const first = b + k * stride;
    const Index columns = std::min(bits<S>, depth - k);
    Index j = 0;
    for (; j + lanes<S> <= count; j += lanes<S>) {
      P zeros = zero;
      for (Index n = 0; n < columns; ++n) {
        const P bit = pset1<P>(std::bit_cast<S>(static_cast<Bits<S>>(Bits<S>{1} << n)));
        zeros = por(zeros, pand(pcmp_eq(ploadu<P>(first + j + n * stride), zero), bit));
      }
      pstoreu(found + j, pandnot(ptrue(zeros), zeros));
    }
    for (; j < count; ++j) {
      Bits<S> word = 0;
      for (Index n = 0; n < columns; ++n)
        word |= static_cast<Bits<S>>(static_cast<Bits<S>>(first[j + n * stride] != S(0)) << n);
      found[j] = std::bit_cast<S>(word);
    }
  }
}

/// Whether it is worth looking for zeros: by a sample of b's values, a quarter of them or more.
template <class S>
bool has_many_zeros(const S* b, Index stride, Index rows, Index columns) {
  Index seen = 0, nonzero = 0;
  for (Index n = 0; n < std::min<Index>(columns, 4); ++n)
    for (Index j = n; j < rows; j += 4, ++seen) nonzero += b[j + n * stride] != S(0);
  return 4 * nonzero < 3 * seen;
}

}  // namespace ridge::detail
