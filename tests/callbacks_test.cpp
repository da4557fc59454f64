// Early stopping, averages of weights, and the parts of a dataset that they need.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

auto make_net() {
  Sequential net{Linear<float>{6, 16}, BatchNorm<float>{16}, ReLU{}, Linear<float>{16, 3}};
  initialize(net, Random{1});
  return net;
}
using Net = decltype(make_net());

/// Few samples with random labels: a network learns them by heart, and others get worse.
Dataset<float, int> noise(Index samples, std::uint64_t seed) {
  Random random{seed};
  Matrix<float> x(6, samples);
  RowVector<int> labels(samples);
  for (auto& value : x.reshaped()) value = static_cast<float>(random.uniform(-1, 1));
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  return {std::move(x), std::move(labels)};
}

/// Keeps the network of each epoch.
struct Keep {
  std::vector<Net> nets;
  void after_epoch(auto& run) { nets.push_back(run.net); }
};

const SGD fast{.learning_rate = 0.2, .momentum = 0.9};

TEST_CASE("early stopping gives back the best epoch's weights", "[callbacks]") {
  const auto train = noise(40, 1), held_out = noise(40, 2);
  Net net = make_net();
  Keep keep;
  EarlyStopping stopping{{.patience = 4}};
  const auto reports = fit(net, CrossEntropy{}, fast, train, {.epochs = 100, .batch_size = 8},
                           Validate{held_out}, keep, stopping);
  REQUIRE(stopping.stopped());
  REQUIRE(reports.size() < 100);
  std::size_t best = 0;
  for (std::size_t e = 0; e < reports.size(); ++e)
    if (reports[e].validation->loss < reports[best].validation->loss) best = e;
  CHECK(stopping.best_epoch() == reports[best].epoch);
  CHECK(stopping.best() == reports[best].validation->loss);
  CHECK(reports.size() == best + 1 + 4);
  CHECK(net == keep.nets[best]);
  CHECK(!(net == keep.nets.back()));
}

TEST_CASE("the best weights come back however a run ends", "[callbacks]") {
  const auto train = noise(40, 1), held_out = noise(40, 2);
  EarlyStopping stopping{{.patience = 100}};
  Keep keep;
  SECTION("by an error") {
    Net net = make_net();
    const auto fail = [](const EpochReport& report) {
      if (report.epoch == 6) throw Error("enough");
    };
    CHECK_THROWS_WITH(fit(net, CrossEntropy{}, fast, train, {.epochs = 10, .batch_size = 8},
                          Validate{held_out}, keep, stopping, fail),
                      "enough");
    CHECK(net == keep.nets[static_cast<std::size_t>(stopping.best_epoch()) - 1]);
  }
  SECTION("by divergence") {
    Net net = make_net();
    Trainer trainer(net, CrossEntropy{}, fast);
    const auto explode = [&](const EpochReport& report) {
      if (report.epoch == 3) trainer.set_optimizer(SGD{.learning_rate = 1e38});
    };
    CHECK_THROWS_AS(fit(trainer, train, {.epochs = 10, .batch_size = 8}, Validate{held_out}, keep,
                        stopping, explode),
                    DivergenceError);
    CHECK(net == keep.nets[static_cast<std::size_t>(stopping.best_epoch()) - 1]);
  }
  SECTION("by the last epoch") {
    Net net = make_net();
    fit(net, CrossEntropy{}, fast, train, {.epochs = 10, .batch_size = 8}, Validate{held_out}, keep,
        stopping);
    CHECK(!stopping.stopped());
    CHECK(net == keep.nets[static_cast<std::size_t>(stopping.best_epoch()) - 1]);
  }
}

TEST_CASE("early stopping can watch the accuracy, and needs something to watch", "[callbacks]") {
  const auto train = noise(40, 1), held_out = noise(40, 2);
  Net net = make_net();
  EarlyStopping stopping{{.patience = 3, .watch = EarlyStopping::Watch::accuracy}};
  const auto reports = fit(net, CrossEntropy{}, fast, train, {.epochs = 50, .batch_size = 8},
                           Validate{held_out}, stopping);
  double best = 0;
  for (const auto& report : reports) best = std::max(best, *report.validation->accuracy);
  CHECK(stopping.best() == best);

  CHECK_THROWS_WITH(fit(net, CrossEntropy{}, fast, train, {.epochs = 2}, EarlyStopping{}),
                    Catch::Matchers::Contains("Validate{data}"));
  const Dataset<double, double> numbers{Matrix<double>::Ones(2, 4), Matrix<double>::Ones(1, 4)};
  Linear<double> line{2, 1};
  CHECK_THROWS_WITH(fit(line, MeanSquaredError{}, SGD{}, numbers, {}, Validate{numbers},
                        EarlyStopping{{.watch = EarlyStopping::Watch::accuracy}}),
                    "EarlyStopping: the validation has no accuracy; watch its loss");
  CHECK_THROWS_AS((EarlyStopping{{.patience = 0}}), ValueError);
  CHECK_THROWS_AS((EarlyStopping{{.improvement = -1}}), ValueError);
}

/// Collects the first weight after each step and each epoch.
struct Collect {
  std::vector<Matrix<double>> steps, epochs;
  void after_step(auto& run) {
    steps.push_back(run.net.template layer<0>().weight.template cast<double>());
  }
  void after_epoch(auto&) { epochs.push_back(steps.back()); }
};

TEST_CASE("an exponential moving average of the steps", "[callbacks]") {
  const auto train = noise(40, 1);
  Net net = make_net();
  Collect collect;
  auto average = WeightAverage::exponential(0.9);
  fit(net, CrossEntropy{}, fast, train, {.epochs = 3, .batch_size = 8}, collect, average);
  Matrix<double> expected = collect.steps[0];
  for (std::size_t k = 1; k < collect.steps.size(); ++k)
    expected = 0.9 * expected + 0.1 * collect.steps[k];
  const auto& weight = net.layer<0>().weight;
  CHECK((weight.cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-6);
  CHECK((weight.cast<double>() - collect.steps.back()).cwiseAbs().maxCoeff() > 1e-3);
}

/// The weights after each of the optimizer's steps.
struct EveryStep {
  std::vector<Matrix<double>>& all;
  std::int64_t seen = 0;
  void look(auto& run) {
    if (run.trainer.steps() == seen) return;
    seen = run.trainer.steps();
    all.push_back(run.net.template layer<0>().weight.template cast<double>());
  }
  void after_step(auto& run) { look(run); }
  void after_epoch(auto& run) { look(run); }
};

TEST_CASE("an average follows the optimizer's steps, of several batches each", "[callbacks]") {
  const auto train = noise(40, 1);
  const FitOptions options{.epochs = 2, .batch_size = 8, .step = {.accumulate = 3}};  // 3 + 2
  Net plain = make_net(), net = make_net(), last = make_net();
  std::vector<Matrix<double>> steps;
  fit(plain, CrossEntropy{}, fast, train, options, EveryStep{steps});
  REQUIRE(steps.size() == 4);
  fit(last, CrossEntropy{}, fast, train, options, WeightAverage::exponential(0));
  CHECK(last == plain);
  fit(net, CrossEntropy{}, fast, train, options, WeightAverage::exponential(0.5));
  const Matrix<double> expected = steps[0] / 8 + steps[1] / 8 + steps[2] / 4 + steps[3] / 2;
  CHECK((net.layer<0>().weight.cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("the mean of the last epochs", "[callbacks]") {
  const auto train = noise(40, 1);
  Net net = make_net();
  Collect collect;
  auto average = WeightAverage::of_epochs(3);
  fit(net, CrossEntropy{}, fast, train, {.epochs = 6, .batch_size = 8}, collect, average);
  Matrix<double> expected = Matrix<double>::Zero(16, 6);
  for (std::size_t k = 2; k < 6; ++k) expected += collect.epochs[k] / 4;
  CHECK((net.layer<0>().weight.cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-6);

  Net untouched = make_net(), plain = make_net();
  auto late = WeightAverage::of_epochs(100);
  fit(untouched, CrossEntropy{}, fast, train, {.epochs = 2}, late);
  fit(plain, CrossEntropy{}, fast, train, {.epochs = 2});
  CHECK(untouched == plain);
  CHECK(late.average().empty());
  CHECK_THROWS_AS(WeightAverage::exponential(1), ValueError);
  CHECK_THROWS_AS(WeightAverage::of_epochs(0), ValueError);
}

TEST_CASE("a snapshot is of its network alone", "[callbacks]") {
  Net net = make_net();
  const Snapshot snapshot(net);
  Net other{Linear<float>{6, 16}, BatchNorm<float>{16}, ReLU{}, Linear<float>{16, 3}};
  snapshot.restore(other);
  CHECK(other == net);
  Net larger{Linear<float>{6, 17}, BatchNorm<float>{17}, ReLU{}, Linear<float>{17, 3}};
  CHECK_THROWS_AS(snapshot.restore(larger), ShapeError);
  Linear<float> fewer{6, 16};
  CHECK_THROWS_AS(snapshot.restore(fewer), ShapeError);
}

/// A callback of a user.
struct OwnRate {
  static constexpr const char* sets = "the learning rate";
  int ended = 0;
  template <class R>
  void end(R&) {
    ++ended;
  }
};

/// Another, whose member has that name for something else.
struct OwnSettings {
  std::string sets = "of weights";
  void end(auto&) { sets.clear(); }
};

TEST_CASE("of two callbacks that set the same thing none overrules the other", "[callbacks]") {
  const auto train = noise(30, 1);
  Net net = make_net();
  const Net before = net;
  const auto run = [&](auto&&... callbacks) {
    return fit(net, CrossEntropy{}, fast, train, {.epochs = 1}, Validate{train}, callbacks...);
  };
  LearningRate rate{ConstantFactor{.factor = 0.5}};
  std::optional<WeightAverage> average;
  OwnRate own;
  CHECK(run(EarlyStopping{}, average).size() == 1);
  CHECK(
      run(rate, PenaltyStrength{ConstantFactor{}}, WeightDecayStrength{ConstantFactor{}}).size() ==
      1);
  CHECK(run(own).size() == 1);
  CHECK(run(OwnSettings{}, OwnSettings{}).size() == 1);
  CHECK(own.ended == 1);

  net = before;
  average = WeightAverage::exponential();
  CHECK_THROWS_WITH(run(EarlyStopping{}, average),
                    "fit: ridge::EarlyStopping and ridge::WeightAverage both set the weights at "
                    "the end; use one of them");
  CHECK_THROWS_WITH(run(rate, ReduceOnPlateau{}),
                    "fit: ridge::LearningRate<ridge::ConstantFactor> and ridge::ReduceOnPlateau "
                    "both set the learning rate; use one of them");
  CHECK_THROWS_AS(run(own, rate), ValueError);
  CHECK_THROWS_AS(run(rate, rate), ValueError);
  CHECK(own.ended == 1);
  CHECK(net == before);
}

TEST_CASE("a split has every sample once, and each class in its share", "[callbacks]") {
  Matrix<float> x(1, 103);
  RowVector<int> labels(103);
  for (Index n = 0; n < 103; ++n) {
    x(0, n) = static_cast<float>(n);
    labels(n) = n < 20 ? 0 : n < 60 ? 1 : 2;
  }
  const Dataset<float, int> data{x, labels, 0.5};
  const auto [rest, held_out] = split(data, 0.25, Random{1});
  CHECK(rest.size() + held_out.size() == 103);
  CHECK(rest.scale() == 0.5);
  std::vector<int> seen(103, 0);
  const auto look = [&](const Dataset<float, int>& part) {
    for (Index n = 0; n < part.size(); ++n) {
      const auto k = static_cast<Index>(part.inputs()(0, n));
      ++seen[static_cast<std::size_t>(k)];
      CHECK(part.targets()(n) == labels(k));
    }
  };
  look(rest);
  look(held_out);
  CHECK(seen == std::vector<int>(103, 1));
  CHECK((held_out.targets().array() == 0).count() == 5);
  CHECK((held_out.targets().array() == 1).count() == 10);
  CHECK(std::abs((held_out.targets().array() == 2).count() - 43 / 4) <= 1);
  const auto other = split(data, 0.25, Random{2});
  CHECK(other.held_out.inputs() != held_out.inputs());

  CHECK_THROWS_AS(split(data, 0, Random{1}), ValueError);
  CHECK_THROWS_AS(split(data, 1, Random{1}), ValueError);
  CHECK_THROWS_AS(split(data, 1e-6, Random{1}), ValueError);
  CHECK_THROWS_AS(subset(data, {103}), ValueError);
}

struct Fails {
  void begin(auto&) { throw ValueError("no"); }
};

TEST_CASE("a callback that has not begun is not told the end", "[callbacks]") {
  const auto train = noise(40, 1);
  Net net = make_net();
  auto average = WeightAverage::exponential(0.9);
  fit(net, CrossEntropy{}, fast, train, {.epochs = 2}, average);
  fit(net, CrossEntropy{}, fast, train, {.epochs = 2});
  const Net before = net;
  CHECK_THROWS_WITH(fit(net, CrossEntropy{}, fast, train, {.epochs = 2}, Fails{}, average), "no");
  CHECK(net == before);
}

TEST_CASE("callbacks that change numbers leave them as they were", "[callbacks]") {
  const auto train = noise(40, 1);
  Net net = make_net();
  Trainer trainer(net, CrossEntropy{}, fast);
  trainer.scale_penalty(0.5);
  fit(trainer, train, {.epochs = 4}, LearningRate{WarmUp{8}}, PenaltyStrength{ConstantFactor{3}});
  fit(trainer, train, {.epochs = 4}, PenaltyStrength{WarmUp{8}}, ReduceOnPlateau{});
  CHECK(trainer.optimizer() == fast);
  CHECK(trainer.penalty_factor() == 0.5);
}

struct Measure {
  void measure(auto& run) {
    const double loss = run.epoch == 1 ? std::nan("") : 1.0 / run.epoch;
    run.report.validation = Evaluation{loss, {}, 1};
  }
};

TEST_CASE("a first epoch whose validation is NaN is not the best", "[callbacks]") {
  const auto train = noise(40, 1);
  Net net = make_net();
  EarlyStopping stopping{{.patience = 3}};
  fit(net, CrossEntropy{}, fast, train, {.epochs = 8}, Measure{}, stopping);
  CHECK(stopping.best_epoch() == 8);
}

}  // namespace
