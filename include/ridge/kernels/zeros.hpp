#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include <ridge/core/types.hpp>
#include <ridge/kernels/registers.hpp>

// Where an operand of a product is not zero, so that the product may leave out what is. That would
// have added zero, so a sum keeps its bits (as long as the other factor is finite).
namespace ridge::detail {

/// A bit for each of 64 positions of a product's depth.
using Bits = std::uint64_t;
inline constexpr Index bits = 64;

/// How many words of bits a depth needs.
constexpr Index words(Index depth) { return (depth + bits - 1) / bits; }

/// An unsigned integer as large as a scalar.
template <class S>
using BitsOf = std::conditional_t<sizeof(S) == 8, std::uint64_t, std::uint32_t>;

/// A bit for each lane that is not zero.
template <class S>
RIDGE_INLINE inline unsigned nonzero_lanes(const Packet<S>& values) {
  using namespace packet;
#ifdef EIGEN_VECTORIZE_AVX512
  if constexpr (std::is_same_v<S, float>)
    return _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  else
    return _mm512_cmp_pd_mask(values, _mm512_setzero_pd(), _CMP_NEQ_UQ);
#else
  const Packet<S> zeros = pcmp_eq(values, pset1<Packet<S>>(S(0)));
  constexpr unsigned every = (1u << lanes<S>)-1;
#if defined(EIGEN_VECTORIZE_AVX)
  if constexpr (std::is_same_v<S, float>)
    return ~static_cast<unsigned>(_mm256_movemask_ps(zeros)) & every;
  else
    return ~static_cast<unsigned>(_mm256_movemask_pd(zeros)) & every;
#elif defined(EIGEN_VECTORIZE_SSE)
  if constexpr (std::is_same_v<S, float>)
    return ~static_cast<unsigned>(_mm_movemask_ps(zeros)) & every;
  else
    return ~static_cast<unsigned>(_mm_movemask_pd(zeros)) & every;
#else
  S powers[lanes<S>];
  for (int i = 0; i < lanes<S>; ++i) powers[i] = static_cast<S>(1 << i);
  const S sum = predux(pand(zeros, ploadu<Packet<S>>(powers)));
  return ~static_cast<unsigned>(sum) & every;
#endif
#endif
}

/// Where the values b[0] to b[depth - 1] are not zero, in words(depth) words.
template <class S>
void find_nonzero_along(const S* b, Index depth, Bits* found) {
  for (; depth >= bits; depth -= bits, b += bits) {
    Bits word = 0;
    unrolled<bits / lanes<S>>([&](auto p) RIDGE_INLINE {
      const Packet<S> values = packet::ploadu<Packet<S>>(b + p * lanes<S>);
      word |= Bits{nonzero_lanes<S>(values)} << (p * lanes<S>);
    });
    *found++ = word;
  }
  if (depth == 0) return;
  Bits word = 0;
  for (Index k = 0; k < depth; ++k) word |= Bits{b[k] != S(0)} << k;
  *found = word;
}

/// The same of each of `count` rows: of row j the values b[j + k * stride], and its words from
/// `found + j * words(depth)` on.
template <class S>
void find_nonzero_across(const S* b, Index stride, Index count, Index depth, Bits* found) {
  using namespace packet;
  using P = Packet<S>;
  constexpr Index in_scalar = 8 * Index{sizeof(S)};
  const P zero = pset1<P>(S(0));
  const Index in_row = words(depth);
  for (Index w = 0; w < in_row; ++w, b += bits * stride) {
    const Index positions = std::min(bits, depth - w * bits);
    Index j = 0;
    for (; j + lanes<S> <= count; j += lanes<S>) {
      Bits together[lanes<S>] = {};
      for (Index first = 0; first < positions; first += in_scalar) {
        // Bits of a row are in its lane, in registers of scalars.
        const Index end = std::min(first + in_scalar, positions);
        P nonzero = zero;
        for (Index k = first; k < end; ++k) {
          const P bit =
              pset1<P>(std::bit_cast<S>(static_cast<BitsOf<S>>(BitsOf<S>{1} << (k - first))));
          const P zeros = pcmp_eq(ploadu<P>(b + j + k * stride), zero);
          nonzero = por(nonzero, pandnot(bit, zeros));
        }
        S lane[lanes<S>];
        pstoreu(lane, nonzero);
        for (int i = 0; i < lanes<S>; ++i)
          together[i] |= Bits{std::bit_cast<BitsOf<S>>(lane[i])} << first;
      }
      for (int i = 0; i < lanes<S>; ++i) found[(j + i) * in_row + w] = together[i];
    }
    for (; j < count; ++j) {
      Bits word = 0;
      for (Index k = 0; k < positions; ++k) word |= Bits{b[j + k * stride] != S(0)} << k;
      found[j * in_row + w] = word;
    }
  }
}

/// Whether it is worth looking for zeros: by a sample of b's values, more than a quarter of them.
template <class S>
bool has_many_zeros(const S* b, Index stride, Index rows, Index columns) {
  Index seen = 0, nonzero = 0;
  for (Index n = 0; n < std::min<Index>(columns, 4); ++n)
    for (Index j = n; j < rows; j += 4, ++seen) nonzero += b[j + n * stride] != S(0);
  return 4 * nonzero < 3 * seen;
}

}  // namespace ridge::detail
