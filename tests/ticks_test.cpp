#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <ridge/core/random.hpp>
#include <ridge/plot/ticks.hpp>

#include "catch.hpp"

using ridge::linear_ticks;
using ridge::log_ticks;
using ridge::Ticks;
using ridge::ValueError;
using Numbers = std::vector<double>;
using Labels = std::vector<std::string>;

TEST_CASE("linear ticks are multiples of 1, 2 or 5 times a power of ten") {
  CHECK(linear_ticks(0, 1).major == Numbers{0, 0.2, 0.4, 0.6, 0.8, 1});
  CHECK(linear_ticks(0, 1).labels == Labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(linear_ticks(0.9, 12.1).labels == Labels{"2", "4", "6", "8", "10", "12"});
  CHECK(linear_ticks(-0.3, 0.3).major == Numbers{-0.2, 0, 0.2});
  CHECK(linear_ticks(-0.3, 0.3, 7).major == Numbers{-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3});
  CHECK(linear_ticks(-0.3, 0.3, 7).labels ==
        Labels{"-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"});
  CHECK(linear_ticks(97.5, 98.3).labels == Labels{"97.6", "97.8", "98.0", "98.2"});
  CHECK(linear_ticks(0, 45000).labels == Labels{"0", "10000", "20000", "30000", "40000"});
  CHECK(linear_ticks(0.001, 0.0049).labels == Labels{"0.001", "0.002", "0.003", "0.004"});
  CHECK(linear_ticks(3, 8, 1).labels == Labels{"5"});
}

TEST_CASE("ticks of large and of small numbers have exponents") {
  CHECK(linear_ticks(0, 2e6).labels == Labels{"0", "5e5", "1e6", "1.5e6", "2e6"});
  CHECK(linear_ticks(0, 1e300).labels == Labels{"0", "2e299", "4e299", "6e299", "8e299", "1e300"});
  CHECK(linear_ticks(-2e-5, 2e-5).labels == Labels{"-2e-5", "-1e-5", "0", "1e-5", "2e-5"});
  CHECK(linear_ticks(1000000.11, 1000000.19).labels ==
        Labels{"1.00000012e6", "1.00000014e6", "1.00000016e6", "1.00000018e6"});
  CHECK(linear_ticks(0, 3e-300).labels.back() == "3e-300");
}

TEST_CASE("ticks of counts are whole numbers") {
  CHECK(linear_ticks(0.95, 2.05, 7, true).labels == Labels{"1", "2"});
  CHECK(linear_ticks(0.95, 2.05, 7).labels.size() > 2);
  CHECK(linear_ticks(0.5, 1.5, 7, true).labels == Labels{"1"});
  CHECK(linear_ticks(0, 1000, 7, true).labels == Labels{"0", "200", "400", "600", "800", "1000"});
}

TEST_CASE("linear ticks are few, within the range and even, whatever the range") {
  ridge::Random random{5};
  for (int run = 0; run < 3000; ++run) {
    const double size = std::pow(10, random.uniform(-280, 280));
    const double low = size * random.uniform(-1, 1) * (run % 3 == 0 ? 1e3 : 1);
    const double high = low + size * random.uniform(0.01, 1);
    const int most = 2 + static_cast<int>(random.below(8));
    const Ticks ticks = linear_ticks(low, high, most);
    const Numbers& at = ticks.major;
    INFO(low << " to " << high << ", " << at.size() << " of " << most);
    REQUIRE(at.size() == ticks.labels.size());
    REQUIRE(at.size() <= static_cast<std::size_t>(most));
    // The next finer step is at least 0.4 of this one.
    if (most >= 5) REQUIRE(at.size() >= static_cast<std::size_t>(most * 2 / 5));
    const double slack = 1e-6 * (high - low);
    for (std::size_t k = 0; k < at.size(); ++k) {
      REQUIRE((at[k] >= low - slack && at[k] <= high + slack));
      REQUIRE(std::stod(ticks.labels[k]) == Approx(at[k]).epsilon(1e-9).margin(slack));
      if (k >= 2) REQUIRE(at[k] - at[k - 1] == Approx(at[1] - at[0]).epsilon(1e-6));
    }
    REQUIRE(std::set<std::string>(ticks.labels.begin(), ticks.labels.end()).size() == at.size());
  }
}

TEST_CASE("logarithmic ticks are powers of ten, with what lies between") {
  const Ticks ticks = log_ticks(0.005, 200);
  CHECK(ticks.major == Numbers{0.01, 0.1, 1, 10, 100});
  CHECK(ticks.labels == Labels{"0.01", "0.1", "1", "10", "100"});
  CHECK(ticks.minor.front() == 0.005);
  CHECK(ticks.minor.back() == 200);
  CHECK(ticks.minor.size() == 5 + 4 * 8 + 1);

  const Ticks wide = log_ticks(1e-8, 1e4, 5);
  CHECK(wide.labels == Labels{"1e-8", "1e-5", "0.01", "10", "10000"});
  CHECK(wide.minor.size() == 8);  // the powers between
  CHECK(log_ticks(1e-300, 1e300, 4).labels.size() == 4);
}

TEST_CASE("logarithmic ticks of little more than a power of ten are 1, 2 and 5") {
  CHECK(log_ticks(0.9, 9).labels == Labels{"1", "2", "5"});
  CHECK(log_ticks(0.015, 0.06).labels == Labels{"0.02", "0.05"});
  CHECK(log_ticks(0.015, 0.06).minor == Numbers{0.03, 0.04, 0.06});
  CHECK(log_ticks(2e7, 6e7).labels == Labels{"2e7", "5e7"});
  CHECK(log_ticks(3, 4).labels == linear_ticks(3, 4).labels);
  CHECK(log_ticks(98, 102).major == linear_ticks(98, 102).major);
}

TEST_CASE("a range without an extent has no ticks") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {1, 1}, {2, 1}, {0, infinity}, {NAN, 1}, {-1.7e308, 1.7e308}, {1, 1 + 1e-13}}) {
    const double a = low, b = high;
    CHECK_THROWS_AS(linear_ticks(a, b), ValueError);
    CHECK_THROWS_AS(log_ticks(a, b), ValueError);
  }
  CHECK(test::message_of<ValueError>([] { linear_ticks(2, 1); }) ==
        "linear_ticks: expected two finite numbers, the first below the second by 1e-12 of them or "
        "more, got 2 and 1");
  CHECK(test::message_of<ValueError>([] { linear_ticks(1, 2, 0); }) ==
        "linear_ticks: most must be at least 1, got 0");
  CHECK(test::message_of<ValueError>([] { log_ticks(0, 2); }) ==
        "log_ticks: a logarithm needs numbers above 0, got 0");
}
