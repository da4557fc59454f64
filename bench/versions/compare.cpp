// Times the same jobs of two shared objects, made of version.cpp, in turn within one process: a
// machine that changes its pace within a second then changes it for both.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <thread>
#include <vector>

#include "jobs.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Version {
  const Job* jobs;
  SetThreads set_threads;

  explicit Version(const char* path) {
    void* const object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void* const its_jobs = object != nullptr ? dlsym(object, "jobs") : nullptr;
    void* const its_threads = object != nullptr ? dlsym(object, "set_threads") : nullptr;
    if (its_jobs == nullptr || its_threads == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(1);
    }
    jobs = reinterpret_cast<Jobs>(its_jobs)();
    set_threads = reinterpret_cast<SetThreads>(its_threads);
  }
};

double microseconds(const Job& job, int times) {
  // By then the other version's threads are asleep.
  if (job.threads > 1) std::this_thread::sleep_for(std::chrono::microseconds(300));
  job.run();
  const auto start = Clock::now();
  for (int k = 0; k < times; ++k) job.run();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / times;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "compare OLD.so NEW.so\n");
    return 2;
  }
  const Version old_version(arguments[1]), new_version(arguments[2]);
  const std::array<const Version*, 2> versions{&old_version, &new_version};
  std::printf("%-38s %7s %9s %9s %15s\n", "a step of", "threads", "old, us", "new, us",
              "median new/old");
  for (std::size_t j = 0; old_version.jobs[j].name != nullptr; ++j) {
    const Job& job = old_version.jobs[j];
    for (const Version* version : versions) version->set_threads(job.threads);
    const double once = microseconds(job, 1);
    const int times = std::clamp(static_cast<int>(500 / once), 1, 1000);
    const int pairs = static_cast<int>(std::clamp(2e6 / (2 * times * once), 25.0, 1000.0));
    std::array<std::vector<double>, 2> each;
    std::vector<double> ratios;
    for (int pair = 0; pair < pairs; ++pair) {
      std::array<double, 2> both;
      for (std::size_t k = 0; k < 2; ++k) {
        const std::size_t v = (k + static_cast<std::size_t>(pair)) % 2;
        both[v] = microseconds(versions[v]->jobs[j], times);
        each[v].push_back(both[v]);
      }
      ratios.push_back(both[1] / both[0]);
    }
    std::printf("%-38s %7d %9.2f %9.2f %15.3f\n", job.name, job.threads, median(each[0]),
                median(each[1]), median(ratios));
  }
}
