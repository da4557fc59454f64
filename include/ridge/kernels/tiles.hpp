#pragma once

#include <bit>

#include <ridge/core/types.hpp>
#include <ridge/kernels/left_rows.hpp>
#include <ridge/kernels/registers.hpp>
#include <ridge/kernels/share.hpp>
#include <ridge/kernels/zeros.hpp>

// Tiles of a product, whose sums are in registers while the depth passes by. The right factor's
// columns lie along its memory, b(k, c) = b[k + c * stride], or across it, b[k * stride + c].
namespace ridge::detail {

/// From one position of the depth to the next, and from one column to the next.
template <Op OpB>
constexpr Index step_of(Index stride) {
  return OpB == Op::as_is ? 1 : stride;
}
template <Op OpB>
constexpr Index column_of(Index stride) {
  return OpB == Op::as_is ? stride : 1;
}

/// sums += sum over k of a(:, k) b(k, :).
template <Op OpB, int Packets, int Columns, class S>
RIDGE_INLINE inline void accumulate_all(Packet<S> (&sums)[Packets * Columns], LeftRows<S> a,
                                        const S* b, Index stride, Index depth) {
  const Index step = step_of<OpB>(stride), column = column_of<OpB>(stride);
  if (depth == 0) return;
  Index k = 0;
  if constexpr (Columns == tile_columns) RIDGE_ALIGN_LOOP;
  do accumulate<S, Packets, Columns>(sums, a.data + k * a.stride, b + k * step, column);
  while (++k < depth);
}

/// Stores the sums of a tile at `to`, columns `stride` apart. A sum of -0 becomes 0, as it does
/// where zeros were added and not left out.
template <class S, int Packets, int Columns>
RIDGE_INLINE inline void store_sums(const Packet<S> (&sums)[Packets * Columns], S* to,
                                    Index stride) {
  unrolled<Packets * Columns>([&](auto q) RIDGE_INLINE {
    packet::pstoreu(to + q / Columns * lanes<S> + q % Columns * stride,
                    packet::padd(sums[q], packet::pset1<Packet<S>>(S(0))));
  });
}

/// A tile of full packets: its sums are stored at `to`, columns `to_stride` apart.
/// @param start what the sums of each row begin with
template <Op OpB, int Packets, int Columns, class S>
void full_tile(LeftRows<S> a, const S* b, Index stride, Index depth, const S* start, S* to,
               Index to_stride) {
  Packet<S> sums[Packets * Columns];
  unrolled<Packets>([&](auto r) RIDGE_INLINE {
    const auto first = packet::ploadu<Packet<S>>(start + r * lanes<S>);
    unrolled<Columns>([&](auto c) RIDGE_INLINE { sums[r * Columns + c] = first; });
  });
  accumulate_all<OpB, Packets, Columns>(sums, a, b, stride, depth);
  store_sums<S, Packets, Columns>(sums, to, to_stride);
}

/// A tile that leaves out zeros has a single column, and so many packets of rows that there are
/// enough sums to keep the processor busy.
inline constexpr int tall_packets = 8;
static_assert(tall_packets == tile_packets || tall_packets == 2 * tile_packets);

/// What the sums of a tile's rows begin with, if it is nothing else.
template <class S>
inline constexpr S all_zero[tall_packets * lanes<S>] = {};

/// Such tiles of `cols` columns, of a piece of the depth of which the left factor stays in the
/// first cache while the columns pass by.
/// @param nonzero  each column's bits, words that are `in_column` apart
/// @param from     what the sums begin with, columns `from_stride` apart
template <Op OpB, int Packets, class S>
RIDGE_ONCE void sparse_tiles(LeftRows<S> a, const S* b, Index stride, Index cols,
                             const Bits* nonzero, Index in_column, const S* from, Index from_stride,
                             S* to, Index to_stride) {
  const Index step = step_of<OpB>(stride), column = column_of<OpB>(stride);
  for (; cols > 0;
       --cols, b += column, nonzero += in_column, from += from_stride, to += to_stride) {
    if (*nonzero == 0 && from == to) continue;
    Packet<S> sums[Packets];
    unrolled<Packets>(
        [&](auto r) RIDGE_INLINE { sums[r] = packet::ploadu<Packet<S>>(from + r * lanes<S>); });
    for (Bits word = *nonzero; word != 0; word &= word - 1) {
      const Index k = std::countr_zero(word);
      accumulate<S, Packets, 1>(sums, a.data + k * a.stride, b + k * step, 0);
    }
    store_sums<S, Packets, 1>(sums, to, 0);
  }
}

inline constexpr int thin_columns = 8;
static_assert(stripe % thin_columns == 0 && stripe % tile_columns == 0);

/// The sums of a tile of one packet of rows and up to `thin_columns` columns, of which column c is
/// stored at `sums + c * height`, from the first on.
template <Op OpB, class S>
void thin_tile(LeftRows<S> a, const S* b, Index stride, Index depth, Index cols, Packet<S> start,
               S* sums, Index height) {
  if (cols == thin_columns) {
    Packet<S> all[thin_columns];
    unrolled<thin_columns>([&](auto c) RIDGE_INLINE { all[c] = start; });
    accumulate_all<OpB, 1, thin_columns>(all, a, b, stride, depth);
    unrolled<thin_columns>([&](auto c)
                               RIDGE_INLINE { packet::pstoreu(sums + c * height, all[c]); });
    return;
  }
  for (Index c = 0; c < cols; ++c) {
    Packet<S> one[1] = {start};
    accumulate_all<OpB, 1, 1>(one, a, b + c * column_of<OpB>(stride), stride, depth);
    packet::pstoreu(sums + c * height, one[0]);
  }
}

}  // namespace ridge::detail
