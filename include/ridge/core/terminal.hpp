#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace ridge {

/// Whether a line that changes shows how far something is.
enum class ProgressBar {
  automatic,  ///< if the output is a terminal
  always,
  never
};

namespace detail {

inline bool is_terminal(std::FILE* file) {
#ifdef _WIN32
  return _isatty(_fileno(file)) != 0;
#else
  return isatty(fileno(file)) != 0;
#endif
}

/// What takes a half-drawn line of a terminal away.
inline constexpr const char* erase_line = "\r\033[K";

/// "42 s", "7 min", "3.5 h".
inline std::string time_text(double seconds) {
  char text[32];
  if (seconds < 90)
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  else if (seconds < 5400)
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  else
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  return text;
}

/// "[######..................]" for a quarter.
inline std::string bar_text(double share) {
  constexpr std::size_t width = 24;
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * width);
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

/// The last line of a terminal, drawn anew as things go on.
class LiveLine {
 public:
  LiveLine(std::FILE* out, ProgressBar bar)
      : out_(out),
        is_shown_(out && (bar == ProgressBar::always ||
                          (bar == ProgressBar::automatic && is_terminal(out)))) {}

  /// Whether there is one at all.
  bool is_shown() const { return is_shown_; }

  void draw(const std::string& line) {
    std::fprintf(out_, "%s%s", erase_line, line.c_str());
    std::fflush(out_);
    is_drawn_ = true;
  }

  void erase() {
    if (!is_drawn_) return;
    std::fputs(erase_line, out_);
    std::fflush(out_);
    is_drawn_ = false;
  }

 private:
  std::FILE* out_;
  bool is_shown_, is_drawn_ = false;
};

}  // namespace detail
}  // namespace ridge
