// Rows of a product's left factor: read where they lie, or copied with zeros up to whole packets.
// Matrices end where their memory ends, so that an address sanitizer sees what reads beyond.
#include <algorithm>
#include <vector>

#include <ridge/core/random.hpp>
#include <ridge/kernels/left_rows.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using detail::Op;

/// A matrix whose last column has nothing behind it.
template <class S>
struct Tight {
  Index rows, cols, stride;
  std::vector<S> memory;

  Tight(Index its_rows, Index its_cols, Index its_stride)
      : rows(its_rows),
        cols(its_cols),
        stride(its_stride),
        memory(static_cast<std::size_t>((cols - 1) * stride + rows)) {
    Random random{1};
    for (S& value : memory) value = static_cast<S>(random.uniform(1, 2));
  }
  detail::ConstPanel<S> panel() const {
    return {memory.data(), rows, cols, Eigen::OuterStride<>(stride)};
  }
};

constexpr int packets = 2;

/// Checks rows [i, i + rows) of the factor, and what the copy must not touch.
template <class S>
void check_rows(const detail::LeftFactor<S>& factor, Index i, Index rows, detail::Positions depth,
                Index uses) {
  constexpr Index height = packets * detail::lanes<S>;
  CAPTURE(factor.panel.rows(), factor.panel.cols(), factor.panel.outerStride(), i, rows, uses);
  CAPTURE(depth.first, depth.last);
  std::vector<S> copy(static_cast<std::size_t>(height * depth.size()) + 1, S(-1));
  const auto got = detail::left_rows<packets>(factor, i, rows, depth, uses, copy.data());
  const auto expected = [&](Index r, Index k) {
    return r >= rows                ? S(0)
           : factor.op == Op::as_is ? factor.panel(i + r, k)
                                    : factor.panel(k, i + r);
  };
  bool same = true;
  for (Index k = 0; k < depth.size(); ++k)
    for (Index r = 0; r < height; ++r)
      same = same && got.data[k * got.stride + r] == expected(r, depth.first + k);
  CHECK(same);
  CHECK(copy.back() == -1);
  const bool copied = got.data == copy.data();
  CHECK(copied == (copy.front() != -1));
  if (copied) {
    CHECK(factor.copies_rows());
    copy.front() = 7;  // stays: what is copied already is not copied again
    const auto again = detail::left_rows<packets>(factor, i, rows, depth, uses, copy.data(), true);
    CHECK(again.data == copy.data());
    CHECK(again.stride == got.stride);
    CHECK(copy.front() == 7);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("rows of a left factor are those of the matrix", "[left_rows]", float, double) {
  using S = TestType;
  constexpr Index height = packets * detail::lanes<S>;
  for (const Index rows : {Index{1}, height - 1, height, height + 3, 2 * height})
    for (const Index depth : {1, 2, 7, 16, 33})
      for (const Index spare : {Index{0}, Index{1}, height}) {
        const Tight<S> a(rows, depth, rows + spare), transposed(depth, rows, depth + spare);
        for (Index i = 0; i < rows; i += height)
          for (const Index uses : {1, 100}) {
            const Index count = std::min(height, rows - i);
            for (const detail::Positions part :
                 {detail::Positions{0, depth}, {0, (depth + 1) / 2}, {depth / 2, depth}}) {
              check_rows<S>({a.panel(), Op::as_is}, i, count, part, uses);
              check_rows<S>({transposed.panel(), Op::transposed}, i, count, part, uses);
            }
          }
      }
}

TEMPLATE_TEST_CASE("rows that lie well are read where they are", "[left_rows]", float, double) {
  using S = TestType;
  constexpr Index height = packets * detail::lanes<S>, kilobyte = 1024 / Index{sizeof(S)};
  S copy[2 * height];
  const auto reads_in_place = [&](Index stride, Index uses) {
    const Tight<S> a(height, 2, stride);
    return detail::left_rows<packets>({a.panel(), Op::as_is}, 0, height, {0, 2}, uses, copy).data ==
           a.memory.data();
  };
  CHECK(reads_in_place(height, 100));
  CHECK(reads_in_place(height + 1, 15));  // not worth a copy
  CHECK(!reads_in_place(height + 1, 16));
  CHECK(!reads_in_place(kilobyte, 16));  // few columns would fit into a cache at a time
  CHECK(reads_in_place(3 * kilobyte / 2, 31));
  CHECK(!reads_in_place(3 * kilobyte / 2, 32));
  CHECK(reads_in_place(kilobyte + detail::lanes<S>, 1000));
  CHECK(reads_in_place(2 * kilobyte - detail::lanes<S>, 1000));
  CHECK(!reads_in_place(2 * kilobyte + detail::lanes<S>, 16));  // each column in a page of its own
}
