#pragma once

#include <algorithm>
#include <bit>

#include <ridge/core/types.hpp>
#include <ridge/kernels/epilogues.hpp>
#include <ridge/kernels/left_rows.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/registers.hpp>
#include <ridge/kernels/share.hpp>
#include <ridge/kernels/zeros.hpp>

namespace ridge::detail {

/// Memory of this thread that only ever grows; `Use` tells apart what is in use at the same time.
/// Jobs get theirs from the thread that brings them, so that workers allocate nothing.
template <class Use, class T>
T* scratch(Index size) {
  thread_local Vector<T> memory;
  if (memory.size() < size) memory.resize(size);
  return memory.data();
}

/// sums += sum over k of a(:, k) b(k, :). The right factor's columns lie along its memory,
/// b(k, c) = b[k + c * stride], or across it, b[k * stride + c].
/// @param nonzero  a bit for each k that counts, and 0 beyond the depth; all of them if it is null
template <Op OpB, int Packets, int Columns, class S>
RIDGE_INLINE inline void accumulate_all(Packet<S> (&sums)[Packets * Columns], LeftRows<S> a,
                                        const S* b, Index stride, Index depth,
                                        const Bits<S>* nonzero) {
  const Index step = OpB == Op::as_is ? 1 : stride, column = OpB == Op::as_is ? stride : 1;
  Index count = depth;  // all at once, or as many as a word has bits
  for (Index first = 0; first < depth; first += count) {
    const S* const left = a.data + first * a.stride;
    const S* const right = b + first * step;
    Bits<S> word = static_cast<Bits<S>>(-1);
    if (nonzero != nullptr) {
      word = *nonzero++;
      count = bits<S>;
    }
    if (word == static_cast<Bits<S>>(-1)) {
      Index k = 0;
      if constexpr (Columns == tile_columns) RIDGE_ALIGN_LOOP;
      do accumulate<S, Packets, Columns>(sums, left + k * a.stride, right + k * step, column);
      while (++k < count);
      continue;
    }
    for (; word != 0; word &= word - 1) {
      const Index k = std::countr_zero(word);
      accumulate<S, Packets, Columns>(sums, left + k * a.stride, right + k * step, column);
    }
  }
}

/// The depth of a product. Where `middle` is not 0, a sum is that of the positions before it plus
/// that of the others, so that two threads may compute them.
struct Depth {
  Index size;
  Index middle = 0;

  Index first() const { return middle != 0 ? middle : size; }
  Index second() const { return size - middle; }
};

/// A tile of full packets: its sums are stored at `to`, columns `to_stride` apart.
/// @param start what the sums of each row begin with; 0 if it is null
template <Op OpB, int Packets, int Columns, class S>
void full_tile(LeftRows<S> a, const S* b, Index stride, Depth depth, const Bits<S>* nonzero,
               const S* start, S* to, Index to_stride) {
  constexpr int n = lanes<S>;
  Packet<S> sums[Packets * Columns];
  unrolled<Packets>([&](auto r) RIDGE_INLINE {
    const Packet<S> first = start != nullptr ? packet::ploadu<Packet<S>>(start + r * n)
                                             : packet::pset1<Packet<S>>(S(0));
    unrolled<Columns>([&](auto c) RIDGE_INLINE { sums[r * Columns + c] = first; });
  });
  const auto place = [&](auto q)
                         RIDGE_INLINE { return to + q / Columns * n + q % Columns * to_stride; };
  // Once or twice: a loop, so that the long part of this function is in it once.
  Index size = depth.first();
  for (bool last = depth.middle == 0;; last = true) {
    accumulate_all<OpB, Packets, Columns>(sums, a, b, stride, size, nonzero);
    if (last) break;
    unrolled<Packets * Columns>([&](auto q) RIDGE_INLINE {
      packet::pstoreu(place(q), sums[q]);
      sums[q] = packet::pset1<Packet<S>>(S(0));
    });
    a = a.from(size);
    b += size * (OpB == Op::as_is ? 1 : stride);
    if (nonzero != nullptr) nonzero += size / bits<S>;
    size = depth.second();
  }
  if (depth.middle != 0)
    unrolled<Packets * Columns>([&](auto q) RIDGE_INLINE {
      sums[q] = packet::padd(packet::ploadu<Packet<S>>(place(q)), sums[q]);
    });
  // A sum of -0 becomes 0, as it does where zeros were added and not left out.
  unrolled<Packets * Columns>([&](auto q) RIDGE_INLINE {
    packet::pstoreu(place(q), packet::padd(sums[q], packet::pset1<Packet<S>>(S(0))));
  });
}

/// Finishes elements of which columns are `height` apart and the first belongs to place `at`.
template <class S>
void finish(const Epilogue<S>& epilogue, Index at, const S* sums, Index height, Index rows,
            Index columns) {
  if (epilogue.finish != nullptr) {
    epilogue.finish(epilogue.what, at, sums, height, rows, columns);
    return;
  }
  for (Index c = 0; c < columns; ++c)
    std::copy_n(sums + c * height, rows, epilogue.to + at + c * epilogue.stride);
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
    accumulate_all<OpB, 1, thin_columns>(all, a, b, stride, depth, nullptr);
    unrolled<thin_columns>([&](auto c)
                               RIDGE_INLINE { packet::pstoreu(sums + c * height, all[c]); });
    return;
  }
  for (Index c = 0; c < cols; ++c) {
    Packet<S> one[1] = {start};
    accumulate_all<OpB, 1, 1>(one, a, b + c * (OpB == Op::as_is ? stride : 1), stride, depth,
                              nullptr);
    packet::pstoreu(sums + c * height, one[0]);
  }
}

/// How many rows of a product are computed together while stripes of columns pass by. Of an update
/// they are so many that what it reads and writes lies in long runs, as long as a second cache
/// holds the left factor. Of the others, whose left factor is a weight, they are a tile's.
template <class S>
struct RowsAtOnce {
  static constexpr Index tall = tile_packets * lanes<S>;
  static constexpr Index near = (512 << 10) / Index{sizeof(S)};  // elements of the left factor

  Op op_b;

  Index most() const {
    return op_b == Op::transposed ? std::max(1024 / tall, Index{1}) * tall : tall;
  }
  Index of(Index depth) const {
    return std::clamp(near / std::max(depth, Index{1}) / tall * tall, tall, most());
  }
};

/// How many tiles of rows make it worth to copy columns of a transposed right factor, of which
/// positions of the depth are so far apart: few where they would fall into the same sets of the
/// first cache.
template <class S>
Index copy_of_columns_pays_from(Index stride) {
  constexpr Index kilobyte = 1024 / Index{sizeof(S)};
  return stride % kilobyte == 0 ? 2 : 6;
}

/// What the threads of a product need while they compute pieces of it, of up to `rows` x `cols`
/// elements each.
template <class S>
class ThreadMemory {
 public:
  RIDGE_ONCE ThreadMemory(int threads, Op op_b, bool copies_rows, Index rows, Index depth,
                          Index cols) {
    constexpr Index n = lanes<S>, tall = RowsAtOnce<S>::tall;
    const Index packets = (rows + n - 1) / n * n, most = RowsAtOnce<S>{op_b}.most();
    // Enough for every smaller depth: a short last batch is to find the memory that it needs.
    const Index most_copied =
        std::max(std::min(packets, tall) * depth,
                 std::min(std::min(packets, most) * depth, RowsAtOnce<S>::near));
    copy_size_ = copies_rows ? most_copied : 0;
    right_size_ = op_b == Op::transposed ? stripe * depth : 0;
    sums_size_ = stripe * std::min(packets, most);
    across_size_ = words<S>(depth) * (cols + n);
    nonzero_size_ = words<S>(depth) * (cols / tile_columns + 1) + 16;
    copies_ = scratch<struct Copies, S>(threads * copy_size_);
    rights_ = scratch<struct Rights, S>(threads * right_size_);
    sums_ = scratch<struct Sums, S>(threads * sums_size_);
    across_ = scratch<struct Across, S>(threads * across_size_);
    nonzero_ = scratch<struct Nonzero, Bits<S>>(threads * nonzero_size_);
  }

  S* copy(int thread) const { return copies_ + thread * copy_size_; }  // of the left factor's rows
  S* sums(int thread) const { return sums_ + thread * sums_size_; }    // of a stripe of columns
  S* right(int thread) const { return rights_ + thread * right_size_; }    // of a stripe of columns
  S* across(int thread) const { return across_ + thread * across_size_; }  // find_nonzero_across
  Bits<S>* nonzero(int thread) const { return nonzero_ + thread * nonzero_size_; }  // of tiles

 private:
  Index copy_size_, right_size_, sums_size_, across_size_, nonzero_size_;
  S* copies_;
  S* rights_;
  S* sums_;
  S* across_;
  Bits<S>* nonzero_;
};

/// A piece of a product: rows [i, i_end) and columns [j, j_end).
template <Op OpB, class S>
class Block {
 public:
  /// @param middle see `Depth`
  Block(const LeftFactor<S>& a, ConstPanel<S> b, const Epilogue<S>& epilogue, Index middle,
        const ThreadMemory<S>& memory, int thread)
      : a_(a),
        b_(b),
        epilogue_(epilogue),
        depth_{a.depth(), middle},
        copy_(memory.copy(thread)),
        right_(memory.right(thread)),
        sums_(memory.sums(thread)),
        across_(memory.across(thread)),
        nonzero_(memory.nonzero(thread)) {}

  RIDGE_ONCE void compute(Index i, Index i_end, Index j, Index j_end) const {
    constexpr Index tall = tile_packets * lanes<S>, half = tall / 2;
    const bool many_rows = i_end - i >= (many_registers ? half : tall);
    const Bits<S>* nonzero = many_rows ? find_zeros(j, j_end) : nullptr;
    Index uses = j_end - j;  // of what is read of the left factor
    if (nonzero != nullptr) {
      const Index read = columns_read(nonzero, j_end - j);
      if (4 * read < 3 * uses)
        uses = read;
      else
        nonzero = nullptr;  // where few positions are left out, looking for them takes longer
    }
    const Index tall_end = i + (i_end - i) / tall * tall;
    const Index at_once = RowsAtOnce<S>{OpB}.of(depth_.size);
    for (; i < tall_end; i = std::min(i + at_once, tall_end))
      tiles<tile_packets>(i, std::min(i + at_once, tall_end), j, j_end, nonzero, uses);
    if constexpr (many_registers)  // else sums would be too few to keep the processor busy
      for (; i + half <= i_end; i += half)
        tiles<tile_packets / 2>(i, i + half, j, j_end, nonzero, uses);
    if (i < i_end) last_rows(i, i_end - i, j, j_end);
  }

 private:
  /// Columns of the right factor: where the first one begins, and how far apart the next is or, of
  /// a transposed one, the next position of the depth.
  struct Columns {
    const S* data;
    Index stride;
  };

  /// Columns [j, j_end), for so many tiles of rows. Those of a transposed right factor are copied
  /// to lie side by side, if it pays.
  Columns columns(Index j, Index j_end, Index row_tiles) const {
    if (OpB == Op::as_is || row_tiles < copy_of_columns_pays_from<S>(stride()))
      return {right(j), stride()};
    const S* from = right(j);
    if (j_end - j == stripe)
      for (Index k = 0; k < depth_.size; ++k, from += stride())
        std::copy_n(from, stripe, right_ + k * stripe);
    else
      for (Index k = 0; k < depth_.size; ++k, from += stride())
        std::copy_n(from, j_end - j, right_ + k * stripe);
    return {right_, stripe};
  }

  Index stride() const { return b_.outerStride(); }
  const S* right(Index j) const { return b_.data() + (OpB == Op::as_is ? j * stride() : j); }
  Index step() const { return OpB == Op::as_is ? 1 : stride(); }
  S* copy_from(Index row) const { return copy_ == nullptr ? nullptr : copy_ + row * depth_.size; }
  Index words_before(Index columns) const { return columns / tile_columns * words<S>(depth_.size); }

  /// For each tile of columns the positions of the depth where one of them is not zero; null if
  /// there are not enough zeros to be worth it.
  const Bits<S>* find_zeros(Index j, Index j_end) const {
    const Index cols = j_end - j, depth = depth_.size, in_tile = words<S>(depth);
    if (!(OpB == Op::as_is ? has_many_zeros(right(j), stride(), depth, cols)
                           : has_many_zeros(right(j), stride(), cols, depth)))
      return nullptr;
    if constexpr (OpB == Op::transposed)
      find_nonzero_across(right(j), stride(), cols, depth, across_);
    Bits<S>* found = nonzero_;
    for (Index c = 0; c < cols; c += tile_columns, found += in_tile) {
      const Index columns = std::min<Index>(tile_columns, cols - c);
      if constexpr (OpB == Op::as_is) {
        std::fill_n(found, in_tile, Bits<S>{0});
        if (columns == tile_columns)
          find_nonzero_along<S, tile_columns>(right(j + c), stride(), depth, found);
        else
          for (Index k = 0; k < columns; ++k)
            find_nonzero_along<S, 1>(right(j + c + k), stride(), depth, found);
      } else {
        for (Index w = 0; w < in_tile; ++w) {
          const S* const words_of_columns = across_ + w * cols + c;
          found[w] = 0;
          for (Index k = 0; k < columns; ++k)
            found[w] |= std::bit_cast<Bits<S>>(words_of_columns[k]);
        }
        if (const Index rest = depth % bits<S>; rest != 0)
          found[in_tile - 1] &= static_cast<Bits<S>>((Bits<S>{1} << rest) - 1);
      }
    }
    return nonzero_;
  }

  /// How many dense columns would read as much of the left factor as these, which have zeros: only
  /// a position where the whole tile is zero is left out.
  Index columns_read(const Bits<S>* nonzero, Index cols) const {
    const Index tiles = (cols + tile_columns - 1) / tile_columns;
    Index read = 0;
    for (Index w = 0; w < tiles * words<S>(depth_.size); ++w) read += std::popcount(nonzero[w]);
    return read * tile_columns / depth_.size;
  }

  /// Rows [i, i_end) of whole tiles, stripe by stripe: the sums of one are finished when all of
  /// them are there, so that what they are finished with is read and written in long runs.
  template <int Packets>
  void tiles(Index i, Index i_end, Index j, Index j_end, const Bits<S>* nonzero, Index uses) const {
    constexpr Index tall = Packets * lanes<S>;
    const Index height = i_end - i;
    const bool finishes = epilogue_.finish != nullptr;
    for (Index c = j; c < j_end; c += stripe) {
      const Index c_end = std::min(c + stripe, j_end);
      const Index at = i + c * epilogue_.stride, cols = c_end - c;
      S* const to = finishes ? sums_ : epilogue_.to + at;
      const Index to_stride = finishes ? height : epilogue_.stride;
      const Columns b = columns(c, c_end, height / tall);
      for (Index r = 0; r < height; r += tall) {
        const auto a = left_rows<Packets>(a_, i + r, tall, uses, copy_from(r), c > j);
        columns_of_tiles<Packets>(a, b, cols, nonzero, i + r, to + r, to_stride);
      }
      if (finishes && height == epilogue_.stride)
        finish(epilogue_, at, sums_, height * cols, height * cols, 1);
      else if (finishes)
        finish(epilogue_, at, sums_, height, height, cols);
      if (nonzero != nullptr) nonzero += words_before(stripe);
    }
  }

  /// A row of tiles from row i on; `to` is as in `full_tile`.
  template <int Packets>
  void columns_of_tiles(LeftRows<S> a, Columns b, Index cols, const Bits<S>* nonzero, Index i,
                        S* to, Index to_stride) const {
    const Index column = OpB == Op::as_is ? b.stride : 1;
    const S* const start = epilogue_.start != nullptr ? epilogue_.start + i : nullptr;
    const auto tile = [&]<int Columns>(std::integral_constant<int, Columns>) {
      full_tile<OpB, Packets, Columns>(a, b.data, b.stride, depth_, nonzero, start, to, to_stride);
      b.data += Columns * column;
      to += Columns * to_stride;
    };
    for (; cols >= tile_columns; cols -= tile_columns) {
      tile(std::integral_constant<int, tile_columns>{});
      if (nonzero != nullptr) nonzero += words<S>(depth_.size);
    }
    for (; cols > 0; --cols) tile(std::integral_constant<int, 1>{});
  }

  /// The last `count` rows, fewer than a tile has: packet by packet, and zeros are not looked for.
  void last_rows(Index i, Index count, Index j, Index j_end) const {
    constexpr int n = lanes<S>, most = tile_packets;
    const bool side_by_side = count == epilogue_.stride && depth_.middle == 0;
    const Index packets = (count + n - 1) / n, height = side_by_side ? count : packets * n;
    LeftRows<S> a[most];
    S start[most * n], sums[(most * thin_columns + 1) * n], more[most * thin_columns * n];
    for (Index p = 0; p < packets; ++p)
      a[p] = left_rows<1>(a_, i + p * n, std::min<Index>(n, count - p * n), j_end - j,
                          copy_from(p * n));
    for (Index r = 0; r < packets * n; ++r) start[r] = r < count ? epilogue_.start_of(i + r) : S(0);
    for (; j < j_end; j += thin_columns) {
      const Index cols = std::min<Index>(thin_columns, j_end - j);
      // From the last packet to the first: where less than a packet is left of a column, what is
      // stored beyond it is overwritten by the next column's first packet.
      for (Index p = packets - 1; p >= 0; --p)
        thin_tile<OpB>(a[p], right(j), stride(), depth_.first(), cols,
                       packet::ploadu<Packet<S>>(start + p * n), sums + p * n, height);
      if (depth_.middle != 0) {
        for (Index p = 0; p < packets; ++p)
          thin_tile<OpB>(a[p].from(depth_.middle), right(j) + depth_.middle * step(), stride(),
                         depth_.second(), cols, packet::pset1<Packet<S>>(S(0)), more + p * n,
                         height);
        for (Index k = 0; k < cols * height; ++k) sums[k] += more[k];
      }
      if (side_by_side)
        finish(epilogue_, j * epilogue_.stride, sums, count * cols, count * cols, 1);
      else
        finish(epilogue_, i + j * epilogue_.stride, sums, height, count, cols);
    }
  }

  LeftFactor<S> a_;
  ConstPanel<S> b_;
  const Epilogue<S>& epilogue_;
  Depth depth_;
  S* copy_;
  S* right_;
  S* sums_;
  S* across_;
  Bits<S>* nonzero_;
};

/// Computes A B, B = b or b^T, tile by tile, and hands its elements to an epilogue while they are
/// in a near cache. An element is computed by one thread, in the order of the depth, and
/// finished by the same instructions, whatever the number of threads.
/// @param middle see `Depth`
template <Op OpB, class S>
void multiply(const LeftFactor<S>& a, ConstPanel<S> b, const Epilogue<S>& epilogue,
              Index middle = 0) {
  const Index rows = a.rows(), depth = a.depth();
  const Index cols = OpB == Op::as_is ? b.cols() : b.rows();
  constexpr Index tall = tile_packets * lanes<S>;
  const int count = workers(work_of(rows, depth, cols));
  // An update by whole columns where there are enough: they lie in one piece.
  const bool by_columns = OpB == Op::transposed && cols >= 2 * stripe * count;
  const bool by_rows = rows >= 2 * tall * count && !by_columns;
  // Of an update for all rows: a short last batch has fewer threads, and may go the other way.
  const bool parts = by_rows && count > 1 && OpB == Op::as_is;
  const Index most_rows = parts ? rows / count + 2 * tall : rows;
  const Index most_cols = by_rows || count == 1 ? cols : cols / count + 2 * stripe;
  const ThreadMemory<S> memory(count, OpB, a.copies_rows(), most_rows, depth, most_cols);
  share_among(count, by_rows ? rows : cols, by_rows ? tall : stripe,
              [&](int thread, Index from, Index to) {
                const Block<OpB, S> block(a, b, epilogue, middle, memory, thread);
                block.compute(by_rows ? from : 0, by_rows ? to : rows, by_rows ? 0 : from,
                              by_rows ? cols : to);
              });
}

}  // namespace ridge::detail
