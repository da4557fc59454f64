#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>

#include <ridge/core/terminal.hpp>
#include <ridge/tuning/search_run.hpp>

namespace ridge {

/// A callback that shows how a search goes: a line for each trial, or for the notable ones alone,
///
///     Trial 3 of 40: 0.214, the best so far; lambda = 0.001, hidden = 64
///     Trial 4 of 40: failed: the loss is not finite; lambda = 1, hidden = 16
///
/// and on a terminal the share done, the best value and the time left.
class SearchProgress {
 public:
  using Bar = ProgressBar;
  enum class Lines {
    all,
    notable  ///< of the best so far and of failures
  };

  /// @param out where to; nothing is shown if it is null
  explicit SearchProgress(std::FILE* out = stdout, Lines lines = Lines::all,
                          Bar bar = Bar::automatic)
      : out_(out), lines_(lines), line_(out, bar) {}

  void begin(SearchRun& run) {
    if (out_ && run.resumed)
      std::fprintf(out_, "%zu of %d trials are done already\n", run.trials.size(),
                   std::max(run.planned, static_cast<int>(run.trials.size())));
    best_ = run.best() ? run.best()->number : 0;
    draw(run);
  }

  void after_trial(SearchRun& run) {
    if (!out_) return;
    line_.erase();
    const FinishedTrial& trial = run.last_trial();
    const FinishedTrial* const best = run.best();
    const bool leads = best && best->number != best_ && best->number == trial.number;
    best_ = best ? best->number : 0;
    if (leads || trial.failed() || lines_ == Lines::all) {
      std::fprintf(out_, "Trial %d of %d: ", trial.number, run.planned);
      if (trial.failed())
        std::fprintf(out_, "failed: %s", one_line(trial.failure).c_str());
      else
        std::fprintf(out_, "%.6g%s", trial.value, leads ? ", the best so far" : "");
      std::fprintf(out_, "; %s", trial.parameters.text().c_str());
      if (trial.epochs > 0) std::fprintf(out_, "; %d epochs", trial.epochs);
      std::fputc('\n', out_);
      std::fflush(out_);
    }
    draw(run);
  }

  /// Leaves no half-drawn bar behind, whatever ends the search.
  void end(SearchRun&) { line_.erase(); }

 private:
  static std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  void draw(const SearchRun& run) {
    const std::size_t done = run.trials.size();
    if (!line_.is_shown() || done >= static_cast<std::size_t>(run.planned)) return;
    std::string line = detail::text(
        done, "/", run.planned, " trials ",
        detail::bar_text(static_cast<double>(done) / static_cast<double>(run.planned)));
    if (const FinishedTrial* best = run.best()) {
      char text[64];
      std::snprintf(text, sizeof text, " best %.6g (trial %d)", best->value, best->number);
      line += text;
    }
    const double left = run.seconds_left();
    if (left > 0) line += ", " + detail::time_text(left) + " left";
    line_.draw(line);
  }

  std::FILE* out_;
  Lines lines_;
  detail::LiveLine line_;
  int best_ = 0;
};

}  // namespace ridge
