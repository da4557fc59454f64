// Times the same jobs of two shared objects, made of version.cpp, in turn within one process: a
// machine that changes its pace within a second then changes it for both. Each is loaded twice,
// in the order old, new, new, old: what comes later finds other memory, which made it 20 % slower.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
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
  if (count != 5) {
    std::fprintf(stderr, "compare OLD.so NEW.so COPY_OF_NEW.so COPY_OF_OLD.so\n");
    return 2;
  }
  std::vector<Version> versions(arguments + 1, arguments + count);
  std::printf("%-38s %7s %9s %9s %15s\n", "a step of", "threads", "old, us", "new, us",
              "median new/old");
  for (std::size_t j = 0; versions[0].jobs[j].name != nullptr; ++j) {
    const Job& job = versions[0].jobs[j];
    double once = 0;
    for (const Version& version : versions) {
      version.set_threads(job.threads);
      once = microseconds(version.jobs[j], 1);
    }
    const int times = std::clamp(static_cast<int>(500 / once), 1, 1000);
    const int rounds = static_cast<int>(std::clamp(1e6 / (2 * times * once), 15.0, 500.0));
    std::vector<double> old_times, new_times, ratios;
    for (int round = 0; round < rounds; ++round) {
      std::array<double, 4> each;
      for (std::size_t k = 0; k < each.size(); ++k) {
        const std::size_t v = round % 2 == 0 ? k : each.size() - 1 - k;
        each[v] = microseconds(versions[v].jobs[j], times);
      }
      old_times.insert(old_times.end(), {each[0], each[3]});
      new_times.insert(new_times.end(), {each[1], each[2]});
      ratios.push_back(std::sqrt(each[1] / each[0] * (each[2] / each[3])));
    }
    std::printf("%-38s %7d %9.2f %9.2f %15.3f\n", job.name, job.threads, median(old_times),
                median(new_times), median(ratios));
  }
}
