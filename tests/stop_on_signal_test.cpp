// Runs that signals leave where they are.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

#ifdef __unix__

namespace {

using namespace ridge;

/// Calls a function after each step, and one when all else has been told of it.
struct Watch {
  std::function<void(int epoch, Index step)> after = [](int, Index) {};
  std::function<void(bool ended)> recorded = [](bool) {};
  void after_step(auto& run) { after(run.epoch, run.step); }
  void record(auto& run) { recorded(run.ended()); }
};

/// Two epochs of four steps each.
std::vector<EpochReport> run(StopOnSignal& stop, Watch watch = {}) {
  const Dataset<double, double> data{test::random_matrix(3, 8, 1), test::random_matrix(2, 8, 2)};
  Linear<double> net = test::initialized(Linear<double>{3, 2});
  return fit(net, MeanSquaredError{}, SGD{}, data, {.epochs = 2, .batch_size = 2}, stop, watch);
}

using Handler = void (*)(int);
Handler handler_of(int signal) {
  struct sigaction action {};
  sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

TEST_CASE("a signal ends the run after the next step, without its epoch's end", "[signals]") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  StopOnSignal stop;
  int steps = 0;
  Watch watch;
  watch.after = [&](int epoch, Index step) {
    ++steps;
    if (epoch == 2 && step == 2) std::raise(signal);
  };
  CHECK(run(stop, watch).size() == 1);
  CHECK(steps == 4 + 3);  // StopOnSignal stands before and has looked already
  CHECK(stop.signal() == signal);
}

TEST_CASE("whoever has stopped one run wants no other", "[signals]") {
  StopOnSignal stop;
  CHECK(run(stop).size() == 2);
  CHECK(stop.signal() == 0);
  Watch watch;
  watch.after = [](int epoch, Index step) {
    if (epoch == 1 && step == 1) std::raise(SIGINT);
  };
  run(stop, watch);
  int steps = 0;
  watch.after = [&](int, Index) { ++steps; };
  CHECK(run(stop, watch).empty());
  CHECK(steps == 0);
  CHECK(stop.signal() == SIGINT);
  StopOnSignal other;
  CHECK(run(other).size() == 2);
}

TEST_CASE("a signal after the last step is known", "[signals]") {
  StopOnSignal stop;
  Watch watch;
  watch.recorded = [](bool ended) {
    if (ended) std::raise(SIGTERM);
  };
  CHECK(run(stop, watch).size() == 2);
  CHECK(stop.signal() == SIGTERM);
}

TEST_CASE("handlers are there while a run is", "[signals]") {
  const Handler before = handler_of(SIGINT), before_term = handler_of(SIGTERM);
  std::vector<Handler> seen;
  Watch watch;
  watch.after = [&](int, Index) { seen.push_back(handler_of(SIGINT)); };
  StopOnSignal stop;
  run(stop, watch);
  REQUIRE(seen.size() == 8);
  CHECK(seen.front() != before);
  CHECK(seen.front() != SIG_DFL);
  CHECK(seen.back() == seen.front());
  CHECK(handler_of(SIGINT) == before);
  CHECK(handler_of(SIGTERM) == before_term);
}

/// The status, as `waitpid` gives it, of a process that runs with `signals` raised after its first
/// step, each `pause` after the one before, and then exits with the number of epochs done.
int status_of(const std::vector<int>& signals, std::chrono::milliseconds pause) {
  const pid_t child = fork();
  if (child == 0) {
    StopOnSignal stop;
    Watch watch;
    watch.after = [&](int epoch, Index step) {
      if (epoch > 1 || step > 1) return;
      for (const int signal : signals) {
        std::raise(signal);
        std::this_thread::sleep_for(pause);
      }
    };
    std::_Exit(static_cast<int>(run(stop, watch).size()));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_CASE("a signal that comes twice at once is one, and half a second later ends the process",
          "[signals]") {
  using std::chrono::milliseconds;
  const int both = status_of({SIGINT, SIGINT}, milliseconds(0));
  CHECK(WIFEXITED(both));
  CHECK(WEXITSTATUS(both) == 0);
  const int another = status_of({SIGHUP, SIGTERM}, milliseconds(600));
  CHECK(WIFEXITED(another));
  const int again = status_of({SIGTERM, SIGTERM}, milliseconds(600));
  CHECK(WIFSIGNALED(again));
  CHECK(WTERMSIG(again) == SIGTERM);
}

TEST_CASE("a signal that is ignored stays so", "[signals]") {
  const Handler before = std::signal(SIGHUP, SIG_IGN);
  Watch watch;
  watch.after = [](int, Index) { std::raise(SIGHUP); };
  StopOnSignal stop;
  CHECK(run(stop, watch).size() == 2);
  CHECK(stop.signal() == 0);
  CHECK(handler_of(SIGHUP) == SIG_IGN);
  std::signal(SIGHUP, before);
}

}  // namespace

#endif
