#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

#include <ridge/core/terminal.hpp>

namespace ridge {

/// Shows how far a path is: `{.progress = PathProgress{}}`. On a terminal as a bar with the time
/// left, else by a line for each tenth.
class PathProgress {
 public:
  enum class Bar {
    automatic,  ///< if the output is a terminal
    always,
    never
  };

  /// @param out where to; nothing is shown if it is null
  explicit PathProgress(std::FILE* out = stdout, Bar bar = Bar::automatic)
      : out_(out),
        live_(out && (bar == Bar::always || (bar == Bar::automatic && detail::is_terminal(out)))) {}

  void operator()(int done, int all) const {
    if (!out_) return;
    if (done == 0) {  // the path has ended before its end
      if (live_) std::fputs(detail::erase_line, out_);
    } else if (live_) {
      draw(done, all);
    } else if (10 * done / all > 10 * (done - 1) / all) {
      std::fprintf(out_, "%d of %d trainings\n", done, all);
    }
    std::fflush(out_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void draw(int done, int all) const {
    if (done == all) {
      std::fputs(detail::erase_line, out_);
      return;
    }
    constexpr int width = 24;
    const auto filled = static_cast<std::size_t>(width * done / all);
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    const double spent = std::chrono::duration<double>(Clock::now() - began_).count();
    std::fprintf(out_, "%s%d/%d trainings [%s] %s left", detail::erase_line, done, all, bar.c_str(),
                 detail::time_text(spent / done * (all - done)).c_str());
  }

  std::FILE* out_;
  bool live_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace ridge
