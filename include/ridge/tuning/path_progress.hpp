#pragma once

#include <chrono>
#include <cstdio>

#include <ridge/core/error.hpp>
#include <ridge/core/terminal.hpp>

namespace ridge {

/// Shows how far a path or a cross-validation is: `{.progress = PathProgress{}}`. On a terminal as
/// a bar with the time left, else by a line for each tenth.
class PathProgress {
 public:
  using Bar = ProgressBar;

  /// @param out where to; nothing is shown if it is null
  explicit PathProgress(std::FILE* out = stdout, Bar bar = Bar::automatic)
      : out_(out), line_(out, bar) {}

  void operator()(int done, int all) const {
    if (done == 0 || done == all) line_.erase();  // 0: the path has ended before its end
    if (line_.is_shown() && done > 0 && done < all) {
      const double spent = std::chrono::duration<double>(Clock::now() - began_).count();
      line_.draw(detail::text(done, "/", all, " trainings ",
                              detail::bar_text(static_cast<double>(done) / all), " ",
                              detail::time_text(spent / done * (all - done)), " left"));
    } else if (out_ && !line_.is_shown() && done > 0 && 10 * done / all > 10 * (done - 1) / all) {
      std::fprintf(out_, "%d of %d trainings\n", done, all);
      std::fflush(out_);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::FILE* out_;
  mutable detail::LiveLine line_;  // a path calls a copy that may be const
  Clock::time_point began_ = Clock::now();
};

}  // namespace ridge
