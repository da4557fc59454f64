// Loops over whole arrays, and norms that neither overflow nor lose small numbers.
#include <cmath>
#include <limits>
#include <vector>

#include <ridge/kernels/elementwise.hpp>
#include <ridge/kernels/norm.hpp>

#include "catch.hpp"

using namespace ridge;

TEMPLATE_TEST_CASE("elementwise loops touch as many elements as they are told", "[elementwise]",
                   float, double) {
  using S = TestType;
  using V = std::vector<S>;
  V x{1, -2, 3, 4};
  detail::scale(x.data(), 3, S(2));
  CHECK(x == V{2, -4, 6, 4});
  detail::divide(x.data(), 3, S(4));
  CHECK(x == V{0.5, -1, 1.5, 4});
  const V other{1, 2, 3, 100};
  detail::add_scaled(x.data(), other.data(), 3, S(-2));
  CHECK(x == V{-1.5, -5, -4.5, 4});
  detail::clamp(x.data(), 3, S(4.5));
  CHECK(x == V{-1.5, -4.5, -4.5, 4});
  for (Index count : {0, 3}) detail::clamp(x.data(), count, S(count));
  CHECK(x == V{-1.5, -3, -3, 4});
}

TEMPLATE_TEST_CASE("clamping bounds infinity and leaves NaN", "[elementwise]", float, double) {
  using S = TestType;
  constexpr S infinity = std::numeric_limits<S>::infinity();
  S x[] = {infinity, -infinity, std::numeric_limits<S>::quiet_NaN()};
  detail::clamp(x, 3, S(2));
  CHECK(x[0] == 2);
  CHECK(x[1] == -2);
  CHECK(std::isnan(x[2]));
}

TEMPLATE_TEST_CASE("norms of numbers whose squares are beyond the scalar", "[elementwise]", float,
                   double) {
  using S = TestType;
  const S huge = std::numeric_limits<S>::max() / 8;
  const S x[] = {3, 100, 4, 100};
  CHECK(detail::sum_of_squares(x, 0) == 0);
  CHECK(detail::norm_of(x, 0) == 0);
  CHECK(detail::norm_of(x, 1) == 3);
  const S apart[] = {3, std::numeric_limits<S>::quiet_NaN(), 4};
  CHECK(detail::careful_norm_of(apart, 2, 2) == Approx(5));
  const S large[] = {3 * huge, 0, 4 * huge, 0};
  const double norm = 5 * static_cast<double>(huge);
  CHECK(detail::norm_of(large, 4) == Approx(norm));
  CHECK(detail::careful_norm_of(large, 2, 2) == Approx(norm));
  const S zeros[] = {0, 0};
  CHECK(detail::careful_norm_of(zeros, 2) == 0);
  const S broken[] = {1, std::numeric_limits<S>::quiet_NaN(), 2};
  CHECK(std::isnan(detail::norm_of(broken, 3)));
  const S endless[] = {1, -std::numeric_limits<S>::infinity(), 2};
  CHECK(detail::norm_of(endless, 3) == std::numeric_limits<double>::infinity());

  std::vector<Eigen::Map<const Vector<S>>> all;
  all.emplace_back(x, 1);
  all.emplace_back(x + 2, 1);
  CHECK(detail::norm_of_all(all) == Approx(5));
  all.emplace_back(large, 4);
  CHECK(detail::norm_of_all(all) == Approx(norm));
}
