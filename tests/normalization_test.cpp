// Batch and layer normalization: PyTorch's numbers, and the two ways of a layer that keeps
// statistics.
#include <cstdint>
#include <string>
#include <utility>

#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using namespace test;

/// Trains as make_regularization.py does, and compares every parameter, every statistic, and the
/// outputs in use.
template <class Net>
void compare(const std::string& name, Net net) {
  CAPTURE(name);
  const Fixture fixture("pytorch_regularization");
  const Matrix<double> inputs = fixture.batch("inputs");
  assign(net, fixture, name + "/initial/");
  REQUIRE(distance(net, fixture, name + "/final/") > 1e-2);
  const Dataset<double, std::int64_t> data{inputs, fixture.labels("labels")};
  fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1, .momentum = 0.9}, data,
      {.epochs = 5, .batch_size = 8, .shuffle = false});
  check_below(distance(net, fixture, name + "/final/"), 1e-12);
  check_below((predict(net, inputs) - fixture.batch(name + "/outputs")).cwiseAbs().maxCoeff(),
              1e-12);
}

TEST_CASE("20 steps with normalization layers are PyTorch's", "[normalization]") {
  compare("batch_norm",
          Sequential{Linear<double>{6, 5}, BatchNorm<double>{5}, ReLU{}, Linear<double>{5, 3}});
  compare("batch_norm_0.3", Sequential{Linear<double>{6, 5}, BatchNorm<double>{5, 1e-3, 0.3},
                                       ReLU{}, Linear<double>{5, 3}});
  compare("batch_norm", Sequential{Linear<double, 6, 5>{}, BatchNorm<double, 5>{}, ReLU{},
                                   Linear<double, 5, 3>{}});
  compare("layer_norm",
          Sequential{Linear<double>{6, 5}, LayerNorm<double>{5}, ReLU{}, Linear<double>{5, 3}});
  compare("layer_norm", Sequential{Linear<double, 6, 5>{}, LayerNorm<double, 5>{}, ReLU{},
                                   Linear<double, 5, 3>{}});
}

auto batch_norm_net() {
  Sequential net{Linear<double>{4, 3}, BatchNorm<double>{3}, Tanh{}, Linear<double>{3, 2}};
  initialize(net, Random{1});
  return net;
}

Matrix<double> random_batch(Index samples) {
  Random random{2};
  Matrix<double> x(4, samples);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  return x;
}

TEST_CASE("evaluating and predicting change no statistic, training does", "[normalization]") {
  auto net = batch_norm_net();
  const auto before = net;
  const Matrix<double> x = random_batch(7);
  const RowVector<int> labels = RowVector<int>::Zero(7);
  predict(net, x);
  evaluate(net, CrossEntropy{}, Dataset<double, int>{x, labels});
  StoredGradients<decltype(net)> stored;
  gradient(net, CrossEntropy{}, x, labels, stored);
  CHECK(net == before);

  Trainer trainer(net, CrossEntropy{}, SGD{.learning_rate = 0});
  trainer.step(x, labels);
  const auto& norm = net.layer<1>();
  CHECK(norm.running_mean != before.layer<1>().running_mean);
  CHECK(norm.running_variance != before.layer<1>().running_variance);
  CHECK(norm.scale == before.layer<1>().scale);
}

TEST_CASE("neither penalty nor weight decay touches a statistic or a scale", "[normalization]") {
  auto plain = batch_norm_net(), penalized = batch_norm_net();
  const Matrix<double> x = random_batch(7);
  const RowVector<int> labels = RowVector<int>::Zero(7);
  Trainer without(plain, CrossEntropy{}, SGD{.learning_rate = 0.1});
  Trainer with(penalized, CrossEntropy{} + L2{0.5} + L1{0.1} + MaxNorm{0.1} + NonNegative{},
               SGD{.learning_rate = 0.1, .weight_decay = 0.1, .decays = Role::weight});
  without.step(x, labels);
  with.step(x, labels);
  // The first layer was the same on the way forward, and so was all that the second one received.
  CHECK(penalized.layer<0>().weight != plain.layer<0>().weight);
  CHECK(penalized.layer<1>() == plain.layer<1>());

  auto decayed = batch_norm_net();
  Trainer all(decayed, CrossEntropy{}, SGD{.learning_rate = 0.1, .weight_decay = 0.1});
  all.step(x, labels);
  CHECK(decayed.layer<1>().scale != plain.layer<1>().scale);
  CHECK(decayed.layer<1>().running_mean == plain.layer<1>().running_mean);
  CHECK(decayed.layer<1>().running_variance == plain.layer<1>().running_variance);
}

TEST_CASE("gradients that are stored give statistics their new values too", "[normalization]") {
  auto fused = batch_norm_net(), stored = batch_norm_net();
  const Matrix<double> x = random_batch(9);
  const RowVector<int> labels = RowVector<int>::Zero(9);
  Trainer a(fused, CrossEntropy{}, SGD{.learning_rate = 0.1});
  Trainer b(stored, CrossEntropy{}, SGD{.learning_rate = 0.1}, {.clip_value = 1e6});
  for (int step = 0; step < 3; ++step) {
    a.step(x, labels);
    b.step(x, labels);
  }
  CHECK((fused.layer<1>().running_mean - stored.layer<1>().running_mean).norm() < 1e-15);
  CHECK((fused.layer<0>().weight - stored.layer<0>().weight).norm() < 1e-15);

  // Sharpness-aware steps go through the network twice, and count the batch once.
  auto sharp = batch_norm_net();
  Trainer c(sharp, CrossEntropy{}, SGD{.learning_rate = 0}, {.sharpness_radius = 0.1});
  auto once = batch_norm_net();
  Trainer d(once, CrossEntropy{}, SGD{.learning_rate = 0});
  c.step(x, labels);
  d.step(x, labels);
  CHECK(sharp == once);
}

TEST_CASE("a batch of one sample leaves the statistics alone", "[normalization]") {
  auto net = batch_norm_net();
  const auto before = net;
  Trainer trainer(net, CrossEntropy{}, SGD{.learning_rate = 0.1});
  trainer.step(random_batch(1), RowVector<int>::Zero(1).eval());
  CHECK(net.layer<1>().running_mean == before.layer<1>().running_mean);
  CHECK(net.layer<1>().running_variance == before.layer<1>().running_variance);
  CHECK(net.layer<1>().shift != before.layer<1>().shift);
}

TEST_CASE("statistics are part of model files", "[normalization]") {
  const TemporaryFolder folder;
  auto net = batch_norm_net();
  Trainer trainer(net, CrossEntropy{}, SGD{.learning_rate = 0.1});
  trainer.step(random_batch(9), RowVector<int>::Zero(9).eval());
  save_weights(folder / "net.safetensors", net);
  auto other = batch_norm_net();
  REQUIRE(!(other == net));
  load_weights(folder / "net.safetensors", other);
  CHECK(other == net);
}

TEST_CASE("bad numbers are refused", "[normalization]") {
  using Catch::Matchers::Equals;
  CHECK_THROWS_WITH(BatchNorm<float>{0}, Equals("BatchNorm: features must be at least 1, got 0"));
  CHECK_THROWS_WITH((BatchNorm<float>{3, 0.0}),
                    Equals("BatchNorm: epsilon must be above 0, got 0"));
  CHECK_THROWS_WITH((BatchNorm<float>{3, 1e-5, 1.5}),
                    Equals("BatchNorm: momentum must be in [0, 1], got 1.5"));
  CHECK_THROWS_WITH((BatchNorm<float, 4>{3}), Equals("BatchNorm<4>: got 3 features"));
  CHECK_THROWS_WITH(LayerNorm<float>{0}, Equals("LayerNorm: features must be at least 1, got 0"));
  CHECK_THROWS_WITH((LayerNorm<float, 4>{3}), Equals("LayerNorm<4>: got 3 features"));
  const Matrix<float> x = Matrix<float>::Zero(3, 2);
  CHECK_THROWS_WITH(predict(BatchNorm<float>{4}, x), Equals("BatchNorm: expected 4 rows, got 3"));
  CHECK_THROWS_WITH(predict(LayerNorm<float>{4}, x), Equals("LayerNorm: expected 4 rows, got 3"));
  CHECK_THROWS_AS((Sequential{Linear<float>{4, 3}, BatchNorm<float>{4}}), ShapeError);
  CHECK_THROWS_AS((Sequential{Linear<float>{4, 3}, LayerNorm<float>{4}}), ShapeError);
}

}  // namespace
