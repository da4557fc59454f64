// Samples with weights, and images that are moved.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

Dataset<double, int> make_data(Index samples) {
  Random random{1};
  Matrix<double> x(5, samples);
  RowVector<int> labels(samples);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  return {std::move(x), std::move(labels)};
}

auto make_net() {
  Sequential net{Linear<double>{5, 6}, Tanh{}, Linear<double>{6, 3}};
  initialize(net, Random{2});
  return net;
}
using Net = decltype(make_net());

double distance(const Net& a, const Net& b) {
  return (a.layer<0>().weight - b.layer<0>().weight).norm() +
         (a.layer<2>().weight - b.layer<2>().weight).norm();
}

TEST_CASE("a sample of weight k is a sample that is there k times", "[weights]") {
  const auto data = make_data(12);
  RowVector<double> weights(12);
  weights << 1, 2, 0, 3, 1, 1, 2, 0, 1, 1, 4, 1;
  std::vector<Index> repeated;
  for (Index n = 0; n < 12; ++n)
    repeated.insert(repeated.end(), static_cast<std::size_t>(weights(n)), n);
  const auto many = subset(data, repeated);
  const auto weighted = data.with_weights(weights);

  Net a = make_net(), b = make_net();
  const SGD sgd{.learning_rate = 0.3, .momentum = 0.5};
  const FitOptions all{.epochs = 5, .batch_size = 100, .shuffle = false};
  const auto objective = CrossEntropy{} + L2{0.1};
  const auto of_a = fit(a, objective, sgd, weighted, all);
  const auto of_b = fit(b, objective, sgd, many, all);
  CHECK(distance(a, b) < 1e-13);
  CHECK(distance(a, make_net()) > 0.1);
  CHECK_THAT(of_a.back().train_loss, Catch::Matchers::WithinRel(of_b.back().train_loss, 1e-12));
  const auto e = evaluate(a, CrossEntropy{}, weighted), f = evaluate(a, CrossEntropy{}, many);
  CHECK_THAT(e.loss, Catch::Matchers::WithinRel(f.loss, 1e-13));
  CHECK_THAT(*e.accuracy, Catch::Matchers::WithinRel(*f.accuracy, 1e-13));

  // Accumulated in parts, and with weights that are all the same.
  Net parts = make_net(), same = make_net(), plain = make_net();
  fit(parts, objective, sgd, weighted,
      {.epochs = 5, .batch_size = 5, .shuffle = false, .step = {.accumulate = 3}});
  CHECK(distance(parts, a) < 1e-13);
  fit(same, objective, sgd, data.with_weights(RowVector<double>::Constant(12, 7)), all);
  fit(plain, objective, sgd, data, all);
  CHECK(distance(same, plain) < 1e-13);
}

TEST_CASE("weights go with their samples", "[weights]") {
  const auto data = make_data(40).with_weights(RowVector<double>::LinSpaced(40, 0, 39));
  const auto [rest, held_out] = split(data, 0.25, Random{3});
  double sum = 0;
  for (const auto* part : {&rest, &held_out})
    for (Index n = 0; n < part->size(); ++n) {
      const auto k = static_cast<Index>(part->weights()(n));
      CHECK(part->inputs().col(n) == data.inputs().col(k));
      sum += part->weights()(n);
    }
  CHECK(sum == 39 * 40 / 2);
  Batches<double, Dataset<double, int>> batches(data, 7);
  batches.shuffle(Random{4});
  for (Index k = 0; k < batches.count(); ++k) {
    const auto batch = batches[k];
    for (Index n = 0; n < batch.inputs.cols(); ++n)
      CHECK(batch.inputs.col(n) == data.inputs().col(static_cast<Index>(batch.weights(n))));
  }
}

TEST_CASE("weights that cannot be are refused", "[weights]") {
  const auto data = make_data(3);
  CHECK_THROWS_AS(data.with_weights(RowVector<double>::Ones(2)), ShapeError);
  CHECK_THROWS_AS(data.with_weights(-RowVector<double>::Ones(3)), ValueError);
  CHECK_THROWS_AS(data.with_weights(RowVector<double>::Zero(3)), ValueError);
  Net net = make_net();
  CHECK_THROWS_WITH(fit(net, CrossEntropy{.class_weights = {1, 2, 3}}, SGD{},
                        data.with_weights(RowVector<double>::Ones(3))),
                    Catch::Matchers::Contains("class_weights"));
  Trainer trainer(net, CrossEntropy{}, SGD{});
  CHECK_THROWS_AS(trainer.step(data.inputs(), data.targets(), RowVector<double>::Ones(2).eval()),
                  ShapeError);
}

/// Two images of 6 x 8 pixels, one after the other, numbered from 1.
Dataset<std::uint8_t, int> make_images() {
  Matrix<std::uint8_t> pixels(2 * 6 * 8, 30);
  for (Index n = 0; n < 30; ++n)
    for (Index i = 0; i < 96; ++i) pixels(i, n) = static_cast<std::uint8_t>(i + n + 1);
  return {std::move(pixels), RowVector<int>::Zero(30), 0.5, {2, 6, 8}};
}

TEST_CASE("images are moved as a whole, and by no more than is asked", "[shift]") {
  const auto data = make_images();
  Batches<float, Dataset<std::uint8_t, int>> batches(data, 30);
  batches.shift(2, Random{5});
  std::vector<int> seen(25, 0);
  const auto moved = batches[0].inputs.eval();
  for (Index n = 0; n < 30; ++n) {
    int matches = 0;
    for (Index down = -2; down <= 2; ++down)
      for (Index right = -2; right <= 2; ++right) {
        bool same = true;
        for (Index i = 0; i < 96; ++i) {
          const Index image = i / 48, r = i % 48 / 8 - down, c = i % 8 - right;
          const bool inside = r >= 0 && r < 6 && c >= 0 && c < 8;
          const float expected =
              inside ? 0.5f * static_cast<float>(data.inputs()(image * 48 + r * 8 + c, n)) : 0.0f;
          same = same && moved(i, n) == expected;
        }
        if (same) ++matches, ++seen[static_cast<std::size_t>(5 * (down + 2) + right + 2)];
      }
    CHECK(matches == 1);
  }
  CHECK(std::count(seen.begin(), seen.end(), 0) < 18);  // of 25 ways
}

TEST_CASE("each epoch moves images anew, the same for a seed, and none without a shift",
          "[shift]") {
  const auto data = make_images();
  const auto trained = [&](FitOptions options) {
    Sequential net{Linear<float>{96, 2}};
    initialize(net, Random{1});
    fit(net, CrossEntropy{}, SGD{.learning_rate = 0.001}, data, options);
    return net.layer<0>().weight;
  };
  const auto a = trained({.epochs = 2, .seed = 3, .shift = 1});
  CHECK(trained({.epochs = 2, .seed = 3, .shift = 1}) == a);
  CHECK(trained({.epochs = 2, .seed = 4, .shift = 1}) != a);
  CHECK(trained({.epochs = 2, .seed = 3}) != a);

  const auto batch = [&](Random random) {
    Batches<float, Dataset<std::uint8_t, int>> batches(data, 30);
    batches.shift(2, random);
    return batches[0].inputs.eval();
  };
  CHECK(batch(Random{1}) == batch(Random{1}));
  CHECK(batch(Random{1}) != batch(Random{2}));
  const Matrix<float> still = data.inputs().cast<float>() * 0.5f;
  Batches<float, Dataset<std::uint8_t, int>> batches(data, 30);
  batches.shift(0, Random{1});
  CHECK(batches[0].inputs == still);
}

TEST_CASE("what is no image is not moved", "[shift]") {
  const auto flat = make_data(4);
  Net net = make_net();
  CHECK_THROWS_AS(fit(net, CrossEntropy{}, SGD{}, flat, {.shift = 1}), ValueError);
  const auto images = make_images();
  Batches<float, Dataset<std::uint8_t, int>> batches(images, 3);
  CHECK_THROWS_AS(batches.shift(-1, Random{}), ValueError);
}

}  // namespace
