#pragma once

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
  enum class Bar {
    automatic,  ///< if the output is a terminal
    always,
    never
  };
  enum class Lines {
    all,
    notable  ///< of the best so far and of failures
  };

  /// @param out where to; nothing is shown if it is null
  explicit SearchProgress(std::FILE* out = stdout, Lines lines = Lines::all,
                          Bar bar = Bar::automatic)
      : out_(out),
        lines_(lines),
        live_(out && (bar == Bar::always || (bar == Bar::automatic && detail::is_terminal(out)))) {}

  void begin(SearchRun& run) {
    if (out_ && run.resumed)
      std::fprintf(out_, "%zu of %d trials are done already\n", run.trials.size(), run.planned);
    best_ = run.best() ? run.best()->number : 0;
    draw(run);
  }

  void after_trial(SearchRun& run) {
    if (!out_) return;
    erase();
    const FinishedTrial& trial = run.last_trial();
    const FinishedTrial* const best = run.best();
    const bool leads = best && best->number != best_ && best->number == trial.number;
    best_ = best ? best->number : 0;
    if (leads || trial.failed() || lines_ == Lines::all) {
      std::fprintf(out_, "Trial %d of %d: ", trial.number, run.planned);
      if (trial.failed())
        std::fprintf(out_, "failed: %s", trial.failure.c_str());
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
  void end(SearchRun&) { erase(); }

 private:
  void draw(const SearchRun& run) {
    const std::size_t done = run.trials.size();
    if (!live_ || done >= static_cast<std::size_t>(run.planned)) return;
    constexpr int width = 24;
    const auto filled =
        static_cast<std::size_t>(width) * done / static_cast<std::size_t>(run.planned);
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(out_, "%s%zu/%d trials [%s]", detail::erase_line, done, run.planned, bar.c_str());
    if (const FinishedTrial* best = run.best())
      std::fprintf(out_, " best %.6g (trial %d)", best->value, best->number);
    const double left = run.seconds_left();
    if (left > 0) std::fprintf(out_, ", %s left", detail::time_text(left).c_str());
    std::fflush(out_);
    on_screen_ = true;
  }

  void erase() {
    if (!on_screen_) return;
    std::fputs(detail::erase_line, out_);
    std::fflush(out_);
    on_screen_ = false;
  }

  std::FILE* out_;
  Lines lines_;
  bool live_;
  bool on_screen_ = false;
  int best_ = 0;
};

}  // namespace ridge
