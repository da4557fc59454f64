// Bayesian search: what it finds, what it proposes, and what does not change that.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/threads.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/random_search.hpp>

#include "catch.hpp"
#include "test_functions.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<std::vector<double>> points(const SearchResult& result) {
  std::vector<std::vector<double>> all;
  for (const FinishedTrial& trial : result.trials) all.push_back(trial.parameters.point());
  return all;
}

const SearchSpace line{{"x", Uniform{0, 1}}};

double parabola(const Trial& trial) { return std::pow(trial["x"].number() - 0.3, 2); }

TEST_CASE("Bayesian search finds more than random search in as many trials", "[bayesian_search]") {
  for (const test::TestFunction& function : test::test_functions()) {
    std::vector<double> bayesian, random;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      bayesian.push_back(BayesianSearch{function.space, {.trials = 28, .seed = seed, .at_once = 2}}
                             .run(function.value)
                             .best()
                             .value -
                         function.minimum);
      random.push_back(RandomSearch{function.space, {.trials = 28, .seed = seed}}
                           .run(function.value)
                           .best()
                           .value -
                       function.minimum);
    }
    INFO(function.name << ": " << median(bayesian) << " against " << median(random));
    CHECK(median(bayesian) >= -1e-12);
    CHECK(median(bayesian) < 0.5 * median(random));
  }
}

TEST_CASE("threads change no bit of a Bayesian search", "[bayesian_search]") {
  const test::TestFunction function = test::test_functions().back();
  const auto at = [&](int threads, int trials) {
    return BayesianSearch{
        function.space,
        {.trials = trials, .seed = 3, .initial = 5, .at_once = 3, .threads = threads}}
        .run(function.value);
  };
  const int before = threads();
  set_threads(3);
  const auto one = points(at(1, 14)), three = points(at(3, 14)), more = points(at(3, 17));
  set_threads(before);
  CHECK(one.size() == 14);
  CHECK(one == three);
  // A search with more trials begins with the same ones.
  CHECK(more.size() == 17);
  CHECK(std::equal(one.begin(), one.end(), more.begin()));
  CHECK(std::set<std::vector<double>>(more.begin(), more.end()).size() == 17);
}

TEST_CASE("the first trials of a Bayesian search fill the space", "[bayesian_search]") {
  const auto all =
      points(BayesianSearch{line, {.trials = 10, .seed = 5, .initial = 10}}.run(parabola));
  std::set<int> tenths;
  for (const auto& point : all) tenths.insert(static_cast<int>(10 * point[0]));
  CHECK(tenths.size() == 10);
  CHECK(BayesianSearch{line, {.trials = 4, .initial = 10}}.run(parabola).trials.size() == 4);
}

TEST_CASE("each point of a small space is tried once, the best of it early", "[bayesian_search]") {
  const SearchSpace small{{"n", Integers{-6, 6}}, {"c", Choice{"a", "b", "c"}}};
  const SearchResult result =
      BayesianSearch{small, {.trials = 100, .seed = 1, .initial = 6}}.run([](const Trial& trial) {
        return std::pow(trial["n"].number() - 2, 2) + (trial["c"] == "b" ? 0 : 5);
      });
  REQUIRE(result.trials.size() == 39);
  CHECK(!result.interrupted);
  const auto all = points(result);
  CHECK(std::set<std::vector<double>>(all.begin(), all.end()).size() == 39);
  CHECK(result.best().value == 0);
  CHECK(result.best().number <= 16);
}

TEST_CASE("a range of a few floating-point numbers ends a Bayesian search", "[bayesian_search]") {
  const SearchSpace narrow{{"x", Uniform{1, 1 + 8.9e-16}}};
  const auto trials = [&](const auto& objective) {
    return BayesianSearch{narrow, {.trials = 20, .initial = 20}}.run(objective).trials.size();
  };
  CHECK(trials([](const Trial&) { return 1.0; }) <= 5);
  CHECK(trials([](const Trial& trial) {
          if (trial.number < 5) throw ValueError("none yet");
          return 1.0;
        }) <= 5);
}

TEST_CASE("a region that fails is left", "[bayesian_search]") {
  const auto objective = [](const Trial& trial) -> double {
    const double x = trial["x"];
    if (x > 0.5) throw DivergenceError("the loss is not finite");
    return 1 - x;  // best beside the failures
  };
  const SearchResult result = BayesianSearch{line, {.trials = 30, .seed = 2}}.run(objective);
  REQUIRE(result.trials.size() == 30);
  const auto failed = std::count_if(result.trials.begin() + 8, result.trials.end(),
                                    [](const FinishedTrial& trial) { return trial.failed(); });
  CHECK(failed <= 12);  // by chance eleven, and all if failures were good
  CHECK(result.best().value < 0.51);
  CHECK(result.best()["x"].number() <= 0.5);
}

TEST_CASE("trials that all but diverged do not hide the others", "[bayesian_search]") {
  const auto objective = [](const Trial& trial) {
    const double x = trial["x"];
    return x > 0.6 ? 1e300 * x : std::pow(x - 0.3, 2);
  };
  const SearchResult result = BayesianSearch{line, {.trials = 20, .seed = 2}}.run(objective);
  CHECK(result.best().value < 1e-5);
}

TEST_CASE("noise does not hold a Bayesian search where it is", "[bayesian_search]") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto result = BayesianSearch{line, {.trials = 40, .seed = seed}}.run(
        [](const Trial& trial) { return parabola(trial) + 0.001 * Random{trial.random}.normal(); });
    // Expected improvement alone would try beside its best point for ever.
    double low = 1, high = 0;
    for (std::size_t t = 20; t < 40; ++t) {
      low = std::min(low, result.trials[t]["x"].number());
      high = std::max(high, result.trials[t]["x"].number());
    }
    CHECK(high - low > 0.01);
    CHECK(low < 0.32);
    CHECK(high > 0.28);
  }
}

TEST_CASE("noise whose standard error is known is no minimum", "[bayesian_search]") {
  // One lucky trial at the wrong end: a search that believed it would stay there.
  const auto objective = [](const Trial& trial) -> Measurement {
    const double x = trial["x"];
    if (x > 0.9) return {-3, 5};
    return {std::pow(x - 0.3, 2), 1e-4};
  };
  const SearchResult result = BayesianSearch{line, {.trials = 25, .seed = 1}}.run(objective);
  int near = 0;
  for (std::size_t i = 8; i < result.trials.size(); ++i)
    near += std::abs(result.trials[i]["x"].number() - 0.3) < 0.1;
  CHECK(near >= 8);
}

TEST_CASE("one huge standard error does not end the search", "[bayesian_search]") {
  const auto objective = [](const Trial& trial) -> Measurement {
    if (trial.number == 3) return {1e160, 1e159};
    return {std::pow(trial["x"].number() - 0.3, 2), 0.01};
  };
  const SearchResult result = BayesianSearch{line, {.trials = 15, .seed = 1}}.run(objective);
  CHECK(result.trials.size() == 15);
  CHECK(std::abs(result.best()["x"].number() - 0.3) < 0.1);
}

TEST_CASE("values that say nothing, and searches of which nothing succeeds", "[bayesian_search]") {
  const SearchResult flat =
      BayesianSearch{line, {.trials = 12, .at_once = 2}}.run([](const Trial&) { return 1; });
  CHECK(flat.trials.size() == 12);
  CHECK(flat.best().number == 1);
  int calls = 0;
  CHECK(contains(message_of<ValueError>([&] {
                   BayesianSearch{line, {.trials = 12, .threads = 1}}.run([&](const Trial&) {
                     ++calls;
                     return std::nan("");
                   });
                 }),
                 "BayesianSearch: all trials failed, the first one with: the objective is nan"));
  CHECK(calls == 12);
}

TEST_CASE("values are standardized whatever their size", "[bayesian_search]") {
  const auto check = [](std::vector<double> raw) {
    const detail::StandardizedValues standardized(raw);
    CHECK(standardized.values.allFinite());
    CHECK(std::abs(standardized.values.mean()) < 1e-12);
    CHECK(standardized.values.squaredNorm() / static_cast<double>(raw.size()) == Approx(1));
    CHECK(std::isfinite(standardized.deviation));
  };
  constexpr double most = std::numeric_limits<double>::max();
  check({1, 2, 4});
  check({1e-9, 2e-9, 5e-9});
  check({-most, most});
  check({most, -most, 0, 1});
  check({1, 2, 3, 1e308});
  const detail::StandardizedValues cut({0, 1, 2, 3, 1e9}), same({5, 5, 5});
  CHECK((cut.values(4) - cut.values(0)) * cut.deviation == Approx(8));  // 2 + 3 (2 - 0)
  CHECK(same.values == Vector<double>::Zero(3));
  CHECK(same.deviation > 0);
  for (const double value : {0.1, 0.9}) {  // of which the mean of several is another number
    const detail::StandardizedValues equal(std::vector<double>(8, value));
    CHECK(equal.values == Vector<double>::Zero(8));
    CHECK(equal.deviation == 1);
  }
  // Where half are as good as the best, the next better one is what the others are cut by.
  const detail::StandardizedValues ties({0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 1e10});
  CHECK((ties.values(5) - ties.values(0)) * ties.deviation == Approx(0.1));
  CHECK((ties.values(6) - ties.values(0)) * ties.deviation == Approx(0.4));  // 0.1 + 3 0.1
  // Another one that is equal but for rounding says nothing of that.
  const detail::StandardizedValues near(
      {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, std::nextafter(0.1, 1), 0.3, 0.5, 0.7});
  CHECK((near.values(9) - near.values(0)) * near.deviation == Approx(0.6));
}

TEST_CASE("options of Bayesian search outside their domain", "[bayesian_search]") {
  CHECK(message_of<ValueError>([] {
          BayesianSearch{line, {.initial = 0}};
        }) == "BayesianSearch: initial must be at least 1, got 0");
  CHECK(contains(message_of<ValueError>([] {
                   BayesianSearch{line, {.at_once = 0}};
                 }),
                 "at_once must be at least 1, got 0"));
  CHECK_THROWS_AS((BayesianSearch{line, {.trials = -1}}), ValueError);
}

}  // namespace
