// Prints what it was compiled for, and fails unless it was optimized.
#include <cstdio>

#include <ridge/core/build.hpp>

int main() {
  std::puts(ridge::build_description().c_str());
#if defined(__GNUC__) && !defined(__OPTIMIZE__)
  return 1;
#endif
}
