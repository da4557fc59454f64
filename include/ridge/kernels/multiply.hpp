#pragma once

#include <algorithm>
#include <bit>
#include <type_traits>

#include <ridge/core/types.hpp>
#include <ridge/kernels/epilogues.hpp>
#include <ridge/kernels/left_rows.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/registers.hpp>
#include <ridge/kernels/share.hpp>
#include <ridge/kernels/tiles.hpp>
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

/// How many columns of a product are computed one after the other, before they are finished: of an
/// update a stripe, since weights and the optimizer's memory are to be in a near cache. Of the
/// others as many as may use what a tile has read of a weight.
constexpr Index columns_at_once(Op op_b) { return op_b == Op::transposed ? stripe : 6 * stripe; }

/// In how many columns zeros are looked for at a time.
inline constexpr Index columns_searched = 18 * stripe;
static_assert(columns_searched % columns_at_once(Op::as_is) == 0);

/// How many rows of a product are computed together while columns pass by. Of an update they are so
/// many that what it reads and writes lies in long runs, as long as a second cache holds the left
/// factor, and whole tiles of either height. Of the others, whose left factor is a weight, they are
/// a tile's.
template <class S>
struct RowsAtOnce {
  static constexpr Index tall = tall_packets * lanes<S>;
  static constexpr Index near = (512 << 10) / Index{sizeof(S)};  // elements of the left factor

  Op op_b;

  Index most() const {
    return op_b == Op::transposed ? std::max(1024 / tall, Index{1}) * tall : tall;
  }
  Index of(Index depth, Index tile) const {
    if (op_b != Op::transposed) return tile;
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

/// What the threads of a product need while they compute pieces of it, of up to `rows` rows each.
template <class S>
class ThreadMemory {
 public:
  RIDGE_ONCE ThreadMemory(int threads, Op op_b, bool copies_rows, Index rows, Index depth) {
    constexpr Index n = lanes<S>, tall = RowsAtOnce<S>::tall;
    const Index packets = (rows + n - 1) / n * n, most = RowsAtOnce<S>{op_b}.most();
    // Enough for every smaller depth: a short last batch is to find the memory that it needs.
    const Index most_copied =
        std::max(std::min(packets, tall) * std::max(depth, bits),
                 std::min(std::min(packets, most) * depth, RowsAtOnce<S>::near));
    copy_size_ = copies_rows ? most_copied : 0;
    right_size_ = op_b == Op::transposed ? stripe * depth : 0;
    sums_size_ = columns_at_once(op_b) * std::min(packets, most);
    nonzero_size_ = words(depth) * columns_searched;
    copies_ = scratch<struct Copies, S>(threads * copy_size_);
    rights_ = scratch<struct Rights, S>(threads * right_size_);
    sums_ = scratch<struct Sums, S>(threads * sums_size_);
    nonzero_ = scratch<struct Nonzero, Bits>(threads * nonzero_size_);
  }

  S* copy(int thread) const { return copies_ + thread * copy_size_; }  // of the left factor's rows
  S* sums(int thread) const { return sums_ + thread * sums_size_; }    // of columns_at_once
  S* right(int thread) const { return rights_ + thread * right_size_; }  // of a stripe of columns
  Bits* nonzero(int thread) const { return nonzero_ + thread * nonzero_size_; }

 private:
  Index copy_size_, right_size_, sums_size_, nonzero_size_;
  S* copies_;
  S* rights_;
  S* sums_;
  Bits* nonzero_;
};

/// A piece of a product: rows [i, i_end) and columns [j, j_end).
template <Op OpB, class S>
class Block {
 public:
  Block(const LeftFactor<S>& a, ConstPanel<S> b, const Epilogue<S>& epilogue,
        const ThreadMemory<S>& memory, int thread)
      : a_(a),
        b_(b),
        epilogue_(epilogue),
        depth_(a.depth()),
        copy_(memory.copy(thread)),
        right_(memory.right(thread)),
        sums_(memory.sums(thread)),
        nonzero_(memory.nonzero(thread)) {}

  RIDGE_ONCE void compute(Index i, Index i_end, Index j, Index j_end) const {
    for (; j < j_end; j += columns_searched)
      compute_columns(i, i_end, j, std::min(j + columns_searched, j_end));
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
      for (Index k = 0; k < depth_; ++k, from += stride())
        std::copy_n(from, stripe, right_ + k * stripe);
    else
      for (Index k = 0; k < depth_; ++k, from += stride())
        std::copy_n(from, j_end - j, right_ + k * stripe);
    return {right_, stripe};
  }

  /// Rows of tiles: the first one, how many are above it of those that are computed together, how
  /// many columns use what is read of them, and whether they have been copied for some before.
  struct Rows {
    Index first, above, uses;
    bool are_copied;
  };

  void compute_columns(Index i, Index i_end, Index j, Index j_end) const {
    constexpr int half = tall_packets / 2;
    const Index cols = j_end - j, all = cols * depth_;
    const Index nonzero = i_end - i >= half * lanes<S> ? find_nonzero(j, j_end) : all;
    // Going through bits takes longer, and a tile of several columns reads the left factor once for
    // all of them, which counts where few columns follow each other.
    const bool few = cols > 1 && cols < 16;
    if (6 * nonzero < (few ? 3 : 4) * all) {
      const Index uses = nonzero / depth_ + 1;  // of what is read of the left factor
      i = tiles<tall_packets, true>(i, i_end, j, j_end, uses);
      i = tiles<half, true>(i, i_end, j, j_end, uses);
    } else {
      i = tiles<tile_packets, false>(i, i_end, j, j_end, cols);
      if constexpr (many_registers)  // else sums would be too few to keep the processor busy
        i = tiles<half, false>(i, i_end, j, j_end, cols);
    }
    if (i < i_end) last_rows(i, i_end - i, j, j_end);
  }

  Index stride() const { return b_.outerStride(); }
  const S* right(Index j) const { return b_.data() + (OpB == Op::as_is ? j * stride() : j); }
  S* copy_from(Index row, Index more = 0) const {
    return copy_ == nullptr ? nullptr : copy_ + row * depth_ + more;
  }

  /// Finds where columns are not zero, if a sample of them says that it is worth it, and returns in
  /// how many places.
  Index find_nonzero(Index j, Index j_end) const {
    const Index cols = j_end - j, in_column = words(depth_);
    if (!(OpB == Op::as_is ? has_many_zeros(right(j), stride(), depth_, cols)
                           : has_many_zeros(right(j), stride(), cols, depth_)))
      return cols * depth_;
    if constexpr (OpB == Op::as_is)
      for (Index c = 0; c < cols; ++c)
        find_nonzero_along(right(j + c), depth_, nonzero_ + c * in_column);
    else
      find_nonzero_across(right(j), stride(), cols, depth_, nonzero_);
    Index count = 0;
    for (Index w = 0; w < cols * in_column; ++w) count += std::popcount(nonzero_[w]);
    return count;
  }

  /// Rows from i on of as many whole tiles as there are before i_end; returns the first row that is
  /// left.
  template <int Packets, bool Sparse>
  Index tiles(Index i, Index i_end, Index j, Index j_end, Index uses) const {
    constexpr Index tall = Packets * lanes<S>;
    const Index tall_end = i + (i_end - i) / tall * tall;
    const Index at_once = RowsAtOnce<S>{OpB}.of(depth_, tall);
    for (; i < tall_end; i = std::min(i + at_once, tall_end))
      rows_at_once<Packets, Sparse>(i, std::min(i + at_once, tall_end), j, j_end, uses);
    return i;
  }

  /// Sums are finished when all of so many columns are there, so that what they are finished with
  /// is read and written in long runs.
  template <int Packets, bool Sparse>
  void rows_at_once(Index i, Index i_end, Index j, Index j_end, Index uses) const {
    constexpr Index tall = Packets * lanes<S>, width = columns_at_once(OpB);
    const Index height = i_end - i;
    const bool finishes = epilogue_.finish != nullptr;
    for (Index c = j; c < j_end; c += width) {
      const Index c_end = std::min(c + width, j_end);
      const Index at = i + c * epilogue_.stride, cols = c_end - c;
      S* const to = finishes ? sums_ : epilogue_.to + at;
      const Index to_stride = finishes ? height : epilogue_.stride;
      const Columns b = columns(c, c_end, height / tall);
      for (Index r = 0; r < height; r += tall) {
        const Rows rows{i + r, r, uses, c > j};
        const S* const start = epilogue_.start != nullptr ? epilogue_.start + i + r : all_zero<S>;
        if constexpr (Sparse)
          sparse_row<Packets>(rows, b, cols, nonzero_ + (c - j) * words(depth_), start, to + r,
                              to_stride);
        else
          full_row<Packets>(rows, b, cols, start, to + r, to_stride);
      }
      if (finishes && height == epilogue_.stride)
        finish(epilogue_, at, sums_, height * cols, height * cols, 1);
      else if (finishes)
        finish(epilogue_, at, sums_, height, height, cols);
    }
  }

  /// A row of tiles; `start` and `to` are as in `full_tile`.
  template <int Packets>
  void full_row(const Rows& rows, Columns b, Index cols, const S* start, S* to,
                Index to_stride) const {
    const auto a = left_rows<Packets>(a_, rows.first, Packets * lanes<S>, {0, depth_}, rows.uses,
                                      copy_from(rows.above), rows.are_copied);
    const auto tile = [&]<int Columns>(std::integral_constant<int, Columns>) {
      full_tile<OpB, Packets, Columns>(a, b.data, b.stride, depth_, start, to, to_stride);
      b.data += Columns * column_of<OpB>(b.stride);
      to += Columns * to_stride;
    };
    for (; cols >= tile_columns; cols -= tile_columns)
      tile(std::integral_constant<int, tile_columns>{});
    for (; cols > 0; --cols) tile(std::integral_constant<int, 1>{});
  }

  /// Whether so many columns have no bit in a word.
  bool are_zero(const Bits* nonzero, Index cols) const {
    Bits any = 0;
    for (Index c = 0; c < cols; ++c) any |= nonzero[c * words(depth_)];
    return any == 0;
  }

  /// The same of tiles that leave out zeros, piece by piece of the depth.
  template <int Packets>
  void sparse_row(const Rows& rows, Columns b, Index cols, const Bits* nonzero, const S* start,
                  S* to, Index to_stride) const {
    constexpr Index tall = Packets * lanes<S>;
    constexpr bool keeps = OpB == Op::transposed;  // a copy for the columns that follow
    const S* from = start;
    Index from_stride = 0;
    for (Index k = 0; k < depth_; k += bits) {
      if (k > 0 && !keeps && are_zero(nonzero + k / bits, cols)) continue;
      const auto a = left_rows<Packets>(a_, rows.first, tall, {k, std::min(k + bits, depth_)},
                                        rows.uses, keeps ? copy_from(rows.above, k * tall) : copy_,
                                        keeps && rows.are_copied);
      sparse_tiles<OpB, Packets>(a, b.data + k * step_of<OpB>(b.stride), b.stride, cols,
                                 nonzero + k / bits, words(depth_), from, from_stride, to,
                                 to_stride);
      from = to;
      from_stride = to_stride;
    }
  }

  /// The last `count` rows, fewer than a tile has: packet by packet, and zeros are not looked for.
  void last_rows(Index i, Index count, Index j, Index j_end) const {
    constexpr int n = lanes<S>, most = tile_packets;
    const bool side_by_side = count == epilogue_.stride;
    const Index packets = (count + n - 1) / n, height = side_by_side ? count : packets * n;
    LeftRows<S> a[most];
    S start[most * n], sums[(most * thin_columns + 1) * n];
    for (Index p = 0; p < packets; ++p)
      a[p] = left_rows<1>(a_, i + p * n, std::min<Index>(n, count - p * n), {0, depth_}, j_end - j,
                          copy_from(p * n));
    for (Index r = 0; r < packets * n; ++r) start[r] = r < count ? epilogue_.start_of(i + r) : S(0);
    for (; j < j_end; j += thin_columns) {
      const Index cols = std::min<Index>(thin_columns, j_end - j);
      // From the last packet to the first: where less than a packet is left of a column, what is
      // stored beyond it is overwritten by the next column's first packet.
      for (Index p = packets - 1; p >= 0; --p)
        thin_tile<OpB>(a[p], right(j), stride(), depth_, cols,
                       packet::ploadu<Packet<S>>(start + p * n), sums + p * n, height);
      if (side_by_side)
        finish(epilogue_, j * epilogue_.stride, sums, count * cols, count * cols, 1);
      else
        finish(epilogue_, i + j * epilogue_.stride, sums, height, count, cols);
    }
  }

  LeftFactor<S> a_;
  ConstPanel<S> b_;
  const Epilogue<S>& epilogue_;
  Index depth_;
  S* copy_;
  S* right_;
  S* sums_;
  Bits* nonzero_;
};

/// Computes A B, B = b or b^T, tile by tile, and hands its elements to an epilogue while they are
/// in a near cache. An element is computed by one thread, in the order of the depth, and
/// finished by the same instructions, whatever the number of threads.
template <Op OpB, class S>
void multiply(const LeftFactor<S>& a, ConstPanel<S> b, const Epilogue<S>& epilogue) {
  const Index rows = a.rows(), depth = a.depth();
  const Index cols = OpB == Op::as_is ? b.cols() : b.rows();
  constexpr Index tall = tall_packets * lanes<S>;
  const int count = workers(work_of(rows, depth, cols));
  // An update by whole columns where there are enough: they lie in one piece.
  const bool by_columns = OpB == Op::transposed && cols >= 2 * stripe * count;
  const bool by_rows = rows >= 2 * tall * count && !by_columns;
  // Of an update for all rows: a short last batch has fewer threads, and may go the other way.
  const bool parts = by_rows && count > 1 && OpB == Op::as_is;
  const Index most_rows = parts ? rows / count + 2 * tall : rows;
  const ThreadMemory<S> memory(count, OpB, a.copies_rows(), most_rows, depth);
  share_among(count, by_rows ? rows : cols, by_rows ? tall : stripe,
              [&](int thread, Index from, Index to) {
                const Block<OpB, S> block(a, b, epilogue, memory, thread);
                block.compute(by_rows ? from : 0, by_rows ? to : rows, by_rows ? 0 : from,
                              by_rows ? cols : to);
              });
}

}  // namespace ridge::detail
