// L1 and group lasso: proximal steps that are exact, zeros that are zeros.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

/// Regression on 12 inputs of which the first four matter.
struct Problem {
  Matrix<double> x = random_matrix(12, 200, 1), y;
  Problem() {
    Matrix<double> w = Matrix<double>::Zero(1, 12);
    w.leftCols(4) << 1.5, -1, 0.7, 2;
    y = w * x + 0.1 * random_matrix(1, 200, 2);
  }
};

/// The largest violation of what makes w a minimum of mean squared error + lambda |w|_1: for w != 0
/// the gradient is -lambda sign(w), for w = 0 it is between -lambda and lambda.
double violation(const Linear<double>& net, const Problem& problem, double lambda) {
  StoredGradients<Linear<double>> stored;
  gradient(net, MeanSquaredError{}, problem.x, problem.y, stored);
  double worst = 0;
  for (Index i = 0; i < net.weight.size(); ++i) {
    const double w = net.weight(i), g = stored.get<0>()(i);
    worst = std::max(worst, w == 0 ? std::abs(g) - lambda : std::abs(g + std::copysign(lambda, w)));
  }
  return worst;
}

TEST_CASE("with L1 the minimum is reached exactly, whatever the momentum", "[sparsity]") {
  const Problem problem;
  const double lambda = GENERATE(0.05, 0.3);
  const SGD sgd = GENERATE(SGD{.learning_rate = 0.1}, SGD{.learning_rate = 0.02, .momentum = 0.9},
                           SGD{.learning_rate = 0.05, .momentum = 0.8, .dampening = 0.5},
                           SGD{.learning_rate = 0.02, .momentum = 0.9, .nesterov = true});
  CAPTURE(lambda, sgd.momentum, sgd.dampening, sgd.nesterov);
  Linear<double> net{12, 1};
  initialize(net, Random{3});
  Trainer trainer(net, MeanSquaredError{} + L1{lambda}, sgd);
  for (int step = 0; step < 3000; ++step) trainer.step(problem.x, problem.y);
  CHECK(violation(net, problem, lambda) < 1e-10);
  CHECK((net.weight.array() == 0).count() >= 8 - (lambda < 0.1 ? 4 : 0));
}

TEST_CASE("a subgradient comes near zero and never there", "[sparsity]") {
  const Problem problem;
  Linear<double> net{12, 1};
  initialize(net, Random{3});
  Trainer trainer(net, MeanSquaredError{} + L1{0.3}.by_subgradient(), SGD{.learning_rate = 0.1});
  for (int step = 0; step < 3000; ++step) trainer.step(problem.x, problem.y);
  CHECK((net.weight.array() == 0).count() == 0);
  CHECK((net.weight.array().abs() < 0.1).count() >= 8);
}

TEST_CASE("zeros stay zeros in mini-batches while the penalty outweighs the gradient",
          "[sparsity]") {
  const Problem problem;
  Linear<double> net{12, 1};  // all zero
  Trainer trainer(net, MeanSquaredError{} + L1{100}, SGD{.learning_rate = 0.1, .momentum = 0.9});
  for (Index n = 0; n + 10 <= 200; n += 10) {
    trainer.step(problem.x.middleCols(n, 10), problem.y.middleCols(n, 10));
    CHECK((net.weight.array() == 0).all());
  }
  CHECK(net.bias(0) != 0);
}

TEST_CASE("the fused proximal step is the stored one", "[sparsity]") {
  const auto objective = MeanSquaredError{} + L1{0.02} + GroupLasso{0.01} + L2{0.1} + MaxNorm{0.6};
  const SGD sgd{.learning_rate = 0.05, .momentum = 0.9};
  const Matrix<double> x = random_matrix(70, 33, 4), y = random_matrix(3, 33, 5);
  const auto trained = [&](StepOptions options, int threads) {
    set_threads(threads);
    Sequential net{Linear<double>{70, 50}, ReLU{}, Linear<double>{50, 3}};
    initialize(net, Random{6});
    Trainer trainer(net, objective, sgd, options);
    for (int step = 0; step < 20; ++step) trainer.step(x, y);
    set_threads(detail::processors());
    return net;
  };
  const auto fused = trained({}, 1), stored = trained({.clip_value = 1e9}, 1);
  const auto& w = fused.layer<0>().weight;
  CHECK((w.array() == 0).count() > 100);
  CHECK((w - stored.layer<0>().weight).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(((w.array() == 0) == (stored.layer<0>().weight.array() == 0)).all());
  for (const int threads : {2, 3, 7}) CHECK(trained({}, threads) == fused);
}

/// u of `prox_groups`, by a plain search: what minimizes sum (w - u)^2 / 2t + lambda |w| is a
/// multiple of u for one t.
Vector<double> plain_group_prox(const Vector<double>& u, double t) {
  return u.norm() > t ? ((1 - t / u.norm()) * u).eval() : Vector<double>::Zero(u.size()).eval();
}

TEST_CASE("a group's proximal step is what minimizes its objective", "[sparsity]") {
  const Matrix<double> u = random_matrix(4, 5, 7);
  const double lambda = 0.3;
  const ParameterInfo info{Role::weight, "weight", 4, 5};
  for (const Groups groups : {Groups::incoming, Groups::outgoing}) {
    const bool rows = groups == Groups::incoming;
    const auto term = GroupLasso{lambda, groups}.at(info);
    const double strength = lambda * std::sqrt(rows ? 5.0 : 4.0);

    SECTION(rows ? "one step size, incoming" : "one step size, outgoing") {
      Eigen::Array<double, Dynamic, Dynamic> w = u.array();
      term.prox_groups(w, 1.7);
      for (Index g = 0; g < (rows ? 4 : 5); ++g) {
        const Vector<double> was = rows ? u.row(g).transpose().eval() : u.col(g).eval();
        const Vector<double> is =
            rows ? w.matrix().row(g).transpose().eval() : w.matrix().col(g).eval();
        CHECK((is - plain_group_prox(was, 1.7 * strength)).norm() < 1e-14);
      }
    }
    SECTION(rows ? "a step size each, incoming" : "a step size each, outgoing") {
      Eigen::Array<double, Dynamic, Dynamic> w = u.array(), same = u.array();
      const Eigen::Array<double, Dynamic, 1> steps = random_matrix(20, 1, 8).array() + 1.2;
      term.prox_groups(w, steps);
      for (Index g = 0; g < (rows ? 4 : 5); ++g) {
        double norm = 0, largest = 0, reach = 0;
        for (Index k = 0; k < (rows ? 5 : 4); ++k) {
          const Index i = rows ? g : k, j = rows ? k : g;
          norm += w(i, j) * w(i, j);
        }
        norm = std::sqrt(norm);
        for (Index k = 0; k < (rows ? 5 : 4); ++k) {
          const Index i = rows ? g : k, j = rows ? k : g;
          const double t = steps(i + 4 * j);
          reach += u(i, j) * u(i, j) / (t * t);
          // Where it is not zero: (w - u) / t + lambda w / |w| = 0
          if (norm > 0)
            largest =
                std::max(largest, std::abs((w(i, j) - u(i, j)) / t + strength * w(i, j) / norm));
        }
        if (norm == 0)
          CHECK(std::sqrt(reach) <= strength);
        else
          CHECK(largest < 1e-12);
      }
      // Equal steps are one step.
      term.prox_groups(same, Eigen::Array<double, Dynamic, 1>::Constant(20, 0.4).eval());
      Eigen::Array<double, Dynamic, Dynamic> one = u.array();
      term.prox_groups(one, 0.4);
      CHECK((same - one).abs().maxCoeff() < 1e-14);
    }
  }
}

TEST_CASE("group lasso empties whole neurons", "[sparsity]") {
  const Problem problem;
  Sequential net{Linear<double>{12, 20}, ReLU{}, Linear<double>{20, 1}};
  initialize(net, Random{3});
  Trainer trainer(net, MeanSquaredError{} + GroupLasso{0.02}, SGD{.learning_rate = 0.05});
  for (int step = 0; step < 2000; ++step) trainer.step(problem.x, problem.y);
  const auto& w = net.layer<0>().weight;
  const Index empty = (w.rowwise().norm().array() == 0).count();
  CHECK(empty >= 5);
  CHECK(empty < 20);
  CHECK((w.array() == 0).count() == 12 * empty);
}

TEST_CASE("an elastic net is the sum of its parts", "[sparsity]") {
  const Problem problem;
  const auto trained = [&](auto penalty) {
    Linear<double> net{12, 1};
    initialize(net, Random{3});
    Trainer trainer(net, MeanSquaredError{} + penalty, SGD{.learning_rate = 0.1});
    for (int step = 0; step < 100; ++step) trainer.step(problem.x, problem.y);
    return net;
  };
  const auto net = trained(ElasticNet{0.1, 0.2});
  CHECK(net == trained(L1{0.1} + L2{0.2}));
  CHECK((net.weight - trained(L2{0.2} + L1{0.1}).weight).norm() < 1e-14);
  CHECK(net == trained(ElasticNet::from_sklearn(0.15, 1.0 / 3)));
}

TEST_CASE("penalties go where they are told to", "[sparsity]") {
  const auto trained = [](auto penalty) {
    Sequential net{named("fc1", Linear<double>{6, 8}), ReLU{}, named("fc2", Linear<double>{8, 2})};
    initialize(net, Random{3});
    Trainer trainer(net, MeanSquaredError{} + penalty, SGD{.learning_rate = 0.01});
    trainer.step(random_matrix(6, 9, 1), random_matrix(2, 9, 2));
    return net;
  };
  const auto zeros = [](const auto& m) { return (m.array() == 0).count(); };
  const auto layer = trained(L1{1e6}.on("fc2"));
  CHECK(zeros(layer.template layer<0>().weight) == 0);
  CHECK(zeros(layer.template layer<2>().weight) == 16);
  CHECK(zeros(layer.template layer<2>().bias) == 0);
  const auto named_ones = trained(L1{1e6}.on({"fc1.bias", "fc2.weight"}));
  CHECK(zeros(named_ones.template layer<0>().weight) == 0);
  CHECK(zeros(named_ones.template layer<0>().bias) == 8);
  CHECK(zeros(named_ones.template layer<2>().weight) == 16);
  const auto biases = trained(GroupLasso{1e6}.on(Role::bias));
  CHECK(zeros(biases.template layer<0>().bias) == 8);
  CHECK(zeros(biases.template layer<0>().weight) == 0);
  const auto different = trained(L1{1e6}.on("fc1") + NonNegative{}.on("fc2"));
  CHECK(zeros(different.template layer<0>().weight) == 48);
  CHECK(different.template layer<2>().weight.minCoeff() == 0);
  CHECK(different.template layer<2>().weight.maxCoeff() > 0);

  CHECK_THROWS_WITH(trained(L1{1}.on("fc3")), Catch::Matchers::Contains("\"fc3\"") &&
                                                  Catch::Matchers::Contains("fc1.weight"));
  CHECK_THROWS_AS(trained(L2{1}.on({"fc1", "fc"})), ValueError);
  CHECK_THROWS_AS(trained(L2{1} + MaxNorm{1}.on("fc")), ValueError);
  CHECK_THROWS_WITH(trained(GroupLasso{1} + MaxNorm(1, Groups::outgoing)),
                    Catch::Matchers::Contains("overlap"));
  CHECK_NOTHROW(trained(GroupLasso{1}.on("fc1") + MaxNorm(1, Groups::outgoing).on("fc2")));
}

TEST_CASE("numbers of other systems", "[sparsity]") {
  const auto is = [](double got, double expected) {
    CHECK_THAT(got, Catch::Matchers::WithinRel(expected, 1e-15));
  };
  is(L2::from_pytorch(0.3).lambda(), 0.3);
  CHECK(L2::from_pytorch(0.3).selection() == Selection(all_roles));
  is(L2::from_keras(0.3).lambda(), 0.6);
  is(L2::from_sklearn_ridge(3, 60).lambda(), 0.1);
  is(L2::from_sklearn_mlp(0.1, 20).lambda(), 0.005);
  is(L2::from_sklearn_mlp(0.1, 20, true).lambda(), 0.01);
  is(L2::from_liblinear(0.5, 40).lambda(), 0.05);
  is(L1::from_keras(0.3).lambda(), 0.3);
  is(L1::from_sklearn_lasso(0.3).lambda(), 0.6);
  is(ElasticNet::from_sklearn(0.2, 0.25).first().lambda(), 0.1);
  is(ElasticNet::from_sklearn(0.2, 0.25).second().lambda(), 0.3);
  is(ElasticNet::from_glmnet_gaussian(0.2, 0.25, 2).first().lambda(), 0.1);
  is(ElasticNet::from_glmnet_gaussian(0.2, 0.25, 2).second().lambda(), 0.15);
  CHECK_THROWS_AS(ElasticNet::from_glmnet_gaussian(0.2, 0.25, 0), ValueError);
  is(ElasticNet::from_glmnet_logistic(0.2, 0.25).first().lambda(), 0.05);
  is(ElasticNet::from_glmnet_logistic(0.2, 0.25).second().lambda(), 0.15);

  CHECK_THROWS_AS(L2{1}.on({}), ValueError);
  CHECK_THROWS_AS(L1{-1}, ValueError);
  CHECK_THROWS_AS(GroupLasso{std::nan("")}, ValueError);
  CHECK_THROWS_AS(L2::from_sklearn_ridge(1, 0), ValueError);
  CHECK_THROWS_AS(L2::from_liblinear(0, 10), ValueError);
  CHECK_THROWS_AS(ElasticNet::from_sklearn(1, 1.5), ValueError);
  CHECK_THROWS_AS(ElasticNet(1, -1), ValueError);
}

TEST_CASE("a group's step with step sizes of zero, tiny ones, and NaN", "[sparsity]") {
  const auto term = GroupLasso{1}.at({Role::weight, "weight", 1, 2});
  const auto after = [&](double u0, double u1, double t0, double t1) {
    Eigen::Array<double, Dynamic, Dynamic> w(1, 2);
    w << u0, u1;
    Eigen::Array<double, Dynamic, 1> steps(2);
    steps << t0, t1;
    term.prox_groups(w, steps);
    return std::pair{w(0), w(1)};
  };
  CHECK(after(1, 2, 0, 0) == std::pair{1.0, 2.0});
  CHECK(after(1, 2, 0, 1e-4).first == 1);
  CHECK(std::abs(after(1, 2, 0, 1e-4).second - 2) < 1e-3);
  CHECK(after(1, 2, 1e-120, 1e-120) == std::pair{1.0, 2.0});
  CHECK(after(0, 0, 0, 1) == std::pair{0.0, 0.0});
  CHECK(after(1, 2, 1e3, 1e3) == std::pair{0.0, 0.0});
  CHECK(std::isnan(after(std::nan(""), 0, 1, 1).first));
}

TEST_CASE("the gradient of a sum with a group lasso is the sum of gradients", "[sparsity]") {
  const Linear<double> net = [] {
    Linear<double> made{5, 4};
    initialize(made, Random{1});
    return made;
  }();
  const Matrix<double> x = random_matrix(5, 7, 1), y = random_matrix(4, 7, 2);
  const auto of = [&](const auto& penalty) {
    StoredGradients<Linear<double>> stored;
    gradient(net, MeanSquaredError{} + penalty, x, y, stored);
    return stored.get<0>();
  };
  const Matrix<double> data = of(NoPenalty{});
  const Matrix<double> sum = of(GroupLasso{0.3} + L2{0.2} + L1{0.1});
  CHECK((sum - data - (of(GroupLasso{0.3}) - data) - (of(L2{0.2}) - data) - (of(L1{0.1}) - data))
            .norm() < 1e-13);
}

}  // namespace
