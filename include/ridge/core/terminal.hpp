#pragma once

#include <cstdio>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace ridge::detail {

inline bool is_terminal(std::FILE* file) {
#ifdef _WIN32
  return _isatty(_fileno(file)) != 0;
#else
  return isatty(fileno(file)) != 0;
#endif
}

/// What takes a half-drawn line of a terminal away.
inline constexpr const char* erase_line = "\r\033[K";

}  // namespace ridge::detail
