#pragma once

#include <type_traits>
#include <utility>

#include <ridge/core/types.hpp>

#if defined(__GNUC__)
#define RIDGE_INLINE __attribute__((always_inline))
#define RIDGE_FLATTEN __attribute__((flatten))  // everything within it is inlined
#define RIDGE_ONCE __attribute__((noinline))    // compiled once, for all who call it
#else
#define RIDGE_INLINE
#define RIDGE_FLATTEN
#define RIDGE_ONCE
#endif

// Makes the compiler keep a packet in a register.
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define RIDGE_KEEP(packet) asm("" : "+v"(packet))
#else
#define RIDGE_KEEP(packet) EIGEN_OPTIMIZATION_BARRIER(packet)
#endif

// Before a loop, so that it begins at the same distance from a cache line wherever its function
// lies: a few instructions behind one, since the compiler still prepares what the loop needs.
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define RIDGE_ALIGN_LOOP asm volatile(".p2align 6")
#else
#define RIDGE_ALIGN_LOOP
#endif

namespace ridge::detail {

namespace packet = Eigen::internal;

/// As many scalars as a register holds: 4 floats with SSE and NEON, 8 with AVX, 16 with AVX-512.
template <class S>
using Packet = typename packet::packet_traits<S>::type;
template <class S>
inline constexpr int lanes = packet::unpacket_traits<Packet<S>>::size;

/// Calls f(std::integral_constant<int, 0>{}), ... f(Count - 1): laid out by the compiler at every
/// level of optimization, so that arrays of packets become registers.
template <int Count, class F>
RIDGE_INLINE inline void unrolled(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) RIDGE_INLINE {
    (f(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, Count>{});
}

/// A tile is `Packets` x `Columns` registers of sums, and what is left of the processor's registers
/// holds one packet of the left factor and a value for each column of the right one.
inline constexpr bool many_registers = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32;
#if defined(EIGEN_VECTORIZE_FMA) || EIGEN_ARCH_ARM_OR_ARM64 || EIGEN_ARCH_PPC
inline constexpr int tile_columns = 3;
#else
inline constexpr int tile_columns = 2;  // a product needs a register before it is added
#endif
inline constexpr int tile_packets = many_registers ? 8 : 4;

/// sums(r, c) += a(r) b(c) for one position of the depth. The value of column c lies `c * stride`
/// behind b.
template <class S, int Packets, int Columns>
RIDGE_INLINE inline void accumulate(Packet<S> (&sums)[Packets * Columns], const S* a, const S* b,
                                    Index stride) {
  Packet<S> values[Columns];
  unrolled<Columns>([&](auto c)
                        RIDGE_INLINE { values[c] = packet::pset1<Packet<S>>(b[c * stride]); });
  unrolled<Packets>([&](auto r) RIDGE_INLINE {
    Packet<S> left = packet::ploadu<Packet<S>>(a + r * lanes<S>);
    if constexpr (Columns > 1) RIDGE_KEEP(left);  // loaded once, not again for each column
    unrolled<Columns>([&](auto c) RIDGE_INLINE {
      sums[r * Columns + c] = packet::pmadd(left, values[c], sums[r * Columns + c]);
    });
  });
}

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"  // of packets as template arguments
#endif
/// Transposes a square of as many rows and columns as a packet has lanes.
template <class S, class P = Packet<S>>
void transpose(const S* from, Index from_stride, S* to, Index to_stride) {
  constexpr int n = packet::unpacket_traits<P>::size;
  packet::PacketBlock<P, n> block;
  unrolled<n>([&](auto c)
                  RIDGE_INLINE { block.packet[c] = packet::ploadu<P>(from + c * from_stride); });
  packet::ptranspose(block);
  unrolled<n>([&](auto c) RIDGE_INLINE { packet::pstoreu(to + c * to_stride, block.packet[c]); });
}
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

}  // namespace ridge::detail
