// Penalties and weight decay: what they compute, what they touch, and that they are one thing.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using Catch::Matchers::WithinRel;

/// Two hidden layers, initialized.
auto make_net() {
  Sequential net{named("fc1", Linear<double>{6, 8}), ReLU{}, named("fc2", Linear<double>{8, 5}),
                 Tanh{}, named("fc3", Linear<double>{5, 3})};
  initialize(net, Random{1});
  return net;
}
using Net = decltype(make_net());

Dataset<double, int> make_data() {
  Random random{2};
  Matrix<double> x(6, 40);
  RowVector<int> labels(40);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  return {std::move(x), std::move(labels)};
}

/// The network after so many steps, each on all the data.
template <class O>
Net trained(const O& objective, const SGD& sgd, int steps) {
  Net net = make_net();
  const auto data = make_data();
  Trainer trainer(net, objective, sgd);
  for (int step = 0; step < steps; ++step) trainer.step(data.inputs(), data.targets());
  return net;
}

struct Value {
  std::string name;
  Role role;
  Matrix<double> value;
};

std::vector<Value> values_of(const Net& net) {
  std::vector<Value> values;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    values.push_back({name, parameter.role, parameter.value});
  });
  return values;
}

double largest(const Matrix<double>& m) { return m.cwiseAbs().maxCoeff(); }

/// The largest difference between the weights and biases of two networks.
double distance(const Net& net_a, const Net& net_b) {
  const auto a = values_of(net_a), b = values_of(net_b);
  double distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    distance = std::max(distance, largest(a[i].value - b[i].value));
  return distance;
}

const SGD optimizers[] = {
    {.learning_rate = 0.1},
    {.learning_rate = 0.1, .momentum = 0.9},
    {.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.3},
    {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
};

SGD with_decay(SGD sgd, double weight_decay, Roles decays = all_roles) {
  sgd.weight_decay = weight_decay;
  sgd.decays = decays;
  return sgd;
}

TEST_CASE("weight decay and a penalty take the same path", "[penalty]") {
  constexpr double c = 0.03, same = 1e-14, apart = 1e-3;
  for (const SGD& sgd : optimizers) {
    CAPTURE(sgd.momentum, sgd.dampening, sgd.nesterov);
    const auto penalized = [&](L2 penalty) { return trained(CrossEntropy{} + penalty, sgd, 30); };
    const auto decayed = [&](double decay, Roles roles) {
      return trained(CrossEntropy{}, with_decay(sgd, decay, roles), 30);
    };
    const Net of_all = decayed(c, all_roles), of_weights = decayed(c, Role::weight);
    CHECK(distance(of_all, penalized(L2{c}.on(all_roles))) < same);
    CHECK(distance(of_weights, penalized(L2{c})) < same);
    CHECK(distance(of_all, of_weights) > apart);

    const Net of_twice = decayed(2 * c, all_roles);
    CHECK(distance(of_twice, penalized(L2::sum_of_squares(c).on(all_roles))) < same);
    CHECK(distance(of_twice, of_all) > apart);
  }
}

TEST_CASE("a lambda above zero always changes the update", "[penalty]") {
  const double lambda = GENERATE(1.0, 1e-2, 1e-4, 1e-6);
  const auto initial = values_of(make_net());
  for (const SGD& sgd : optimizers) {
    // The penalty's share of the first step is -rate lambda w.
    const double rate = sgd.learning_rate * (sgd.nesterov ? 1 + sgd.momentum : 1);
    const auto plain = values_of(trained(CrossEntropy{}, sgd, 1));
    const auto check = [&](const Net& net) {
      const auto changed = values_of(net);
      for (std::size_t i = 0; i < initial.size(); ++i) {
        CAPTURE(lambda, sgd.momentum, sgd.nesterov, initial[i].name);
        const Matrix<double> share = changed[i].value - plain[i].value;
        CHECK(largest(share) > 0);
        CHECK(largest(share + rate * lambda * initial[i].value) < 1e-15);
      }
    };
    check(trained(CrossEntropy{} + L2{lambda}.on(all_roles), sgd, 1));
    check(trained(CrossEntropy{}, with_decay(sgd, lambda), 1));
  }
}

TEST_CASE("L2 touches weights only, unless told otherwise", "[penalty]") {
  const auto plain = values_of(trained(CrossEntropy{}, SGD{}, 1));
  const auto touches = [&](const L2& penalty) {
    const auto penalized = values_of(trained(CrossEntropy{} + penalty, SGD{}, 1));
    std::string touched;
    for (std::size_t i = 0; i < plain.size(); ++i)
      if (penalized[i].value != plain[i].value) touched += penalized[i].name + " ";
    return touched;
  };
  CHECK(touches(L2{0.1}) == "fc1.weight fc2.weight fc3.weight ");
  CHECK(touches(L2{0.1}.on(Role::bias)) == "fc1.bias fc2.bias fc3.bias ");
  CHECK(touches(L2{0.1}.on(all_roles)) ==
        "fc1.weight fc1.bias fc2.weight fc2.bias fc3.weight fc3.bias ");
  CHECK(touches(L2{0.1}.on(Role::scale)).empty());
  CHECK(touches(L2{0}).empty());
}

TEST_CASE("L2 says which lambda it rejects", "[penalty]") {
  using limits = std::numeric_limits<double>;
  const std::pair<double, std::string> rejected[] = {{-0.25, "-0.25"},
                                                     {-1e-300, "-1e-300"},
                                                     {limits::infinity(), "inf"},
                                                     {-limits::infinity(), "-inf"},
                                                     {limits::quiet_NaN(), "nan"}};
  for (const auto& [lambda, shown] : rejected) {
    const auto message_of = [value = lambda](auto make) {
      return test::message_of<ValueError>([&] { make(value); });
    };
    const std::string problem = "lambda must be a finite number >= 0, got " + shown;
    CHECK(message_of([](double value) { return L2{value}; }) == "L2: " + problem);
    CHECK(message_of(L2::sum_of_squares) == "L2::sum_of_squares: " + problem);
  }
}

TEST_CASE("the values of penalties are those of their formulas", "[penalty]") {
  const Eigen::Array<double, 2, 3> w{{1, -2, 3}, {0.5, 0, -4}};  // sum of squares 30.25
  CHECK(L2{0.2}.value(w) == 0.1 * 30.25);
  CHECK((L2{0.2}.gradient(w) == 0.2 * w).all());
  CHECK(L2::sum_of_squares(0.2).value(w) == 0.2 * 30.25);
  CHECK((L2::sum_of_squares(0.2).gradient(w) == 0.4 * w).all());
  CHECK(NoPenalty{}.value(w) == 0);
  CHECK((NoPenalty{}.gradient(w) == 0 * w).all());

  const auto sum = L2{0.2} + L2{0.4}.on(Role::bias) + NoPenalty{};
  const auto of_weight = sum.at({Role::weight, "w", 2, 2}),
             of_bias = sum.at({Role::bias, "b", 2, 1});
  CHECK(of_weight.value(w) == 0.1 * 30.25);
  CHECK((of_weight.gradient(w) == 0.2 * w).all());
  CHECK(of_bias.value(w) == 0.2 * 30.25);
  CHECK((of_bias.gradient(w) == 0.4 * w).all());
  CHECK_THAT(sum.value(w), WithinRel(0.3 * 30.25, 1e-15));
  CHECK((sum.gradient(w) - 0.6 * w).abs().maxCoeff() < 1e-15);
}

TEST_CASE("a float's penalty is summed in double", "[penalty]") {
  const auto w = Eigen::ArrayXf::Constant(1'000'000, 1e-3f);
  CHECK_THAT(L2{2}.value(w), WithinRel(1e6 * 1e-3f * 1e-3f, 1e-10));
}

TEST_CASE("losses and penalties compose with +", "[penalty]") {
  using TwoL2 = PenaltySum<L2, L2>;
  const CrossEntropy loss;
  const L2 a{0.1}, b{0.2};
  STATIC_REQUIRE(std::same_as<decltype(loss + a), Objective<CrossEntropy, L2>>);
  STATIC_REQUIRE(std::same_as<decltype(loss + a + b), Objective<CrossEntropy, TwoL2>>);
  STATIC_REQUIRE(std::same_as<decltype(loss + (a + b)), Objective<CrossEntropy, TwoL2>>);
  STATIC_REQUIRE(std::same_as<decltype(as_objective(loss)), Objective<CrossEntropy, NoPenalty>>);
  STATIC_REQUIRE(std::same_as<decltype(as_objective(loss + a)), Objective<CrossEntropy, L2>>);
  STATIC_REQUIRE(std::same_as<decltype(a + loss), Objective<CrossEntropy, L2>>);

  CHECK((loss + a).penalty == a);
  CHECK(loss + a + b == loss + (a + b));
  CHECK(loss + a != loss + b);
  CHECK((a + b).first() == a);
  CHECK((a + b).second() == b);
  CHECK(as_objective(loss + a) == loss + a);
  CHECK(a.on(all_roles) != a);
}

/// What a program may derive to give an objective a name.
struct MyObjective : Objective<MeanSquaredError, L2> {
  MyObjective() : Objective{{}, L2{0.5}} {}
};
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
static_assert(!Addable<std::string, L2> && !Addable<L2, std::string>);

TEST_CASE("an objective may be derived from", "[penalty]") {
  const auto sum = MyObjective{} + L1{0.25};
  CHECK(sum == MeanSquaredError{} + L2{0.5} + L1{0.25});
  Linear<double> net{1, 1};
  net.weight(0, 0) = 2;
  const Matrix<double> x = Matrix<double>::Ones(1, 1);
  Trainer trainer(net, MyObjective{}, SGD{});
  CHECK(trainer.penalty() == 1);
  fit(net, MyObjective{}, SGD{}, Dataset<double, double>{x, x}, {.epochs = 1});
}

TEST_CASE("a network's penalty is the sum over its parameters", "[penalty]") {
  const Net net = make_net();
  double weights = 0, biases = 0;
  for (const Value& parameter : values_of(net))
    (parameter.role == Role::weight ? weights : biases) += parameter.value.squaredNorm();
  const auto penalty_of = [&](const auto& penalty) {
    return (MeanSquaredError{} + penalty).penalty_of(net);
  };
  CHECK_THAT(penalty_of(L2{0.3}), WithinRel(0.3 / 2 * weights, 1e-14));
  CHECK_THAT(penalty_of(L2::sum_of_squares(0.3)), WithinRel(0.3 * weights, 1e-14));
  CHECK_THAT(penalty_of(L2{0.3} + L2{0.8}.on(Role::bias)),
             WithinRel(0.3 / 2 * weights + 0.8 / 2 * biases, 1e-14));
  CHECK(as_objective(CrossEntropy{}).penalty_of(net) == 0);
}

TEST_CASE("fit reports data loss, penalty and objective apart", "[penalty]") {
  constexpr double lambda = 0.02;
  const auto data = make_data();
  const SGD sgd{.learning_rate = 0.1, .momentum = 0.9};
  // One step an epoch, so that an epoch's loss is that of the weights before it.
  const FitOptions options{.epochs = 3, .batch_size = data.size(), .shuffle = false};

  Net net = make_net();
  double loss = evaluate(net, CrossEntropy{}, data).loss;
  fit(net, CrossEntropy{} + L2{lambda}, sgd, data, options, [&](const EpochReport& report) {
    double weights = 0;
    for (const Value& parameter : values_of(net))
      if (parameter.role == Role::weight) weights += parameter.value.squaredNorm();
    CHECK_THAT(report.train_loss, WithinRel(loss, 1e-12));
    CHECK_THAT(report.penalty, WithinRel(lambda / 2 * weights, 1e-12));
    CHECK(report.objective == report.train_loss + report.penalty);
    loss = evaluate(net, CrossEntropy{}, data).loss;
  });

  const auto reports = fit(net, CrossEntropy{}, with_decay(sgd, 0.1), data, options);
  for (const EpochReport& report : reports) {
    CHECK(report.penalty == 0);  // weight decay is the optimizer's, not a penalty of the objective
    CHECK(report.objective == report.train_loss);
  }
}

}  // namespace
