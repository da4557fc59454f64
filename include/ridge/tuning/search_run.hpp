#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/tuning/search_result.hpp>
#include <ridge/tuning/trial.hpp>

namespace ridge {

namespace detail {

/// A trial to be made.
struct Proposal {
  std::vector<double> point;
  int candidate;
  int epochs = 0;
};

/// A kind of search, for `SearchRun`.
struct SearchPlan {
  std::string method;  ///< its name
  /// What else its proposals depend on, by names, which a resumed search must have in common.
  std::vector<std::pair<std::string, std::string>> options;
  std::uint64_t seed = 0;
  int trials = 0;     ///< planned in all
  double epochs = 0;  ///< planned in all trials together; 0 if they have none
  int threads = 0;    ///< trials that run at once at most; 0: as many as `ridge::threads()`
  /// The next round, given all trials of the rounds before; empty at the end. It depends on
  /// nothing else, so that a search can be resumed from its trials alone.
  std::function<std::vector<Proposal>(const std::vector<FinishedTrial>&)> propose;
};

}  // namespace detail

/// What callbacks of a search see of it, and how they stop it. They are called one at a time, by
/// the thread that has run the trial.
class SearchRun {
 public:
  using Objective = std::function<Measurement(const Trial&)>;

  SearchRun(const SearchSpace& its_space, const detail::SearchPlan& plan)
      : space(its_space), planned(plan.trials), plan_(&plan) {}

  const SearchSpace space;
  const int planned;                    ///< trials in all
  std::vector<FinishedTrial> trials{};  ///< that have ended, in the order of their numbers
  int last = 0;                         ///< the number of the one that has ended last; 0: none yet
  bool interrupted = false;
  bool resumed = false;  ///< whether it goes on from a file

  /// Ends the search when the trials that are running have ended.
  void interrupt() {
    interrupted = true;
    stops_ = true;
  }

  /// The best so far; null if none has a value.
  const FinishedTrial* best() const { return detail::best_of(trials); }

  /// The one that has ended last.
  /// @throws ValueError if none has, in this process
  const FinishedTrial& last_trial() const {
    const FinishedTrial* const trial = find(last);
    if (trial == nullptr)
      throw ValueError("last_trial: no trial has ended yet in this process; see `last`");
    return *trial;
  }

  /// Whether the search has ended because no trial was left to be made.
  bool complete() const { return complete_; }

  /// Since the search began, in this process.
  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  /// The time left, if what is left of trials or their epochs takes as long as that of this
  /// process.
  double seconds_left() const {
    const double done = work_done() - work_before_;
    const double all = plan_->epochs > 0 ? plan_->epochs : planned;
    return done > 0 ? std::max(seconds() / done * (all - work_done()), 0.0) : 0;
  }

  /// All that the rest of the search depends on.
  void visit_state(StateVisitor& visit) {
    visit.same("search.method", plan_->method);
    visit.same("search.space", space.text());
    visit.same("search.seed", plan_->seed);
    for (const auto& [name, value] : plan_->options) visit.same("search." + name, value);
    std::vector<std::int64_t> counts;
    std::vector<double> numbers;
    std::string failures;  // each with a zero at its end
    for (const FinishedTrial& trial : trials) {
      counts.insert(counts.end(), {trial.number, trial.candidate, trial.epochs});
      numbers.insert(numbers.end(), {trial.value, trial.standard_error, trial.seconds});
      numbers.insert(numbers.end(), trial.parameters.point().begin(),
                     trial.parameters.point().end());
      failures.append(trial.failure.c_str()).push_back('\0');
    }
    visit("search.counts", counts);
    visit("search.numbers", numbers);
    visit("search.failures", failures);
    if (visit.reads()) read(counts, numbers, failures);
  }

  /// Makes the trials, and calls `after_trial` after each.
  void make_trials(const Objective& objective, const std::function<void()>& after_trial) {
    began_ = Clock::now();
    work_before_ = work_done();
    for (;;) {
      const std::vector<detail::Proposal> round = plan_->propose(first(begun_));
      complete_ = round.empty();
      if (complete_ || stops_) break;
      make_round(round, objective, after_trial);
      begun_ += static_cast<int>(round.size());
      if (static_cast<int>(first(begun_).size()) < begun_) break;  // interrupted
    }
    if (!interrupted && !trials.empty() && !best())
      throw ValueError(
          plan_->method + ": all trials failed, the first one with: " + trials.front().failure +
          (resumed ? "; these are the trials of the search that was resumed, and to try "
                     "again needs a new file"
                   : ""));
  }

 private:
  using Clock = std::chrono::steady_clock;

  void make_round(const std::vector<detail::Proposal>& round, const Objective& objective,
                  const std::function<void()>& after_trial) {
    std::vector<Trial> left;
    for (std::size_t i = 0; i < round.size(); ++i) {
      const int number = begun_ + static_cast<int>(i) + 1;
      if (find(number)) continue;  // in a process before
      const Random random =
          Random{plan_->seed}.split(1).split(static_cast<std::uint64_t>(round[i].candidate));
      left.push_back({number, round[i].candidate, round[i].epochs,
                      Hyperparameters(space, round[i].point), random});
    }
    int workers = plan_->threads == 0 ? threads() : plan_->threads;
    workers = std::min({workers, static_cast<int>(left.size()), detail::Job::most_tasks});
    std::atomic<std::size_t> next{0};
    // Products within a trial are then computed by the trial's thread, or, if there is but one
    // trial at a time, by all threads.
    detail::Team::shared().run(workers, [&](int) {
      try {
        while (!stops_) {
          const std::size_t i = next++;
          if (i >= left.size()) return;
          std::optional<FinishedTrial> ended = make(left[i], objective);
          const std::lock_guard lock(mutex_);
          if (!ended) return interrupt();
          last = ended->number;
          const auto place = std::find_if(trials.begin(), trials.end(), [&](const auto& trial) {
            return trial.number > ended->number;
          });
          trials.insert(place, std::move(*ended));
          after_trial();
        }
      } catch (...) {
        stops_ = true;
        throw;
      }
    });
  }

  /// None if the objective wants to end the search.
  static std::optional<FinishedTrial> make(const Trial& trial, const Objective& objective) {
    FinishedTrial ended{trial.number, trial.candidate, trial.epochs, trial.parameters};
    const auto began = Clock::now();
    try {
      const Measurement measured = objective(trial);
      if (!std::isfinite(measured.value))
        ended.failure = detail::text("the objective is ", measured.value);
      else if (!(measured.standard_error >= 0) || std::isinf(measured.standard_error))
        ended.failure = detail::text("the objective's standard error is ", measured.standard_error);
      else
        ended.value = measured.value, ended.standard_error = measured.standard_error;
    } catch (const Interrupted&) {
      return std::nullopt;
    } catch (const HyperparameterError&) {
      throw;
    } catch (const std::exception& error) {
      ended.failure = *error.what() ? error.what() : "an exception without a message";
    } catch (...) {
      ended.failure = "an exception that is no std::exception";
    }
    ended.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    return ended;
  }

  const FinishedTrial* find(int number) const {
    const auto found = std::find_if(trials.begin(), trials.end(),
                                    [&](const auto& trial) { return trial.number == number; });
    return found == trials.end() ? nullptr : &*found;
  }

  std::vector<FinishedTrial> first(int count) const {
    std::vector<FinishedTrial> some;
    for (const FinishedTrial& trial : trials)
      if (trial.number <= count) some.push_back(trial);
    return some;
  }

  double work_done() const {
    double work = 0;
    for (const FinishedTrial& trial : trials) work += plan_->epochs > 0 ? trial.epochs : 1;
    return work;
  }

  void read(const std::vector<std::int64_t>& counts, const std::vector<double>& numbers,
            const std::string& failures) {
    const std::size_t count = counts.size() / 3, width = 3 + space.size();
    if (counts.size() != 3 * count || numbers.size() != width * count ||
        static_cast<std::size_t>(std::count(failures.begin(), failures.end(), '\0')) != count)
      throw ValueError("its trials are not whole");
    std::vector<FinishedTrial> there;
    const char* failure = failures.c_str();
    for (std::size_t t = 0; t < count;
         ++t, failure += std::char_traits<char>::length(failure) + 1) {
      const std::int64_t* whole = counts.data() + 3 * t;
      const double* number = numbers.data() + width * t;
      if (whole[0] <= (t == 0 ? 0 : there.back().number) || whole[0] > 1'000'000'000 ||
          whole[1] < 1 || whole[1] > whole[0] || whole[2] < 0 || whole[2] > 1'000'000'000)
        throw ValueError(detail::text("there cannot be a trial ", whole[0], " of candidate ",
                                      whole[1], " with ", whole[2], " epochs"));
      if (std::isnan(number[0]) == (*failure == '\0') || std::isinf(number[0]))
        throw ValueError(detail::text("its trial ", whole[0], " has the value ", number[0]));
      if (!(number[1] >= 0) || std::isinf(number[1]))
        throw ValueError(
            detail::text("its trial ", whole[0], " has the standard error ", number[1]));
      there.push_back({static_cast<int>(whole[0]), static_cast<int>(whole[1]),
                       static_cast<int>(whole[2]),
                       Hyperparameters(space, {number + 3, number + width}), number[0], number[1],
                       number[2], failure});
    }
    trials = std::move(there);
  }

  const detail::SearchPlan* plan_;
  std::mutex mutex_;  // of everything that callbacks see
  std::atomic<bool> stops_{false};
  int begun_ = 0;  // trials of the rounds so far
  bool complete_ = false;
  double work_before_ = 0;
  Clock::time_point began_ = Clock::now();
};

}  // namespace ridge
