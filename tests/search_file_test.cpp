// Searches that are saved, interrupted and resumed.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/threads.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/grid_search.hpp>
#include <ridge/tuning/random_search.hpp>
#include <ridge/tuning/search_file.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

const SearchSpace space{{"lambda", LogUniform{1e-6, 1e-1}},
                        {"hidden", LogIntegers{16, 256}},
                        {"optimizer", Choice{"sgd", "adam"}}};

const BayesianSearch bayesian{space, {.trials = 13, .seed = 1, .initial = 4, .at_once = 3}};

/// Depends on the trial's own random numbers too, and fails now and then.
Measurement objective(const Trial& trial) {
  if (trial.number % 5 == 3) throw ValueError("no, \"really\"\nnot");
  const double noise = Random{trial.random}.uniform() / 100;
  return {std::pow(std::log10(trial["lambda"].number()) + 3, 2) + noise +
              (trial["optimizer"] == "adam" ? 0 : 1.0 / 3),
          noise};
}

void check_same(const SearchResult& a, const SearchResult& b) {
  REQUIRE(a.trials.size() == b.trials.size());
  for (std::size_t i = 0; i < a.trials.size(); ++i) {
    const FinishedTrial &x = a.trials[i], &y = b.trials[i];
    CHECK(x.number == y.number);
    CHECK(x.candidate == y.candidate);
    CHECK(x.epochs == y.epochs);
    CHECK(x.parameters.point() == y.parameters.point());
    CHECK((x.value == y.value || (x.failed() && y.failed())));
    CHECK(x.standard_error == y.standard_error);
    CHECK(x.failure == y.failure);
  }
}

/// Lets some trials end and then ends the search.
struct StopAfter {
  int trials;
  void after_trial(SearchRun& run) {
    if (--trials == 0) run.interrupt();
  }
};

TEST_CASE("a search that is interrupted anywhere ends with the same trials", "[search_file]") {
  const SearchResult whole = bayesian.run(objective);
  for (const int first : {1, 4, 6, 12}) {
    const test::TemporaryFolder folder;
    const auto path = folder / "search";
    const SearchResult part = bayesian.run(objective, StopAfter{first}, SearchFile{path});
    CHECK(part.interrupted == (part.trials.size() < 13));  // others may have been running
    CHECK(static_cast<int>(part.trials.size()) >= first);
    int made = 0;
    const SearchResult rest = bayesian.run(
        objective, [&](const FinishedTrial&) { ++made; },
        SearchFile{path, {.resume = true, .messages = nullptr}});
    CHECK(made == 13 - static_cast<int>(part.trials.size()));
    check_same(rest, whole);
    const SearchResult nothing_left =
        bayesian.run(objective, SearchFile{path, {.resume = true, .messages = nullptr}});
    check_same(nothing_left, whole);
  }
}

TEST_CASE("trials between those that had ended are made", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search";
  const int before = threads();
  set_threads(3);
  // Of the first round of three trials, the one in the middle never ends.
  const SearchResult part = bayesian.run(
      [](const Trial& trial) {
        if (trial.number == 6) throw Interrupted{};
        return objective(trial);
      },
      SearchFile{path});
  set_threads(before);
  CHECK(part.interrupted);
  const SearchResult rest =
      bayesian.run(objective, SearchFile{path, {.resume = true, .messages = nullptr}});
  check_same(rest, bayesian.run(objective));
}

TEST_CASE("one file is for one search", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search", lock = folder / ".search.ridge-lock";
  const SearchFile::Options resume{.resume = true, .messages = nullptr};
  std::string message;
  bool locked = false;
  bayesian.run(
      objective,
      [&](const FinishedTrial& trial) {
        if (trial.number != 3) return;
        locked = std::filesystem::exists(lock);
        message = message_of<ValueError>([&] {
          bayesian.run(objective, SearchFile{path, resume});
        });
      },
      SearchFile{path});
#ifdef __unix__
  CHECK(locked);
  CHECK(message == path.string() +
                       ": another search is being saved here. Wait until it has ended, or take "
                       "another file");
#endif
  CHECK(!std::filesystem::exists(lock));
  CHECK(
      contains(message_of<ValueError>([&] { bayesian.run(objective, SearchFile{folder.path()}); }),
               "is a folder; give the search a file of its own"));
  // The lock of a process that has been killed.
  test::write_file(lock, "");
  check_same(bayesian.run(objective, SearchFile{path, resume}), bayesian.run(objective));
  CHECK(!std::filesystem::exists(lock));
}

TEST_CASE("a saved search can go on with more trials", "[search_file]") {
  const test::TemporaryFolder folder;
  const BayesianSearch more{space, {.trials = 20, .seed = 1, .initial = 4, .at_once = 3}};
  bayesian.run(objective, SearchFile{folder / "search"});
  const SearchResult result =
      more.run(objective, SearchFile{folder / "search", {.resume = true, .messages = nullptr}});
  check_same(result, more.run(objective));
}

TEST_CASE("a search that stands in another's file is refused by name", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search";
  bayesian.run(objective, StopAfter{5}, SearchFile{path});
  const std::string bytes = test::read_file(path);
  const auto refusal = [&](const Search& search) {
    const std::string message = message_of<ValueError>([&] {
      search.run(objective, SearchFile{path, {.resume = true, .messages = nullptr}});
    });
    CHECK(test::read_file(path) == bytes);
    CHECK(contains(message, path.string()));
    return message;
  };
  CHECK(contains(refusal(BayesianSearch{space, {.seed = 2, .initial = 4, .at_once = 3}}),
                 "search.seed is 1, and here 2"));
  CHECK(contains(refusal(BayesianSearch{space, {.seed = 1, .initial = 5, .at_once = 3}}),
                 "search.initial is 4, and here 5"));
  CHECK(contains(refusal(BayesianSearch{space, {.seed = 1, .initial = 4, .at_once = 2}}),
                 "search.at_once is 3, and here 2"));
  CHECK(contains(refusal(RandomSearch{space, {.seed = 1}}),
                 "search.method is BayesianSearch, and here RandomSearch"));
  const SearchSpace other{{"lambda", LogUniform{1e-6, 1e-2}},
                          {"hidden", LogIntegers{16, 256}},
                          {"optimizer", Choice{"sgd", "adam"}}};
  CHECK(contains(refusal(BayesianSearch{other, {.seed = 1, .initial = 4, .at_once = 3}}),
                 "search.space is lambda in LogUniform{1e-06, 0.1}, hidden"));
  CHECK(contains(refusal(RandomSearch{space, {.seed = 1}}), "or take another file"));
  CHECK(contains(message_of<ValueError>([&] { bayesian.run(objective, SearchFile{path}); }),
                 "there is a search here. Resume it"));
}

TEST_CASE("a grid's file is refused for another grid", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search";
  GridSearch{space, {.points = 2}}.run(objective, StopAfter{5}, SearchFile{path});
  CHECK(contains(message_of<ValueError>([&] {
                   GridSearch{space, {.points = 3}}.run(
                       objective, SearchFile{path, {.resume = true, .messages = nullptr}});
                 }),
                 "search.grid is 2 x 2 x 2, and here 3 x 3 x 2"));
}

TEST_CASE("a damaged file of a search is refused at every byte", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search";
  const SearchSpace line{{"x", Uniform{0, 1}}};
  const RandomSearch search{line, {.trials = 2}};
  const auto value = [](const Trial& trial) { return trial["x"].number(); };
  search.run(value, SearchFile{path});
  const std::string bytes = test::read_file(path);
  const SearchFile::Options resume{.resume = true, .messages = nullptr};
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    test::write_file(path, bytes.substr(0, size));
    CHECK_THROWS_AS(search.run(value, SearchFile{path, resume}), Error);
  }
  for (std::size_t at = 8; at < bytes.size(); at += 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    test::write_file(path, damaged);
    CHECK_THROWS_AS(search.run(value, SearchFile{path, resume}), Error);
  }
}

/// Reads what a `SearchRun` is said to have.
struct Forged {
  std::vector<std::int64_t> counts;
  std::vector<double> numbers;
  std::string failures;

  void visit_state(StateVisitor& visit) {
    visit.same("search.method", "RandomSearch");
    visit.same("search.space", "x in Uniform{0, 1}");
    visit.same("search.seed", 0);
    visit("search.counts", counts);
    visit("search.numbers", numbers);
    visit("search.failures", failures);
  }
};

TEST_CASE("a file whose trials cannot be is refused", "[search_file]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "search";
  const SearchSpace line{{"x", Uniform{0, 1}}};
  const auto resume = [&](Forged forged) {
    save_state(path, forged);
    return RandomSearch{line, {.trials = 2}}.run([](const Trial&) { return 1; },
                                                 SearchFile{path, {true, nullptr}});
  };
  const auto message = [&](const Forged& forged) {
    return message_of<ValueError>([&] { resume(forged); });
  };
  const std::string ok(1, '\0');
  CHECK(resume({{1, 1, 0}, {5, 0, 0, 0.5}, ok}).trials[0]["x"].number() == 0.5);
  CHECK(contains(message({{1, 1}, {5, 0, 0, 0.5}, ok}), "not whole"));
  CHECK(contains(message({{1, 1, 0}, {5, 0, 0}, ok}), "not whole"));
  CHECK(contains(message({{1, 1, 0}, {5, 0, 0, 0.5}, ""}), "not whole"));
  CHECK(contains(message({{1, 1, 0}, {5, 0, 0, 1.5}, ok}), "no point of the space"));
  CHECK(contains(message({{1, 1, 0}, {5, 0, 0, std::nan("")}, ok}), "no point of the space"));
  CHECK(contains(message({{0, 1, 0}, {5, 0, 0, 0.5}, ok}), "cannot be a trial 0"));
  CHECK(contains(message({{1, 2, 0}, {5, 0, 0, 0.5}, ok}), "candidate 2"));
  CHECK(contains(message({{1, 1, -1}, {5, 0, 0, 0.5}, ok}), "-1 epochs"));
  CHECK(contains(message({{std::int64_t{1} << 40, 1, 0}, {5, 0, 0, 0.5}, ok}), "cannot be"));
  CHECK(contains(message({{1, 1, 0}, {std::nan(""), 0, 0, 0.5}, ok}), "has the value nan"));
  CHECK(contains(message({{1, 1, 0}, {5, -1, 0, 0.5}, ok}), "the standard error -1"));
  CHECK(contains(message({{1, 1, 0, 1, 1, 0}, {5, 0, 0, 0.5, 5, 0, 0, 0.5}, ok + ok}),
                 "cannot be a trial 1"));
}

TEST_CASE("a search file has a name", "[search]") {
  CHECK(message_of<ValueError>([] { SearchFile{""}; }) ==
        "SearchFile: the path is empty; give the file a name");
}

TEST_CASE("a file that cannot be written is an error at the beginning alone", "[search_file]") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(bayesian.run(objective, SearchFile{folder / "nowhere" / "search"}), FileError);
  const auto home = folder / "home";
  std::filesystem::create_directory(home);
  SearchFile file{home / "search", {.messages = nullptr}};
  const SearchResult result = RandomSearch{space, {.trials = 4, .threads = 1}}.run(
      [&](const Trial& trial) -> double {
        if (trial.number == 2) std::filesystem::remove_all(home);
        return 1;
      },
      file);
  CHECK(result.trials.size() == 4);
  CHECK(contains(file.failure(), "cannot write in the folder"));
}

}  // namespace
