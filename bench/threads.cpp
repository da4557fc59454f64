// What more threads give: to the processor's own arithmetic, without any memory, and to epochs of
// the classic and the wide job, all in turn. $RIDGE_MNIST_DIR names MNIST's folder;
// without it images are random.
//
//   threads_benchmark [THREADS [ROUNDS]]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <ridge/ridge.hpp>

#include "peak.hpp"
#include "workloads.hpp"

namespace {

using namespace bench;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Images first(Index count) {
  std::vector<Index> samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), Index{0});
  return subset(images(), samples);
}

/// Seconds of an epoch from the same start each time.
template <class Net, class Optimizer>
double epoch(Net net, const Images& data, const Optimizer& optimizer, Index batch_size) {
  return fit(net, CrossEntropy{}, optimizer, data, {.epochs = 1, .batch_size = batch_size})[0]
      .seconds;
}

/// Something to be done with so many threads, and how fast it was, in whatever unit.
struct Job {
  std::string name;
  std::function<double(int threads)> speed;
  std::array<std::vector<double>, 2> speeds{};  // with one thread, with many
  std::vector<double> ratios{};
};

}  // namespace

int main(int count, char** arguments) {
  const int many = count > 1 ? std::atoi(arguments[1]) : std::max(2, detail::processors());
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 11;
  if (many < 2 || many > 1024 || rounds < 1) {
    std::fprintf(stderr,
                 "threads_benchmark [THREADS [ROUNDS]]: 2 to 1024 threads, 1 round or more\n");
    return 2;
  }
  const Images half = first(30000), few = first(2000);
  const SGD plain{.learning_rate = 0.01, .weight_decay = 1e-4};
  const SGD momentum{.learning_rate = 0.01, .momentum = 0.9, .weight_decay = 1e-4};
  std::vector<Job> jobs{
      {"arithmetic in registers, GFLOP/s", [](int n) { return peak<float>(n) / 1e9; }},
      {"784-128-10, images/s",
       [&](int) { return static_cast<double>(half.size()) / epoch(classic(), half, plain, 64); }},
      {"784-1024-1024-2048-10, images/s",
       [&](int) { return static_cast<double>(few.size()) / epoch(wide(), few, momentum, 100); }}};
  for (int round = 0; round < rounds; ++round)
    for (Job& job : jobs) {
      std::array<double, 2> speed;
      for (const std::size_t k : {round % 2, 1 - round % 2}) {
        const int threads = k == 0 ? 1 : many;
        set_threads(threads);
        speed[k] = job.speed(threads);
        job.speeds[k].push_back(speed[k]);
      }
      job.ratios.push_back(speed[1] / speed[0]);
    }
  std::printf("%-34s %10s %10d %6s   medians of %d rounds\n", "threads", "1", many, "ratio",
              rounds);
  for (const Job& job : jobs)
    std::printf("%-34s %10.0f %10.0f %6.2f\n", job.name.c_str(), median(job.speeds[0]),
                median(job.speeds[1]), median(job.ratios));
}
