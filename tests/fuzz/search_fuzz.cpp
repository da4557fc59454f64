// Any bytes as the file of a search: it is loaded, and the search goes on from there, or it stays
// what it was. What the checksum would refuse is tried without it too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/io/state.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/search_run.hpp>

#include "state_input.hpp"

namespace {

using namespace ridge;

/// A search of six trials, two at a time, in a space of so few points that a proposal is fast. The
/// seeds of the corpus are what `save_state` has made of it at first, after some trials and in the
/// end, and of trials that cannot be.
struct Searching {
  SearchSpace space{{"strength", LogIntegers{1, 8}}, {"how", Choice{"a", "b"}}};
  detail::SearchPlan plan{
      .method = "Fuzzed",
      .options = {},
      .trials = 6,
      .threads = 1,
      .propose = [its = space](const std::vector<FinishedTrial>& before) {
        std::vector<detail::Proposal> round;
        const int done = static_cast<int>(before.size());
        if (done >= 6) return round;
        for (auto& point : detail::Proposer(its, Random{1}).propose(before, 2))
          round.push_back({std::move(point), done + static_cast<int>(round.size()) + 1});
        return round;
      }};
  SearchRun run{space, plan};

  StateWriter state() {
    StateWriter writer;
    run.visit_state(writer);
    return writer;
  }

  /// The second trial fails.
  static Measurement objective(const Trial& trial) {
    if (trial.number == 2) throw ValueError("no");
    return {trial["strength"].number() + (trial["how"] == "a" ? 0.5 : 0), 0.25};
  }
};

void go_on(Searching& search) {
  const std::vector<Tensor> tensors = search.state().tensors;
  Searching again;
  const StateWriter same = again.state();
  StateReader reader(tensors, same.metadata);
  again.run.visit_state(reader);
  fuzz::require(again.state().tensors == tensors, "what loads is the same when read again");

  const std::size_t before = search.run.trials.size();
  try {
    search.run.make_trials(Searching::objective, [] {});
  } catch (const ValueError&) {
    fuzz::require(!search.run.best(), "the search fails only if all trials have");
  }
  const auto& trials = search.run.trials;
  fuzz::require(trials.size() >= std::max<std::size_t>(before, 6), "the search comes to its end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_threads(1);
  fuzz::read_state<Searching>({data, size}, go_on);
  return 0;
}
