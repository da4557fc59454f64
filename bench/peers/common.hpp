#pragma once

// What the C++ peers share: the jobs, their data, the command line and the clock.
//
//   PROGRAM JOB MNIST_FOLDER THREADS LINES
//
// After a warm-up that is not printed, LINES numbers: the seconds of an epoch of training (classic,
// wide) or of a step (tiny1, tiny32), each of these the mean of the steps that take about 20 ms.
// The loss at the end goes to standard error. A job that a peer does not do ends with status 3.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <random>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <ridge/data/mnist.hpp>

namespace peers {

struct Job {
  std::string name, folder;
  int threads, lines;

  bool is_tiny() const { return name == "tiny1" || name == "tiny32"; }
  bool is_known() const { return name == "classic" || name == "wide" || is_tiny(); }
};

/// Classification of MNIST: cross-entropy, ReLU between the layers, SGD.
struct Task {
  std::vector<int> sizes;
  int images, batch;
  float learning_rate, momentum, weight_decay;
};

inline const Task classic{{784, 128, 10}, 60000, 64, 0.01f, 0.0f, 1e-4f};
inline const Task wide{{784, 1024, 1024, 2048, 10}, 6000, 100, 0.01f, 0.9f, 1e-4f};
inline const Task& task_of(const Job& job) { return job.name == "wide" ? wide : classic; }

/// Regression by 4-16-16-1: mean squared error, ReLU, SGD.
inline constexpr float tiny_rate = 0.001f;

/// Numbers from -bound to bound, the same for every peer.
inline std::vector<float> uniform(std::size_t count, float bound, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = bound * (static_cast<float>(random() >> 8) * 0x1p-23f - 1);
  return numbers;
}

/// Initial weights or biases as PyTorch draws them.
inline std::vector<float> initial(std::size_t count, int fan_in, unsigned seed) {
  return uniform(count, 1 / std::sqrt(static_cast<float>(fan_in)), seed);
}

/// The one batch of the tiny jobs: a sample's inputs lie together.
struct TinyBatch {
  std::vector<float> inputs, targets;

  explicit TinyBatch(std::size_t samples)
      : inputs(uniform(4 * samples, 1, 1)), targets(uniform(samples, 1, 2)) {}
};

/// The first images of MNIST as a network sees them, from 0 to 1; an image's pixels lie together.
struct Images {
  ridge::Matrix<float> pixels;
  std::vector<int> labels;

  Images(const Job& job, int count) {
    const auto data = ridge::load_mnist(job.folder).train;
    pixels = data.inputs().leftCols(count).cast<float>() / 255.0f;
    for (int n = 0; n < count; ++n) labels.push_back(data.targets()(n));
  }

  const float* operator[](int n) const { return pixels.col(n).data(); }
};

/// The order of the images, new in each epoch.
class Order {
 public:
  explicit Order(int count) : order_(static_cast<std::size_t>(count)) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  const std::vector<int>& shuffle() {
    for (std::size_t n = order_.size(); n > 1; --n) std::swap(order_[n - 1], order_[random_() % n]);
    return order_;
  }

 private:
  std::vector<int> order_;
  std::mt19937 random_{1};
};

template <class F>
double seconds(F&& f) {
  const auto started = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

inline void say_loss(double loss) { std::fprintf(stderr, "loss %.4g\n", loss); }

/// @param epoch trains for one epoch and returns its mean loss
template <class Epoch>
void time_epochs(const Job& job, Epoch&& epoch) {
  double loss = epoch();
  for (int line = 0; line < job.lines; ++line)
    std::printf("%.6f\n", seconds([&] { loss = epoch(); }));
  say_loss(loss);
}

/// @param run makes as many steps as it is told and returns the sum of their losses
template <class Run>
void time_runs(const Job& job, Run&& run) {
  constexpr int fewest = 200;
  constexpr double enough = 0.02;
  int steps = fewest;
  double sum = 0;
  const auto timed = [&] { return seconds([&] { sum = run(steps); }); };
  double taken = timed();
  for (; taken < enough; taken = timed()) steps *= 2;
  steps = std::max(fewest, static_cast<int>(steps * enough / taken));
  for (int line = 0; line < job.lines; ++line) std::printf("%.4e\n", timed() / steps);
  say_loss(sum / steps);
}

/// @param step makes one step and returns its loss
template <class Step>
void time_steps(const Job& job, Step&& step) {
  time_runs(job, [&](int steps) {
    double sum = 0;
    for (int n = 0; n < steps; ++n) sum += static_cast<double>(step());
    return sum;
  });
}

/// A peer's `main`.
/// @param does does a job, or returns false if it is none of its own
template <class Does>
int run(int argc, char** argv, Does&& does) {
  if (argc != 5) {
    std::fprintf(stderr, "%s JOB MNIST_FOLDER THREADS LINES\n", argv[0]);
    return 2;
  }
  // OpenBLAS and OpenMP read their number of threads when they are loaded: start again with it.
  for (const char* name : {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && value == std::string(argv[3])) continue;
    setenv(name, argv[3], 1);
    execv("/proc/self/exe", argv);
  }
  const Job job{argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4])};
  try {
    return job.is_known() && does(job) ? 0 : 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace peers
