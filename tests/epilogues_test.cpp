// What becomes of a tile of sums: packets and the rest of a column, and what may be copied for it.
#include <algorithm>
#include <array>
#include <vector>

#include <ridge/kernels/epilogues.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

/// Adds the sums to the first array, and the second one to them. It counts its copies.
template <class S>
struct Adding {
  static constexpr std::size_t written = 1;
  std::array<S*, 2> arrays;
  Index stride;
  int* copies;

  Adding(S* to, S* from, Index its_stride, int& count)
      : arrays{to, from}, stride(its_stride), copies(&count) {}
  Adding(const Adding& other) : arrays(other.arrays), stride(other.stride), copies(other.copies) {
    ++*copies;
  }
  template <int Count>
  void finish(const std::array<S*, 2>& places, const S* sums) const {
    detail::Run<S, Count>{places[0]} +=
        detail::Run<const S, Count>(sums) + detail::Run<const S, Count>(places[1]);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a tile is finished where it belongs, and nothing else is touched",
                   "[epilogues]", float, double) {
  using S = TestType;
  constexpr Index n = detail::lanes<S>, columns = 3;
  for (const Index rows : {Index{1}, n - 1, n, n + 1, 3 * n + 2}) {
    CAPTURE(rows);
    const Index stride = rows + 2, height = rows + 1, at = 1 + stride;
    const auto size = static_cast<std::size_t>(stride * (columns + 2));
    std::vector<S> to(size, S(1)), from(size), sums(static_cast<std::size_t>(height * columns));
    for (std::size_t k = 0; k < size; ++k) from[k] = static_cast<S>(k);
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] = static_cast<S>(1000 * k);
    const std::vector<S> before = from;
    int copies = 0;
    const Adding<S> adding(to.data(), from.data(), stride, copies);
    detail::finish_with<S, Adding<S>>(&adding, at, sums.data(), height, rows, columns);
    CHECK(from == before);
    CHECK(copies == 0);  // it may hold a table, which must not be copied for each tile
    std::vector<S> expected(size, S(1));
    for (Index c = 0; c < columns; ++c)
      for (Index r = 0; r < rows; ++r) {
        const auto k = static_cast<std::size_t>(at + r + c * stride);
        expected[k] += sums[static_cast<std::size_t>(r + c * height)] + from[k];
      }
    CHECK(to == expected);
  }
}
