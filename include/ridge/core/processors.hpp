#pragma once

#include <algorithm>
#include <cstdio>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace ridge::detail {

/// How many processors' time the container of this process may use, by Linux's cgroups; 0 if that
/// is not limited.
inline int processor_quota() {
#ifdef __linux__
  long quota = -1, period = 0;
  if (std::FILE* const file = std::fopen("/sys/fs/cgroup/cpu.max", "r")) {
    if (std::fscanf(file, "%ld %ld", &quota, &period) != 2) quota = -1;  // "max": not limited
    std::fclose(file);
  }
  if (quota > 0 && period > 0) return static_cast<int>((quota + period - 1) / period);
#endif
  return 0;
}

/// How many processors this process may keep busy, which may be fewer than the machine has.
inline int processors() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) count = CPU_COUNT(&set);
#endif
  if (const int quota = processor_quota(); quota > 0) count = std::min(count, quota);
  return std::max(1, count);
}

}  // namespace ridge::detail
