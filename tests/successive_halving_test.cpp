// Searches that train the better candidates for longer.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/io/checkpoint.hpp>
#include <ridge/ridge.hpp>
#include <ridge/tuning/search_file.hpp>
#include <ridge/tuning/successive_halving.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

const SearchSpace space{{"x", Uniform{0, 1}}, {"n", Integers{1, 100}}};

/// What is good shows the better the longer it is trained.
double curve(const Trial& trial) {
  const double x = trial["x"];
  return std::pow(x - 0.4, 2) + 0.1 * Random{trial.random}.uniform() / trial.epochs;
}

/// How many trials there are for each number of epochs, in order.
std::vector<std::pair<int, int>> rungs(const SearchResult& result) {
  std::vector<std::pair<int, int>> all;  // count, epochs
  for (const FinishedTrial& trial : result.trials)
    if (all.empty() || all.back().second != trial.epochs)
      all.emplace_back(1, trial.epochs);
    else
      ++all.back().first;
  return all;
}

TEST_CASE("the better third of each rung is trained three times as long", "[halving]") {
  const SuccessiveHalving search{space, {.seed = 2}};
  const SearchResult result = search.run(curve);
  CHECK(rungs(result) == std::vector<std::pair<int, int>>{{27, 1}, {9, 3}, {3, 9}, {1, 27}});
  // Nobody who stays has a larger value than anybody who goes.
  std::map<int, std::vector<const FinishedTrial*>> by_epochs;
  for (const FinishedTrial& trial : result.trials) by_epochs[trial.epochs].push_back(&trial);
  for (const int epochs : {1, 3, 9}) {
    std::set<int> stay;
    for (const FinishedTrial* trial : by_epochs[3 * epochs]) stay.insert(trial->candidate);
    double worst_that_stays = -1, best_that_goes = 1e9;
    for (const FinishedTrial* trial : by_epochs[epochs])
      if (stay.contains(trial->candidate))
        worst_that_stays = std::max(worst_that_stays, trial->value);
      else
        best_that_goes = std::min(best_that_goes, trial->value);
    CHECK(worst_that_stays <= best_that_goes);
    CHECK(stay.size() == by_epochs[3 * epochs].size());
  }
  for (const FinishedTrial& trial : result.trials)
    CHECK(trial.parameters ==
          by_epochs[1][static_cast<std::size_t>(trial.candidate) - 1]->parameters);
  CHECK(result.best().epochs == 27);
  CHECK(&result.best() == &result.trials.back());
}

TEST_CASE("a candidate draws the same in each rung, whatever the threads", "[halving]") {
  std::map<int, std::set<std::uint64_t>> seeds;
  const auto objective = [&](const Trial& trial) {
    seeds[trial.candidate].insert(trial.seed());
    return curve(trial);
  };
  const SearchResult one = SuccessiveHalving{space, {.seed = 2, .threads = 1}}.run(objective);
  CHECK(seeds.size() == 27);
  std::set<std::uint64_t> all;
  for (const auto& [candidate, of] : seeds) {
    CHECK(of.size() == 1);
    all.insert(*of.begin());
  }
  CHECK(all.size() == 27);
  const int before = threads();
  set_threads(4);
  const SearchResult four = SuccessiveHalving{space, {.seed = 2}}.run(curve);
  set_threads(before);
  REQUIRE(one.trials.size() == four.trials.size());
  for (std::size_t i = 0; i < one.trials.size(); ++i) {
    CHECK(one.trials[i].parameters == four.trials[i].parameters);
    CHECK(one.trials[i].value == four.trials[i].value);
    CHECK(one.trials[i].candidate == four.trials[i].candidate);
  }
}

TEST_CASE("who fails does not go on", "[halving]") {
  const auto objective = [](const Trial& trial) -> double {
    if (trial["x"].number() > 0.15) throw DivergenceError("the loss is not finite");
    return curve(trial);
  };
  const SearchResult result = SuccessiveHalving{space, {.seed = 2}}.run(objective);
  // Four of the 27 places of a Latin hypercube are below 4/27 = 0.148.
  CHECK(rungs(result) == std::vector<std::pair<int, int>>{{27, 1}, {4, 3}, {3, 9}, {1, 27}});
  CHECK(result.best()["x"].number() <= 0.15);
  const auto late = [](const Trial& trial) -> double {
    if (trial.epochs > 3) throw ValueError("too long");
    return curve(trial);
  };
  const SearchResult early = SuccessiveHalving{space, {.seed = 2}}.run(late);
  CHECK(rungs(early) == std::vector<std::pair<int, int>>{{27, 1}, {9, 3}, {3, 9}});
  CHECK(early.best().epochs == 3);
  CHECK(!early.interrupted);
}

TEST_CASE("rungs of other numbers", "[halving]") {
  const auto of = [](SuccessiveHalving::Options options) {
    return rungs(SuccessiveHalving{space, options}.run(curve));
  };
  using Rungs = std::vector<std::pair<int, int>>;
  CHECK(of({.initial = 10, .factor = 2, .epochs = 4}) == Rungs{{10, 4}, {5, 8}, {2, 16}, {1, 32}});
  CHECK(of({.initial = 2}) == Rungs{{2, 1}});
  CHECK(of({.initial = 1, .epochs = 5}) == Rungs{{1, 5}});
  const SearchSpace small{{"n", Integers{1, 5}}};
  const SearchResult few =
      SuccessiveHalving{small}.run([](const Trial& t) { return t["n"].number(); });
  CHECK(rungs(few) == Rungs{{5, 1}, {5, 3}, {3, 9}, {1, 27}});
}

TEST_CASE("Hyperband has brackets from many candidates to few", "[halving]") {
  const SearchResult result = Hyperband{space, {.epochs = 27, .seed = 1}}.run(curve);
  CHECK(rungs(result) ==
        std::vector<std::pair<int, int>>{
            {27, 1}, {9, 3}, {3, 9}, {1, 27}, {12, 3}, {4, 9}, {1, 27}, {6, 9}, {2 + 4, 27}});
  std::set<int> candidates;
  std::set<std::vector<double>> points;
  for (const FinishedTrial& trial : result.trials) {
    candidates.insert(trial.candidate);
    points.insert(trial.parameters.point());
  }
  CHECK(candidates.size() == 27 + 12 + 6 + 4);
  CHECK(*candidates.rbegin() == 27 + 12 + 6 + 4);
  CHECK(points.size() == candidates.size());
  CHECK(result.best().epochs == 27);
  // Epochs that are no power of the factor.
  CHECK(rungs(Hyperband{space, {.epochs = 10, .factor = 3}}.run(curve)).front() ==
        std::pair<int, int>{9, 1});
  CHECK(rungs(Hyperband{space, {.epochs = 2}}.run(curve)) ==
        std::vector<std::pair<int, int>>{{1, 2}});
}

TEST_CASE("a search by epochs that is interrupted ends with the same trials", "[halving]") {
  const SuccessiveHalving search{space, {.initial = 9, .seed = 2}};
  const SearchResult whole = search.run(curve);
  for (const int first : {3, 9, 11}) {
    const test::TemporaryFolder folder;
    int ended = 0;
    struct Stop {
      int& ended;
      int after;
      void after_trial(SearchRun& run) {
        if (++ended == after) run.interrupt();
      }
    };
    search.run(curve, Stop{ended, first}, SearchFile{folder / "search"});
    const SearchResult rest =
        search.run(curve, SearchFile{folder / "search", {.resume = true, .messages = nullptr}});
    REQUIRE(rest.trials.size() == whole.trials.size());
    for (std::size_t i = 0; i < rest.trials.size(); ++i) {
      CHECK(rest.trials[i].candidate == whole.trials[i].candidate);
      CHECK(rest.trials[i].epochs == whole.trials[i].epochs);
      CHECK(rest.trials[i].value == whole.trials[i].value);
    }
  }
}

TEST_CASE("networks that go on from their checkpoints end as those that begin anew", "[halving]") {
  std::vector<Index> some(200);
  std::iota(some.begin(), some.end(), Index{0});
  const auto parts = split(subset(load_mnist(RIDGE_DIGITS).train, some), 0.3, Random{1});
  const auto &train = parts.rest, &held_out = parts.held_out;
  const SearchSpace rates{{"learning_rate", LogUniform{1e-3, 1}}};
  const SuccessiveHalving search{rates, {.initial = 4, .factor = 2, .seed = 1}};
  const test::TemporaryFolder folder;
  int epochs = 0;
  const auto objective = [&](const Trial& trial, bool goes_on) {
    Linear<float> net{train.features(), 10};
    initialize(net, trial.random);
    const SGD sgd{.learning_rate = trial["learning_rate"], .momentum = 0.9};
    const FitOptions options{.epochs = trial.epochs, .batch_size = 16, .seed = trial.seed()};
    const auto count = [&](const EpochReport&) { ++epochs; };
    if (goes_on)
      fit(net, CrossEntropy{}, sgd, train, options, count,
          Checkpoint{folder / std::to_string(trial.candidate),
                     {.resume = true, .messages = nullptr}});
    else
      fit(net, CrossEntropy{}, sgd, train, options, count);
    return evaluate(net, CrossEntropy{}, held_out).loss;
  };
  const int before = threads();
  set_threads(1);
  const SearchResult anew = search.run([&](const Trial& t) { return objective(t, false); });
  CHECK(std::exchange(epochs, 0) == 4 * 1 + 2 * 2 + 1 * 4);
  const SearchResult on = search.run([&](const Trial& t) { return objective(t, true); });
  CHECK(epochs == 4 * 1 + 2 * 1 + 1 * 2);
  set_threads(before);
  REQUIRE(anew.trials.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(anew.trials[i].value == on.trials[i].value);
}

TEST_CASE("options of successive halving outside their domain", "[halving]") {
  CHECK(message_of<ValueError>([] {
          SuccessiveHalving{space, {.initial = 0}};
        }) == "SuccessiveHalving: initial must be from 1 to a million, got 0");
  CHECK(contains(message_of<ValueError>([] {
                   SuccessiveHalving{space, {.factor = 1}};
                 }),
                 "factor must be at least 2, got 1"));
  CHECK(contains(message_of<ValueError>([] {
                   SuccessiveHalving{space, {.initial = 1'000'000, .epochs = 1'000'000}};
                 }),
                 "more than a billion epochs"));
  CHECK(contains(message_of<ValueError>([] {
                   SuccessiveHalving{space, {.initial = 1'000'000, .factor = 2}};
                 }),
                 "trials; a million is the most"));
  CHECK(contains(message_of<ValueError>([] { Hyperband{space, {.epochs = 0}}; }), "got 0"));
  CHECK_THROWS_AS((Hyperband{space, {.factor = 0}}), ValueError);
  CHECK_THROWS_AS((Hyperband{space, {.threads = -1}}), ValueError);
}

}  // namespace
