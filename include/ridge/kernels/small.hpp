#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <ridge/core/gradient.hpp>
#include <ridge/kernels/epilogues.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/registers.hpp>
#include <ridge/kernels/share.hpp>

// Products with a weight so small, and of sizes in its type, that the compiler lays out the whole
// of it: without tiles to look for, rows to copy, epilogues to call or threads to ask.
namespace ridge::detail {

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"  // of packets as template arguments
#endif

/// Whether a weight is of this kind: up to 4 KiB, so that it stays in the first cache or even in
/// registers while samples pass by.
template <class S, int Rows, int Cols>
inline constexpr bool is_tiny = is_small<S, Rows, Cols>&& Index{sizeof(S)} * Rows* Cols <= 4096;

/// The packet half as wide; of the narrowest one it is the scalar, a packet of one.
template <class S, class P>
using HalfPacket = std::conditional_t<std::is_same_v<typename packet::unpacket_traits<P>::half, P>,
                                      S, typename packet::unpacket_traits<P>::half>;

/// The packet of `Width` scalars.
template <class S, int Width, class P = Packet<S>>
struct PacketOf : PacketOf<S, Width, HalfPacket<S, P>> {};
template <class S, int Width, class P>
requires(packet::unpacket_traits<P>::size == Width) struct PacketOf<S, Width, P> {
  using type = P;
};

/// The widest packet of at most `size` scalars.
template <class S, class P = Packet<S>>
constexpr int widest(int size) {
  constexpr int width = packet::unpacket_traits<P>::size;
  if constexpr (width == 1)
    return 1;
  else
    return width <= size ? width : widest<S, HalfPacket<S, P>>(size);
}
/// The narrowest packet of at least `size` scalars, up to `most`; else 0.
template <class S, class P = Packet<S>>
constexpr int narrowest(int size, int most) {
  constexpr int width = packet::unpacket_traits<P>::size;
  if (width < size) return 0;
  if constexpr (width > 1)
    if (const int half = narrowest<S, HalfPacket<S, P>>(size, most); half != 0) return half;
  return width <= most ? width : 0;
}

/// Some packets of one width that lie side by side.
struct Pieces {
  int from, width, count;
};

/// A column of `Size` scalars as packets. The last one overlaps the one before it where that makes
/// fewer of them: what is in both is computed twice, so it must not be what it is computed of.
template <class S, int Size>
struct Cut {
  static constexpr auto all = [] {
    std::array<Pieces, Size> pieces{};
    int used = 0;
    for (int at = 0; at < Size;) {
      const int rest = Size - at, width = widest<S>(rest);
      const int wide = width < rest ? narrowest<S>(rest, Size) : 0;
      const Pieces next =
          wide != 0 ? Pieces{Size - wide, wide, 1} : Pieces{at, width, rest / width};
      pieces[static_cast<std::size_t>(used++)] = next;
      at = wide != 0 ? Size : at + next.width * next.count;
    }
    return std::pair(pieces, used);
  }();
  static constexpr int count = all.second;
  template <int I>
  struct At {
    static constexpr int from = all.first[I].from, width = all.first[I].width,
                         count = all.first[I].count;
  };
};

/// Registers of sums that a small product keeps at a time, and samples that it computes together.
inline constexpr int small_sums = many_registers ? 16 : 8, small_columns = 4;
/// How many rows a lone sample is multiplied with together.
template <class S>
inline constexpr int lone_rows = widest<S>(4);

/// Finishes `Count` elements that lie side by side from place `at` on, packet by packet, of which
/// compilers inline everything; see `finish_with`.
template <int Count, class S, class E>
RIDGE_INLINE inline void finish_run(const E& epilogue, Index at, const S* sums) {
  constexpr int together = Count % lanes<S> == 0 ? lanes<S> : Count;
  auto places = epilogue.arrays;
  for (S*& place : places) place += at;
  for (int k = 0; k < Count; k += together) {
    epilogue.template finish<together>(places, sums + k);
    for (S*& place : places) place += together;
  }
}

/// Calls f(0) ... f(Count - 1), four in each turn of a loop.
template <int Count, class F>
RIDGE_INLINE inline void repeat(const F& f) {
  constexpr int turn = 4, whole = Count / turn * turn;
  for (int i = 0; i < whole; i += turn) unrolled<turn>([&](auto k) RIDGE_INLINE { f(i + k); });
  unrolled<Count - whole>([&](auto k) RIDGE_INLINE { f(whole + k); });
}

/// `Columns` columns of A x, of the rows in `Count` packets. A's columns lie side by side, `rows`
/// scalars each, and so do x's. They are finished from place `at` on.
/// @tparam Partial  sums that each element is computed in, so that additions need not wait
template <int Width, int Count, int Columns, int Depth, int Partial, class S, class E>
RIDGE_INLINE inline void small_tile(const S* a, int rows, const S* x, Index x_stride,
                                    const S* start, Index at, const E& epilogue) {
  using P = typename PacketOf<S, Width>::type;
  P sums[Partial * Count * Columns];
  unrolled<Count>([&](auto r) RIDGE_INLINE {
    const P zero = packet::pset1<P>(S(0));
    const P first = start != nullptr ? packet::ploadu<P>(start + r * Width) : zero;
    unrolled<Columns>([&](auto c) RIDGE_INLINE { sums[r * Columns + c] = first; });
    unrolled<Partial - 1>([&](auto part) RIDGE_INLINE {
      unrolled<Columns>([&](auto c)
                            RIDGE_INLINE { sums[((part + 1) * Count + r) * Columns + c] = zero; });
    });
  });
  const auto add = [&](int k, auto part) RIDGE_INLINE {
    P values[Columns];
    unrolled<Columns>([&](auto c)
                          RIDGE_INLINE { values[c] = packet::pset1<P>(x[k + c * x_stride]); });
    unrolled<Count>([&](auto r) RIDGE_INLINE {
      const P left = packet::ploadu<P>(a + k * rows + r * Width);
      unrolled<Columns>([&](auto c) RIDGE_INLINE {
        P& sum = sums[(part * Count + r) * Columns + c];
        sum = packet::pmadd(left, values[c], sum);
      });
    });
  };
  constexpr int whole = Depth / Partial * Partial;
  if constexpr (Partial == 1)
    repeat<Depth>([&](int k) RIDGE_INLINE { add(k, std::integral_constant<int, 0>()); });
  else
    for (int k = 0; k < whole; k += Partial)
      unrolled<Partial>([&](auto part) RIDGE_INLINE { add(k + part, part); });
  if constexpr (Partial > 1)
    unrolled<Depth - whole>([&](auto part) RIDGE_INLINE { add(whole + part, part); });
  unrolled<Columns>([&](auto c) RIDGE_INLINE {
    unrolled<Count>([&](auto r) RIDGE_INLINE {
      P sum = sums[r * Columns + c];
      unrolled<Partial - 1>([&](auto part) RIDGE_INLINE {
        sum = packet::padd(sum, sums[((part + 1) * Count + r) * Columns + c]);
      });
      alignas(64) S stored[Width];
      packet::pstoreu(stored, sum);
      finish_run<Width>(epilogue, at + r * Width + c * epilogue.stride, stored);
    });
  });
}

/// Columns [from, to) of A x for an A of `Rows` x `Depth` whose columns lie side by side.
/// @param start what the sums of each row begin with; 0 if it is null
template <int Rows, int Depth, int Together, int Partial, class S, class E>
RIDGE_FLATTEN void by_columns(const S* a, const S* x, Index x_stride, const S* start, Index from,
                              Index to, const E& epilogue) {
  const auto tiles = [&](Index j, auto columns) RIDGE_INLINE {
    unrolled<Cut<S, Rows>::count>([&](auto i) RIDGE_INLINE {
      using At = typename Cut<S, Rows>::template At<i>;
      constexpr int most = small_sums / small_columns, whole = At::count / most;
      const auto tile = [&](int packets_before, auto packets) RIDGE_INLINE {
        const int row = At::from + packets_before * At::width;
        small_tile<At::width, packets, columns, Depth, Partial>(
            a + row, Rows, x + j * x_stride, x_stride, start != nullptr ? start + row : nullptr,
            row + j * epilogue.stride, epilogue);
      };
      for (int p = 0; p < whole; ++p) tile(p * most, std::integral_constant<int, most>());
      if constexpr (At::count % most != 0)
        tile(whole * most, std::integral_constant<int, At::count % most>());
    });
  };
  const Index whole = (to - from) / Together * Together;
  for (Index n = 0; n < whole; n += Together)
    tiles(from + n, std::integral_constant<int, Together>());
  if constexpr (Together > 1)
    for (Index n = whole; n < to - from; ++n) tiles(from + n, std::integral_constant<int, 1>());
}

/// The same for an A of which the rows lie side by side: for few of them, fewer than a packet has.
template <int Rows, int Depth, class S, class E>
RIDGE_FLATTEN void by_rows(const S* a, const S* x, Index x_stride, const S* start, Index from,
                           Index to, const E& epilogue) {
  using Numbers = Eigen::Map<const Vector<S, Depth>>;
  for (Index j = from; j < to; ++j)
    unrolled<Rows>([&](auto r) RIDGE_INLINE {
      const S sum = Numbers(a + r * Depth).dot(Numbers(x + j * x_stride));
      const S stored[1] = {start != nullptr ? start[r] + sum : sum};
      finish_run<1>(epilogue, r + j * epilogue.stride, stored);
    });
}

/// The transpose of a matrix whose columns lie side by side.
template <int Rows, int Cols, class S>
RIDGE_FLATTEN void transpose_small(const S* from, S* to) {
  constexpr int n = widest<S>(std::min(Rows, Cols));
  constexpr int rows = n > 1 ? Rows / n * n : 0, cols = n > 1 ? Cols / n * n : 0;
  if constexpr (n > 1)
    for (int c = 0; c < cols; c += n)
      for (int r = 0; r < rows; r += n)
        transpose<S, typename PacketOf<S, n>::type>(from + r + c * Rows, Rows, to + c + r * Cols,
                                                    Cols);
  for (int c = 0; c < Cols; ++c)
    for (int r = c < cols ? rows : 0; r < Rows; ++r) to[c + r * Cols] = from[r + c * Rows];
}

/// A x for a lone x and an A of which the rows lie side by side, as many rows at a time as a packet
/// has scalars: what they sum up to lane by lane is transposed and summed once more.
template <int Rows, int Depth, class S, class E>
RIDGE_FLATTEN void lone_by_rows(const S* a, const S* x, const E& epilogue) {
  constexpr int n = lone_rows<S>;
  using P = typename PacketOf<S, n>::type;
  for (int row = 0; row < Rows; row += n, a += n * Depth) {
    packet::PacketBlock<P, n> block;
    unrolled<n>([&](auto r) RIDGE_INLINE { block.packet[r] = packet::pset1<P>(S(0)); });
    for (int k = 0; k < Depth; k += n)
      unrolled<n>([&](auto r) RIDGE_INLINE {
        block.packet[r] = packet::pmadd(packet::ploadu<P>(a + r * Depth + k),
                                        packet::ploadu<P>(x + k), block.packet[r]);
      });
    packet::ptranspose(block);
    P sum = block.packet[0];
    unrolled<n - 1>([&](auto r) RIDGE_INLINE { sum = packet::padd(sum, block.packet[r + 1]); });
    alignas(64) S stored[n];
    packet::pstoreu(stored, sum);
    finish_run<n>(epilogue, row, stored);
  }
}

/// Calls f(from, to) for all columns of x, by several threads where they are worth it.
template <int Work, class X, class F>
RIDGE_INLINE inline void share_samples(const X& x, const F& f) {
  constexpr int cols = X::ColsAtCompileTime;
  if constexpr (cols != Dynamic && Index{Work} * cols < 100'000) {
    f(Index{0}, Index{cols});
  } else if (const int count = workers(work_of(Work, 1, x.cols())); count == 1) {
    f(Index{0}, x.cols());  // without a call
  } else {
    share_among(count, x.cols(), stripe, [&](int, Index from, Index to) { f(from, to); });
  }
}

/// A x + start or A^T x, for a small A.
template <Op OpA, class A, class X, class E>
RIDGE_INLINE inline void small_product(const A& a, const X& x, const typename A::Scalar* start,
                                       const E& epilogue) {
  static_assert(InMemory<X>::fits);
  using S = typename A::Scalar;
  constexpr bool as_is = OpA == Op::as_is, lone = X::ColsAtCompileTime == 1;
  constexpr int rows = as_is ? A::RowsAtCompileTime : A::ColsAtCompileTime;
  constexpr int depth = as_is ? A::ColsAtCompileTime : A::RowsAtCompileTime;
  constexpr int n = lone_rows<S>;
  constexpr bool has_packets = widest<S>(rows) > 1;
  // A lone sample would wait for each addition.
  constexpr int partial = lone ? std::min(depth, 4) : 1;
  const S* const in = x.data();
  const Index stride = stride_of(x);
  const auto compute = [&](const S* data) RIDGE_INLINE {
    share_samples<rows * depth>(x, [&](Index from, Index to) RIDGE_INLINE {
      if constexpr (has_packets)
        by_columns<rows, depth, lone ? 1 : small_columns, partial>(data, in, stride, start, from,
                                                                   to, epilogue);
      else
        by_rows<rows, depth>(data, in, stride, start, from, to, epilogue);
    });
  };
  if constexpr (!as_is && lone && n > 1 && rows % n == 0 && depth % n == 0) {
    lone_by_rows<rows, depth>(a.data(), in, epilogue);
  } else if constexpr (as_is == has_packets || rows == 1 || depth == 1) {
    compute(a.data());
  } else {
    alignas(64) S transposed[rows * depth];
    transpose_small<A::RowsAtCompileTime, A::ColsAtCompileTime>(a.data(), transposed);
    compute(transposed);
  }
}

/// sums = A B^T over all samples, `Rows` x `Cols`, each in a register while the samples pass by.
template <int Rows, int Cols, class S>
RIDGE_INLINE inline void sum_outer_products(const S* a, Index a_stride, const S* b, Index b_stride,
                                            Index samples, S* sums) {
  unrolled<Cut<S, Rows>::count>([&](auto i) RIDGE_INLINE {
    using At = typename Cut<S, Rows>::template At<i>;
    constexpr int most = std::max(1, small_sums / Cols), whole = At::count / most;
    using P = typename PacketOf<S, At::width>::type;
    const auto tile = [&](int packets_before, auto packets) RIDGE_INLINE {
      const int from = At::from + packets_before * At::width;
      P all[packets * Cols];
      unrolled<packets * Cols>([&](auto q) RIDGE_INLINE { all[q] = packet::pset1<P>(S(0)); });
      for (Index n = 0; n < samples; ++n)
        unrolled<packets>([&](auto r) RIDGE_INLINE {
          const P left = packet::ploadu<P>(a + from + r * At::width + n * a_stride);
          unrolled<Cols>([&](auto c) RIDGE_INLINE {
            P& sum = all[r * Cols + c];
            sum = packet::pmadd(left, packet::pset1<P>(b[c + n * b_stride]), sum);
          });
        });
      unrolled<packets>([&](auto r) RIDGE_INLINE {
        unrolled<Cols>([&](auto c) RIDGE_INLINE {
          packet::pstoreu(sums + from + r * At::width + c * Rows, all[r * Cols + c]);
        });
      });
    };
    for (int p = 0; p < whole; ++p) tile(p * most, std::integral_constant<int, most>());
    if constexpr (At::count % most != 0)
      tile(whole * most, std::integral_constant<int, At::count % most>());
  });
}

/// dY X^T, a gradient of `Rows` x `Cols`; its place is contiguous.
template <int Rows, int Cols, class DY, class X, class E>
RIDGE_FLATTEN void small_gradient(const OuterProduct<DY, X>& gradient, const E& epilogue) {
  static_assert(InMemory<DY>::fits && InMemory<X>::fits);
  using S = typename DY::Scalar;
  const S *const dy = gradient.dy.data(), *const x = gradient.x.data();
  const Index dy_stride = stride_of(gradient.dy), x_stride = stride_of(gradient.x);
  const Index samples = gradient.x.cols();  // which Eigen knows from the type, if it is there
  if constexpr (widest<S>(Rows) == 1) {     // packets lie along the inputs
    alignas(64) S sums[Cols * Rows];
    sum_outer_products<Cols, Rows>(x, x_stride, dy, dy_stride, samples, sums);
    if constexpr (Rows == 1) {
      finish_run<Cols>(epilogue, 0, sums);
    } else {
      alignas(64) S transposed[Rows * Cols];
      transpose_small<Cols, Rows>(sums, transposed);
      finish_run<Rows * Cols>(epilogue, 0, transposed);
    }
  } else {
    constexpr int most =
        std::clamp(small_sums / std::max(1, Rows / lanes<S>), 1, std::min(Cols, small_sums));
    const auto tile = [&](int from, auto columns) RIDGE_INLINE {
      alignas(64) S sums[Rows * columns];
      sum_outer_products<Rows, columns>(dy, dy_stride, x + from, x_stride, samples, sums);
      finish_run<Rows * columns>(epilogue, Index{from} * Rows, sums);
    };
    for (int from = 0; from + most <= Cols; from += most)
      tile(from, std::integral_constant<int, most>());
    if constexpr (Cols % most != 0)
      tile(Cols / most * most, std::integral_constant<int, Cols % most>());
  }
}

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

}  // namespace ridge::detail
