// Every gradient against finite differences, in double, and the fused update against the stored
// one.
#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

/// What a gradient may differ from its finite differences, relative to its largest element.
constexpr double tolerance = 1e-6;

Matrix<double> random_matrix(Index rows, Index cols, Random& random) {
  Matrix<double> m(rows, cols);
  for (auto& value : m.reshaped()) value = random.uniform(-1, 1);
  return m;
}

RowVector<int> random_labels(int classes, Index samples, Random& random) {
  RowVector<int> labels(samples);
  for (auto& label : labels.reshaped())
    label = static_cast<int>(random.below(static_cast<std::uint64_t>(classes)));
  return labels;
}

template <class Net>
Net initialized(Net net) {
  initialize(net, Random{7});
  return net;
}

/// How far a gradient is from the central differences (f(x + h) - f(x - h)) / 2h of a function f()
/// that depends on x, relative to the largest element of both.
template <class G, class X, class F>
double gradient_error(const G& gradient, X& x, const F& f) {
  constexpr double h = 1e-5;
  REQUIRE(gradient.rows() == x.rows());
  REQUIRE(gradient.cols() == x.cols());
  Matrix<double> differences(x.rows(), x.cols());
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i) {
      const double value = x(i, j);
      x(i, j) = value + h;
      const double above = f();
      x(i, j) = value - h;
      const double below = f();
      x(i, j) = value;
      differences(i, j) = (above - below) / (2 * h);
    }
  const double size = std::max(gradient.cwiseAbs().maxCoeff(), differences.cwiseAbs().maxCoeff());
  return (gradient - differences).cwiseAbs().maxCoeff() / std::max(size, 1e-3);
}

/// The same for the gradients of all parameters of a layer: the largest error.
template <class Net, class F>
double parameter_error(Net& net, const StoredGradients<Net>& gradients, const F& f) {
  double error = 0;
  const auto parameters = net.parameters();
  detail::for_each_index<parameter_count<Net>>([&](auto i) {
    error = std::max(error,
                     gradient_error(gradients.template get<i>(), std::get<i>(parameters).value, f));
  });
  return error;
}

/// The largest error of a layer's gradients: of sum(R * layer(x)) for a random R, with respect to x
/// and to every parameter.
template <Layer L>
double layer_error(L layer, Index inputs, Index samples) {
  Random random{3};
  Matrix<double> x = random_matrix(inputs, samples, random);
  Matrix<double> y(layer.output_size(inputs), samples), dx(inputs, samples);
  const Matrix<double> r = random_matrix(y.rows(), samples, random);
  CacheOf<L, double> cache;
  const auto f = [&] {
    layer.forward(std::as_const(x), y, cache);
    return (r.array() * y.array()).sum();
  };
  f();
  CHECK((y - predict(layer, x)).cwiseAbs().maxCoeff() < 1e-14);

  StoredGradients<L> stored;
  layer.backward(std::as_const(x), std::as_const(y), r, dx, cache,
                 Gradients<StoredGradients<L>, 0, parameter_count<L>>(stored));
  return std::max(gradient_error(dx, x, f), parameter_error(layer, stored, f));
}

TEST_CASE("the gradients of every layer are those of finite differences", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  CAPTURE(samples);
  CHECK(layer_error(ReLU{}, 6, samples) < tolerance);
  CHECK(layer_error(LeakyReLU{}, 6, samples) < tolerance);
  CHECK(layer_error(LeakyReLU{0.3}, 1, samples) < tolerance);
  CHECK(layer_error(Sigmoid{}, 6, samples) < tolerance);
  CHECK(layer_error(Tanh{}, 6, samples) < tolerance);
  CHECK(layer_error(GELU{}, 6, samples) < tolerance);
  CHECK(layer_error(initialized(Linear<double>{5, 3}), 5, samples) < tolerance);
  CHECK(layer_error(initialized(Linear<double>{1, 1}), 1, samples) < tolerance);
  CHECK(layer_error(initialized(Linear<double, 4, 7>{}), 4, samples) < tolerance);
  CHECK(layer_error(initialized(Sequential{Tanh{}, Sequential{Linear<double>{5, 4}, GELU{}},
                                           Linear<double>{4, 3}, Sigmoid{}}),
                    5, samples) < tolerance);
}

template <Loss L, class Targets>
double loss_error(const L& loss, Matrix<double> y, const Targets& targets) {
  Matrix<double> dy(y.rows(), y.cols());
  const double value = loss.value_and_gradient(y, targets, dy);
  CHECK_THAT(value, Catch::Matchers::WithinRel(loss.value(y, targets), 1e-14));
  return gradient_error(dy, y, [&] { return loss.value(y, targets); });
}

TEST_CASE("the gradients of every loss are those of finite differences", "[gradient]") {
  const Index samples = GENERATE(1, 2, 9);
  const int outputs = GENERATE(1, 2, 10);
  CAPTURE(samples, outputs);
  Random random{4};
  const Matrix<double> y = 3 * random_matrix(outputs, samples, random);
  CHECK(loss_error(CrossEntropy{}, y, random_labels(outputs, samples, random)) < tolerance);
  CHECK(loss_error(MeanSquaredError{}, y, random_matrix(outputs, samples, random)) < tolerance);
}

template <Penalty P>
double penalty_error(const P& penalty, Index rows, Index cols) {
  Random random{5};
  Matrix<double> w = random_matrix(rows, cols, random);
  const Matrix<double> gradient = penalty.gradient(w.array()).matrix();
  return gradient_error(gradient, w, [&] { return penalty.value(w.array()); });
}

TEST_CASE("the gradients of every penalty are those of finite differences", "[gradient]") {
  CHECK(penalty_error(NoPenalty{}, 3, 4) < tolerance);
  CHECK(penalty_error(L2{0.3}, 3, 4) < tolerance);
  CHECK(penalty_error(L2{0.3}, 5, 1) < tolerance);
  CHECK(penalty_error(L2::sum_of_squares(0.3), 3, 4) < tolerance);
  CHECK(penalty_error(L2{0.3} + L2::sum_of_squares(0.1) + L2{2}, 3, 4) < tolerance);
}

/// The same of `ridge::gradient`, for a whole objective and all parameters of a network.
template <Layer Net, class O, class Targets>
double objective_error(Net net, const O& objective, const Matrix<double>& x,
                       const Targets& targets) {
  const auto value = [&] {
    return objective.loss.value(predict(net, x), targets) + objective.penalty_of(net);
  };
  StoredGradients<Net> stored;
  CHECK_THAT(gradient(net, objective, x, targets, stored),
             Catch::Matchers::WithinRel(value(), 1e-14));
  return parameter_error(net, stored, value);
}

/// Sizes known at compile time: the first weight larger than the tile of a gradient, the last not.
const auto fixed_size_net =
    initialized(Sequential{Linear<double, 70, 60>{}, Sigmoid{}, Linear<double, 60, 3>{}});

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
    CHECK(objective_error(net, regression, x, targets) < tolerance);
  }
  SECTION("two hidden layers") {
    const auto net = initialized(Sequential{Linear<double>{5, 8}, ReLU{}, Linear<double>{8, 4},
                                            LeakyReLU{0.2}, Linear<double>{4, 3}});
    CHECK(objective_error(net, classification, x, labels) < tolerance);
  }
  SECTION("nested, with names, and activations at both ends") {
    const auto net =
        initialized(Sequential{Tanh{}, named("body", Sequential{Linear<double>{5, 4}, GELU{}}),
                               named("head", Linear<double>{4, 3}), Sigmoid{}});
    CHECK(objective_error(net, regression, x, targets) < tolerance);
  }
  SECTION("fixed sizes") {
    const Matrix<double> wide = random_matrix(70, samples, random);
    CHECK(objective_error(fixed_size_net, classification, wide, labels) < tolerance);
  }
}

// ---- The checks above see what is wrong -------------------------------------------------------

/// Its gradient of the bias is that of the last sample alone.
struct WrongBias : Linear<double> {
  using Linear<double>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    gradients(outer_product(dy, x), dy.rightCols(1));
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

TEST_CASE("a wrong gradient is noticed", "[gradient]") {
  constexpr double noticed = 100 * tolerance;
  CHECK(layer_error(initialized(WrongBias{5, 3}), 5, 4) > noticed);
  CHECK(layer_error(initialized(WrongInput{5, 3}), 5, 4) > noticed);
  CHECK(layer_error(WrongTanh{}, 6, 4) > noticed);
  CHECK(penalty_error(WrongPenalty{}, 3, 4) > noticed);

  Random random{6};
  const Matrix<double> x = random_matrix(5, 4, random), targets = random_matrix(3, 4, random);
  const auto wrong_layer = initialized(Sequential{Linear<double>{5, 3}, WrongTanh{}});
  CHECK(objective_error(wrong_layer, MeanSquaredError{} + L2{0.1}, x, targets) > noticed);
  const auto linear = initialized(Linear<double>{5, 3});
  CHECK(objective_error(linear, MeanSquaredError{} + WrongPenalty{}, x, targets) > noticed);
}

// ---- Products larger than the tiles and blocks that they are computed in ----------------------

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

TEST_CASE("large products are those of plain loops", "[gradient]") {
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
  double error = 0;
  const auto a = fused.parameters();
  const auto b = stored.parameters();
  const auto before = initial.parameters();
  detail::for_each_index<parameter_count<Net>>([&](auto i) {
    CHECK(distance(std::get<i>(a).value, std::get<i>(before).value) > 1e-6);
    error = std::max(error, distance(std::get<i>(a).value, std::get<i>(b).value));
  });
  return error;
}

const SGD optimizers[] = {
    {.learning_rate = 0.1},
    {.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.01},
    {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true},
};

TEST_CASE("the fused update is the stored one", "[gradient]") {
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

}  // namespace
