// Layers that draw random numbers in training: dropout and noise.
#include <cmath>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

/// What a layer makes of ones.
template <class L>
Matrix<double> forward_of_ones(const L& layer, Index rows, Index cols, CacheOf<L, double>& cache) {
  const Matrix<double> x = Matrix<double>::Ones(rows, cols);
  Matrix<double> y(rows, cols);
  layer.forward(x, y, cache);
  return y;
}

/// The correlation of two matrices' elements.
double correlation(const Matrix<double>& a, const Matrix<double>& b) {
  const auto x = (a.array() - a.mean()).eval(), y = (b.array() - b.mean()).eval();
  return (x * y).sum() / std::sqrt(x.square().sum() * y.square().sum());
}

TEST_CASE("dropout drops its share, keeps the mean, and does nothing in use", "[dropout]") {
  const double rate = GENERATE(0.1, 0.5, 0.8);
  CAPTURE(rate);
  const Dropout layer(rate);
  Dropout::Cache<double> cache;
  const Matrix<double> y = forward_of_ones(layer, 500, 401, cache);
  const double size = static_cast<double>(y.size());
  const double dropped = static_cast<double>((y.array() == 0).count()) / size;
  CHECK(std::abs(dropped - rate) < 5 * std::sqrt(rate * (1 - rate) / size));
  CHECK(((y.array() == 0) || (y.array() == 1 / (1 - rate))).all());

  const Matrix<double> dy = Matrix<double>::Constant(500, 401, 3);
  Matrix<double> dx(500, 401);
  layer.backward(dy, y, dy, dx, cache, [] {});
  CHECK(dx == 3 * y);
  CHECK(predict(layer, dy) == dy);
}

TEST_CASE("what is dropped is independent of place, batch and layer", "[dropout]") {
  const Dropout layer(0.5);
  Dropout::Cache<double> cache;
  const Index n = 400;
  const Matrix<double> first = forward_of_ones(layer, n, n, cache);
  const Matrix<double> second = forward_of_ones(layer, n, n, cache);
  const double bound = 5.0 / static_cast<double>(n);  // five standard deviations
  CHECK(std::abs(correlation(first, second)) < bound);
  for (const Index shift : {1, 2, 3, 64}) {
    CHECK(std::abs(correlation(first.leftCols(n - shift), first.rightCols(n - shift))) <
          bound * 1.1);
    CHECK(std::abs(correlation(first.topRows(n - shift), first.bottomRows(n - shift))) <
          bound * 1.1);
  }

  const Sequential two{Dropout{0.5}, Dropout{0.5}};
  CacheOf<decltype(two), double> caches;
  const Matrix<double> both = forward_of_ones(two, n, n, caches);
  const double share = static_cast<double>((both.array() != 0).count()) / (n * n);
  CHECK(std::abs(share - 0.25) < 0.01);  // 0.5 if both had dropped the same
}

TEST_CASE("noise has its deviation, and does nothing in use", "[dropout]") {
  const GaussianNoise layer(0.3);
  GaussianNoise::Cache<double> cache;
  const Matrix<double> noise = forward_of_ones(layer, 300, 200, cache).array() - 1;
  CHECK(std::abs(noise.mean()) < 5 * 0.3 / std::sqrt(60000.0));
  CHECK(std::abs(std::sqrt(noise.squaredNorm() / 60000) - 0.3) < 0.005);
  const Matrix<double> x = Matrix<double>::Constant(3, 4, 2.0);
  CHECK(predict(layer, x) == x);
}

auto random_net() {
  Sequential net{Dropout{0.2}, Linear<double>{6, 20}, ReLU{},
                 Dropout{0.5}, Linear<double>{20, 3}, GaussianNoise{0.1}};
  initialize(net, Random{1});
  return net;
}

Dataset<double, int> random_data() {
  Random random{2};
  Matrix<double> x(6, 50);
  RowVector<int> labels(50);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  return {std::move(x), std::move(labels)};
}

TEST_CASE("a seed means the same training, another seed another one", "[dropout]") {
  const auto data = random_data();
  const auto trained = [&](std::uint64_t seed, bool shuffle, int threads) {
    set_threads(threads);
    auto net = random_net();
    fit(net, CrossEntropy{}, SGD{}, data,
        {.epochs = 3, .batch_size = 8, .shuffle = shuffle, .seed = seed});
    set_threads(detail::processors());
    return net;
  };
  const auto net = trained(1, false, 1);
  CHECK(trained(1, false, 1) == net);
  CHECK(trained(1, false, 3) == net);
  CHECK(!(trained(2, false, 1) == net));
}

TEST_CASE("a run that goes on draws what it would have drawn", "[dropout]") {
  const auto data = random_data();
  auto whole = random_net(), parts = random_net();
  fit(whole, CrossEntropy{}, SGD{}, data, {.epochs = 4, .seed = 5});
  fit(parts, CrossEntropy{}, SGD{}, data, {.epochs = 1, .seed = 5});
  fit(parts, CrossEntropy{}, SGD{}, data, {.epochs = 3, .seed = 5, .first_epoch = 2});
  CHECK(parts == whole);
}

TEST_CASE("dropout and noise may follow a Linear layer at once", "[dropout]") {
  Sequential net{Linear<double>{6, 5}, Dropout{0.5}, Linear<double>{5, 3}, GaussianNoise{0.1},
                 ReLU{}};
  initialize(net, Random{1});
  const Matrix<double> x = Matrix<double>::Ones(6, 2);
  const Matrix<double> h = (net.layer<0>().weight * x).colwise() + net.layer<0>().bias;
  const Matrix<double> y = (net.layer<2>().weight * h).colwise() + net.layer<2>().bias;
  CHECK((predict(net, x) - y.cwiseMax(0)).norm() < 1e-14);
  Trainer trainer(net, CrossEntropy{}, SGD{});
  trainer.step(x, RowVector<int>::Zero(2).eval());
}

TEST_CASE("rates and deviations outside their domain are refused", "[dropout]") {
  using Catch::Matchers::Equals;
  CHECK_THROWS_WITH(Dropout{1.0}, Equals("Dropout: the rate must be in [0, 1), got 1"));
  CHECK_THROWS_WITH(Dropout{-0.1}, Equals("Dropout: the rate must be in [0, 1), got -0.1"));
  CHECK_THROWS_AS(GaussianNoise{-1}, ValueError);
}

}  // namespace
