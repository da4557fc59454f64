#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <ridge/core/random.hpp>

#include "catch.hpp"

namespace {

using ridge::Random;

TEST_CASE("a seed means the same numbers everywhere", "[random]") {
  // Computed once, by an independent implementation in Python: tests/fixtures/random_numbers.py.
  Random random{42};
  CHECK(random() == 0xd0764d4f4476689fu);
  CHECK(random() == 0x519e4174576f3791u);
  CHECK(random() == 0xfbe07cfb0c24ed8cu);
  static_assert(Random{7}() == Random{7}());
}

TEST_CASE("seeds and streams differ", "[random]") {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed) first.insert(Random{seed}());
  for (std::uint64_t stream = 0; stream < 100; ++stream) first.insert(Random{1}.split(stream)());
  CHECK(first.size() == 200);
  Random random{3};
  const Random before = random;
  random.split(1)();
  CHECK(random == before);
  random();
  CHECK(!(random == before));
}

TEST_CASE("uniform numbers", "[random]") {
  Random random{1};
  const int n = 100000;
  double sum = 0, squares = 0, least = 1, most = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    sum += u;
    squares += u * u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  CHECK((least >= 0 && most < 1));
  CHECK(std::abs(sum / n - 1. / 2) < 0.004);
  CHECK(std::abs(squares / n - 1. / 3) < 0.004);
  for (int i = 0; i < 1000; ++i) {
    const double u = random.uniform(-2, 5);
    CHECK((u >= -2 && u < 5));
  }
}

TEST_CASE("integers below a bound are all equally likely", "[random]") {
  const std::uint64_t bound = GENERATE(1u, 2u, 3u, 10u, 1000u);
  Random random{9};
  std::vector<int> counts(bound);
  const int draws = static_cast<int>(bound) * 1000;
  for (int i = 0; i < draws; ++i) ++counts.at(random.below(bound));
  // Each count is near 1000 with deviation under sqrt(1000) = 32.
  CHECK(*std::min_element(counts.begin(), counts.end()) > 1000 - 5 * 32);
  CHECK(*std::max_element(counts.begin(), counts.end()) < 1000 + 5 * 32);
}

TEST_CASE("integers below a bound of more than 32 bits", "[random]") {
  const std::uint64_t bound = GENERATE(0x100000000u, 0x100000001u, 0xc000000000000000u);
  Random random{9};
  std::uint64_t most = 0;
  for (int i = 0; i < 1000; ++i) most = std::max(most, random.below(bound));
  CHECK(most < bound);
  CHECK(most > bound / 10 * 9);
}

TEST_CASE("normal numbers", "[random]") {
  Random random{5};
  const int n = 200000;
  double moments[5] = {};
  int beyond_two = 0;
  for (int i = 0; i < n; ++i) {
    const double z = random.normal();
    double power = 1;
    for (double& moment : moments) {
      moment += power / n;
      power *= z;
    }
    beyond_two += std::abs(z) > 2;
  }
  CHECK(std::abs(moments[1]) < 0.01);
  CHECK(std::abs(moments[2] - 1) < 0.015);
  CHECK(std::abs(moments[3]) < 0.04);
  CHECK(std::abs(moments[4] - 3) < 0.1);
  CHECK(std::abs(beyond_two / static_cast<double>(n) - 0.0455003) < 0.002);
}

TEST_CASE("normal numbers invert the distribution function", "[random]") {
  // The uniform number behind each is known from a copy of the generator.
  Random random{11};
  for (int i = 0; i < 20000; ++i) {
    Random copy = random;
    const double p = (static_cast<double>(copy() >> 12) + 0.5) * 0x1p-52;
    const double z = random.normal();
    const double back = std::erfc(-z / std::sqrt(2.0)) / 2;
    REQUIRE(std::abs(back - p) < 1e-15 + 3e-15 * std::abs(z) * p);
  }
}

TEST_CASE("the normal numbers farthest out", "[random]") {
  // States whose next 64 bits are all zero and all one: the quantiles of 2^-53 and 1 - 2^-53.
  CHECK_THAT(Random::from_state({0, 1, 2, 0}).normal(),
             Catch::Matchers::WithinRel(-8.2095361516013869, 1e-14));
  CHECK_THAT(Random::from_state({0, 1, 2, ~std::uint64_t{0}}).normal(),
             Catch::Matchers::WithinRel(8.2095361516013869, 1e-14));
}

TEST_CASE("a shuffle keeps the elements and makes every order equally likely", "[random]") {
  Random random{2};
  std::vector<int> counts(24);
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> order{0, 1, 2, 3};
    random.shuffle(order);
    int rank = 0;
    std::vector<int> sorted{0, 1, 2, 3};
    do
      if (sorted == order) break;
    while (++rank, std::next_permutation(sorted.begin(), sorted.end()));
    ++counts.at(static_cast<std::size_t>(rank));
  }
  CHECK(*std::min_element(counts.begin(), counts.end()) > 1000 - 5 * 32);
  CHECK(*std::max_element(counts.begin(), counts.end()) < 1000 + 5 * 32);

  std::vector<int> many(1000), sorted;
  std::iota(many.begin(), many.end(), 0);
  sorted = many;
  Random{4}.shuffle(many);
  CHECK(many != sorted);
  std::sort(many.begin(), many.end());
  CHECK(many == sorted);
  std::vector<int> none;
  random.shuffle(none);
  CHECK(none.empty());
}

}  // namespace
