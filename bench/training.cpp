// Steps, epochs, prediction and reading, through the public interface.

#include <benchmark/benchmark.h>

#include <ridge/ridge.hpp>

#include "workloads.hpp"

namespace {

using namespace bench;

auto tiny() {
  Sequential net{Linear<float, 4, 16>{}, ReLU{}, Linear<float, 16, 16>{}, ReLU{},
                 Linear<float, 16, 1>{}};
  initialize(net, Random{1});
  return net;
}
auto tiny_at_run_time() {
  Sequential net{Linear<float>{4, 16}, ReLU{}, Linear<float>{16, 16}, ReLU{}, Linear<float>{16, 1}};
  initialize(net, Random{1});
  return net;
}

/// One epoch of the classic job. Argument: threads.
void epoch_classic(benchmark::State& state) {
  const Images& data = images();
  set_threads(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto net = classic();
    const auto reports = fit(net, CrossEntropy{}, SGD{.learning_rate = 0.01, .weight_decay = 1e-4},
                             data, {.epochs = 1});
    state.SetIterationTime(reports[0].seconds);
  }
  set_threads(detail::processors());
}

/// One step of the wide job. Argument: threads.
template <class Net, class P, class O>
void step_wide(benchmark::State& state, Net net, const P& penalty, const O& optimizer) {
  const Images& data = images();
  set_threads(static_cast<int>(state.range(0)));
  Batches<float, Images> batches(data, 100);
  Trainer trainer{net, CrossEntropy{} + penalty, optimizer};
  Index k = 0;
  for (auto _ : state) {
    const auto batch = batches[k++ % batches.count()];
    benchmark::DoNotOptimize(trainer.step(batch.inputs, batch.targets));
  }
  set_threads(detail::processors());
}
void step_wide_sgd(benchmark::State& state) {
  step_wide(state, wide(), L2{1e-4}, SGD{.learning_rate = 0.01});
}
void step_wide_momentum(benchmark::State& state) {
  step_wide(state, wide(), L2{1e-4}, SGD{.learning_rate = 0.01, .momentum = 0.9});
}
void step_wide_adam(benchmark::State& state) {
  step_wide(state, wide(), L2{1e-4}, Adam{.learning_rate = 1e-4});
}
void step_wide_l1(benchmark::State& state) {
  step_wide(state, wide(), L2{1e-4} + L1{1e-6}, SGD{.learning_rate = 0.01, .momentum = 0.9});
}
void step_wide_max_norm(benchmark::State& state) {
  step_wide(state, wide(), L2{1e-4} + MaxNorm{3}, SGD{.learning_rate = 0.01, .momentum = 0.9});
}
void step_wide_dropout(benchmark::State& state) {
  Sequential net{Dropout{0.2}, Linear<float>{784, 1024},  ReLU{},
                 Dropout{0.5}, Linear<float>{1024, 1024}, ReLU{},
                 Dropout{0.5}, Linear<float>{1024, 2048}, ReLU{},
                 Dropout{0.5}, Linear<float>{2048, 10}};
  initialize(net, Random{1});
  step_wide(state, net, L2{1e-4}, SGD{.learning_rate = 0.01, .momentum = 0.9});
}

template <class Net, class X, class T>
void step(benchmark::State& state, Net net, X x, T t) {
  x.setRandom();
  t.setRandom();
  Trainer trainer{net, MeanSquaredError{}, SGD{.learning_rate = 0.001}};
  for (auto _ : state) benchmark::DoNotOptimize(trainer.step(x, t));
}
void step_tiny_1(benchmark::State& state) {
  step(state, tiny(), Matrix<float, 4, 1>{}, Matrix<float, 1, 1>{});
}
void step_tiny_32(benchmark::State& state) {
  step(state, tiny(), Matrix<float, 4, 32>{}, Matrix<float, 1, 32>{});
}
void step_tiny_at_run_time_1(benchmark::State& state) {
  step(state, tiny_at_run_time(), Matrix<float>(4, 1), Matrix<float>(1, 1));
}
void step_tiny_at_run_time_32(benchmark::State& state) {
  step(state, tiny_at_run_time(), Matrix<float>(4, 32), Matrix<float>(1, 32));
}

void predict_one_image(benchmark::State& state) {
  const auto net = classic();
  const auto x = images().sample<float>(0);
  for (auto _ : state) benchmark::DoNotOptimize(classify(net, x));
}
void predict_one_tiny(benchmark::State& state) {
  const auto net = tiny();
  const Matrix<float, 4, 1> x = Matrix<float, 4, 1>::Random();
  for (auto _ : state) benchmark::DoNotOptimize(predict(net, x));
}

/// The classic network on 60,000 images. Argument: threads.
void evaluate_classic(benchmark::State& state) {
  const Images& data = images();
  set_threads(static_cast<int>(state.range(0)));
  const auto net = classic();
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(net, CrossEntropy{}, data).loss);
  set_threads(detail::processors());
}

void read_mnist(benchmark::State& state) {
  const auto folder = mnist_folder();
  if (!folder) return state.SkipWithError("set RIDGE_MNIST_DIR to MNIST's folder");
  for (auto _ : state) benchmark::DoNotOptimize(load_mnist(*folder).train.size());
}

void one_and_all(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("threads")->Arg(1);
  if (detail::processors() > 1) benchmark->Arg(detail::processors());
}

BENCHMARK(epoch_classic)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(step_wide_sgd)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_wide_momentum)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_wide_adam)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_wide_l1)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_wide_max_norm)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_wide_dropout)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(step_tiny_1);
BENCHMARK(step_tiny_32);
BENCHMARK(step_tiny_at_run_time_1);
BENCHMARK(step_tiny_at_run_time_32);
BENCHMARK(predict_one_image);
BENCHMARK(predict_one_tiny);
BENCHMARK(evaluate_classic)->Apply(one_and_all)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read_mnist)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
