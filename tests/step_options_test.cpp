// What happens between gradient and step: clipping, accumulation, sharpness-aware steps, reports.
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "fixture.hpp"

namespace {

using namespace ridge;
using namespace test;

auto make_net() {
  Sequential net{Linear<double>{6, 5}, ReLU{}, Linear<double>{5, 3}};
  initialize(net, Random{1});
  return net;
}
using Net = decltype(make_net());

Dataset<double, std::int64_t> make_data() {
  const Fixture fixture("pytorch_regularization");
  return {fixture.batch("inputs"), fixture.labels("labels")};
}

double distance(const Net& a, const Net& b) {
  return (a.layer<0>().weight - b.layer<0>().weight).norm() +
         (a.layer<0>().bias - b.layer<0>().bias).norm() +
         (a.layer<2>().weight - b.layer<2>().weight).norm() +
         (a.layer<2>().bias - b.layer<2>().bias).norm();
}

/// Looks up a column for each id, and counts its batches in another scalar than its own.
struct Lookup {
  using Scalar = float;
  Matrix<float> table;
  Eigen::Matrix<double, 1, 1> batches{0};

  Lookup(Index size, Index ids) : table(Matrix<float>::Ones(size, ids)) {}
  Index output_size(Index) const { return table.rows(); }
  auto parameters() { return std::tuple{as_weight(table), as_statistic(batches, "batches")}; }
  auto parameters() const { return std::tuple{as_weight(table), as_statistic(batches, "batches")}; }

  template <class X, class Y>
  void infer(const X& ids, Y& y) const {
    for (Index n = 0; n < ids.cols(); ++n) y.col(n) = table.col(static_cast<Index>(ids(0, n)));
  }
  template <class X, class Y>
  void forward(const X& ids, Y& y, NoCache) const {
    infer(ids, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& ids, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.setZero();
    Matrix<float> g = Matrix<float>::Zero(table.rows(), table.cols());
    for (Index n = 0; n < ids.cols(); ++n) g.col(static_cast<Index>(ids(0, n))) += dy.col(n);
    gradients(g, new_value((batches.array() + 1).matrix()));
  }
  template <class Initializer>
  void initialize(const Initializer&, Random&) {}
};

TEST_CASE("inputs may be whole numbers, and a statistic of another scalar", "[step]") {
  const Matrix<int> ids{{1, 2, 3, 1}};
  const Matrix<float> y = Matrix<float>::Zero(3, 4);
  for (const StepOptions& options : {StepOptions{}, StepOptions{.clip_global_norm = 1e9},
                                     StepOptions{.sharpness_radius = 1e-9}}) {
    Lookup net{3, 5};
    Trainer trainer(net, MeanSquaredError{} + L2{0.1}, SGD{.learning_rate = 0.5}, options);
    CHECK(trainer.step(ids, y) == Approx(1));
    trainer.step(ids, y);
    CHECK(net.batches(0) == 2);
    CHECK(net.table(0, 1) < net.table(0, 2));  // twice in the batch
    CHECK(net.table(0, 2) < net.table(0, 0));  // not at all
    CHECK(trainer.penalty() == Approx(0.05 * net.table.squaredNorm()));
  }
}

TEST_CASE("clipping is PyTorch's", "[step]") {
  const Fixture fixture("pytorch_regularization");
  const auto data = make_data();
  const std::pair<std::string, StepOptions> cases[] = {
      {"none", {.clip_value = 1e9}},
      {"value", {.clip_value = 0.02}},
      {"norm", {.clip_norm = 0.05}},
      {"global_norm", {.clip_global_norm = 0.1}},
  };
  for (const auto& [name, options] : cases) {
    CAPTURE(name);
    Net net = make_net();
    assign(net, fixture, "clip/initial/");
    fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1, .momentum = 0.9}, data,
        {.epochs = 5, .batch_size = 8, .shuffle = false, .step = options});
    check_below(test::distance(net, fixture, "clip/" + name + "/"), 1e-12);
    if (name != "none") CHECK(test::distance(net, fixture, "clip/none/") > 1e-2);
  }
}

TEST_CASE("batches that are accumulated are one larger batch", "[step]") {
  const auto data = make_data();
  const auto objective = CrossEntropy{} + L2{0.1} + L1{0.01};
  const SGD sgd{.learning_rate = 0.1, .momentum = 0.9};
  // 29 samples: 4 + 4 + 4, 4 + 4 + 4, 4 + 1 against 12, 12, 5.
  Net one = make_net(), many = make_net();
  fit(one, objective, sgd, data, {.epochs = 3, .batch_size = 12, .shuffle = false});
  fit(many, objective, sgd, data,
      {.epochs = 3, .batch_size = 4, .shuffle = false, .step = {.accumulate = 3}});
  CHECK(distance(one, many) < 1e-13);
  CHECK(distance(one, make_net()) > 0.1);

  Net waiting = make_net();
  Trainer trainer(waiting, objective, sgd, {.accumulate = 3});
  trainer.step(data.inputs().leftCols(4), data.targets().leftCols(4));
  CHECK(waiting == make_net());
  CHECK(trainer.steps() == 0);
  trainer.flush();
  CHECK(trainer.steps() == 1);
  CHECK(!(waiting == make_net()));
  const Net after = waiting;
  trainer.flush();
  CHECK(waiting == after);

  // The gradients that wait are of the layer as it was.
  trainer.step(data.inputs().leftCols(4), data.targets().leftCols(4));
  waiting.layer<0>() = Linear<double>{data.features(), 64};
  CHECK_THROWS_AS(trainer.flush(), ShapeError);
}

TEST_CASE("a sharpness-aware step follows the gradient from a little uphill", "[step]") {
  const auto data = make_data();
  const auto objective = CrossEntropy{} + L2{0.1};
  constexpr double rho = 0.2, rate = 0.1;
  Net net = make_net(), plain = make_net();
  Trainer trainer(net, objective, SGD{.learning_rate = rate}, {.sharpness_radius = rho});
  const double loss = trainer.step(data.inputs(), data.targets());
  CHECK_THAT(loss, Catch::Matchers::WithinRel(
                       CrossEntropy{}.value(predict(plain, data.inputs()), data.targets()), 1e-14));

  StoredGradients<Net> here, uphill;
  gradient(plain, objective, data.inputs(), data.targets(), here);
  Net there = plain;
  const double norm = here.norm();
  detail::for_each_index<4>(
      [&](auto i) { std::get<i>(there.parameters()).value += rho / norm * here.get<i>(); });
  gradient(there, objective, data.inputs(), data.targets(), uphill);
  detail::for_each_index<4>(
      [&](auto i) { std::get<i>(plain.parameters()).value -= rate * uphill.get<i>(); });
  CHECK(distance(net, plain) < 1e-14);
}

/// Fails when it is asked for the second time.
struct FailsOnce : CrossEntropy {
  int* calls = nullptr;
  double value_and_gradient(const auto& outputs, const auto& targets, auto& dy) const {
    if (++*calls == 2) throw Error("the second time");
    return CrossEntropy::value_and_gradient(outputs, targets, dy);
  }
};

TEST_CASE("a sharpness-aware step that fails uphill leaves the weights where they were", "[step]") {
  const auto data = make_data();
  Net net = make_net();
  const Net before = net;
  int calls = 0;
  FailsOnce loss;
  loss.calls = &calls;
  Trainer trainer(net, loss, SGD{}, {.sharpness_radius = 0.2});
  CHECK_THROWS_WITH(trainer.step(data.inputs(), data.targets()), "the second time");
  CHECK(distance(net, before) == 0);
  CHECK(trainer.steps() == 0);
  trainer.step(data.inputs(), data.targets());
  CHECK(distance(net, before) > 0);
}

TEST_CASE("gradients that are clipped are followed by the projection", "[step]") {
  const auto data = make_data();
  Net net = make_net();
  REQUIRE(net.layer<0>().weight.minCoeff() < -0.1);
  Trainer trainer(net, CrossEntropy{} + NonNegative{}, SGD{}, {.clip_norm = 1e-3});
  trainer.step(data.inputs(), data.targets());
  CHECK(net.layer<0>().weight.minCoeff() == 0);
  CHECK(net.layer<0>().weight.maxCoeff() > 0.1);
}

TEST_CASE("a report says what a step was made of", "[step]") {
  const auto data = make_data();
  Net net = make_net();
  const Net before = net;
  Trainer trainer(net, CrossEntropy{} + L2{0.1} + L1{0.01} + MaxNorm{5}, SGD{},
                  {.clip_global_norm = 1e-3, .report = true});
  const double loss = trainer.step(data.inputs(), data.targets());
  const StepReport& report = trainer.report();
  CHECK(report.loss == loss);
  REQUIRE(report.penalties.size() == 3);
  const auto close = [](double expected) { return Catch::Matchers::WithinRel(expected, 1e-12); };
  CHECK_THAT(report.penalties[0], close((CrossEntropy{} + L2{0.1}).penalty_of(before)));
  CHECK_THAT(report.penalties[1], close((CrossEntropy{} + L1{0.01}).penalty_of(before)));
  CHECK(report.penalties[2] == 0);
  StoredGradients<Net> of_data, of_all;
  gradient(before, CrossEntropy{}, data.inputs(), data.targets(), of_data);
  gradient(before, CrossEntropy{} + L2{0.1} + L1{0.01}, data.inputs(), data.targets(), of_all);
  CHECK_THAT(report.gradient_norm, close(of_data.norm()));
  double penalty = 0;
  detail::for_each_index<4>(
      [&](auto i) { penalty += (of_all.get<i>() - of_data.get<i>()).squaredNorm(); });
  CHECK_THAT(report.penalty_gradient_norm, close(std::sqrt(penalty)));
  CHECK_THAT(report.ratio(), close(report.penalty_gradient_norm / report.gradient_norm));
  CHECK(report.kept < 0.1);
}

TEST_CASE("a penalty's strength may change in a run", "[step]") {
  const auto data = make_data();
  const auto after = [&](double lambda, double factor) {
    Net net = make_net();
    Trainer trainer(net, CrossEntropy{} + L2{lambda} + L1{lambda / 10}, SGD{});
    trainer.scale_penalty(factor);
    trainer.step(data.inputs(), data.targets());
    CHECK_THAT(
        trainer.penalty(),
        Catch::Matchers::WithinRel(
            (CrossEntropy{} + L2{lambda * factor} + L1{lambda / 10 * factor}).penalty_of(net),
            1e-13));
    return net;
  };
  CHECK(distance(after(0.1, 3), after(0.3, 1)) < 1e-15);
  CHECK(distance(after(0.1, 3), after(0.1, 1)) > 1e-4);
  Net net = make_net();
  Trainer trainer(net, CrossEntropy{} + L2{1}, SGD{});
  CHECK_THROWS_AS(trainer.scale_penalty(-1), ValueError);
}

TEST_CASE("decay by itself shrinks, by the learning rate or by the schedule", "[step]") {
  Linear<double> net{3, 2};
  net.weight.setOnes();
  net.bias.setOnes();
  const auto after = [&](SGD sgd) {
    Linear<double> copy = net;
    Trainer trainer(copy, MeanSquaredError{}, sgd);
    trainer.step(Matrix<double>::Zero(3, 4).eval(), Matrix<double>::Ones(2, 4).eval());
    return copy.weight(0, 0);  // whose gradient is zero
  };
  using Catch::Matchers::WithinRel;
  const double rate = 0.1, decay = 0.02;
  CHECK_THAT(after({.learning_rate = rate, .weight_decay = decay}),
             WithinRel(1 - rate * decay, 1e-15));
  CHECK_THAT(after({.learning_rate = rate, .weight_decay = decay, .decay = Decay::decoupled}),
             WithinRel(1 - rate * decay, 1e-15));
  CHECK_THAT(after({.learning_rate = rate, .weight_decay = decay, .decay = Decay::independent}),
             WithinRel(1 - decay, 1e-15));
  CHECK_THAT(after({.learning_rate = rate,
                    .weight_decay = decay,
                    .decay = Decay::independent,
                    .schedule = 0.5}),
             WithinRel(1 - decay / 2, 1e-15));
  CHECK(after({.weight_decay = decay, .decays = "bias"}) == 1);
  CHECK(after({.weight_decay = decay, .decays = Role::bias}) == 1);
  CHECK(after({.weight_decay = decay, .decays = {"weight", "bias"}}) < 1);
  CHECK_THROWS_WITH(after({.decays = "fc1"}), Catch::Matchers::Contains("weight_decay"));
}

TEST_CASE("a network that has changed its sizes needs a new trainer", "[step]") {
  const auto data = make_data();
  Net net = make_net();
  Trainer trainer(net, CrossEntropy{}, SGD{.momentum = 0.9});
  trainer.step(data.inputs(), data.targets());
  Net larger{Linear<double>{6, 50}, ReLU{}, Linear<double>{50, 3}};
  initialize(larger, Random{1});
  net = larger;
  CHECK_THROWS_WITH(trainer.step(data.inputs(), data.targets()),
                    Catch::Matchers::Contains("0.weight is now 50 x 6 and was 5 x 6"));
}

TEST_CASE("options outside their domain are refused", "[step]") {
  Net net = make_net();
  const auto refused = [&](StepOptions options) {
    CHECK_THROWS_AS(Trainer(net, CrossEntropy{}, SGD{}, options), ValueError);
  };
  refused({.accumulate = 0});
  refused({.clip_value = -1});
  refused({.clip_norm = std::nan("")});
  refused({.clip_global_norm = -0.1});
  refused({.sharpness_radius = -0.1});
}

TEST_CASE("a trainer's options of steps are its own", "[step]") {
  const auto data = make_data();
  Net net = make_net();
  Trainer trainer(net, CrossEntropy{}, SGD{}, {.clip_norm = 1});
  CHECK_NOTHROW(fit(trainer, data, {}));
  CHECK_NOTHROW(fit(trainer, data, {.step = {.clip_norm = 1}}));
  CHECK_THROWS_AS(fit(trainer, data, {.step = {.clip_norm = 2}}), ValueError);
}

}  // namespace
