// The check of gradients that is part of the library: it passes what is right, and what is wrong it
// notices and names.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include <ridge/ridge.hpp>
#include <ridge/testing/gradient_check.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

void check_passes(const GradientCheck& check) {
  INFO(check.describe());
  CHECK(check.passes());
  CHECK(check.error < 1e-7);
  CHECK(std::isfinite(check.analytic));
}

/// A wrong gradient is noticed by far, and named.
void check_fails(const GradientCheck& check, const std::string& where) {
  INFO(check.describe());
  CHECK_FALSE(check.passes());
  CHECK(check.error > 1e-4);
  CHECK(check.where == where);
  CHECK(test::contains(check.describe(), "the gradient of " + where + " in row "));
}

/// Two functions that should agree do not, and are named.
void check_disagrees(const GradientCheck& check, const std::string& functions) {
  INFO(check.describe());
  CHECK_FALSE(check.passes());
  CHECK(check.functions == functions);
  CHECK(test::contains(check.describe(), functions + " differ by "));
}

// ---- Layers -----------------------------------------------------------------------------------

/// Each value is left out with probability 1/2, or doubled.
struct Coins {
  template <class S>
  struct Cache {
    Random random;
    Matrix<S> factors;
    void reseed(Random given) { random = given; }
  };
  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = x;
  }
  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    cache.factors.resize(x.rows(), x.cols());
    for (auto& factor : cache.factors.reshaped())
      factor = static_cast<S>(2 * cache.random.below(2));
    y = x.cwiseProduct(cache.factors);
  }
  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, Cache<S>& cache, G&& gradients) const {
    dx = dy.cwiseProduct(cache.factors);
    gradients();
  }
};
static_assert(Layer<Coins>);

/// Takes from each feature its mean over the batch in training, and a running mean in use; scales.
struct Centered {
  using Scalar = double;
  Vector<double> factor, mean;

  explicit Centered(Index features)
      : factor(Vector<double>::Ones(features)), mean(Vector<double>::Constant(features, 0.3)) {}

  Index output_size(Index rows) const { return rows; }
  auto parameters() { return std::tuple{as_scale(factor), as_statistic(mean, "mean")}; }
  auto parameters() const { return std::tuple{as_scale(factor), as_statistic(mean, "mean")}; }
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = factor.asDiagonal() * (x.colwise() - mean);
  }
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    y = factor.asDiagonal() * (x.colwise() - x.rowwise().mean());
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx = factor.asDiagonal() * (dy.colwise() - dy.rowwise().mean());
    const Vector<double> means = x.rowwise().mean();
    const Vector<double> update = 0.9 * mean + 0.1 * means;
    gradients((dy.array() * (x.colwise() - means).array()).rowwise().sum(), new_value(update));
  }
  template <class Initializer>
  void initialize(const Initializer& initializer, Random& random) {
    initialize_parameter(as_scale(factor), {1, 1}, initializer, random);
  }
};
static_assert(Layer<Centered>);

TEST_CASE("the check passes right layers", "[gradient_check]") {
  const Index samples = GENERATE(1, 2, 9);
  CAPTURE(samples);
  check_passes(check_layer(ReLU{}, 6, samples));
  check_passes(check_layer(LeakyReLU{0.3}, 1, samples));
  check_passes(check_layer(Sigmoid{}, 6, samples));
  check_passes(check_layer(Tanh{}, 6, samples));
  check_passes(check_layer(GELU{}, 6, samples));
  check_passes(check_layer(Linear<double>{5, 3}, 5, samples));  // zeros are moved
  check_passes(check_layer(Linear<double, 4, 7>{}, 4, samples));
  check_passes(check_layer(initialized(Sequential{Tanh{}, Sequential{Linear<double>{5, 4}, GELU{}},
                                                  Linear<double>{4, 3}, Sigmoid{}}),
                           5, samples));
  check_passes(check_layer(Coins{}, 6, samples));
  check_passes(check_layer(Centered{4}, 4, samples + 1));
}

TEST_CASE("any inputs and any seed do", "[gradient_check]") {
  Random random{3};
  const Matrix<double> x = 1e3 * random_matrix(5, 4, random);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    check_passes(check_layer(Linear<double>{5, 3}, x, Random{seed}));
    check_passes(check_layer(ReLU{}, x, Random{seed}));
    check_passes(check_layer(GELU{}, 5, 4, Random{seed}));
    check_passes(check_layer(Coins{}, 5, 4, Random{seed}));
  }
}

TEST_CASE("a kink near an input is no error", "[gradient_check]") {
  const Matrix<double> x{{3e-6, -3e-6, 1}, {1, 2, -1e-6}};
  check_passes(check_layer(ReLU{}, x));
}

/// Its gradient of the bias is that of the last sample alone.
struct WrongBias : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    gradients(outer_product(dy, x), dy.rightCols(1));
  }
};

/// One element of the weight's gradient is off by a thousandth of it.
struct WrongElement : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    Matrix<double> dw = dy * x.transpose();
    dw(1, 2) *= 1.001;
    gradients(dw, dy.rowwise().sum());
  }
};

/// Its gradient of x is off by a thousandth.
struct WrongInput : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = 1.001 * weight.transpose() * dy;
    gradients(outer_product(dy, x), dy.rowwise().sum());
  }
};

/// It adds to dx in place of setting it.
struct AddsToInput : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx += weight.transpose() * dy;
    gradients(outer_product(dy, x), dy.rowwise().sum());
  }
};

/// Its gradients are right only where dx is wanted.
struct NeedsInput : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    const double factor = std::same_as<DX, NotWanted> ? 0.5 : 1;
    gradients(outer_product(dy, x), factor * dy.rowwise().sum());
  }
};

/// Its gradient of the bias is a row.
struct WrongShape : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    gradients(outer_product(dy, x), dy.rowwise().sum().transpose());
  }
};

/// Its gradient of the bias is a row where dx is not wanted.
struct OtherShape : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    const Matrix<double> db = dy.rowwise().sum();
    gradients(outer_product(dy, x),
              std::same_as<DX, NotWanted> ? Matrix<double>(db.topRows(1)) : db);
  }
};

/// The factors of its weight's gradient have other samples.
struct WrongFactors : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    gradients(outer_product(dy, x.leftCols(1)), dy.rowwise().sum());
  }
};

/// Its infer leaves out the bias.
struct WrongInfer : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y.noalias() = weight * x;
  }
};

/// Its weight has changed when dx is computed.
struct LateInput : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    gradients(outer_product(dy, x), dy.rowwise().sum());
    dx.noalias() = weight.transpose() * dy;
  }
};

/// Hands over nothing.
struct NoGradients : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, NoCache, G&&) const {
    dx.noalias() = weight.transpose() * dy;
  }
};

/// tanh' is 1 - y^2.
struct WrongTanh : Activation<WrongTanh> {
  template <class X>
  static auto value(const X& x) {
    return x.tanh();
  }
  template <class X, class Y>
  static auto derivative(const X&, const Y& y) {
    return 1 - y.abs();
  }
};

/// dx lacks the factor, which is 1 at first.
struct WrongScale : Centered {
  using Centered::Centered;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    Centered::backward(x, y, dy, dx, {}, gradients);
    dx = dy.colwise() - dy.rowwise().mean();
  }
};

/// dx of the first element is that of another mask.
struct WrongCoins : Coins {
  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache,
                G&& gradients) const {
    cache.factors(0) = 2 - cache.factors(0);
    Coins::backward(x, y, dy, dx, cache, gradients);
  }
};

TEST_CASE("the check notices wrong layers and says where", "[gradient_check]") {
  check_fails(check_layer(initialized(WrongBias{5, 3}), 5, 4), "bias");
  check_fails(check_layer(WrongBias{5, 3}, 5, 4), "bias");
  check_fails(check_layer(initialized(WrongInput{5, 3}), 5, 4), "x");
  check_fails(check_layer(WrongInput{5, 3}, 5, 4), "x");
  check_fails(check_layer(AddsToInput{5, 3}, 5, 4), "x");
  check_fails(check_layer(WrongTanh{}, 6, 4), "x");
  check_fails(check_layer(WrongScale{3}, 3, 4), "x");
  check_fails(check_layer(WrongCoins{}, 6, 4), "x");
  check_disagrees(check_layer(NeedsInput{5, 3}, 5, 4), "backward with and without dx");
  check_disagrees(check_layer(OtherShape{5, 3}, 5, 4), "backward with and without dx");
  check_disagrees(check_layer(WrongInfer{5, 3}, 5, 4), "infer and forward");
  for (const auto& late : {check_layer(LateInput{5, 3}, 5, 4),
                           check_layer(Sequential{LateInput{5, 3}, Tanh{}}, 5, 4)}) {
    CHECK_FALSE(late.passes());
    CHECK(contains(late.describe(), "dx before and dx after parameters change (a trainer"));
  }
  check_disagrees(check_layer(Sequential{Tanh{}, WrongInfer{5, 3}}, 5, 4), "infer and forward");

  const GradientCheck element = check_layer(initialized(WrongElement{5, 3}), 5, 4);
  check_fails(element, "weight");
  CHECK(element.row == 1);
  CHECK(element.column == 2);
  CHECK(std::abs(element.analytic / element.numeric - 1.001) < 1e-6);
  CHECK(test::contains(element.describe(), "the gradient of weight in row 1, column 2 is "));

  check_fails(check_layer(Sequential{Tanh{}, named("fc", WrongBias{5, 3})}, 5, 4), "fc.bias");
}

TEST_CASE("a gradient of the wrong shape is an error that names it", "[gradient_check]") {
  CHECK(
      test::message_of<ShapeError>([] {
        check_layer(WrongShape{5, 3}, 5, 4);
      }) ==
      "the gradient of bias is 1 x 3, but bias is 3 x 1; a layer's gradients come in the order of "
      "its parameters()");
  CHECK(test::message_of<ShapeError>([] {
          check_layer(WrongFactors{5, 3}, 5, 4);
        }) == "the factors of an outer_product have 4 and 1 samples");
  CHECK(
      test::message_of<ShapeError>([] {
        check_layer(NoGradients{5, 3}, 5, 4);
      }) ==
      "there is no gradient of weight: a layer's backward calls gradients(...) once, with one for "
      "each parameter");
  CHECK_THROWS_AS(check_layer(Linear<double>{5, 3}, 6, 4), ShapeError);
}

TEST_CASE("a layer without a gradient has nothing to compare", "[gradient_check]") {
  CHECK(GradientCheck{}.describe() == "there was no gradient to compare");
}

// ---- Losses -----------------------------------------------------------------------------------

/// Its gradient is off by the samples.
struct WrongMean : MeanSquaredError {
  template <class Y, class Targets, class DY>
  double value_and_gradient(const Y& outputs, const Targets& targets, DY& dy) const {
    const double value = MeanSquaredError::value_and_gradient(outputs, targets, dy);
    dy *= static_cast<double>(dy.cols());
    return value;
  }
};

/// Its two values differ.
struct WrongValue : MeanSquaredError {
  template <class Y, class Targets, class DY>
  double value_and_gradient(const Y& outputs, const Targets& targets, DY& dy) const {
    return MeanSquaredError::value_and_gradient(outputs, targets, dy) / 2;
  }
};

/// It sets the gradient of the first output alone.
struct HalfGradient : MeanSquaredError {
  template <class Y, class Targets, class DY>
  double value_and_gradient(const Y& outputs, const Targets& targets, DY& dy) const {
    Matrix<double> all(dy.rows(), dy.cols());
    const double value = MeanSquaredError::value_and_gradient(outputs, targets, all);
    dy.row(0) = all.row(0);
    return value;
  }
};

TEST_CASE("the check passes right losses and no others", "[gradient_check]") {
  const Index samples = GENERATE(1, 2, 9);
  const int outputs = GENERATE(1, 2, 10);
  CAPTURE(samples, outputs);
  Random random{4};
  const Matrix<double> y = 3 * random_matrix(outputs, samples, random);
  const Matrix<double> targets = random_matrix(outputs, samples, random);
  check_passes(check_loss(CrossEntropy{}, y, random_labels(outputs, samples, random)));
  check_passes(check_loss(MeanSquaredError{}, y, targets));
  check_disagrees(check_loss(WrongValue{}, y, targets), "value and value_and_gradient");
  if (samples > 1) check_fails(check_loss(WrongMean{}, y, targets), "the outputs");
  if (outputs > 1) check_fails(check_loss(HalfGradient{}, y, targets), "the outputs");
}

TEST_CASE("a loss whose targets do not fit is refused", "[gradient_check]") {
  Random random{4};
  const Matrix<double> y = random_matrix(3, 4, random);
  CHECK_THROWS_AS(check_loss(MeanSquaredError{}, y, random_matrix(2, 4, random)), ShapeError);
  CHECK_THROWS_AS(check_loss(MeanSquaredError{}, y, random_matrix(3, 5, random)), ShapeError);
  CHECK_THROWS_AS(check_loss(CrossEntropy{}, y, RowVector<int>{{0, 1, 2, 3}}), ValueError);
}

// ---- Penalties --------------------------------------------------------------------------------

/// Its gradient has lost the sign: a negative weight grows.
struct WrongPenalty {
  WrongPenalty at(const ParameterInfo&) const { return {}; }
  template <class W>
  double value(const W& w) const {
    return w.square().sum() / 2;
  }
  template <class W>
  auto gradient(const W& w) const {
    return w.abs();
  }
};

/// The norm of all weights: its gradient is right but needs all of them, which no tile has.
struct NormPenalty {
  NormPenalty at(const ParameterInfo&) const { return {}; }
  template <class W>
  double value(const W& w) const {
    return w.matrix().norm();
  }
  template <class W>
  auto gradient(const W& w) const {
    return w / w.matrix().norm();
  }
};

/// Half of the weights' absolute values; what is wrong with it is told by its template argument.
enum class Wrong { nothing, scaled_value, scaled_gradient, step, sign };
template <Wrong wrong>
struct HalfL1 {
  double half = 0.5;

  HalfL1 at(const ParameterInfo&) const { return *this; }
  template <class W>
  double value(const W& w) const {
    return (wrong == Wrong::scaled_value && half != 0.5 ? 3 : 1) * half * w.abs().sum();
  }
  template <class W>
  auto gradient(const W& w) const {
    return (wrong == Wrong::scaled_gradient && half != 0.5 ? 3 : 1) * half * w.sign();
  }
  template <class W>
  auto smooth_gradient(const W& w) const {
    return W::PlainObject::Zero(w.rows(), w.cols());
  }
  template <class W, class Steps>
  void prox(W& w, const Steps& steps) const {
    const double factor = wrong == Wrong::step ? 2 : wrong == Wrong::sign ? -1 : 1;
    w = w.sign() * (w.abs() - factor * half * steps).max(0.0);
  }
  HalfL1 scaled(double by) const { return {by * half}; }
};

TEST_CASE("the check of penalties sees wrong terms of other strength, and wrong proximal steps",
          "[gradient_check]") {
  check_passes(check_penalty(L1{0.3}, 3, 4));
  check_passes(check_penalty(ElasticNet{0.3, 0.5}, 3, 4));
  check_passes(check_penalty(L1{0.3} + GroupLasso{0.2}, 3, 4));
  check_passes(check_penalty(L1{0.3} + NonNegative{}, 3, 4));
  check_passes(check_penalty(HalfL1<Wrong::nothing>{}, 3, 4));
  check_disagrees(check_penalty(HalfL1<Wrong::scaled_value>{}, 3, 4),
                  "the value of scaled(2) and twice the value");
  check_disagrees(check_penalty(HalfL1<Wrong::scaled_gradient>{}, 3, 4),
                  "the gradient of scaled(2) and twice the gradient");
  check_disagrees(check_penalty(HalfL1<Wrong::step>{}, 3, 4),
                  "where prox leads and a better place");
  check_disagrees(check_penalty(HalfL1<Wrong::sign>{}, 3, 4),
                  "where prox leads and a better place");
}

TEST_CASE("the check passes right penalties and no others", "[gradient_check]") {
  check_passes(check_penalty(NoPenalty{}, 3, 4));
  check_passes(check_penalty(L2{0.3}, 3, 4));
  check_passes(check_penalty(L2{1e-6}, 5, 1));
  check_passes(check_penalty(L2{0.3} + L2::sum_of_squares(0.1) + L2{2}, 3, 4));
  check_passes(check_penalty(L1{0.3} + L2{0.3}, 3, 4));
  check_passes(check_penalty(L1{0.3}.by_subgradient(), 3, 4));
  check_passes(check_penalty(GroupLasso{0.3}, 3, 4));
  check_passes(check_penalty(MaxNorm{1} + L2{0.1}, 3, 4));
  const Vector<double> bias{{0.5, -2}};
  const ParameterInfo info{Role::bias, "fc1.bias", 2, 1};
  const GradientCheck on_bias = check_penalty(L2{0.3}.on(Role::bias), bias, info);
  check_passes(on_bias);
  CHECK(on_bias.where == "fc1.bias");
  CHECK(check_penalty(L2{0.3}, bias, info).analytic == 0);

  check_fails(check_penalty(WrongPenalty{}, 3, 4), "weight");
  const GradientCheck norm = check_penalty(NormPenalty{}, 3, 4);
  CHECK(norm.error < 1e-6);
  check_disagrees(norm, "the gradients of all weights and of a part");
}

// ---- Objectives -------------------------------------------------------------------------------

/// A layer of half of its inputs.
struct Drawing : Linear<double> {
  using Linear<double>::Linear;
  template <class S>
  struct Cache : Coins::Cache<S> {
    Matrix<S> x;
  };
  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    cache.x.resize(x.rows(), x.cols());
    Coins{}.forward(x, cache.x, static_cast<Coins::Cache<S>&>(cache));
    Linear::forward(cache.x, y, NoCache{});
  }
  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, Cache<S>& cache, G&& gradients) const {
    dx = (weight.transpose() * dy).cwiseProduct(cache.factors);
    gradients(outer_product(dy, cache.x), dy.rowwise().sum());
  }
};
static_assert(Layer<Drawing>);

TEST_CASE("the check passes right objectives and no others", "[gradient_check]") {
  const Index samples = GENERATE(2, 9);
  CAPTURE(samples);
  Random random{6};
  const Matrix<double> x = random_matrix(5, samples, random);
  const RowVector<int> labels = random_labels(3, samples, random);
  const Matrix<double> targets = random_matrix(3, samples, random);
  const auto regression = MeanSquaredError{} + L2{0.1} + L2{0.2}.on(all_roles);

  SECTION("right") {
    check_passes(check_objective(initialized(Linear<double>{5, 3}), regression, x, targets));
    check_passes(check_objective(initialized(Linear<double>{5, 3}), CrossEntropy{}, x, labels));
    check_passes(
        check_objective(initialized(Sequential{Linear<double>{5, 40}, ReLU{}, Linear<double>{40, 4},
                                               LeakyReLU{0.2}, Linear<double>{4, 3}}),
                        CrossEntropy{} + L2{0.1}, x, labels));
    check_passes(
        check_objective(initialized(Sequential{Linear<double, 5, 6>{}, Sigmoid{},
                                               named("head", Linear<double, 6, 3>{}), Tanh{}}),
                        regression, x, targets));
  }
  SECTION("wrong") {
    const auto wrong_layer =
        initialized(Sequential{named("fc1", Linear<double>{5, 3}), WrongTanh{}});
    const GradientCheck layer = check_objective(wrong_layer, MeanSquaredError{}, x, targets);
    CHECK_FALSE(layer.passes());
    CHECK(layer.where.starts_with("fc1."));
    const auto linear = initialized(Linear<double>{5, 3});
    check_fails(check_objective(linear, MeanSquaredError{} + WrongPenalty{}, x, targets), "weight");
    check_fails(check_objective(initialized(WrongBias{5, 3}), regression, x, targets), "bias");
    CHECK_FALSE(check_objective(linear, WrongMean{}, x, targets).passes());
    check_disagrees(check_objective(linear, WrongValue{} + L2{0.1}, x, targets),
                    "value and value_and_gradient");
    check_disagrees(check_objective(initialized(WrongInfer{5, 3}), regression, x, targets),
                    "infer and forward");
    check_disagrees(
        check_objective(initialized(Sequential{Tanh{}, WrongInfer{5, 3}}), regression, x, targets),
        "infer and forward");
  }
  SECTION("layers that draw random numbers or keep statistics") {
    const auto net = initialized(Sequential{Linear<double>{5, 8}, Centered{8}, Coins{}, Tanh{},
                                            Sequential{Coins{}, Linear<double>{8, 3}}});
    check_passes(check_objective(net, regression, x, targets));
    check_passes(check_layer(net, 5, samples));
    check_passes(check_objective(initialized(Drawing{5, 3}), regression, x, targets));
    check_passes(check_layer(Drawing{5, 3}, 5, samples));
    CHECK_FALSE(check_objective(initialized(Drawing{5, 3}), regression + WrongPenalty{}, x, targets)
                    .passes());
  }
}

}  // namespace
