// Products larger than the tiles and blocks that they are computed in, and updates that use a
// gradient where it is computed: they are those of plain loops and of gradients that are stored.
#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

struct Sizes {
  Index inputs, hidden, outputs, samples;
};

// Around and above 64, 128 and 256, with odd rests, and one sample.
constexpr Sizes large[] = {
    {64, 128, 10, 64}, {65, 129, 3, 257}, {130, 300, 150, 300}, {259, 70, 131, 1}, {1, 67, 1, 129},
};

/// The largest difference of two matrices, relative to the largest element of the second.
template <class A, class B>
double distance(const A& a, const B& b) {
  return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

TEST_CASE("large products are those of plain loops", "[fused]") {
  for (const auto [inputs, hidden, outputs, samples] : large) {
    CAPTURE(inputs, hidden, samples);
    Random random{8};
    const auto layer = initialized(Linear<double>{inputs, hidden});
    const Matrix<double> x = random_matrix(inputs, samples, random);
    const Matrix<double> dy = random_matrix(hidden, samples, random);
    Matrix<double> y(hidden, samples), dx(inputs, samples);
    StoredGradients<Linear<double>> stored;
    layer.forward(x, y, NoCache{});
    layer.backward(x, y, dy, dx, NoCache{},
                   Gradients<StoredGradients<Linear<double>>, 0, 2>(stored));

    const Matrix<double> wx = layer.weight.lazyProduct(x);
    CHECK(distance(y, wx.colwise() + layer.bias) < 1e-13);
    CHECK(distance(dx, layer.weight.transpose().lazyProduct(dy).eval()) < 1e-13);
    CHECK(distance(stored.get<0>(), dy.lazyProduct(x.transpose()).eval()) < 1e-13);
    CHECK(distance(stored.get<1>(), dy.rowwise().sum()) < 1e-13);
  }
}

/// Sizes known at compile time: the first weight larger than the tile of a gradient, the last not.
const auto fixed_size_net =
    initialized(Sequential{Linear<double, 70, 60>{}, Sigmoid{}, Linear<double, 60, 3>{}});

/// How far the parameters of two networks are apart, and that each has moved.
template <Layer Net>
double network_distance(const Net& a, const Net& b, const Net& before) {
  double error = 0;
  const auto of_a = a.parameters();
  const auto of_b = b.parameters();
  const auto of_before = before.parameters();
  detail::for_each_index<parameter_count<Net>>([&](auto i) {
    CHECK(distance(std::get<i>(of_a).value, std::get<i>(of_before).value) > 1e-6);
    error = std::max(error, distance(std::get<i>(of_a).value, std::get<i>(of_b).value));
  });
  return error;
}

/// Trains two copies of a network, one by fused steps and one by stored gradients; how far their
/// weights are apart then.
template <Layer Net, class O>
double fused_and_stored(const Net& initial, const O& objective, const SGD& sgd,
                        const Matrix<double>& x, const RowVector<int>& labels) {
  Net fused = initial, stored = initial;
  Trainer fused_trainer(fused, objective, sgd), stored_trainer(stored, objective, sgd);
  StoredGradients<Net> gradients;
  for (int step = 0; step < 4; ++step) {
    const double loss = fused_trainer.step(x, labels);
    const double value = gradient(stored, objective, x, labels, gradients);
    CHECK_THAT(value, Catch::Matchers::WithinRel(loss + stored_trainer.penalty(), 1e-12));
    stored_trainer.apply(gradients);
  }
  return network_distance(fused, stored, initial);
}

const SGD optimizers[] = {
    {.learning_rate = 0.1},
    {.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.01},
    {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true},
};

TEST_CASE("the fused update is the stored one", "[fused]") {
  const auto objective = CrossEntropy{} + L2{0.01};
  for (const SGD& sgd : optimizers) {
    CAPTURE(sgd.momentum, sgd.nesterov);
    for (const auto [inputs, hidden, outputs, samples] : large) {
      CAPTURE(inputs, hidden, outputs, samples);
      Random random{9};
      const Matrix<double> x = random_matrix(inputs, samples, random);
      const auto labels = random_labels(static_cast<int>(outputs) + 1, samples, random);
      const auto net = initialized(
          Sequential{Linear<double>{inputs, hidden}, ReLU{}, Linear<double>{hidden, outputs + 1}});
      CHECK(fused_and_stored(net, objective, sgd, x, labels) < 1e-12);
    }
    Random random{10};
    const Matrix<double> x = random_matrix(70, 131, random);
    const auto labels = random_labels(3, 131, random);
    CHECK(fused_and_stored(fixed_size_net, objective, sgd, x, labels) < 1e-12);
  }
}

// ---- Proximal steps, constraints and every optimizer ------------------------------------------

using Any = OneOf<SGD, Adam, AdamW, RMSprop, Adagrad>;

/// Each with its memory in use, with a learning rate by which weights move and stay finite.
const Any every_optimizer[] = {
    SGD{.learning_rate = 0.05},
    SGD{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true},
    Adam{.learning_rate = 0.003},
    Adam{.learning_rate = 0.003, .amsgrad = true},
    AdamW{.learning_rate = 0.003},
    RMSprop{.learning_rate = 0.003},
    RMSprop{.learning_rate = 0.003, .momentum = 0.5},
    RMSprop{.learning_rate = 0.003, .momentum = 0.5, .centered = true},
    Adagrad{.learning_rate = 0.01},
    Adagrad{.learning_rate = 0.01, .learning_rate_decay = 0.1, .initial_accumulator = 0.1},
};

Any with_decay(Any optimizer, Decay decay) {
  std::visit(
      [&](auto& o) {
        o.weight_decay = 0.02;
        o.decay = decay;
      },
      optimizer.chosen);
  return optimizer;
}

auto every_penalty(double max_norm) {
  return CrossEntropy{} + L1{2e-3} + L2{0.01} + GroupLasso{1e-3} + MaxNorm{max_norm};
}

Index zeros_apart(const Matrix<double>& a, const Matrix<double>& b) {
  return ((a.array() == 0) != (b.array() == 0)).count();
}

/// The same of steps that make proximal steps and projections.
template <Layer Net, class O>
void check_fused(const Net& initial, const O& objective, const Any& optimizer,
                 const Matrix<double>& x, const RowVector<int>& labels) {
  Net fused = initial, stored = initial;
  Trainer fused_trainer(fused, objective, optimizer);
  Trainer stored_trainer(stored, objective, optimizer, {.clip_value = 1e9});
  REQUIRE(stored_trainer.options().stores_gradients());
  for (int step = 0; step < 4; ++step) {
    const double loss = fused_trainer.step(x, labels);
    CHECK_THAT(stored_trainer.step(x, labels), Catch::Matchers::WithinRel(loss, 1e-9));
  }
  // Where a gradient is nearly zero, adaptive optimizers divide by what is.
  const double tolerance = std::holds_alternative<SGD>(optimizer.chosen) ? 1e-12 : 1e-9;
  CHECK(network_distance(fused, stored, initial) < tolerance);
  for_each_parameter(fused, [&](const std::string& name, const auto& parameter) {
    for_each_parameter(stored, [&](const std::string& other, const auto& same) {
      if (name == other) CHECK(zeros_apart(parameter.value, same.value) == 0);
    });
  });
}

TEST_CASE("the fused update is the stored one, with proximal steps and projections", "[fused]") {
  const Decay decay = GENERATE(Decay::coupled, Decay::decoupled, Decay::independent);
  const auto which = GENERATE(range(0, 10));
  CAPTURE(decay, which);
  const Any optimizer = with_decay(every_optimizer[which], decay);
  for (const auto [inputs, hidden, outputs, samples] : large) {
    CAPTURE(inputs, hidden, outputs, samples);
    Random random{9};
    const Matrix<double> x = random_matrix(inputs, samples, random);
    const auto labels = random_labels(static_cast<int>(outputs) + 1, samples, random);
    const auto net = initialized(
        Sequential{Linear<double>{inputs, hidden}, ReLU{}, Linear<double>{hidden, outputs + 1}});
    check_fused(net, every_penalty(1), optimizer, x, labels);
  }
}

TEST_CASE("proximal steps and projections have done something there", "[fused]") {
  Random random{9};
  const Matrix<double> x = random_matrix(64, 64, random);
  const auto labels = random_labels(11, 64, random);
  for (const Any& optimizer : every_optimizer) {
    auto net = initialized(Sequential{Linear<double>{64, 128}, ReLU{}, Linear<double>{128, 11}});
    for (const auto& w : {net.layer<0>().weight, net.layer<2>().weight})
      REQUIRE((w.array() == 0).count() == 0);
    Trainer trainer(net, every_penalty(0.5), optimizer);
    for (int step = 0; step < 4; ++step) trainer.step(x, labels);
    const auto& w = net.layer<0>().weight;
    CHECK((w.array() == 0).count() > 0);
    CHECK(w.rowwise().norm().maxCoeff() < 0.5 + 1e-12);
  }
}

}  // namespace
