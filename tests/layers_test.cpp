#include <cmath>
#include <limits>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

TEST_CASE("Linear is W x + b", "[layers]") {
  Linear<double> layer{3, 2};
  layer.weight << 1, 2, 3, 4, 5, 6;
  layer.bias << 10, 20;
  const Matrix<double> x{{1, 0}, {0, 1}, {1, 1}};
  CHECK(predict(layer, x) == Matrix<double>{{14, 15}, {30, 31}});
}

TEST_CASE("Linear of sizes on both sides of every block is a naive product", "[layers]") {
  const auto [in, out, samples] = GENERATE(table<Index, Index, Index>(
      {{1, 1, 1}, {128, 128, 128}, {129, 127, 130}, {300, 257, 3}, {600, 5, 200}, {7, 300, 1}}));
  Linear<double> layer{in, out};
  initialize(layer, Random{3});
  const Matrix<double> x = Matrix<double>::Random(in, samples);
  const Matrix<double> y = predict(layer, x);
  double worst = 0;
  for (Index n = 0; n < samples; ++n)
    for (Index o = 0; o < out; ++o) {
      double sum = layer.bias(o);
      for (Index i = 0; i < in; ++i) sum += layer.weight(o, i) * x(i, n);
      worst = std::max(worst, std::abs(sum - y(o, n)));
    }
  CHECK(worst < 1e-13);
}

TEST_CASE("sizes in the type and at run time make the same layer", "[layers]") {
  Linear<float, 5, 7> fixed;
  Linear<float> dynamic{5, 7};
  initialize(fixed, Random{1});
  initialize(dynamic, Random{1});
  CHECK(fixed.weight == dynamic.weight);
  const Matrix<float> x = Matrix<float>::Random(5, 9);
  CHECK(predict(fixed, x).isApprox(predict(dynamic, x), 1e-6f));
}

TEST_CASE("Linear refuses sizes that make no layer", "[layers]") {
  CHECK(message_of<ValueError>([] {
          Linear<float>{0, 3};
        }) == "Linear: sizes must be at least 1, got 0 inputs and 3 outputs");
  CHECK(message_of<ValueError>([] {
          Linear<float>{3, -1};
        }) == "Linear: sizes must be at least 1, got 3 inputs and -1 outputs");
  CHECK(message_of<ShapeError>([] {
          Linear<float, 3, 4>{3, 5};
        }) == "Linear<3, 4>: got 3 inputs and 5 outputs");
}

TEST_CASE("an input of the wrong height is refused", "[layers]") {
  const Linear<float> layer{784, 10};
  CHECK(message_of<ShapeError>([&] { predict(layer, Matrix<float>::Zero(785, 2).eval()); }) ==
        "Linear: expected 784 rows, got 785 (a batch is features x samples)");
}

TEST_CASE("a copy of a layer has weights of its own", "[layers]") {
  Linear<float> layer{2, 2};
  initialize(layer, Random{1});
  const auto copy = layer;
  CHECK(copy == layer);
  layer.weight(0, 0) += 1;
  CHECK(!(copy == layer));
}

TEST_CASE("activations are their functions", "[layers]") {
  const double v = GENERATE(-800., -20., -3., -1., -0.25, 0., 0.5, 1., 2., 30., 800.);
  const auto value = [&](const auto& f) { return predict(f, Vector<double, 1>(v))(0); };
  CHECK(value(ReLU{}) == std::max(v, 0.));
  CHECK(value(LeakyReLU{}) == (v > 0 ? v : 0.01 * v));
  CHECK(value(LeakyReLU{0.3}) == (v > 0 ? v : 0.3 * v));
  CHECK(value(Sigmoid{}) == Approx(1 / (1 + std::exp(-v))).margin(1e-300));
  CHECK(value(Tanh{}) == Approx(std::tanh(v)));
  CHECK(value(GELU{}) == Approx(v * std::erfc(-v / std::sqrt(2.)) / 2).margin(1e-300));
}

TEST_CASE("NaN does not pass an activation unseen", "[layers]") {
  const Vector<float> x = Vector<float>::Constant(33, std::numeric_limits<float>::quiet_NaN());
  CHECK(predict(ReLU{}, x).hasNaN());
  CHECK(predict(LeakyReLU{}, x).hasNaN());
  CHECK(predict(Tanh{}, x).hasNaN());
  CHECK(predict(GELU{}, x).hasNaN());
  CHECK(predict(Sigmoid{}, x).hasNaN());
}

TEST_CASE("LeakyReLU refuses a slope below zero", "[layers]") {
  CHECK(message_of<ValueError>([] { LeakyReLU{-0.5}; }) ==
        "LeakyReLU: slope must be a finite number >= 0, got -0.5");
}

struct Moments {
  double mean, variance, largest;
};

template <class Initializer>
Moments moments_of_weight(const Initializer& initializer) {
  Linear<double> layer{300, 200};
  initialize(layer, Random{1}, initializer);
  const auto w = layer.weight.array();
  return {w.mean(), (w - w.mean()).square().mean(), w.abs().maxCoeff()};
}

TEST_CASE("initializers have the variance and the bound of their formula", "[layers]") {
  const auto check = [](Moments m, double variance, double bound) {
    CHECK(std::abs(m.mean) < 5 * std::sqrt(variance / 60000));
    CHECK(m.variance == Approx(variance).epsilon(0.03));
    CHECK(m.largest <= bound);
    CHECK(m.largest > bound * 0.6);
  };
  const double in = 300, out = 200;
  const double six_deviations = 6;
  check(moments_of_weight(PyTorchDefault{}), 1 / in / 3, 1 / std::sqrt(in));
  check(moments_of_weight(HeUniform{}), 2 / in, std::sqrt(6 / in));
  check(moments_of_weight(HeNormal{}), 2 / in, six_deviations * std::sqrt(2 / in));
  check(moments_of_weight(GlorotUniform{}), 2 / (in + out), std::sqrt(6 / (in + out)));
  check(moments_of_weight(GlorotNormal{}), 2 / (in + out),
        six_deviations * std::sqrt(2 / (in + out)));
}

TEST_CASE("initializers and biases", "[layers]") {
  Linear<double> layer{300, 200};
  initialize(layer, Random{1});
  CHECK(layer.bias.cwiseAbs().maxCoeff() <= 1 / std::sqrt(300.));
  CHECK(layer.bias.cwiseAbs().maxCoeff() > 0.9 / std::sqrt(300.));
  initialize(layer, Random{1}, HeNormal{});
  CHECK(layer.bias.isZero(0));
  initialize(layer, Random{1}, Constant{.weights = 0.5, .biases = -2});
  CHECK((layer.weight.array() == 0.5).all());
  CHECK((layer.bias.array() == -2).all());
}

TEST_CASE("a seed decides the initial weights", "[layers]") {
  Sequential a{Linear<float>{4, 3}, ReLU{}, Linear<float>{3, 2}}, b = a, c = a;
  initialize(a, Random{7});
  initialize(b, Random{7});
  initialize(c, Random{8});
  CHECK(a == b);
  CHECK(!(a == c));
  CHECK(a.layer<0>().weight(0, 0) != a.layer<2>().weight(0, 0));
}

struct Scaled : Activation<Scaled> {
  double factor = 1;
  template <class X>
  auto value(const X& x) const {
    return static_cast<typename X::Scalar>(factor) * x;
  }
  template <class X, class Y>
  auto derivative(const X& x, const Y&) const {
    return X::PlainObject::Constant(x.rows(), x.cols(), static_cast<typename X::Scalar>(factor));
  }
};

TEST_CASE("layers are equal if they do the same", "[layers]") {
  CHECK(ReLU{} == ReLU{});
  CHECK(LeakyReLU{0.1} == LeakyReLU{0.1});
  CHECK(!(LeakyReLU{0.1} == LeakyReLU{0.2}));
  STATIC_REQUIRE(Layer<Scaled> && !std::equality_comparable<Scaled>);  // it has not said how
}

}  // namespace
