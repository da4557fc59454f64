#pragma once

#include <algorithm>
#include <bit>
#include <limits>

#include <ridge/core/types.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/prefetch.hpp>
#include <ridge/kernels/registers.hpp>
#include <ridge/kernels/zeros.hpp>

// Rows of a product's left factor, side by side as the tiles of `multiply` read them.
namespace ridge::detail {

inline constexpr Index never = std::numeric_limits<Index>::max();

/// How many columns of the right factor make it worth to copy `height` rows of the left one, whose
/// columns are so far apart; `never` where they are read well as they lie: packets lie within
/// cache lines, and many columns touch few pages and spread over all sets of the cache.
template <class S>
Index copy_pays_from(Index stride, Index height) {
  constexpr Index kilobyte = 1024 / Index{sizeof(S)};
  if (stride % lanes<S> != 0) return 16;
  if (stride <= height) return never;
  if (stride >= 2 * kilobyte || stride % kilobyte == 0) return 16;
  return stride % (kilobyte / 2) == 0 ? 32 : never;
}

/// A product's left factor: a panel or its transpose.
template <class S>
struct LeftFactor {
  ConstPanel<S> panel;
  Op op;

  Index rows() const { return op == Op::as_is ? panel.rows() : panel.cols(); }
  Index depth() const { return op == Op::as_is ? panel.cols() : panel.rows(); }

  /// Whether rows of it may have to be copied.
  bool copies_rows() const {
    return op != Op::as_is || panel.rows() % lanes<S> != 0 ||
           copy_pays_from<S>(panel.outerStride(), 0) != never;
  }
};

/// A product's left factor as the tiles read it: `Packets` packets of rows, and `stride` from one
/// position of the depth to the next.
template <class S>
struct LeftRows {
  const S* data;
  Index stride;
};

/// Positions [first, last) of a product's depth.
struct Positions {
  Index first, last;

  Index size() const { return last - first; }
};

/// Copies rows [i, i + rows) of A so that each position of the depth has them side by side, and
/// zeros up to `Height` rows.
template <int Height, class S>
void pack(ConstPanel<S> a, Index i, Index rows, Positions depth, S* to) {
  constexpr int n = lanes<S>;
  const Index stride = a.outerStride(), all = a.cols();
  const S* from = a.data() + i + depth.first * stride;
  // Packets are loaded across the end of the rows, as far as the matrix reaches.
  const Index safe = std::min(depth.last, all - (Height - rows + stride - 1) / stride);
  S kept[Height];
  for (Index r = 0; r < Height; ++r)
    kept[r] = std::bit_cast<S>(r < rows ? static_cast<BitsOf<S>>(-1) : BitsOf<S>{0});
  Index k = depth.first;
  for (; k < safe; ++k, to += Height, from += stride) {
    prefetch_far(from + std::min<Index>(16, all - 1 - k) * stride, Height * sizeof(S));
    unrolled<Height / n>([&](auto r) RIDGE_INLINE {
      packet::pstoreu(to + r * n, packet::pand(packet::ploadu<Packet<S>>(from + r * n),
                                               packet::ploadu<Packet<S>>(kept + r * n)));
    });
  }
  for (; k < depth.last; ++k, to += Height, from += stride)
    for (Index r = 0; r < Height; ++r) to[r] = r < rows ? from[r] : S(0);
}

/// The same of A's transpose.
template <int Height, class S>
void pack_transposed(ConstPanel<S> a, Index i, Index rows, Positions depth, S* to) {
  constexpr int n = lanes<S>;
  const Index stride = a.outerStride(), size = depth.size();
  for (Index r = 0; r < Height; r += n) {
    const S* const from = a.data() + (i + r) * stride + depth.first;
    Index k = 0;
    if (r + n <= rows)
      for (; k + n <= size; k += n) transpose<S>(from + k, stride, to + k * Height + r, Height);
    const Index columns = std::clamp<Index>(rows - r, 0, n);
    for (; k < size; ++k) {
      S* const row = to + k * Height + r;
      for (Index c = 0; c < columns; ++c) row[c] = from[k + c * stride];
      for (Index c = columns; c < n; ++c) row[c] = S(0);
    }
  }
}

/// `Packets` packets of rows from row i on, of which `rows` exist, at some positions of the depth.
/// They are copied if they must be, and for `uses` that are many enough where they do not lie well.
/// @param is_copied  whether the copy is there already
template <int Packets, class S>
LeftRows<S> left_rows(const LeftFactor<S>& a, Index i, Index rows, Positions depth, Index uses,
                      S* copy, bool is_copied = false) {
  constexpr int height = Packets * lanes<S>;
  const Index stride = a.panel.outerStride();
  if (a.op == Op::as_is && rows == height && uses < copy_pays_from<S>(stride, height))
    return {a.panel.data() + i + depth.first * stride, stride};
  if (is_copied) return {copy, height};
  if (a.op == Op::as_is)
    pack<height>(a.panel, i, rows, depth, copy);
  else
    pack_transposed<height>(a.panel, i, rows, depth, copy);
  return {copy, height};
}

}  // namespace ridge::detail
