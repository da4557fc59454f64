// Every gradient of ridge against finite differences, in double: of each layer, loss and penalty,
// and of whole networks under whole objectives. That the check sees mistakes is in
// gradient_check_test.cpp.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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
}
void check_fails(const GradientCheck& check, const std::string& where) {
  INFO(check.describe());
  CHECK_FALSE(check.passes());
  CHECK(check.error > 1e-4);
  CHECK(check.where == where);
}

// ---- Layers -----------------------------------------------------------------------------------

TEST_CASE("the gradients of every layer are those of finite differences", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  CAPTURE(samples);
  SECTION("activations") {
    check_passes(check_layer(ReLU{}, 6, samples));
    check_passes(check_layer(LeakyReLU{}, 6, samples));
    check_passes(check_layer(LeakyReLU{0.3}, 1, samples));
    check_passes(check_layer(Sigmoid{}, 6, samples));
    check_passes(check_layer(Tanh{}, 6, samples));
    check_passes(check_layer(GELU{}, 6, samples));
  }
  SECTION("linear") {
    check_passes(check_layer(initialized(Linear<double>{5, 3}), 5, samples));
    check_passes(check_layer(initialized(Linear<double>{1, 1}), 1, samples));
    check_passes(check_layer(initialized(Linear<double, 4, 7>{}), 4, samples));
  }
  SECTION("those that draw random numbers") {
    for (const double rate : {0.0, 0.2, 0.9}) {
      check_passes(check_layer(Dropout{rate}, 6, samples));
      check_passes(check_layer(GaussianNoise{rate}, 6, samples));
    }
    check_passes(check_layer(Dropout{0.5}, 1, samples));
  }
  SECTION("normalizations") {
    check_passes(check_layer(BatchNorm<double>{6}, 6, samples));
    check_passes(check_layer(BatchNorm<double>{1}, 1, samples));
    check_passes(check_layer(BatchNorm<double>{6, 0.5, 1}, 6, samples));
    check_passes(check_layer(BatchNorm<double, 4>{}, 4, samples));
    check_passes(check_layer(LayerNorm<double>{6}, 6, samples));
    check_passes(check_layer(LayerNorm<double>{1}, 1, samples));
    check_passes(check_layer(LayerNorm<double>{6, 0.5}, 6, samples));
    check_passes(check_layer(LayerNorm<double, 4>{}, 4, samples));
  }
  SECTION("one after the other") {
    check_passes(
        check_layer(initialized(Sequential{Tanh{}, Sequential{Linear<double>{5, 4}, GELU{}},
                                           Linear<double>{4, 3}, Sigmoid{}}),
                    5, samples));
    check_passes(check_layer(
        initialized(Sequential{
            Dropout{0.2}, Linear<double>{5, 8}, BatchNorm<double>{8}, ReLU{}, GaussianNoise{0.3},
            Sequential{Linear<double>{8, 6}, LayerNorm<double>{6}, Tanh{}}, Dropout{0.5}}),
        5, samples));
  }
}

TEST_CASE("normalizations of inputs far from zero, and of some that hardly differ", "[gradient]") {
  Random random{8};
  const Matrix<double> x = random_matrix(4, 7, random);
  for (const double factor : {1e-2, 1e2}) {
    CAPTURE(factor);
    const Matrix<double> moved = (factor * x.array() + 3).matrix();
    check_passes(check_layer(BatchNorm<double>{4}, moved));
    check_passes(check_layer(LayerNorm<double>{4}, moved));
  }
}

/// Mean and variance are taken as if they did not depend on x.
template <class Norm>
struct ConstantStatistics : Norm {
  using Norm::Norm;
  template <class X, class Y, class DY, class DX, class C, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, C& cache, G&& gradients) const {
    Norm::backward(x, y, dy, dx, cache, gradients);
    const Vector<double> mean = x.rowwise().mean();
    const Vector<double> variance = (x.colwise() - mean).cwiseAbs2().rowwise().mean();
    dx = this->scale.cwiseQuotient(variance.cwiseSqrt()).asDiagonal() * dy;
  }
};

/// It divides by 1 - rate on the way forward alone.
struct UnscaledDropout : Dropout {
  using Dropout::Dropout;
  template <class X, class Y, class DY, class DX, class C, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, C& cache, G&& gradients) const {
    const Matrix<double> scaled = (1 - rate()) * dy;
    Dropout::backward(x, y, scaled, dx, cache, gradients);
  }
};

TEST_CASE("what is easily forgotten in a layer is noticed", "[gradient]") {
  check_fails(check_layer(ConstantStatistics<BatchNorm<double>>{5}, 5, 4), "x");
  check_fails(check_layer(ConstantStatistics<LayerNorm<double>>{5}, 5, 4), "x");
  check_fails(check_layer(UnscaledDropout{0.5}, 6, 4), "x");
}

// ---- Losses -----------------------------------------------------------------------------------

/// A loss with a weight for each sample, which are a part of it here.
template <class L>
struct Weighted {
  L loss;
  RowVector<double> weights;
  template <class Scalar>
  using Example = typename L::template Example<Scalar>;
  void check(Index rows, const auto& targets) const { loss.check(rows, targets); }
  double value(const auto& y, const auto& targets) const {
    return detail::weighted_value(loss, y, targets, weights);
  }
  double value_and_gradient(const auto& y, const auto& targets, auto& dy) const {
    return detail::weighted_value_and_gradient(loss, y, targets, weights, dy);
  }
};

TEST_CASE("the gradients of every loss are those of finite differences", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  const int outputs = GENERATE(1, 2, 10);
  CAPTURE(samples, outputs);
  Random random{4};
  const Matrix<double> y = 3 * random_matrix(outputs, samples, random);
  const RowVector<int> labels = random_labels(outputs, samples, random);
  const Matrix<double> targets = random_matrix(outputs, samples, random);
  const Matrix<double> shares = (targets.array() + 1).matrix() / 2;
  std::vector<double> classes;
  for (int c = 0; c < outputs; ++c) classes.push_back(0.5 + c);
  RowVector<double> weights = RowVector<double>::LinSpaced(samples, 3, 0);

  // Of one class alone the loss is 0: gradients of 1e-17, by rounding, have no scale.
  const bool has_scale = outputs > 1;
  SECTION("of labels") {
    check_passes(check_loss(CrossEntropy{}, y, labels));
    if (!has_scale) return;
    check_passes(check_loss(CrossEntropy{.label_smoothing = 0.2}, y, labels));
    check_passes(check_loss(CrossEntropy{.class_weights = classes}, y, labels));
    check_passes(
        check_loss(CrossEntropy{.label_smoothing = 0.2, .class_weights = classes}, y, labels));
    check_passes(check_loss(MulticlassHinge{}, y, labels));
    check_passes(check_loss(MulticlassHinge{.margin = 0.3}, y, labels));
    check_passes(check_loss(MulticlassHinge{.margin = 2, .power = 2}, y, labels));
  }
  SECTION("of numbers") {
    check_passes(check_loss(MeanSquaredError{}, y, targets));
    check_passes(check_loss(MeanAbsoluteError{}, y, targets));
    check_passes(check_loss(Huber{}, y, targets));
    check_passes(check_loss(Huber{.delta = 0.1}, y, targets));
    check_passes(check_loss(Huber{.delta = 10}, y, targets));
  }
  SECTION("of yes and no") {
    check_passes(check_loss(BinaryCrossEntropy{}, y, shares));
    check_passes(
        check_loss(BinaryCrossEntropy{.positive_weight = 3, .label_smoothing = 0.2}, y, shares));
    if (outputs == 1)
      check_passes(check_loss(BinaryCrossEntropy{.positive_weight = 3}, y,
                              random_labels(2, samples, random)));
  }
  SECTION("of samples with weights") {
    if (has_scale)
      check_passes(
          check_loss(Weighted<CrossEntropy>{{.label_smoothing = 0.2}, weights}, y, labels));
    check_passes(check_loss(Weighted<MeanSquaredError>{{}, weights}, y, targets));
  }
}

// ---- Penalties --------------------------------------------------------------------------------

/// Of a weight, of a single neuron's and of a single input's, all of them away from zero: where L1
/// has a kink.
template <Penalty P>
void check_sizes(const P& penalty) {
  Random random{5};
  for (const auto& [rows, cols] : {std::pair<Index, Index>{3, 4}, {1, 6}, {5, 1}}) {
    CAPTURE(rows, cols);
    Matrix<double> w = random_matrix(rows, cols, random);
    w = w.unaryExpr([](double v) { return v + std::copysign(0.01, v); });
    check_passes(check_penalty(penalty, w, {Role::weight, "fc1.weight", rows, cols}));
  }
  const Matrix<double> bias{{0.5}, {-2}};
  check_passes(check_penalty(penalty, bias, {Role::bias, "fc1.bias", 2, 1}));
}

TEST_CASE("the gradients of every penalty are those of finite differences", "[gradient]") {
  SECTION("smooth") {
    check_sizes(NoPenalty{});
    check_sizes(L2{0.3});
    check_sizes(L2{0.3}.on(all_roles));
    check_sizes(L2::sum_of_squares(0.3));
    check_sizes(L2{0.3} + L2::sum_of_squares(0.1) + L2{2});
  }
  SECTION("with kinks") {
    check_sizes(L1{0.3});
    check_sizes(L1{0});
    check_sizes(L1{0.3}.on(Role::bias));
    check_sizes(SubgradientL1{0.3});
    check_sizes(ElasticNet{0.3, 0.2});
  }
  SECTION("of groups") {
    check_sizes(GroupLasso{0.3});
    check_sizes(GroupLasso{0.3, Groups::outgoing});
    check_sizes(GroupLasso{0.3}.on(all_roles));
    check_sizes(L1{0.2} + L2{0.1} + GroupLasso{0.3, Groups::outgoing});
  }
  SECTION("constraints") {
    check_sizes(MaxNorm{2} + UnitNorm{} + NonNegative{});
    check_sizes(L1{0.2} + MaxNorm{1});
  }
}

TEST_CASE("the gradient of a sum is that of its parts, even when it is used later", "[gradient]") {
  using Array = Eigen::Array<double, Dynamic, Dynamic>;
  Random random{5};
  const Array w = random_matrix(6, 8, random).array();
  const ParameterInfo info{Role::weight, "weight", 6, 8};
  const auto first = L1{0.2}.at(info);
  const auto second = GroupLasso{0.3}.at(info);
  const auto third = L2{0.1}.at(info);
  const auto sum = (L1{0.2} + GroupLasso{0.3} + L2{0.1}).at(info);
  const auto gradient = sum.gradient(w);
  const Array elsewhere = Array::Constant(6, 8, 7);  // in memory that the sum must not refer to
  Array parts = first.gradient(w);
  parts += second.gradient(w);
  parts += third.gradient(w);
  CHECK((gradient - parts).abs().maxCoeff() < 1e-15);
  CHECK(elsewhere(0, 0) == 7);
}

TEST_CASE("a group of zeros has a gradient of zero", "[gradient]") {
  Eigen::Array<double, Dynamic, Dynamic> w(3, 4);
  w.setOnes();
  w.row(1).setZero();
  const auto gradient = GroupLasso{0.3}.at({Role::weight, "weight", 3, 4}).gradient(w);
  CHECK((gradient.row(1) == 0).all());
  CHECK((gradient.row(0) - 0.3).abs().maxCoeff() < 1e-15);  // sqrt(4) / |w| = 1
}

// ---- Whole objectives -------------------------------------------------------------------------

TEST_CASE("the gradient of a whole objective is that of finite differences", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  CAPTURE(samples);
  Random random{6};
  const Matrix<double> x = random_matrix(5, samples, random);
  const RowVector<int> labels = random_labels(3, samples, random);
  const Matrix<double> targets = random_matrix(3, samples, random);
  const auto classification = CrossEntropy{} + L2{0.1};
  const auto regression = MeanSquaredError{} + L2{0.1} + L2{0.2}.on(all_roles);

  SECTION("regression") {
    const auto net = initialized(Linear<double>{5, 3});
    check_passes(check_objective(net, regression, x, targets));
  }
  SECTION("two hidden layers") {
    const auto net = initialized(Sequential{Linear<double>{5, 8}, ReLU{}, Linear<double>{8, 4},
                                            LeakyReLU{0.2}, Linear<double>{4, 3}});
    check_passes(check_objective(net, classification, x, labels));
  }
  SECTION("nested, with names, and activations at both ends") {
    const auto net =
        initialized(Sequential{Tanh{}, named("body", Sequential{Linear<double>{5, 4}, GELU{}}),
                               named("head", Linear<double>{4, 3}), Sigmoid{}});
    check_passes(check_objective(net, regression, x, targets));
  }
  SECTION("small fixed sizes") {
    const auto net = initialized(Sequential{Linear<double, 5, 8>{}, Tanh{}, Linear<double, 8, 6>{},
                                            Sigmoid{}, Linear<double, 6, 3>{}});
    check_passes(check_objective(net, regression, x, targets));
  }
  SECTION("fixed sizes: the first weight larger than the tile of a gradient, the last not") {
    const auto net =
        initialized(Sequential{Linear<double, 70, 60>{}, Sigmoid{}, Linear<double, 60, 3>{}});
    const Matrix<double> wide = random_matrix(70, samples, random);
    check_passes(check_objective(net, classification, wide, labels));
  }
}

/// A loss that is chosen when the program runs, so that a network is compiled once for all.
template <class First, class... Rest>
struct AnyLoss {
  std::variant<First, Rest...> loss;
  template <class Scalar>
  using Example = typename First::template Example<Scalar>;
  void check(Index rows, const auto& targets) const {
    std::visit([&](const auto& l) { l.check(rows, targets); }, loss);
  }
  double value(const auto& y, const auto& targets) const {
    return std::visit([&](const auto& l) { return l.value(y, targets); }, loss);
  }
  double value_and_gradient(const auto& y, const auto& targets, auto& dy) const {
    return std::visit([&](const auto& l) { return l.value_and_gradient(y, targets, dy); }, loss);
  }
};
using LossOfLabels = AnyLoss<CrossEntropy, MulticlassHinge>;
using LossOfNumbers = AnyLoss<MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossEntropy>;

TEST_CASE("all layers and all penalties under every loss", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  CAPTURE(samples);
  Random random{6};
  const Matrix<double> x = random_matrix(5, samples, random);
  const RowVector<int> labels = random_labels(3, samples, random);
  const Matrix<double> shares = (random_matrix(3, samples, random).array() + 1).matrix() / 2;
  auto net = initialized(
      Sequential{Dropout{0.2}, named("body", Linear<double>{5, 8}), BatchNorm<double>{8}, ReLU{},
                 GaussianNoise{0.1},
                 Sequential{Linear<double>{8, 6}, LayerNorm<double>{6}, Tanh{}, Dropout{0.5}},
                 named("head", Linear<double>{6, 3})});
  // Scales of 1 and shifts of 0 hide what is missing.
  for_each_parameter(net, [&](const std::string&, const auto& parameter) {
    if (parameter.role == Role::scale || parameter.role == Role::shift)
      for (auto& value : parameter.value.reshaped()) value += random.uniform(-0.25, 0.25);
  });
  const auto penalties = L1{0.02} + SubgradientL1{0.01}.on(Role::bias) + L2{0.1}.on(all_roles) +
                         GroupLasso{0.03}.on("body") +
                         GroupLasso(0.03, Groups::outgoing).on("head") + MaxNorm{2}.on("body");

  SECTION("of labels") {
    for (const LossOfLabels& loss :
         {LossOfLabels{CrossEntropy{}},
          LossOfLabels{CrossEntropy{.label_smoothing = 0.1, .class_weights = {1, 2, 0.5}}},
          LossOfLabels{MulticlassHinge{}}, LossOfLabels{MulticlassHinge{.power = 2}}}) {
      CAPTURE(loss.loss.index());
      check_passes(check_objective(net, loss + penalties, x, labels));
    }
  }
  SECTION("of numbers") {
    for (const LossOfNumbers& loss :
         {LossOfNumbers{MeanSquaredError{}}, LossOfNumbers{MeanAbsoluteError{}},
          LossOfNumbers{Huber{0.3}}, LossOfNumbers{BinaryCrossEntropy{.positive_weight = 2}}}) {
      CAPTURE(loss.loss.index());
      check_passes(check_objective(net, loss + penalties, x, shares));
    }
  }
}

}  // namespace
