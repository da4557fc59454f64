// The products of a layer, beside plain Eigen's, with the share of the processor's peak that they
// reach: `of_peak` counts a product's whole work, so that leaving out zeros may pass 1.
#include <algorithm>

#include <benchmark/benchmark.h>

#include <ridge/ridge.hpp>

#include "peak.hpp"

namespace {

using namespace ridge;

/// What one layer works on. Arguments: outputs, inputs, samples, percent of inputs and of outputs'
/// gradients that are not zero, threads.
template <class S>
struct Layer {
  explicit Layer(const benchmark::State& state)
      : w(random(state.range(0), state.range(1))),
        v(Matrix<S>::Zero(state.range(0), state.range(1))),
        x(random(state.range(1), state.range(2))),
        dy(random(state.range(0), state.range(2))),
        y(state.range(0), state.range(2)),
        dx(state.range(1), state.range(2)),
        b(random(state.range(0), 1)) {
    Random chance{2};
    for (Matrix<S>* const m : {&x, &dy})
      for (auto& value : m->reshaped())
        if (chance.uniform(0, 100) >= static_cast<double>(state.range(3))) value = 0;
    dy *= S(1e-6);
    set_threads(static_cast<int>(state.range(4)));
  }
  ~Layer() { set_threads(detail::processors()); }

  static Matrix<S> random(Index rows, Index cols) {
    Random random{1};
    Matrix<S> m(rows, cols);
    for (auto& value : m.reshaped()) value = static_cast<S>(random.uniform(-1, 1));
    return m;
  }

  void count(benchmark::State& state) const {
    const double work = 2 * detail::work_of(w.rows(), w.cols(), x.cols());
    const double peak = bench::peak<S>(threads());
    state.counters["flop/s"] = benchmark::Counter(
        work, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
    state.counters["of_peak"] =
        benchmark::Counter(work / peak, benchmark::Counter::kIsIterationInvariantRate);
  }

  Matrix<S> w, v, x, dy, y, dx;
  Vector<S> b;
};

template <class S>
void forward(benchmark::State& state) {
  Layer<S> layer(state);
  for (auto _ : state) detail::affine(layer.w, layer.b, layer.x, layer.y, ReLU{});
  layer.count(state);
}

template <class S>
void forward_eigen(benchmark::State& state) {
  Layer<S> layer(state);
  for (auto _ : state) {
    layer.y.noalias() = layer.w * layer.x;
    layer.y = (layer.y.colwise() + layer.b).cwiseMax(S(0));
  }
  layer.count(state);
}

template <class S>
void input_gradient(benchmark::State& state) {
  Layer<S> layer(state);
  for (auto _ : state) detail::input_gradient(layer.w, layer.dy, layer.x, layer.dx);
  layer.count(state);
}

template <class S>
void input_gradient_eigen(benchmark::State& state) {
  Layer<S> layer(state);
  for (auto _ : state) layer.dx.noalias() = layer.w.transpose() * layer.dy;
  layer.count(state);
}

/// The gradient of the weights and their whole update, with or without momentum.
template <class S, bool Momentum>
void update(benchmark::State& state) {
  Layer<S> layer(state);
  const SGD sgd{.learning_rate = 1e-6, .momentum = Momentum ? 0.9 : 0.0, .weight_decay = 1e-4};
  const auto rule = sgd.rule<S>(1, {Role::weight, "weight", layer.w.rows(), layer.w.cols()});
  using Update = detail::Update<S, std::remove_const_t<decltype(rule)>, NoPenalty, 1>;
  const Update fused{
      layer.w.data(), {Momentum ? layer.v.data() : layer.w.data()}, layer.w.rows(), rule, {}};
  for (auto _ : state)
    detail::apply_gradient<decltype(layer.w)>(outer_product(layer.dy, layer.x), fused);
  layer.count(state);
}

template <class S, bool Momentum>
void update_eigen(benchmark::State& state) {
  Layer<S> layer(state);
  Matrix<S> g(layer.w.rows(), layer.w.cols());
  for (auto _ : state) {
    g.noalias() = layer.dy * layer.x.transpose();
    g += S(1e-4) * layer.w;
    if (Momentum) layer.v = S(0.9) * layer.v + g;
    layer.w -= S(1e-6) * (Momentum ? layer.v : g);
  }
  layer.count(state);
}

/// The layers of the classic job, dense and as sparse as MNIST, one behind a ReLU, those of the
/// wide job, and a size that fits no tile.
void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"outputs", "inputs", "samples", "percent", "threads"});
  const int all = detail::processors();
  for (const int threads : {1, all}) {
    benchmark->Args({128, 784, 64, 100, threads});
    benchmark->Args({128, 784, 64, 19, threads});
    benchmark->Args({10, 128, 64, 100, threads});
    benchmark->Args({1024, 1024, 64, 50, threads});
    benchmark->Args({2048, 1024, 100, 100, threads});
    benchmark->Args({301, 500, 50, 100, threads});
    if (all == 1) break;
  }
  benchmark->UseRealTime();
}
void sizes_of_one_thread(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"outputs", "inputs", "samples", "percent", "threads"});
  benchmark->Args({128, 784, 64, 100, 1});
  benchmark->Args({10, 128, 64, 100, 1});
  benchmark->Args({2048, 1024, 100, 100, 1});
  benchmark->Args({301, 500, 50, 100, 1});
}

BENCHMARK_TEMPLATE(forward, float)->Apply(sizes);
BENCHMARK_TEMPLATE(forward, double)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(forward_eigen, float)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(forward_eigen, double)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(input_gradient, float)->Apply(sizes);
BENCHMARK_TEMPLATE(input_gradient, double)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(input_gradient_eigen, float)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(input_gradient_eigen, double)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(update, float, false)->Apply(sizes);
BENCHMARK_TEMPLATE(update, float, true)->Apply(sizes);
BENCHMARK_TEMPLATE(update, double, false)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(update_eigen, float, false)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(update_eigen, float, true)->Apply(sizes_of_one_thread);
BENCHMARK_TEMPLATE(update_eigen, double, false)->Apply(sizes_of_one_thread);

}  // namespace
