#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/tuning/search.hpp>
#include <ridge/tuning/spread_points.hpp>

namespace ridge {

namespace detail {

/// Candidates of which the better ones are trained for longer, again and again.
struct Bracket {
  struct Rung {
    int count;   // of candidates, at most
    int epochs;  // of each
  };
  std::vector<Rung> rungs;
};

/// The rungs from `count` candidates down to less than `factor`.
/// @throws ValueError if the last one would have more than a billion epochs
inline Bracket bracket(int count, int epochs, int factor) {
  Bracket bracket;
  for (;; count /= factor, epochs *= factor) {
    bracket.rungs.push_back({count, epochs});
    if (count < factor) return bracket;
    if (epochs > 1'000'000'000 / factor)
      throw ValueError(
          "SuccessiveHalving: the last candidates would be trained for more than a billion epochs; "
          "take a smaller initial or epochs");
  }
}

/// The first rung whose trials are not all there.
inline std::vector<Proposal> propose_rung(const SearchSpace& space,
                                          const std::vector<Bracket>& brackets, Random random,
                                          const std::vector<FinishedTrial>& before) {
  std::size_t done = 0;
  int candidates = 0;
  for (std::size_t b = 0; b < brackets.size(); ++b) {
    std::vector<Proposal> rung;
    for (auto& point : spread_points(space, brackets[b].rungs.front().count, random.split(b)))
      rung.push_back({std::move(point), ++candidates});
    for (const auto& [count, epochs] : brackets[b].rungs) {
      // The best that did not fail, by the rung before.
      rung.resize(std::min(rung.size(), static_cast<std::size_t>(count)));
      for (Proposal& proposal : rung) proposal.epochs = epochs;
      if (rung.empty()) break;
      if (done >= before.size()) return rung;
      std::vector<FinishedTrial> trials(
          before.begin() + static_cast<std::ptrdiff_t>(done),
          before.begin() + static_cast<std::ptrdiff_t>(done + rung.size()));
      done += rung.size();
      std::erase_if(trials, [](const FinishedTrial& trial) { return trial.failed(); });
      std::sort(trials.begin(), trials.end(), is_better);
      rung.clear();
      for (const FinishedTrial& trial : trials)
        rung.push_back({trial.parameters.point(), trial.candidate});
    }
  }
  return {};
}

inline SearchPlan halving_plan(std::string method,
                               std::vector<std::pair<std::string, std::string>> options,
                               const SearchSpace& space, const std::vector<Bracket>& brackets,
                               std::uint64_t seed, int threads) {
  double trials = 0, epochs = 0;
  for (const Bracket& bracket : brackets) {
    int there = bracket.rungs.front().count;
    if (space.points() < there) there = static_cast<int>(space.points());
    for (const Bracket::Rung& rung : bracket.rungs) {
      trials += std::min(rung.count, there);
      epochs += std::min(rung.count, there) * static_cast<double>(rung.epochs);
    }
  }
  if (trials > 1e6)
    throw ValueError(text(method, ": that would be ", trials, " trials; a million is the most"));
  return {std::move(method),
          std::move(options),
          seed,
          static_cast<int>(trials),
          epochs,
          threads,
          [=](const std::vector<FinishedTrial>& before) {
            return propose_rung(space, brackets, Random{seed}.split(0), before);
          }};
}

inline void require_factor(int factor, std::string_view where) {
  if (factor < 2) throw ValueError(text(where, ": factor must be at least 2, got ", factor));
}

}  // namespace detail

/// Trains many candidates for a few epochs, the best third of them for three times as many, and so
/// on to the last (Jamieson and Talwalkar, 2016): with the default options 27 candidates for 1
/// epoch, 9 for 3, 3 for 9 and one for 27.
///
///     const SuccessiveHalving search{space, {.initial = 27, .seed = 1}};
///     search.run([&](const Trial& trial) { ...; fit(..., {.epochs = trial.epochs}); ... });
///
/// `trial.candidate` and what a trial draws are the same from rung to rung, so a training that
/// begins anew repeats the epochs of the rung before.
class SuccessiveHalving : public Search {
 public:
  /// How many candidates, and how they become fewer.
  struct Options {
    int initial = 27;  ///< candidates of the first rung
    int factor = 3;    ///< by which they become fewer, and epochs more
    int epochs = 1;    ///< of each in the first rung
    std::uint64_t seed = 0;
    int threads = 0;  ///< trials that run at once at most; 0: as many as `ridge::threads()`
  };

  /// @throws ValueError for options outside their domain
  explicit SuccessiveHalving(const SearchSpace& space) : SuccessiveHalving(space, Options{}) {}
  SuccessiveHalving(const SearchSpace& space, Options options)
      : Search(space, plan(space, options)) {}

 private:
  static detail::SearchPlan plan(const SearchSpace& space, const Options& options) {
    constexpr const char* name = "SuccessiveHalving";
    const auto require = [&](int value, const char* what) {
      if (value < 1 || value > 1'000'000)
        throw ValueError(
            detail::text(name, ": ", what, " must be from 1 to a million, got ", value));
    };
    require(options.initial, "initial");
    require(options.epochs, "epochs");
    detail::require_factor(options.factor, name);
    detail::require_threads(options.threads, name);
    return detail::halving_plan(name,
                                {{"initial", std::to_string(options.initial)},
                                 {"factor", std::to_string(options.factor)},
                                 {"epochs", std::to_string(options.epochs)}},
                                space,
                                {detail::bracket(options.initial, options.epochs, options.factor)},
                                options.seed, options.threads);
  }
};

/// Successive halving several times (Li et al., 2018), from many candidates with few epochs to few
/// candidates that all have the most: for those that are only seen to be good late.
class Hyperband : public Search {
 public:
  /// How many epochs at most, and how candidates become fewer.
  struct Options {
    int epochs = 27;  ///< the most that a candidate is trained for
    int factor = 3;
    std::uint64_t seed = 0;
    int threads = 0;  ///< trials that run at once at most; 0: as many as `ridge::threads()`
  };

  /// @throws ValueError for options outside their domain
  explicit Hyperband(const SearchSpace& space) : Hyperband(space, Options{}) {}
  Hyperband(const SearchSpace& space, Options options) : Search(space, plan(space, options)) {}

 private:
  static detail::SearchPlan plan(const SearchSpace& space, const Options& options) {
    if (options.epochs < 1 || options.epochs > 1'000'000)
      throw ValueError(
          detail::text("Hyperband: epochs must be from 1 to a million, got ", options.epochs));
    detail::require_factor(options.factor, "Hyperband");
    detail::require_threads(options.threads, "Hyperband");
    std::vector<std::int64_t> powers{1};  // of the factor, as far as they divide the epochs
    while (powers.back() <= options.epochs / options.factor)
      powers.push_back(powers.back() * options.factor);
    std::vector<detail::Bracket> brackets;
    const auto count = static_cast<std::int64_t>(powers.size());
    for (std::size_t s = powers.size(); s-- > 0;) {
      const auto per = static_cast<std::int64_t>(s) + 1;
      const std::int64_t candidates = (count * powers[s] + per - 1) / per;
      detail::Bracket bracket;
      for (std::size_t rung = 0; rung <= s; ++rung)
        bracket.rungs.push_back({static_cast<int>(candidates / powers[rung]),
                                 static_cast<int>(options.epochs / powers[s - rung])});
      brackets.push_back(std::move(bracket));
    }
    return detail::halving_plan(
        "Hyperband",
        {{"epochs", std::to_string(options.epochs)}, {"factor", std::to_string(options.factor)}},
        space, brackets, options.seed, options.threads);
  }
};

}  // namespace ridge
