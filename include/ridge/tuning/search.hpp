#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/tuning/search_result.hpp>
#include <ridge/tuning/search_run.hpp>
#include <ridge/tuning/search_space.hpp>

namespace ridge {

namespace detail {

/// What a callback of a search does, and when.
struct SearchHooks {
  std::function<void(SearchRun&)> resume, begin, after_trial, record, end;
};

template <class C>
concept SearchCallback = requires(C& c, SearchRun& run) {
  c.begin(run);
}
|| requires(C& c, SearchRun& run) { c.after_trial(run); }
|| requires(C& c, SearchRun& run) { c.end(run); }
|| requires(C& c, SearchRun& run) { c.resume(run); }
|| requires(C& c, SearchRun& run) { c.record(run); }
|| std::invocable<C&, const FinishedTrial&>;

template <class C>
SearchHooks search_hooks(C& callback) {
  SearchHooks hooks;
  const auto add = [&]<class T>(T& c) {
    static_assert(SearchCallback<T>,
                  "ridge: a callback of a search has at least one of begin(run), "
                  "after_trial(run), end(run), resume(run), record(run), or is a function of const "
                  "FinishedTrial&; see docs/search.md");
    if constexpr (requires(SearchRun & run) { c.resume(run); })
      hooks.resume = [&c](SearchRun& run) { c.resume(run); };
    if constexpr (requires(SearchRun & run) { c.begin(run); })
      hooks.begin = [&c](SearchRun& run) { c.begin(run); };
    if constexpr (requires(SearchRun & run) { c.after_trial(run); })
      hooks.after_trial = [&c](SearchRun& run) { c.after_trial(run); };
    else if constexpr (std::invocable<T&, const FinishedTrial&>)
      hooks.after_trial = [&c](SearchRun& run) { c(run.last_trial()); };
    if constexpr (requires(SearchRun & run) { c.record(run); })
      hooks.record = [&c](SearchRun& run) { c.record(run); };
    if constexpr (requires(SearchRun & run) { c.end(run); })
      hooks.end = [&c](SearchRun& run) { c.end(run); };
  };
  if constexpr (is_optional<C>) {
    if (callback) add(*callback);
  } else {
    add(callback);
  }
  return hooks;
}

inline SearchResult run_search(const SearchSpace& space, const SearchPlan& plan,
                               const SearchRun::Objective& objective,
                               const std::vector<SearchHooks>& callbacks) {
  SearchRun run(space, plan);
  const auto call = [&](auto hook) {
    for (const SearchHooks& callback : callbacks)
      if (callback.*hook) (callback.*hook)(run);
  };
  std::exception_ptr error;
  std::size_t begun = 0;  // callbacks whose `begin` has returned: these are told the end
  try {
    call(&SearchHooks::resume);
    for (; begun < callbacks.size(); ++begun)
      if (callbacks[begun].begin) callbacks[begun].begin(run);
    call(&SearchHooks::record);
    std::exception_ptr failure;  // of a callback: the others are told no more
    run.make_trials(objective, [&] {
      if (!failure) try {
          call(&SearchHooks::after_trial);
        } catch (...) {
          failure = std::current_exception();
        }
      call(&SearchHooks::record);  // what has ended is not lost by it
      if (failure) std::rethrow_exception(failure);
    });
  } catch (...) {
    error = std::current_exception();
  }
  // From the last to the first, as `fit` does.
  for (std::size_t i = callbacks.size(); i-- > 0;) try {
      if (callbacks[i].end && (i < begun || callbacks[i].resume)) callbacks[i].end(run);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  if (error) std::rethrow_exception(error);
  const bool unfinished = !run.complete();
  return {std::move(run.trials), run.interrupted && unfinished};
}

inline void require_trials(int trials, std::string_view where) {
  if (trials < 1) throw ValueError(text(where, ": trials must be at least 1, got ", trials));
}
inline void require_threads(int threads, std::string_view where) {
  if (threads < 0)
    throw ValueError(
        text(where, ": threads must be at least 0 (as many as ridge::threads()), got ", threads));
}

}  // namespace detail

/// What all searches have in common.
class Search {
 public:
  const SearchSpace& space() const { return space_; }

  /// Makes the trials. Of searches with the same options and an objective that always has the same
  /// value for a trial, the result is the same, however many threads run trials.
  ///
  /// @param objective a function of `const Trial&`, called by several threads at once, that returns
  ///        a number to make small, or a `Measurement`. If it throws, or its number is not finite,
  ///        the trial has failed and the search goes on; `Interrupted` ends the search
  ///        as Ctrl-C does, and its trial counts as not begun.
  /// @param callbacks each with at least one of `begin(run)`, `after_trial(run)`, `end(run)`
  ///        (called however the search ends), `resume(run)` (before all of them) and `record(run)`
  ///        (after all of them, to keep the search as it is), or a function of
  ///        `const FinishedTrial&`; `run` is a `SearchRun`. One in a `std::optional` may be none.
  /// @throws ValueError if all trials failed, with the first one's message; HyperparameterError if
  ///         the objective asks for what the space does not have; and what callbacks throw
  template <class F, class... Callbacks>
  SearchResult run(F&& objective, Callbacks&&... callbacks) const {
    static_assert(std::is_invocable_r_v<Measurement, F&, const Trial&>,
                  "ridge: the objective of a search is a function of const ridge::Trial& that "
                  "returns a number or a ridge::Measurement; see docs/search.md");
    return detail::run_search(space_, plan_,
                              [&](const Trial& trial) -> Measurement { return objective(trial); },
                              {detail::search_hooks(callbacks)...});
  }

 protected:
  Search(SearchSpace space, detail::SearchPlan plan)
      : space_(std::move(space)), plan_(std::move(plan)) {}

 private:
  SearchSpace space_;
  detail::SearchPlan plan_;
};

}  // namespace ridge
