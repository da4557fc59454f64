// One network used by many threads, and several trainings in one process: the same bits as alone.
#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

/// Sets the number of threads while it lives.
struct Threads {
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(before); }
  int before = threads();
};

/// Images of 8 x 8 bytes, many of them 0, in ten classes.
Dataset<std::uint8_t, int> images(Index samples, std::uint64_t seed) {
  Random random{seed};
  Matrix<std::uint8_t> x(64, samples);
  RowVector<int> labels(samples);
  for (Index n = 0; n < samples; ++n) {
    labels(n) = static_cast<int>(random.below(10));
    for (Index i = 0; i < 64; ++i)
      x(i, n) = static_cast<std::uint8_t>(random.below(3) == 0 ? random.below(256) : 0);
    x(6 * labels(n), n) = 255;
  }
  return {std::move(x), std::move(labels), 1.0 / 255, {8, 8}};
}

// Sizes of which a batch's products are worth more than one thread.
auto float_network(std::uint64_t seed) {
  Sequential net{Linear<float>{64, 256}, BatchNorm<float>{256}, ReLU{}, Dropout{0.2},
                 Linear<float>{256, 10}};
  initialize(net, Random{seed});
  return net;
}
auto double_network(std::uint64_t seed) {
  Sequential net{Linear<double>{64, 160}, Tanh{}, Linear<double>{160, 10}};
  initialize(net, Random{seed});
  return net;
}
using FloatNet = decltype(float_network(0));
using DoubleNet = decltype(double_network(0));

FloatNet train_float(const Dataset<std::uint8_t, int>& data, std::uint64_t seed) {
  auto net = float_network(seed);
  fit(net, CrossEntropy{} + L1{1e-4} + MaxNorm{2}, SGD{.learning_rate = 0.1, .momentum = 0.9}, data,
      {.epochs = 2, .batch_size = 128, .seed = seed, .shift = 1});
  return net;
}
DoubleNet train_double(const Dataset<std::uint8_t, int>& data, std::uint64_t seed) {
  auto net = double_network(seed);
  fit(net, CrossEntropy{} + L2{1e-3}, Adam{}, data,
      {.epochs = 2, .batch_size = 100, .seed = seed, .step = {.clip_global_norm = 1}});
  return net;
}

/// Calls all functions at once, each in a thread of its own, and returns when all have.
template <class... F>
void at_once(const F&... functions) {
  std::atomic<int> waiting{sizeof...(F)};
  const auto start = [&](const auto& f) {
    --waiting;
    while (waiting > 0) std::this_thread::yield();
    f();
  };
  std::vector<std::thread> all;
  (all.emplace_back([&] { start(functions); }), ...);
  for (std::thread& each : all) each.join();
}

TEST_CASE("trainings at once end with the bits that each has alone", "[concurrency]") {
  const auto data = images(400, 1), other_data = images(300, 2);
  std::optional<FloatNet> alone[2];
  std::optional<DoubleNet> alone_double;
  {
    const Threads one(1);
    alone[0] = train_float(data, 1);
    alone[1] = train_float(other_data, 2);
    alone_double = train_double(data, 3);
  }
  REQUIRE(!(*alone[0] == *alone[1]));
  for (const int count : {1, 2, 4}) {
    CAPTURE(count);
    const Threads threads(count);
    for (int round = 0; round < 2; ++round) {
      auto first = float_network(0), second = first;
      auto third = double_network(0);
      // Two of the same types, on the same data and on other data, and one of another type.
      at_once([&] { first = train_float(data, 1); }, [&] { second = train_float(other_data, 2); },
              [&] { third = train_double(data, 3); });
      CHECK(first == *alone[0]);
      CHECK(second == *alone[1]);
      CHECK(third == *alone_double);
      at_once([&] { first = train_float(data, 1); }, [&] { second = train_float(data, 1); });
      CHECK(first == *alone[0]);
      CHECK(second == *alone[0]);
    }
  }
}

TEST_CASE("many threads use one network at once", "[concurrency]") {
  const FloatNet net = train_float(images(200, 3), 1);
  const auto data = images(300, 4);
  const Matrix<float> x = data.inputs().cast<float>() / 255;
  Matrix<float> outputs;
  RowVector<Index> classes;
  Evaluation evaluation;
  {
    const Threads one(1);
    outputs = predict(net, x);
    classes = classify(net, x);
    evaluation = evaluate(net, CrossEntropy{}, data);
  }
  for (const int count : {1, 2, 4}) {
    CAPTURE(count);
    const Threads threads(count);
    std::atomic<int> wrong{0};
    const auto use = [&] {
      for (int round = 0; round < 5; ++round) {
        wrong += !(predict(net, x) == outputs);
        wrong += !(classify(net, x) == classes);
        const Evaluation mine = evaluate(net, CrossEntropy{}, data);
        wrong += !(mine.loss == evaluation.loss && mine.accuracy == evaluation.accuracy);
        wrong += !(classify(net, x.col(round)) == classes(round));
      }
    };
    at_once(use, use, use, use, use, use);
    CHECK(wrong == 0);
  }
}

TEST_CASE("one network is used while another one is trained", "[concurrency]") {
  const auto data = images(400, 5);
  const FloatNet trained_alone = train_float(data, 6);
  const DoubleNet net = double_network(7);
  // Some of them below the normal range, which training takes as zero and prediction does not.
  const Matrix<double> x = 1e-308 * data.inputs().cast<double>();
  const Linear<double> twice = [] {
    Linear<double> layer{64, 64};
    layer.weight = 2 * Matrix<double>::Identity(64, 64);
    return layer;
  }();
  const Matrix<double> small = 1e-310 * data.inputs().cast<double>();
  const Matrix<double> outputs = predict(net, x);
  for (const int count : {1, 2, 4}) {
    CAPTURE(count);
    const Threads threads(count);
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    auto trained = float_network(0);
    const auto use = [&] {
      while (!done) {
        wrong += !(predict(net, x) == outputs);
        wrong += !(predict(twice, small) == 2 * small);
      }
    };
    at_once(
        [&] {
          for (int round = 0; round < 3; ++round) trained = train_float(data, 6);
          done = true;
        },
        use, use);
    CHECK(trained == trained_alone);
    CHECK(wrong == 0);
  }
}

TEST_CASE("the number of threads may change while networks are used", "[concurrency]") {
  const auto data = images(400, 8);
  const FloatNet alone = train_float(data, 9);
  const Matrix<float> x = data.inputs().cast<float>() / 255;
  const Matrix<float> outputs = predict(alone, x);
  const Threads keep(threads());
  std::atomic<bool> done{false};
  int wrong = 0;
  at_once(
      [&] {
        wrong += !(train_float(data, 9) == alone);
        // A thread begins without memory for the parts of products, of which there are few or many.
        for (int round = 0; round < 60; ++round)
          std::thread([&] { wrong += !(predict(alone, x) == outputs); }).join();
        done = true;
      },
      [&] {
        for (int count = 0; !done; ++count) set_threads(count % 2 == 0 ? 1 : 8);
      });
  CHECK(wrong == 0);
}

}  // namespace
