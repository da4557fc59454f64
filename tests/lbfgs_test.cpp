// L-BFGS finds what scikit-learn finds, the numbers of tests/fixtures/make_linear_models.py, and
// never makes it worse.
#include "catch.hpp"

#if !__has_include(<LBFGS.h>)

TEST_CASE("L-BFGS needs LBFGS++", "[lbfgs]") {
  WARN("skipped: LBFGS++ is not installed (Debian: liblbfgspp-dev)");
}

#else

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include <ridge/constraints/max_norm.hpp>
#include <ridge/constraints/non_negative.hpp>
#include <ridge/penalties/elastic_net.hpp>
#include <ridge/penalties/group_lasso.hpp>
#include <ridge/ridge.hpp>
#include <ridge/training/lbfgs.hpp>

#include "fixture.hpp"

namespace {

using namespace ridge;

using test::Fixture;

const Fixture& fixture() {
  static const Fixture file("linear_models");
  return file;
}
/// A tensor of one dimension as a row.
Matrix<double> row(const std::string& name) { return fixture()[name].vector<double>().transpose(); }

/// The tolerance at which coefficients are compared to 1e-6.
constexpr LBFGS exact{.gradient_tolerance = 1e-8};

template <class A, class B>
double distance(const A& a, const B& b) {
  return static_cast<double>((a - b).cwiseAbs().maxCoeff());
}

void check_converged(const MinimizeReport& report, double tolerance) {
  INFO(report.why);
  CHECK(report.converged);
  CHECK(report.gradient_norm <= tolerance);
  CHECK(report.iterations > 0);
  CHECK(report.iterations < 100);
  CHECK(report.evaluations >= report.iterations);
  CHECK(report.why == "the gradient's norm is within gradient_tolerance");
}

/// The weights that a report is about are those of the network.
template <class Net, class O, class X, class Targets>
void check_describes(const MinimizeReport& report, const Net& net, const O& objective, const X& x,
                     const Targets& targets) {
  StoredGradients<Net> stored(net);
  CHECK_THAT(gradient(net, objective, x, targets, stored),
             Catch::Matchers::WithinRel(report.objective, 1e-12));
  double sum = 0;
  detail::for_each_index<parameter_count<Net>>(
      [&](auto i) { sum += static_cast<double>(stored.template get<i>().squaredNorm()); });
  CHECK(std::abs(std::sqrt(sum) - report.gradient_norm) <= 1e-6 * report.gradient_norm + 1e-14);
}

// ---- The same as scikit-learn -----------------------------------------------------------------

TEST_CASE("L-BFGS finds ridge regression's solution", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("linear/inputs"), y = row("linear/targets");
  Linear<double> net{8, 1};
  // |y - Xw|^2 + 3 |w|^2, divided by the number of samples
  const auto objective = MeanSquaredError{} + L2{2 * 3.0 / 60};
  const MinimizeReport report = minimize(net, objective, x, y, exact);
  check_converged(report, 1e-8);
  check_describes(report, net, objective, x, y);
  CHECK(distance(net.weight, row("ridge/alpha=3/coefficients")) < 1e-7);
  CHECK(std::abs(net.bias(0) - fixture().number("ridge/alpha=3/intercept")) < 1e-7);
}

TEST_CASE("L-BFGS finds logistic regression's solution", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("logistic/inputs");
  constexpr double per_sample = 1 / (0.7 * 60);  // |w|^2 / 2 + 0.7 sum(loss), divided by 0.7 n

  SECTION("of three classes") {
    const RowVector<std::int64_t> labels = fixture().labels("multinomial/labels");
    Linear<double> net{8, 3};
    const auto objective = CrossEntropy{} + L2{per_sample};
    const MinimizeReport report = minimize(net, objective, x, labels, exact);
    check_converged(report, 1e-8);
    check_describes(report, net, objective, x, labels);
    CHECK(distance(net.weight, fixture()["multinomial/C=0.7/coefficients"].matrix<double>()) <
          1e-6);
    CHECK(distance(net.bias, fixture()["multinomial/C=0.7/intercept"].vector<double>()) < 1e-6);
  }
  // Two outputs are w = w1 - w0 with w1 = -w0, so (|w0|^2 + |w1|^2) / 2 is |w|^2 / 4.
  const auto compare = [&](Roles roles, const std::string& name) {
    const RowVector<std::int64_t> labels = fixture().labels("logistic/labels");
    Linear<double> net{8, 2};
    const auto objective = CrossEntropy{} + L2{2 * per_sample}.on(roles);
    check_converged(minimize(net, objective, x, labels, exact), 1e-8);
    CHECK(distance(net.weight.row(1) - net.weight.row(0), row(name + "/coefficients")) < 1e-6);
    CHECK(std::abs(net.bias(1) - net.bias(0) - fixture().number(name + "/intercept")) < 1e-6);
  };
  SECTION("of two classes") { compare(Role::weight, "logistic/C=0.7"); }
  SECTION("of two classes, the intercept penalized") {
    compare(Role::weight | Role::bias, "liblinear/C=0.7");
  }
}

TEST_CASE("L-BFGS takes a dataset as it takes its matrices", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("logistic/inputs");
  const RowVector<std::int64_t> labels = fixture().labels("logistic/labels");
  const auto objective = CrossEntropy{} + L2{0.1};

  Linear<double> by_matrices{8, 2}, by_dataset{8, 2}, scaled{8, 2};
  minimize(by_matrices, objective, x, labels, exact);
  minimize(by_dataset, objective, Dataset<double, std::int64_t>(x, labels), exact);
  CHECK(by_matrices == by_dataset);

  minimize(scaled, objective, Dataset<double, std::int64_t>(4 * x, labels, 0.25), {.history = 5});
  CHECK(distance(scaled.weight, by_matrices.weight) < 1e-4);

  CHECK(test::message_of<ValueError>([&] {
          minimize(scaled, objective, Dataset<double, std::int64_t>(Matrix<double>(8, 0), {}));
        }) == "minimize: the dataset is empty");
}

TEST_CASE("L-BFGS serves networks of float", "[lbfgs]") {
  const Matrix<float> x = fixture().batch("linear/inputs").cast<float>();
  const Matrix<double> y = row("linear/targets");
  Linear<float> net{8, 1};
  const MinimizeReport report =
      minimize(net, MeanSquaredError{} + L2{2 * 3.0 / 60}, x, y, {.gradient_tolerance = 1e-4});
  check_converged(report, 1e-4);
  CHECK(distance(net.weight.cast<double>(), row("ridge/alpha=3/coefficients")) < 1e-4);

  // A tolerance below what rounding allows ends all the same, near the solution.
  Linear<float> strict{8, 1};
  const MinimizeReport end =
      minimize(strict, MeanSquaredError{} + L2{2 * 3.0 / 60}, x, y, {.gradient_tolerance = 1e-12});
  INFO(end.why);
  CHECK_FALSE(end.converged);
  CHECK(end.iterations < 100);
  CHECK(end.gradient_norm < 1e-4);
  CHECK(distance(strict.weight.cast<double>(), row("ridge/alpha=3/coefficients")) < 1e-4);
}

// ---- Networks ---------------------------------------------------------------------------------

auto make_net(std::uint64_t seed) {
  Sequential net{named("fc1", Linear<double>{8, 6}), Tanh{}, named("fc2", Linear<double>{6, 3})};
  initialize(net, Random{seed});
  return net;
}

TEST_CASE("L-BFGS trains a network", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("logistic/inputs");
  const RowVector<std::int64_t> labels = fixture().labels("multinomial/labels");
  const auto objective = CrossEntropy{} + L2{0.01};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    auto net = make_net(seed);
    const MinimizeReport report = minimize(net, objective, x, labels, {.max_iterations = 1000});
    CHECK(report.converged);
    CHECK(report.gradient_norm <= 1e-6);
    check_describes(report, net, objective, x, labels);

    // From there nothing is left to do.
    const auto before = net;
    const MinimizeReport again = minimize(net, objective, x, labels);
    CHECK(again.converged);
    CHECK(again.iterations == 0);
    CHECK(net == before);
  }
}

TEST_CASE("no number of iterations makes it worse, and more are no worse", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("logistic/inputs");
  const RowVector<std::int64_t> labels = fixture().labels("multinomial/labels");
  const auto objective = CrossEntropy{} + L2{0.01};
  auto at_first = make_net(1);
  StoredGradients<decltype(at_first)> stored;
  double least = gradient(at_first, objective, x, labels, stored);
  for (int iterations = 1; iterations <= 12; ++iterations) {
    CAPTURE(iterations);
    auto net = make_net(1);
    const MinimizeReport report =
        minimize(net, objective, x, labels, {.max_iterations = iterations});
    CHECK(report.iterations == iterations);
    CHECK_FALSE(report.converged);
    CHECK(report.why == "max_iterations were made");
    CHECK(report.objective < least);
    check_describes(report, net, objective, x, labels);
    least = report.objective;
  }
  auto net = make_net(1);
  const MinimizeReport report = minimize(net, objective, x, labels, {.objective_tolerance = 1e-3});
  CHECK(report.converged);
  CHECK(report.why == "an iteration changed the objective by less than objective_tolerance");
  CHECK(report.gradient_norm > 1e-6);
  // With no iteration to spare.
  auto again = make_net(1);
  const MinimizeReport to_spare =
      minimize(again, objective, x, labels,
               {.max_iterations = report.iterations, .objective_tolerance = 1e-3});
  CHECK(to_spare.converged);
  CHECK(to_spare.why == report.why);
}

/// Keeps the running mean of its inputs, which is not trained.
struct Counting : Linear<double> {
  Vector<double> mean = Vector<double>::Constant(1, 5);
  Counting() : Linear<double>(8, 1) {}
  auto parameters() {
    return std::tuple_cat(std::tuple{as_statistic(mean, "mean")}, Linear::parameters());
  }
  auto parameters() const {
    return std::tuple_cat(std::tuple{as_statistic(mean, "mean")}, Linear::parameters());
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    const Vector<double> present = Vector<double>::Constant(1, x.mean());
    gradients(new_value(present), outer_product(dy, x), dy.rowwise().sum());
  }
};

TEST_CASE("L-BFGS leaves statistics alone", "[lbfgs]") {
  const Matrix<double> x = fixture().batch("linear/inputs"), y = row("linear/targets");
  Counting net;
  check_converged(minimize(net, MeanSquaredError{} + L2{2 * 3.0 / 60}, x, y, exact), 1e-8);
  CHECK(net.mean(0) == 5);
  CHECK(distance(net.weight, row("ridge/alpha=3/coefficients")) < 1e-7);
}

// ---- What goes wrong --------------------------------------------------------------------------

/// exp(y) - t y, Poisson's; beyond y = 2 it is infinite.
struct Cliff {
  template <class Scalar>
  using Example = Matrix<Scalar>;
  double edge = 2;

  template <class T>
  void check(Index, const T&) const {}
  template <class Y, class T>
  double value(const Y& y, const T& t) const {
    if (y.maxCoeff() > edge) return std::numeric_limits<double>::infinity();
    return (y.array().exp() - t.array() * y.array()).mean();
  }
  template <class Y, class T, class DY>
  double value_and_gradient(const Y& y, const T& t, DY& dy) const {
    dy = (y.array().exp() - t.array()).matrix() / static_cast<double>(y.size());
    return value(y, t);
  }
};

TEST_CASE("a step to where the objective is infinite is taken back", "[lbfgs]") {
  Linear<double> net{1, 1};
  net.bias(0) = -6;
  const Matrix<double> x{{0, 1}}, t{{std::exp(1.5), std::exp(1.9)}};
  const MinimizeReport report = minimize(net, Cliff{}, x, t, exact);
  INFO(report.why);
  CHECK(report.converged);
  CHECK(std::abs(net.bias(0) - 1.5) < 1e-6);
  CHECK(std::abs(net.weight(0, 0) - 0.4) < 1e-6);
}

TEST_CASE("an objective that is not finite at first is refused", "[lbfgs]") {
  Linear<double> net{1, 1};
  net.bias(0) = 3;
  const Linear<double> before = net;
  const Matrix<double> x{{0, 1}}, t{{1, 2}};
  const std::string message =
      test::message_of<DivergenceError>([&] { minimize(net, Cliff{}, x, t); });
  CHECK(test::contains(message, "minimize: the objective is inf"));
  CHECK(test::contains(message, "at the initial weights"));
  CHECK(net == before);

  const Matrix<double> not_a_number{{0, std::nan("")}};
  CHECK(test::contains(test::message_of<DivergenceError>(
                           [&] { minimize(net, MeanSquaredError{}, not_a_number, t); }),
                       "at the initial weights. Sample 1 of the batch has nan as its feature 0"));
  const Dataset<double, double> data{not_a_number, t};
  CHECK(test::contains(
      test::message_of<DivergenceError>([&] { minimize(net, MeanSquaredError{}, data); }),
      "at the initial weights. Sample 1 of the dataset has nan as its feature 0"));
  CHECK(net == before);
}

/// Its gradient points uphill.
struct Uphill : MeanSquaredError {
  template <class Y, class T, class DY>
  double value_and_gradient(const Y& y, const T& t, DY& dy) const {
    const double value = MeanSquaredError::value_and_gradient(y, t, dy);
    dy = -dy;
    return value;
  }
};

TEST_CASE("a line search that fails leaves the best weights", "[lbfgs]") {
  const Matrix<double> x{{0, 1, 2}}, t{{1, 2, 4}};
  Linear<double> net{1, 1};
  const Linear<double> before = net;
  const MinimizeReport report = minimize(net, Uphill{}, x, t);
  INFO(report.why);
  CHECK_FALSE(report.converged);
  CHECK(report.why.starts_with("the line search found no better weights: "));
  CHECK(net == before);
  CHECK(report.objective == 7);

  // What rounding leaves is no reason to go on for ever.
  const MinimizeReport end = minimize(net, MeanSquaredError{}, x, t, {.gradient_tolerance = 0});
  INFO(end.why);
  CHECK(end.gradient_norm < 1e-7);
  CHECK(end.iterations < 50);
}

/// Throws after some evaluations.
struct Failing : MeanSquaredError {
  int* left;
  explicit Failing(int* count) : left(count) {}
  template <class Y, class T, class DY>
  double value_and_gradient(const Y& y, const T& t, DY& dy) const {
    if ((*left)-- == 0) throw Error("no more");
    return MeanSquaredError::value_and_gradient(y, t, dy);
  }
};

TEST_CASE("an exception of one's own leaves the best weights too", "[lbfgs]") {
  const Matrix<double> x{{0, 100, 200}}, t{{1, 2, 4}};  // a first step of length 1 is far too long
  for (int evaluations = 1; evaluations < 6; ++evaluations) {
    CAPTURE(evaluations);
    int left = evaluations;
    Linear<double> net{1, 1};
    CHECK_THROWS_AS(minimize(net, Failing{&left}, x, t), Error);
    CHECK(MeanSquaredError{}.value(predict(net, x), t) <= 7);
  }
}

TEST_CASE("what does not fit is refused before a weight changes", "[lbfgs]") {
  Linear<double> net{1, 1};
  const Linear<double> before = net;
  const Matrix<double> x{{0, 1, 2}}, t{{1, 2, 4}};
  const MeanSquaredError loss;
  CHECK(test::message_of<ValueError>([&] { minimize(net, loss, x, t, {.history = 0}); }) ==
        "LBFGS: history must be at least 1, got 0");
  CHECK_THROWS_AS(minimize(net, loss, x, t, {.max_iterations = 0}), ValueError);
  CHECK_THROWS_AS(minimize(net, loss, x, t, {.gradient_tolerance = -1}), ValueError);
  CHECK_THROWS_AS(minimize(net, loss, x, t, {.objective_tolerance = std::nan("")}), ValueError);
  CHECK_THROWS_AS(minimize(net, loss, x, t, {.max_evaluations = 0}), ValueError);
  CHECK_THROWS_AS(minimize(net, loss, Matrix<double>(2, 3), t), ShapeError);
  CHECK_THROWS_AS(minimize(net, loss, x, Matrix<double>(1, 2)), ShapeError);
  CHECK_THROWS_AS(minimize(net, loss, Matrix<double>(1, 0), Matrix<double>(1, 0)), ValueError);
  CHECK_THROWS_AS(minimize(net, loss + L2{0.1, "fc1"}, x, t), ValueError);
  Sequential random{Linear<double>{1, 1}, Dropout{0.5}};
  CHECK_THROWS_AS(minimize(random, loss, x, t), ValueError);
  const Dataset<double, double> data{x, t};
  CHECK_THROWS_AS(minimize(net, loss, data.with_weights(RowVector<double>::Ones(t.cols()))),
                  ValueError);
  CHECK(net == before);
}

static_assert(detail::is_differentiable<NoPenalty> && detail::is_differentiable<L2>);
static_assert(detail::is_differentiable<decltype(L2{1} + L2{2})>);
static_assert(!detail::is_differentiable<L1> && !detail::is_differentiable<SubgradientL1>);
static_assert(!detail::is_differentiable<decltype(L2{1} + L1{2})>);
static_assert(!detail::is_differentiable<decltype(L2{1} + (SubgradientL1{2} + L2{1}))>);
static_assert(!detail::is_differentiable<GroupLasso> && !detail::is_differentiable<ElasticNet>);
static_assert(!detail::is_differentiable<NonNegative> && !detail::is_differentiable<MaxNorm>);

}  // namespace

#endif
