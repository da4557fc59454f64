// One version of ridge as a shared object, by its public interface alone, so that any two versions
// can be compared.

#include <utility>

#include <ridge/ridge.hpp>

#include "jobs.hpp"

namespace {

using namespace ridge;

template <class S>
Matrix<S> random(Index rows, Index cols, double share_of_zeros = 0) {
  Random random{1};
  Matrix<S> m(rows, cols);
  for (auto& value : m.reshaped())
    value = random.uniform(0, 1) < share_of_zeros ? S(0) : static_cast<S>(random.uniform(-1, 1));
  return m;
}

template <class Net>
Net initialized(Net net) {
  initialize(net, Random{1});
  return net;
}

/// Steps of one network on one batch. They are so small that it stays what it is.
template <class Net, class Objective>
class Steps {
 public:
  Steps(const Net& net, const Objective& objective, double momentum, Matrix<float> x)
      : net_(initialized(net)),
        x_(std::move(x)),
        labels_(x_.cols()),
        trainer_(net_, objective,
                 SGD{.learning_rate = 1e-6, .momentum = momentum, .weight_decay = 1e-4}) {
    for (Index n = 0; n < labels_.size(); ++n) labels_(n) = static_cast<int>(n % 2);
  }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  void step() { trainer_.step(x_, labels_); }
  void predict() { outputs_ = ridge::predict(net_, x_); }

 private:
  Net net_;
  Matrix<float> x_, outputs_;
  RowVector<int> labels_;
  decltype(Trainer{std::declval<Net&>(), std::declval<Objective>(), SGD{}}) trainer_;
};

auto perceptron(Index inputs, Index hidden) {
  return Sequential{Linear<float>{inputs, hidden}, ReLU{}, Linear<float>{hidden, 10}};
}
using Plain = Steps<decltype(perceptron(1, 1)), CrossEntropy>;
using Penalized = Steps<decltype(perceptron(1, 1)), decltype(CrossEntropy{} + L2{1.0})>;
using FixedNet =
    Sequential<Linear<float, 4, 16>, ReLU, Linear<float, 16, 16>, ReLU, Linear<float, 16, 2>>;

Plain& classic() {
  static Plain job(perceptron(784, 128), {}, 0, random<float>(784, 64, 0.81));
  return job;
}
Plain& dense() {
  static Plain job(perceptron(784, 128), {}, 0, random<float>(784, 64));
  return job;
}
Penalized& penalized() {
  static Penalized job(perceptron(784, 128), CrossEntropy{} + L2{1e-4}, 0.9,
                       random<float>(784, 64, 0.81));
  return job;
}
Plain& wide() {
  static Plain job(perceptron(1024, 1024), {}, 0.9, random<float>(1024, 100));
  return job;
}
Plain& behind_relu() {
  static Plain job(perceptron(512, 512), {}, 0, random<float>(512, 64, 0.5));
  return job;
}
Plain& small() {
  static Plain job(perceptron(32, 64), {}, 0, random<float>(32, 33));
  return job;
}
Steps<FixedNet, CrossEntropy>& fixed() {
  static Steps<FixedNet, CrossEntropy> job(FixedNet{}, {}, 0, random<float>(4, 1));
  return job;
}

constexpr Job all[] = {
    {"784-128-10, 64 samples, 81 % zeros", 1, [] { classic().step(); }},
    {"784-128-10, 64 samples, 81 % zeros", 2, [] { classic().step(); }},
    {"784-128-10, 64 samples, dense", 1, [] { dense().step(); }},
    {"784-128-10, with momentum and L2", 1, [] { penalized().step(); }},
    {"784-128-10, prediction of 64", 1, [] { classic().predict(); }},
    {"1024-1024-10, 100 samples, momentum", 1, [] { wide().step(); }},
    {"1024-1024-10, 100 samples, momentum", 2, [] { wide().step(); }},
    {"512-512-10, 64 samples, half zeros", 1, [] { behind_relu().step(); }},
    {"32-64-10, 33 samples", 1, [] { small().step(); }},
    {"4-16-16-2 of fixed sizes, 1 sample", 1, [] { fixed().step(); }},
    {nullptr, 0, nullptr},
};

}  // namespace

extern "C" const Job* jobs() { return all; }
extern "C" void set_threads(int count) { ridge::set_threads(count); }
