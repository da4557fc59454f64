// Linear models, trained until nothing moves any more, are those of scikit-learn, liblinear and
// glmnet: their penalties by their own numbers, and the same zeros. See
// tests/fixtures/make_linear_models.py.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "fixture.hpp"

namespace {

using namespace ridge;
using namespace test;

/// What coefficients may differ from those of another system.
constexpr double tolerance = 1e-8;
/// liblinear itself ends a little earlier.
constexpr double liblinear_tolerance = 1e-7;

const Fixture& fixture() {
  static const Fixture file("linear_models");
  return file;
}
Matrix<double> linear_inputs() { return fixture().batch("linear/inputs"); }
Matrix<double> linear_targets() { return fixture()["linear/targets"].vector<double>().transpose(); }
Matrix<double> logistic_inputs() { return fixture().batch("logistic/inputs"); }

/// The standard deviation of each row, by n.
Vector<double> deviations(const Matrix<double>& x) {
  return ((x.colwise() - x.rowwise().mean()).rowwise().squaredNorm() /
          static_cast<double>(x.cols()))
      .cwiseSqrt();
}

/// A constant factor of the learning rate.
double constant(int) { return 1; }

const SGD momentum{.learning_rate = 0.1, .momentum = 0.9};

/// A linear model, trained from zero on all samples at once.
template <class O, class Optimizer, class Targets>
Linear<double> trained(const O& objective, const Optimizer& optimizer, const Matrix<double>& x,
                       const Targets& targets, Index outputs = 1, int steps = 2000,
                       double (*schedule)(int) = constant) {
  Linear<double> model{x.rows(), outputs};
  Trainer trainer(model, objective, optimizer);
  for (int step = 0; step < steps; ++step) {
    trainer.modify_optimizer([&](auto& o) { o.schedule = schedule(step); });
    trainer.step(x, targets);
  }
  return model;
}

/// @param scale what each input was multiplied by
void check_model(const Linear<double>& model, const std::string& name, double bound = tolerance,
                 const Vector<double>& scale = Vector<double>::Ones(8)) {
  CAPTURE(name);
  Matrix<double> expected(model.weight.rows(), 8);
  if (expected.rows() == 1)
    expected = fixture()[name + "/coefficients"].vector<double>().transpose();
  else
    expected = fixture()[name + "/coefficients"].matrix<double>();
  const Matrix<double> found = model.weight * scale.asDiagonal();
  check_below((found - expected).cwiseAbs().maxCoeff(), bound);
  CHECK(((found.array() == 0) == (expected.array() == 0)).all());
  if (name.find("fit_intercept=False") == std::string::npos)
    check_below(
        (model.bias - fixture()[name + "/intercept"].vector<double>()).cwiseAbs().maxCoeff(),
        bound);
}

Index zeros(const Linear<double>& model) { return (model.weight.array() == 0).count(); }

// ---- Least squares ----------------------------------------------------------------------------

TEST_CASE("ridge regression is scikit-learn's", "[linear_models]") {
  const auto objective = MeanSquaredError{} + L2::from_sklearn_ridge(3, 60);
  const auto model = trained(objective, momentum, linear_inputs(), linear_targets());
  check_model(model, "ridge/alpha=3");
  CHECK(zeros(model) == 0);
  // The optimizer's own decay is the same, coupled or, without momentum, not.
  const double decay = L2::from_sklearn_ridge(3, 60).lambda();
  for (const Decay kind : {Decay::coupled, Decay::decoupled})
    check_model(
        trained(
            MeanSquaredError{},
            SGD{.learning_rate = 0.2, .weight_decay = decay, .decay = kind, .decays = Role::weight},
            linear_inputs(), linear_targets()),
        "ridge/alpha=3");
}

TEST_CASE("the lasso is scikit-learn's, with its zeros", "[linear_models]") {
  const auto objective = MeanSquaredError{} + L1::from_sklearn_lasso(0.1);
  for (const SGD& sgd : {momentum, SGD{.learning_rate = 0.2},
                         SGD{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
                         SGD{.learning_rate = 0.2, .momentum = 0.8, .dampening = 0.5}}) {
    CAPTURE(sgd.momentum, sgd.dampening, sgd.nesterov);
    const auto model = trained(objective, sgd, linear_inputs(), linear_targets());
    check_model(model, "lasso/alpha=0.1");
    CHECK(zeros(model) >= 3);
  }
}

TEST_CASE("the elastic net is scikit-learn's, with its zeros", "[linear_models]") {
  const auto objective = MeanSquaredError{} + ElasticNet::from_sklearn(0.1, 0.5);
  const auto model = trained(objective, momentum, linear_inputs(), linear_targets());
  check_model(model, "elastic_net/alpha=0.1,l1_ratio=0.5");
  CHECK(zeros(model) > 0);
}

TEST_CASE("with l1_ratio 1 an elastic net is the lasso", "[linear_models]") {
  const auto objective = MeanSquaredError{} + ElasticNet::from_sklearn(0.1, 1);
  check_model(trained(objective, momentum, linear_inputs(), linear_targets()), "lasso/alpha=0.1");
}

using Adaptive = OneOf<Adam, RMSprop, Adagrad>;

/// The largest violation of what makes a model the lasso of `lambda`: for w != 0 the gradient of
/// the loss is -lambda sign(w), for w = 0 at most lambda, and for the bias it is 0.
double violation(const Linear<double>& model, double lambda) {
  StoredGradients<Linear<double>> stored;
  gradient(model, MeanSquaredError{}, linear_inputs(), linear_targets(), stored);
  double worst = std::abs(stored.get<1>()(0));
  for (Index i = 0; i < model.weight.size(); ++i) {
    const double w = model.weight(i), g = stored.get<0>()(i);
    worst = std::max(worst, w == 0 ? std::abs(g) - lambda : std::abs(g + std::copysign(lambda, w)));
  }
  return worst;
}

TEST_CASE("every optimizer finds the same lasso", "[linear_models]") {
  const L1 lasso = L1::from_sklearn_lasso(0.1);
  const auto objective = MeanSquaredError{} + lasso;
  const auto x = linear_inputs(), y = linear_targets();

  SECTION("what divides by gradients that never grow smaller comes to rest by itself") {
    const Adaptive optimizer =
        GENERATE(Adaptive(Adam{.learning_rate = 0.01, .amsgrad = true}),
                 Adaptive(Adagrad{.learning_rate = 1}),
                 Adaptive(Adagrad{.learning_rate = 1, .initial_accumulator = 0.5}));
    const auto model = trained(objective, optimizer, x, y, 1, 8000);
    check_model(model, "lasso/alpha=0.1");
    check_below(violation(model, lasso.lambda()), tolerance);
  }
  // The bias has a gradient of 0 in the end, by which the others divide: their steps stay as large
  // as the learning rate, so that it must fall.
  SECTION("the others do so with a learning rate that falls") {
    const Adaptive optimizer = GENERATE(
        Adaptive(Adam{.learning_rate = 0.05}), Adaptive(RMSprop{.learning_rate = 0.02}),
        Adaptive(RMSprop{.learning_rate = 0.005, .momentum = 0.8}),
        Adaptive(RMSprop{.learning_rate = 0.01, .alpha = 0.9, .epsilon = 0.1, .centered = true}));
    const auto model = trained(objective, optimizer, x, y, 1, 12000,
                               [](int step) { return std::pow(0.998, std::max(0, step - 3000)); });
    check_model(model, "lasso/alpha=0.1", 1e-5);
    check_below(violation(model, lasso.lambda()), 1e-5);
  }
}

TEST_CASE("glmnet's gaussian family, by its own numbers", "[linear_models]") {
  const auto y = linear_targets();
  const double alpha = GENERATE(1.0, 0.5);
  const bool standardize = GENERATE(false, true);
  Matrix<double> x = linear_inputs();
  Vector<double> scale = Vector<double>::Ones(8);
  if (standardize) scale = deviations(x).cwiseInverse();
  x = scale.asDiagonal() * x;
  const auto objective =
      MeanSquaredError{} + ElasticNet::from_glmnet_gaussian(0.1, alpha, deviations(y)(0));
  const auto model = trained(objective, momentum, x, y);
  const std::string name =
      alpha == 1 ? "gaussian,alpha=1,lambda=0.1" : "gaussian,alpha=0.5,lambda=0.1";
  check_model(model, "glmnet/" + name + (standardize ? "" : ",standardize=FALSE"), tolerance,
              scale);
  CHECK(zeros(model) > 0);
}

// ---- Logistic regression ----------------------------------------------------------------------

TEST_CASE("logistic regression is scikit-learn's and liblinear's", "[linear_models]") {
  const auto x = logistic_inputs();
  const auto labels = fixture().labels("logistic/labels");
  const L2 penalty = L2::from_liblinear(0.7, 60);
  const SGD sgd{.learning_rate = 0.5, .momentum = 0.9};
  check_model(trained(BinaryCrossEntropy{} + penalty, sgd, x, labels), "logistic/C=0.7");
  check_model(trained(BinaryCrossEntropy{} + penalty.on(Role::weight | Role::bias), sgd, x, labels),
              "liblinear/C=0.7", liblinear_tolerance);
}

TEST_CASE("a bias that L1 holds at zero is none", "[linear_models]") {
  const auto objective =
      BinaryCrossEntropy{} + L2::from_liblinear(0.7, 60) + L1{1e3}.on(Role::bias);
  const auto model = trained(objective, SGD{.learning_rate = 0.5, .momentum = 0.9},
                             logistic_inputs(), fixture().labels("logistic/labels"));
  check_model(model, "liblinear/C=0.7,fit_intercept=False", liblinear_tolerance);
  CHECK(model.bias(0) == 0);
}

TEST_CASE("logistic regression of three classes is scikit-learn's", "[linear_models]") {
  const auto objective = CrossEntropy{} + L2::from_liblinear(0.7, 60);
  const auto model = trained(objective, SGD{.learning_rate = 0.5, .momentum = 0.9},
                             logistic_inputs(), fixture().labels("multinomial/labels"), 3);
  check_model(model, "multinomial/C=0.7");
}

TEST_CASE("two logits with half the penalty each are one", "[linear_models]") {
  const auto labels = fixture().labels("logistic/labels");
  const L2 whole = L2::from_liblinear(0.7, 60);
  const auto two =
      trained(CrossEntropy{} + L2{2 * whole.lambda()}, SGD{.learning_rate = 0.5, .momentum = 0.9},
              logistic_inputs(), labels, 2);
  Linear<double> one{8, 1};
  one.weight = two.weight.row(1) - two.weight.row(0);
  one.bias(0) = two.bias(1) - two.bias(0);
  check_model(one, "logistic/C=0.7");
}

TEST_CASE("glmnet's binomial family, by its own numbers", "[linear_models]") {
  const double alpha = GENERATE(1.0, 0.5);
  const bool standardize = GENERATE(false, true);
  Matrix<double> x = logistic_inputs();
  Vector<double> scale = Vector<double>::Ones(8);
  if (standardize) scale = deviations(x).cwiseInverse();
  x = scale.asDiagonal() * x;
  const auto objective = BinaryCrossEntropy{} + ElasticNet::from_glmnet_logistic(0.02, alpha);
  const auto model = trained(objective, SGD{.learning_rate = 0.5, .momentum = 0.9}, x,
                             fixture().labels("logistic/labels"));
  const std::string name =
      alpha == 1 ? "binomial,alpha=1,lambda=0.02" : "binomial,alpha=0.5,lambda=0.02";
  check_model(model, "glmnet/" + name + (standardize ? "" : ",standardize=FALSE"), tolerance,
              scale);
  CHECK(zeros(model) > 0);
}

}  // namespace
