// ridge computes what PyTorch computes: the numbers of tests/fixtures/make_pytorch.py.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "fixture.hpp"

namespace {

using namespace ridge;
using namespace test;

/// The largest difference, relative to PyTorch's number; below 1e-3 to that, since there PyTorch's
/// own rounding shows: it takes 1 - y of a y near 1.
template <class A, class B>
double relative_distance(const A& got, const B& expected) {
  return ((got - expected).array().abs() / (expected.array().abs() + 1e-3)).maxCoeff();
}

struct Recipe {
  std::string name;
  SGD sgd;
};

const Recipe recipes[] = {
    {"plain", {}},
    {"momentum", {.momentum = 0.9}},
    {"dampening", {.momentum = 0.9, .dampening = 0.3}},
    {"nesterov", {.momentum = 0.9, .nesterov = true}},
    {"weight_decay", {.weight_decay = 0.01}},
    {"momentum+weight_decay", {.momentum = 0.9, .weight_decay = 0.01}},
    {"dampening+weight_decay", {.momentum = 0.9, .dampening = 0.3, .weight_decay = 0.01}},
    {"nesterov+weight_decay", {.momentum = 0.9, .weight_decay = 0.01, .nesterov = true}},
};

/// Trains 50 steps, ten epochs of 8 + 8 + 8 + 8 + 5 samples, by each recipe.
template <class Net, class L, class Data>
void compare_training(const std::string& problem, Net net, const L& loss, const Data& data) {
  const Fixture fixture("pytorch_sgd");
  for (auto [name, sgd] : recipes) {
    CAPTURE(problem, name);
    sgd.learning_rate = 0.05;
    assign(net, fixture, problem + "/initial/");
    REQUIRE(distance(net, fixture, problem + "/" + name + "/") > 1e-2);
    fit(net, loss, sgd, data, {.epochs = 10, .batch_size = 8, .shuffle = false});
    check_below(distance(net, fixture, problem + "/" + name + "/"), 1e-12);
  }
}

TEST_CASE("50 steps of SGD are PyTorch's", "[pytorch]") {
  const Fixture fixture("pytorch_sgd");
  compare_training("cross_entropy", Sequential{Linear<double>{6, 5}, ReLU{}, Linear<double>{5, 3}},
                   CrossEntropy{},
                   Dataset<double, std::int64_t>{fixture.batch("cross_entropy/inputs"),
                                                 fixture.labels("cross_entropy/targets")});
  compare_training("mean_squared_error",
                   Sequential{Linear<double>{4, 7}, Tanh{}, Linear<double>{7, 2}},
                   MeanSquaredError{},
                   Dataset<double, double>{fixture.batch("mean_squared_error/inputs"),
                                           fixture.batch("mean_squared_error/targets")});
}

template <Layer L>
void compare_activation(const Fixture& fixture, const std::string& name, const L& activation) {
  CAPTURE(name);
  const Vector<double> x = fixture["grid"].vector<double>();
  const Vector<double> dy = Vector<double>::Ones(x.size());
  Vector<double> y(x.size()), dx(x.size());
  activation.infer(x, y);
  activation.backward(x, y, dy, dx, NoCache{}, [] {});
  check_below(relative_distance(y, fixture[name + "/value"].vector<double>()), 1e-12);
  check_below(relative_distance(dx, fixture[name + "/gradient"].vector<double>()), 1e-12);
}

TEST_CASE("activations are PyTorch's", "[pytorch]") {
  const Fixture fixture("pytorch_functions");
  compare_activation(fixture, "ReLU", ReLU{});
  compare_activation(fixture, "LeakyReLU", LeakyReLU{});
  compare_activation(fixture, "LeakyReLU(0.2)", LeakyReLU{0.2});
  compare_activation(fixture, "Sigmoid", Sigmoid{});
  compare_activation(fixture, "Tanh", Tanh{});
  compare_activation(fixture, "GELU", GELU{});
}

template <Loss L, class Targets>
void compare_loss(const Fixture& fixture, const std::string& name, const L& loss,
                  const Targets& targets) {
  CAPTURE(name);
  const Matrix<double> y = fixture.batch(name + "/outputs");
  Matrix<double> dy(y.rows(), y.cols());
  const auto expected = Catch::Matchers::WithinRel(fixture.number(name + "/value"), 1e-12);
  CHECK_THAT(loss.value(y, targets), expected);
  CHECK_THAT(loss.value_and_gradient(y, targets, dy), expected);
  check_below(relative_distance(dy, fixture.batch(name + "/gradient")), 1e-12);
}

TEST_CASE("losses are PyTorch's", "[pytorch]") {
  const Fixture fixture("pytorch_functions");
  for (const std::string name : {"cross_entropy", "cross_entropy_of_one"})
    compare_loss(fixture, name, CrossEntropy{}, fixture.labels(name + "/targets"));
  for (const std::string name : {"mean_squared_error", "mean_squared_error_of_one"})
    compare_loss(fixture, name, MeanSquaredError{}, fixture.batch(name + "/targets"));
}

/// One published copy of MNIST has lost the grey level 1: every such pixel is 0 in it. Here it is
/// taken as 0 from any copy, as in tests/fixtures/make_pytorch.py.
Dataset<std::uint8_t, std::uint8_t> without_grey_level_1(
    const Dataset<std::uint8_t, std::uint8_t>& data) {
  Matrix<std::uint8_t> pixels = data.inputs();
  for (auto& pixel : pixels.reshaped())
    if (pixel == 1) pixel = 0;
  return {std::move(pixels), data.targets(), data.scale(), data.shape()};
}

/// One epoch of the classic job, in the dataset's order; its mean loss.
template <class Net>
double classic_epoch(Net& net, const Dataset<std::uint8_t, std::uint8_t>& data) {
  const SGD sgd{.learning_rate = 0.01, .weight_decay = 1e-4};
  return fit(net, CrossEntropy{}, sgd, data, {.batch_size = 64, .shuffle = false})[0].train_loss;
}

TEST_CASE("an epoch of the digits in float is PyTorch's", "[pytorch]") {
  const Fixture fixture("pytorch_digits");
  const Mnist digits = load_mnist(RIDGE_DIGITS);
  Sequential net{Linear<float>{64, 32}, ReLU{}, Linear<float>{32, 10}};
  assign(net, fixture, "initial/");
  CHECK_THAT(classic_epoch(net, digits.train),
             Catch::Matchers::WithinAbs(fixture.number("loss"), 1e-6));
  check_below(distance(net, fixture, "final/"), 1e-5);
}

TEST_CASE("an epoch of MNIST in float is PyTorch's", "[pytorch]") {
  const char* folder = std::getenv("RIDGE_MNIST_DIR");
  if (!folder || !std::filesystem::is_directory(folder)) {
    WARN("Skipped: set RIDGE_MNIST_DIR to a folder that holds MNIST.");
    return;
  }
  const Fixture fixture("pytorch_mnist");
  Sequential net{Linear<float>{784, 128}, ReLU{}, Linear<float>{128, 10}};
  initialize(net, Random{1});  // the same numbers as in make_pytorch.py
  CHECK_THAT(classic_epoch(net, without_grey_level_1(load_mnist(folder).train)),
             Catch::Matchers::WithinAbs(fixture.number("loss"), 1e-6));

  // Of the first layer's weight the file has some rows, and of every parameter sum and norm.
  const auto [first_weight, first_bias, last_weight, last_bias] = net.parameters();
  const Vector<std::int32_t> hidden = fixture["hidden"].vector<std::int32_t>();
  check_below(distance(first_weight.value(hidden, Eigen::all), fixture["0.weight[hidden]"]), 1e-4);
  check_below(distance(first_bias.value, fixture["0.bias"]), 1e-4);
  check_below(distance(last_weight.value, fixture["2.weight"]), 1e-4);
  check_below(distance(last_bias.value, fixture["2.bias"]), 1e-4);
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    CAPTURE(name);
    const auto values = parameter.value.template cast<double>();
    CHECK_THAT(values.sum(), Catch::Matchers::WithinAbs(fixture.number(name + "/sum"), 1e-4));
    CHECK_THAT(values.norm(), Catch::Matchers::WithinRel(fixture.number(name + "/norm"), 1e-6));
  });
}

}  // namespace
