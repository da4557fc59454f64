// Searches for hyperparameters: spaces, trials, threads, failures, tables.
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ridge/core/threads.hpp>
#include <ridge/training/stop_on_signal.hpp>
#include <ridge/tuning/grid_search.hpp>
#include <ridge/tuning/random_search.hpp>
#include <ridge/tuning/search_progress.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

const SearchSpace space{{"lambda", LogUniform{1e-6, 1e-1}},
                        {"dropout", Uniform{0, 0.5}},
                        {"layers", Integers{1, 4}},
                        {"hidden", LogIntegers{16, 256}},
                        {"optimizer", Choice{"sgd", "adam"}}};

/// Sets the number of threads while it lives.
struct Threads {
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(before); }
  int before = threads();
};

double bowl(const Trial& trial) {
  const double lambda = trial["lambda"], dropout = trial["dropout"];
  const int layers = trial["layers"];
  return std::pow(std::log10(lambda) + 3, 2) + std::pow(dropout - 0.2, 2) + layers +
         (trial["optimizer"] == "adam" ? 0 : 1);
}

bool same(const std::vector<FinishedTrial>& a, const std::vector<FinishedTrial>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.number == y.number && x.candidate == y.candidate && x.epochs == y.epochs &&
           x.parameters == y.parameters && (x.value == y.value || (x.failed() && y.failed())) &&
           x.failure == y.failure;
  });
}

TEST_CASE("a value becomes what it is put into", "[search]") {
  const Hyperparameters point(space, {1e-3, 0.25, 3, 64, 1});
  const double lambda = point["lambda"];
  const float dropout = point["dropout"];
  const int layers = point["layers"];
  const std::size_t hidden = point["hidden"];
  const double hidden_number = point["hidden"];
  const std::string optimizer = point["optimizer"];
  CHECK(lambda == 1e-3);
  CHECK(dropout == 0.25f);
  CHECK(layers == 3);
  CHECK(hidden == 64);
  CHECK(hidden_number == 64);
  CHECK(optimizer == "adam");
  CHECK(point["optimizer"] == "adam");
  CHECK(point["optimizer"] != "sgd");
  CHECK(point["lambda"].number() == 1e-3);
  CHECK(point["hidden"].integer() == 64);
  CHECK(point["optimizer"].name() == "adam");
  CHECK(point.text() ==
        "lambda = 0.001, dropout = 0.25, layers = 3, hidden = 64, optimizer = adam");
}

TEST_CASE("a wrong name or type says what there is", "[search]") {
  const Hyperparameters point(space, {1e-3, 0.25, 3, 64, 1});
  const auto message = [](auto act) { return message_of<HyperparameterError>(act); };
  CHECK(message([&] { point["lamda"]; }) ==
        "there is no hyperparameter \"lamda\" in the search space; it has lambda, dropout, layers, "
        "hidden, optimizer");
  CHECK(contains(message([&] { static_cast<void>(static_cast<int>(point["dropout"])); }),
                 "\"dropout\" is not of whole numbers"));
  CHECK(contains(message([&] { static_cast<void>(static_cast<double>(point["optimizer"])); }),
                 "\"optimizer\" is a choice, and not a number"));
  CHECK(contains(message([&] { static_cast<void>(static_cast<int>(point["optimizer"])); }),
                 "\"optimizer\" is a choice, and not a number"));
  CHECK(contains(message([&] { point["layers"].name(); }), "\"layers\" is a number"));
  CHECK(contains(message([&] { static_cast<void>(point["optimizer"] == "adm"); }),
                 "\"optimizer\" is a choice without the option \"adm\""));
  CHECK(contains(message([&] {
                   const SearchSpace wide{{"n", Integers{0, 1000}}};
                   const Hyperparameters n(wide, {300});
                   static_cast<void>(static_cast<std::int8_t>(n["n"]));
                 }),
                 "\"n\" is 300, which does not fit"));
}

TEST_CASE("a space that cannot be searched is refused", "[search]") {
  const auto message = [](Hyperparameter parameter) {
    return message_of<ValueError>([&] { SearchSpace{{std::move(parameter)}}; });
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(contains(message({"x", Uniform{1, 1}}), "\"x\" is from 1 to 1, an empty range"));
  CHECK(contains(message({"x", Uniform{2, 1}}), "from 2 to 1, the wrong way round"));
  CHECK(contains(message({"x", Uniform{0, inf}}), "must be finite"));
  CHECK(contains(message({"x", Uniform{std::nan(""), 1}}), "must be finite"));
  CHECK(contains(message({"x", Uniform{-1e308, 1e308}}), "too wide"));
  CHECK(contains(message({"x", LogUniform{0, 1}}), "must be positive; take Uniform"));
  CHECK(contains(message({"x", LogIntegers{0, 4}}), "must be positive; take Integers"));
  CHECK(contains(message({"x", Integers{3, 2}}), "the wrong way round"));
  CHECK(contains(message({"x", Integers{0, std::int64_t{1} << 60}}), "up to 2^52"));
  CHECK(contains(message({"x", Choice{}}), "no options"));
  CHECK(contains(message({"x", Choice{"a", "b", "a"}}), "\"a\" twice"));
  CHECK(contains(message({"", Uniform{0, 1}}), "no name"));
  CHECK(contains(message_of<ValueError>([] {
                   SearchSpace{{"x", Uniform{0, 1}}, {"x", Uniform{0, 2}}};
                 }),
                 "\"x\" is there twice"));
  CHECK(contains(message_of<ValueError>([] { SearchSpace{std::vector<Hyperparameter>{}}; }),
                 "no hyperparameter"));
  CHECK_NOTHROW(SearchSpace{{"x", Integers{2, 2}}});
}

TEST_CASE("places in the unit cube are points, and back", "[search]") {
  for (std::size_t i = 0; i < space.size(); ++i) {
    const detail::NumberRange range = detail::number_range(space[i]);
    for (int k = 0; k < 1000; ++k) {
      const double u = k / 1000.0, x = range.at(u), back = range.position(x);
      CHECK((x >= range.low && x <= range.high));
      if (range.whole)
        CHECK(range.at(back) == x);
      else
        CHECK(std::abs(back - u) < 1e-13);
    }
    CHECK(range.at(0) == Approx(range.low));
    CHECK(range.at(std::nextafter(1.0, 0.0)) == Approx(range.high));
  }
  // Whole numbers have equal shares, or shares by logarithms.
  const detail::NumberRange layers = detail::number_range(space[2]);
  CHECK(layers.at(0.2499) == 1);
  CHECK(layers.at(0.2501) == 2);
  CHECK(layers.at(0.7501) == 4);
  CHECK(detail::number_range(space[0]).at(0.6) == Approx(1e-3));
  CHECK(space.points() == std::numeric_limits<double>::infinity());
  CHECK(SearchSpace{{"a", Integers{1, 4}}, {"b", Choice{"x", "y"}}}.points() == 8);
}

TEST_CASE("random search tries new points of the space, by its seed", "[search]") {
  const RandomSearch search{space, {.trials = 50, .seed = 1}};
  const SearchResult result = search.run(bowl), again = search.run(bowl);
  REQUIRE(result.trials.size() == 50);
  CHECK(same(result.trials, again.trials));
  std::set<std::vector<double>> points;
  for (const FinishedTrial& trial : result.trials) {
    CHECK(space.contains(trial.parameters.point()));
    points.insert(trial.parameters.point());
    CHECK(result.best().value <= trial.value);
  }
  CHECK(points.size() == 50);
  const SearchResult other = RandomSearch{space, {.trials = 50, .seed = 2}}.run(bowl);
  CHECK(!same(result.trials, other.trials));
  // More trials begin with the same ones.
  SearchResult more = RandomSearch{space, {.trials = 60, .seed = 1}}.run(bowl);
  more.trials.erase(more.trials.begin() + 50, more.trials.end());
  CHECK(same(result.trials, more.trials));
}

TEST_CASE("random search ends when a space has no more points", "[search]") {
  const SearchSpace small{{"a", Integers{1, 3}}, {"b", Choice{"x", "y"}}};
  const SearchResult result =
      RandomSearch{small, {.trials = 100}}.run([](const Trial& t) { return t["a"].number(); });
  CHECK(result.trials.size() == 6);
  CHECK(!result.interrupted);

  const SearchSpace many{{"a", Integers{1, 20000}}};  // of which the last are hard to hit
  const auto any = [](const Trial&) { return 1.0; };
  CHECK(RandomSearch{many, {.trials = 20000, .threads = 1}}.run(any).trials.size() == 20000);

  // A range of five numbers, which does not say so.
  const SearchSpace narrow{{"x", Uniform{1, 1 + 8.9e-16}}};
  CHECK(RandomSearch{narrow, {.trials = 20}}.run(any).trials.size() == 5);
}

TEST_CASE("grid search tries all combinations", "[search]") {
  const SearchSpace small{{"lambda", LogUniform{1e-4, 1e-2}},
                          {"layers", Integers{1, 2}},
                          {"hidden", LogIntegers{16, 256}},
                          {"optimizer", Choice{"sgd", "adam", "lbfgs"}}};
  const GridSearch grid{small, {.points = 3, .points_of = {{"hidden", 5}}}};
  const SearchResult result = grid.run([](const Trial& t) { return t.number; });
  REQUIRE(result.trials.size() == 3 * 2 * 5 * 3);
  std::set<double> lambdas, hidden;
  std::set<std::vector<double>> points;
  for (const FinishedTrial& trial : result.trials) {
    lambdas.insert(trial["lambda"]);
    hidden.insert(trial["hidden"]);
    points.insert(trial.parameters.point());
  }
  CHECK(points.size() == result.trials.size());
  CHECK(hidden == std::set<double>{16, 32, 64, 128, 256});
  CHECK(*lambdas.begin() == 1e-4);
  CHECK(*lambdas.rbegin() == 1e-2);
  CHECK(*std::next(lambdas.begin()) == Approx(1e-3));
  CHECK(result.trials[1]["optimizer"] == "adam");
  CHECK(result.trials[0].parameters.point()[0] == result.trials[29].parameters.point()[0]);

  CHECK(contains(message_of<ValueError>([&] {
                   GridSearch{small, {.points = 2000}};
                 }),
                 "trials or more; take fewer points"));
  const SearchSpace whole{{"k", Integers{1, 4}}};
  CHECK(
      GridSearch{whole, {.points = 2'000'000}}.run([](const Trial&) { return 1; }).trials.size() ==
      4);
  CHECK(contains(message_of<ValueError>([&] {
                   GridSearch{small, {.points_of = {{"optimizer", 2}}}};
                 }),
                 "is a choice"));
  CHECK(contains(message_of<ValueError>([&] { GridSearch{small, {.points = 0}}; }), "got 0"));
  CHECK_THROWS_AS((GridSearch{small, {.points_of = {{"momentum", 2}}}}), HyperparameterError);
}

TEST_CASE("threads change no bit of a search", "[search]") {
  const Threads four(4);
  std::atomic<int> running{0}, most{0};
  std::atomic<bool> wait{false};
  const auto objective = [&](const Trial& trial) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    // Whichever trial begins first waits for company, but not for ever.
    const auto patience = std::chrono::milliseconds(wait ? 10'000 : 0);
    for (const auto began = std::chrono::steady_clock::now();
         most < 2 && std::chrono::steady_clock::now() - began < patience;)
      std::this_thread::yield();
    --running;
    return bowl(trial) + Random{trial.random}.uniform() + static_cast<double>(trial.seed() % 7);
  };
  const SearchResult one =
      RandomSearch{space, {.trials = 30, .seed = 1, .threads = 1}}.run(objective);
  CHECK(most == 1);
  wait = true;
  const SearchResult many = RandomSearch{space, {.trials = 30, .seed = 1}}.run(objective);
  CHECK(most > 1);
  CHECK(most <= 4);
  CHECK(same(one.trials, many.trials));
}

TEST_CASE("a trial that fails is kept with its message, and the search goes on", "[search]") {
  const auto objective = [](const Trial& trial) -> Measurement {
    if (trial.number == 1) throw DivergenceError("the loss is nan");
    if (trial.number == 2) throw std::runtime_error("no room");
    if (trial.number == 3) return std::nan("");
    if (trial.number == 4) return -std::numeric_limits<double>::infinity();
    if (trial.number == 5) return {1, -1};
    return {static_cast<double>(trial.number), 0.5};
  };
  const SearchResult result = RandomSearch{space, {.trials = 8}}.run(objective);
  REQUIRE(result.trials.size() == 8);
  const char* messages[] = {"the loss is nan", "no room", "the objective is nan",
                            "the objective is -inf", "the objective's standard error is -1"};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(result.trials[i].failed());
    CHECK(result.trials[i].failure == messages[i]);
  }
  CHECK(result.best().number == 6);
  CHECK(result.best().standard_error == 0.5);
  CHECK(result.best().failure.empty());
}

TEST_CASE("a search whose trials all fail says why", "[search]") {
  const auto fails = [](const Trial&) -> double { throw ValueError("no data"); };
  CHECK(message_of<ValueError>([&] {
          RandomSearch{space, {.trials = 3}}.run(fails);
        }) == "RandomSearch: all trials failed, the first one with: no data");
  CHECK(SearchSpace{{"c", Choice{"x\", \"y"}}}.text() !=
        SearchSpace{{"c", Choice{"x", "y"}}}.text());
}

TEST_CASE("an objective that asks for what is not there ends the search", "[search]") {
  std::atomic<int> calls{0};
  const auto objective = [&](const Trial& trial) -> double {
    ++calls;
    return trial["momentum"];
  };
  CHECK(contains(message_of<HyperparameterError>([&] {
                   RandomSearch{space, {.trials = 30, .threads = 1}}.run(objective);
                 }),
                 "no hyperparameter \"momentum\""));
  CHECK(calls == 1);
}

TEST_CASE("whatever is thrown makes a trial fail", "[search]") {
  const Threads two(2);
  const SearchResult result =
      RandomSearch{space, {.trials = 9}}.run([](const Trial& trial) -> double {
        if (trial.number == 5) throw 5;
        return 1;
      });
  REQUIRE(result.trials.size() == 9);
  CHECK(result.trials[4].failed());
  CHECK(result.trials[4].failure == "an exception that is no std::exception");
}

TEST_CASE("what a callback throws ends the search", "[search]") {
  const Threads two(2);
  CHECK_THROWS_AS((RandomSearch{space, {.trials = 30}}.run(bowl,
                                                           [](const FinishedTrial& trial) {
                                                             if (trial.number == 5) throw 5;
                                                           })),
                  int);
}

TEST_CASE("what a callback throws loses no trial", "[search]") {
  struct Record {
    std::size_t trials = 0;
    void record(SearchRun& run) { trials = run.trials.size(); }
  } record;
  int told = 0;
  CHECK_THROWS_AS((RandomSearch{space, {.trials = 30, .threads = 2}}.run(
                      [](const Trial& trial) {  // so that another one is running then
                        std::this_thread::sleep_for(std::chrono::milliseconds(5));
                        return bowl(trial);
                      },
                      [&](const FinishedTrial&) {
                        if (++told == 3) throw 5;
                      },
                      record)),
                  int);
  CHECK(told == 3);
  CHECK(record.trials >= 3);
}

TEST_CASE("the last trial of none is refused", "[search]") {
  std::string message;
  struct Look {
    std::string& message;
    void begin(SearchRun& run) {
      message = message_of<ValueError>([&] { run.last_trial(); });
    }
  };
  RandomSearch{space, {.trials = 1}}.run(bowl, Look{message});
  CHECK(message == "last_trial: no trial has ended yet in this process; see `last`");
}

TEST_CASE("callbacks see each trial once, one at a time, and can end the search", "[search]") {
  struct Count {
    int begun = 0, ended = 0, trials = 0, records = 0;
    void begin(SearchRun&) { ++begun; }
    void after_trial(SearchRun& run) {
      ++trials;
      CHECK(run.last_trial().number == run.last);
      if (trials == 5) run.interrupt();
    }
    void record(SearchRun&) { ++records; }
    void end(SearchRun&) { ++ended; }
  } count;
  int seen = 0;
  const SearchResult result = RandomSearch{space, {.trials = 30, .threads = 1}}.run(
      bowl, count, [&](const FinishedTrial&) { ++seen; });
  CHECK(result.interrupted);
  CHECK(result.trials.size() == 5);
  CHECK(seen == 5);
  CHECK(count.begun == 1);
  CHECK(count.ended == 1);
  CHECK(count.records == 6);
}

/// Interrupts a search after so many trials.
struct StopAtTheEnd {
  int trials;
  void after_trial(SearchRun& run) {
    if (run.trials.size() == static_cast<std::size_t>(trials)) run.interrupt();
  }
};

TEST_CASE("an objective can end the search, and its trial does not count", "[search]") {
  const SearchResult result =
      RandomSearch{space, {.trials = 30, .threads = 1}}.run([](const Trial& trial) {
        if (trial.number == 4) throw Interrupted{};
        return bowl(trial);
      });
  CHECK(result.interrupted);
  CHECK(result.trials.size() == 3);
  const SearchResult none =
      RandomSearch{space, {.trials = 3}}.run([](const Trial&) -> double { throw Interrupted{}; });
  CHECK(none.interrupted);
  // In the last trial there is nothing left to interrupt, failed ones or not.
  const SearchResult all = RandomSearch{space, {.trials = 3, .threads = 1}}.run(
      [](const Trial& trial) {
        if (trial.number == 2) throw ValueError("not this one");
        return bowl(trial);
      },
      [](const FinishedTrial&) {}, StopAtTheEnd{3});
  CHECK(!all.interrupted);
  CHECK(all.trials.size() == 3);
  CHECK(contains(message_of<ValueError>([&] { none.best(); }), "no trial has ended"));
}

#ifdef __unix__
TEST_CASE("a signal ends the search after the trials that are running", "[search]") {
  StopOnSignal stop;
  const auto objective = [](const Trial& trial) {
    if (trial.number == 4) std::raise(SIGINT);
    return bowl(trial);
  };
  const RandomSearch search{space, {.trials = 30, .threads = 1}};
  const SearchResult result = search.run(objective, stop);
  CHECK(stop.signal() == SIGINT);
  CHECK(result.interrupted);
  CHECK(result.trials.size() == 4);
  CHECK(search.run(bowl, stop).trials.empty());  // whoever has stopped one wants no other
  StopOnSignal other;
  CHECK(search.run(bowl, other).trials.size() == 30);
}
#endif

TEST_CASE("a table of trials", "[search]") {
  const SearchSpace odd{{"a,b", Uniform{0, 1}}, {"how", Choice{"plain", "with \"quotes\""}}};
  const auto objective = [](const Trial& trial) -> double {
    if (trial.number == 2) throw ValueError("one,\ntwo");
    return trial["a,b"].number() / 3;
  };
  SearchResult result = GridSearch{odd, {.points = 2}}.run(objective);
  result.trials[3].seconds = 2.0 / 3;
  const test::TemporaryFolder folder;
  result.write_csv(folder / "trials.csv");
  std::string text = test::read_file(folder / "trials.csv");
  CHECK(
      contains(text, "trial,candidate,epochs,\"a,b\",how,value,standard_error,seconds,failure\n"));
  CHECK(contains(text, "\n1,1,0,0,plain,0,0,"));
  CHECK(contains(text, "\n2,2,0,0,\"with \"\"quotes\"\"\",,0,"));
  CHECK(contains(text, ",\"one,\ntwo\"\n"));
  CHECK(contains(text, "\n3,3,0,1,plain,0.3333333333333333,0,"));
  CHECK(text.ends_with(",0.3333333333333333,0,0.6666666666666666,\n"));
  CHECK_THROWS_AS(result.write_csv(folder / "nowhere" / "trials.csv"), FileError);
}

/// What a search of four trials prints: 3, a failure, 5 and 1.
std::string printed(SearchProgress::Lines lines, SearchProgress::Bar bar) {
  const SearchSpace small{{"x", Integers{1, 4}}};
  std::FILE* file = std::tmpfile();
  GridSearch{small, {.threads = 1}}.run(
      [](const Trial& trial) -> double {
        if (trial.number == 2) throw ValueError("too\nsteep\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return trial.number == 1 ? 3 : trial.number == 3 ? 5 : 1;
      },
      SearchProgress{file, lines, bar});
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

TEST_CASE("a search says what is at an end of its range", "[search]") {
  const SearchSpace ends{{"lambda", LogUniform{1e-4, 1}},
                         {"rate", Uniform{0, 1}},
                         {"size", Integers{1, 9}},
                         {"deep", Integers{1, 2}},
                         {"kind", Choice{"a", "b"}}};
  const auto warning = [&](std::vector<double> point) {
    return SearchResult{{{1, 1, 0, Hyperparameters(ends, std::move(point)), 0.5}}}.edge_warning();
  };
  CHECK(warning({1e-2, 0.5, 5, 1, 0}) == "");
  CHECK(warning({1.02e-4, 0.5, 8, 2, 1}) ==
        "The best lambda, 0.000102, is at the low end of its range: a lower one may be better.");
  CHECK(warning({1e-2, 0.995, 9, 2, 1}) ==
        "The best rate, 0.995, is at the high end of its range: a higher one may be better.\n"
        "The best size, 9, is at the high end of its range: a higher one may be better.");
  const SearchSpace wide{{"size", Integers{1, 12345}}};
  CHECK(contains(SearchResult{{{1, 1, 0, Hyperparameters(wide, {12345}), 0.5}}}.edge_warning(),
                 "The best size, 12345, is at the high end"));
  CHECK(warning({1e-2, 0, 5, 1, 0}) == "");  // below 0 there is nothing
  CHECK(SearchResult{}.edge_warning() == "");
}

TEST_CASE("progress of a search in lines, and on a terminal with the time left", "[search]") {
  CHECK(printed(SearchProgress::Lines::all, SearchProgress::Bar::automatic) ==
        "Trial 1 of 4: 3, the best so far; x = 1\n"
        "Trial 2 of 4: failed: too steep; x = 2\n"
        "Trial 3 of 4: 5; x = 3\n"
        "Trial 4 of 4: 1, the best so far; x = 4\n");
  CHECK(printed(SearchProgress::Lines::notable, SearchProgress::Bar::never) ==
        "Trial 1 of 4: 3, the best so far; x = 1\n"
        "Trial 2 of 4: failed: too steep; x = 2\n"
        "Trial 4 of 4: 1, the best so far; x = 4\n");
  const std::string live = printed(SearchProgress::Lines::all, SearchProgress::Bar::always);
  CHECK(contains(live, "\r\033[K0/4 trials [........................]\r\033[KTrial 1"));
  CHECK(contains(live, "\033[K2/4 trials [############............] best 3 (trial 1), "));
  CHECK(contains(live, " left\r\033[KTrial 3"));
  CHECK(live.ends_with("Trial 4 of 4: 1, the best so far; x = 4\n"));
}

TEST_CASE("options outside their domain are refused", "[search]") {
  CHECK(message_of<ValueError>([] {
          RandomSearch{space, {.trials = 0}};
        }) == "RandomSearch: trials must be at least 1, got 0");
  CHECK(contains(message_of<ValueError>([] {
                   RandomSearch{space, {.threads = -1}};
                 }),
                 "threads must be at least 0"));
}

}  // namespace
