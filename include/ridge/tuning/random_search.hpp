#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include <ridge/core/random.hpp>
#include <ridge/tuning/search.hpp>
#include <ridge/tuning/spread_points.hpp>

namespace ridge {

/// Tries points drawn at random, each a new one (Bergstra and Bengio, 2012):
///
///     const SearchResult result = RandomSearch{space, {.trials = 40, .seed = 1}}.run(objective);
class RandomSearch : public Search {
 public:
  /// How many trials, from where, and how many at once.
  struct Options {
    int trials = 20;
    std::uint64_t seed = 0;
    int threads = 0;  ///< trials that run at once at most; 0: as many as `ridge::threads()`
  };

  /// @throws ValueError for options outside their domain
  explicit RandomSearch(const SearchSpace& space) : RandomSearch(space, Options{}) {}
  RandomSearch(const SearchSpace& space, Options options) : Search(space, plan(space, options)) {}

 private:
  static detail::SearchPlan plan(const SearchSpace& space, const Options& options) {
    detail::require_trials(options.trials, "RandomSearch");
    detail::require_threads(options.threads, "RandomSearch");
    // All that there are, where a space of few points has no more.
    const int trials =
        space.points() < options.trials ? static_cast<int>(space.points()) : options.trials;
    const auto propose = [=](const std::vector<FinishedTrial>& before) {
      std::vector<detail::Proposal> all;
      if (!before.empty()) return all;
      Random random = Random{options.seed}.split(0);
      std::set<std::vector<double>> tried;
      while (static_cast<int>(all.size()) < trials) {
        auto point = detail::new_random_point(space, random, tried);
        if (!point) break;
        all.push_back({*std::move(point), static_cast<int>(all.size()) + 1});
      }
      return all;
    };
    return {"RandomSearch", {}, options.seed, trials, 0, options.threads, propose};
  }
};

}  // namespace ridge
