// Losses: PyTorch's numbers (tests/fixtures/make_losses.py), finite differences, extreme outputs,
// errors, sample weights.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <ridge/losses/decide.hpp>
#include <ridge/losses/weighted.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;
using test::check_below;
using test::contains;
using test::Fixture;
using test::message_of;

const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

static_assert(std::is_aggregate_v<CrossEntropy> && std::is_default_constructible_v<CrossEntropy>);

std::vector<double> random_weights(int classes, Random& random) {
  std::vector<double> weights(static_cast<std::size_t>(classes));
  for (double& weight : weights) weight = random.uniform(0.1, 3);
  return weights;
}

/// Calls f(loss, targets) for every loss, with its options, and targets that fit outputs y.
template <class F>
void for_each_loss(const Matrix<double>& y, Random& random, const F& f) {
  const int outputs = static_cast<int>(y.rows());
  const Index samples = y.cols();
  const RowVector<int> labels = random_labels(outputs, samples, random);
  f(CrossEntropy{}, labels);
  f(CrossEntropy{.label_smoothing = 0.1}, labels);
  f(MulticlassHinge{}, labels);
  f(MulticlassHinge{.margin = 0.3}, labels);
  f(MulticlassHinge{.power = 2}, labels);
  const Matrix<double> shares = random_matrix(outputs, samples, random, 0, 1);
  f(BinaryCrossEntropy{}, shares);
  f(BinaryCrossEntropy{.positive_weight = 3, .label_smoothing = 0.2}, shares);
  if (outputs == 1) {
    const RowVector<int> answers = random_labels(2, samples, random);
    f(BinaryCrossEntropy{}, answers);
    f(BinaryCrossEntropy{.positive_weight = 0.3}, answers);
  }
  const Matrix<double> targets = random_matrix(outputs, samples, random);
  f(MeanSquaredError{}, targets);
  f(MeanAbsoluteError{}, targets);
  f(Huber{}, targets);
  f(Huber{.delta = 0.2}, targets);
}

/// Those that sample weights cannot be used with, too.
template <class F>
void for_each_loss_and_class_weights(const Matrix<double>& y, Random& random, const F& f) {
  for_each_loss(y, random, f);
  const int classes = static_cast<int>(y.rows());
  const RowVector<int> labels = random_labels(classes, y.cols(), random);
  f(CrossEntropy{.class_weights = random_weights(classes, random)}, labels);
  f(CrossEntropy{.label_smoothing = 0.4, .class_weights = random_weights(classes, random)}, labels);
}

/// How far a gradient is from central differences of f(y), relative to the largest element.
template <class F>
double gradient_error(const Matrix<double>& gradient, Matrix<double> y, const F& f) {
  constexpr double h = 1e-5;
  Matrix<double> differences(y.rows(), y.cols());
  for (Index j = 0; j < y.cols(); ++j)
    for (Index i = 0; i < y.rows(); ++i) {
      const double value = y(i, j);
      y(i, j) = value + h;
      const double above = f(y);
      y(i, j) = value - h;
      const double below = f(y);
      y(i, j) = value;
      differences(i, j) = (above - below) / (2 * h);
    }
  const double size = std::max(gradient.cwiseAbs().maxCoeff(), differences.cwiseAbs().maxCoeff());
  return (gradient - differences).cwiseAbs().maxCoeff() / std::max(size, 1e-3);
}

double relative_difference(double a, double b) {
  return std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-300});
}

TEST_CASE("the gradients of losses are those of finite differences", "[losses]") {
  const Index samples = GENERATE(1, 2, 9);
  const Index outputs = GENERATE(1, 2, 3, 10);
  CAPTURE(samples, outputs);
  Random random{4};
  const Matrix<double> y = 3 * random_matrix(outputs, samples, random);
  int losses = 0;
  for_each_loss_and_class_weights(y, random, [&](const auto& loss, const auto& targets) {
    CAPTURE(losses++);
    loss.check(outputs, targets);
    Matrix<double> dy = Matrix<double>::Constant(outputs, samples, nan);
    const double value = loss.value_and_gradient(y, targets, dy);
    check_below(relative_difference(value, loss.value(y, targets)), 1e-14);
    check_below(gradient_error(dy, y, [&](const auto& at) { return loss.value(at, targets); }),
                1e-6);
  });
}

template <Loss L, class Targets>
void compare(const Fixture& fixture, const std::string& name, const L& loss,
             const Targets& targets) {
  CAPTURE(name);
  const Matrix<double> y = fixture.batch(name + "/outputs");
  loss.check(y.rows(), targets);
  Matrix<double> dy = Matrix<double>::Constant(y.rows(), y.cols(), nan);
  const double expected = fixture.number(name + "/value");
  const Matrix<double> gradient = fixture.batch(name + "/gradient");
  check_below(relative_difference(loss.value(y, targets), expected), 1e-12);
  check_below(relative_difference(loss.value_and_gradient(y, targets, dy), expected), 1e-12);
  check_below(((dy - gradient).array().abs() / (gradient.array().abs() + 1e-3)).maxCoeff(), 1e-12);
}
template <Loss L>
void compare_labels(const Fixture& fixture, const std::string& name, const L& loss) {
  compare(fixture, name, loss, fixture.labels(name + "/targets"));
}
template <Loss L>
void compare_numbers(const Fixture& fixture, const std::string& name, const L& loss) {
  compare(fixture, name, loss, fixture.batch(name + "/targets"));
}

TEST_CASE("every option of every loss is PyTorch's", "[losses]") {
  const Fixture fixture("pytorch_losses");
  const Vector<double> stored = fixture["class_weights"].vector<double>();
  const std::vector<double> weights(stored.begin(), stored.end());
  for (const std::string size : {"", "/of_one", "/extreme", "/extreme/of_one"}) {
    compare_labels(fixture, "cross_entropy/smoothing" + size, CrossEntropy{.label_smoothing = 0.1});
    compare_labels(fixture, "cross_entropy/weights" + size, CrossEntropy{.class_weights = weights});
    compare_labels(fixture, "cross_entropy/both" + size,
                   CrossEntropy{.label_smoothing = 0.3, .class_weights = weights});
    for (const int power : {1, 2}) {
      const std::string name = "hinge/" + std::to_string(power);
      compare_labels(fixture, name + "/1" + size, MulticlassHinge{.power = power});
      compare_labels(fixture, name + "/0.25" + size,
                     MulticlassHinge{.margin = 0.25, .power = power});
    }
  }
  for (const int power : {1, 2})
    compare_labels(fixture, "hinge/" + std::to_string(power) + "/kinks",
                   MulticlassHinge{.power = power});
  for (const std::string size : {"", "/extreme"}) {
    const auto compare_binary = [&](const std::string& option, const BinaryCrossEntropy& loss) {
      compare_numbers(fixture, "binary" + option + size, loss);
      compare_labels(fixture, "binary" + option + size + "/labels", loss);
    };
    compare_binary("", {});
    compare_binary("/positive", {.positive_weight = 3.5});
    compare_binary("/both", {.positive_weight = 0.2, .label_smoothing = 0.1});
  }
  for (const std::string size : {"", "/of_one"}) {
    compare_numbers(fixture, "huber/1" + size, Huber{});
    compare_numbers(fixture, "huber/0.25" + size, Huber{.delta = 0.25});
    compare_numbers(fixture, "huber/3" + size, Huber{.delta = 3});
    compare_numbers(fixture, "absolute" + size, MeanAbsoluteError{});
  }
}

TEST_CASE("options that change nothing give the plain cross-entropy", "[losses]") {
  Random random{5};
  const Matrix<double> y = 3 * random_matrix(4, 9, random);
  const RowVector<int> labels = random_labels(4, 9, random);
  const CrossEntropy plain, ones{.class_weights = {1, 1, 1, 1}}, sevens{.class_weights{7, 7, 7, 7}};
  Matrix<double> expected(4, 9), dy(4, 9);
  const double value = plain.value_and_gradient(y, labels, expected);
  for (const CrossEntropy& loss : {ones, sevens}) {
    check_below(relative_difference(loss.value_and_gradient(y, labels, dy), value), 1e-14);
    check_below((dy - expected).cwiseAbs().maxCoeff(), 1e-16);
  }
  CHECK(plain.total_weight(labels) == 9);
  CHECK(ones.total_weight(labels) == 9);
  CHECK(sevens.total_weight(labels) == 63);
  CHECK(plain == CrossEntropy{});
  CHECK(plain != ones);
  CHECK(plain != CrossEntropy{.label_smoothing = 0.1});
}

TEST_CASE("binary cross-entropy is the cross-entropy of two classes", "[losses]") {
  const double smoothing = GENERATE(0.0, 0.2);
  Random random{6};
  Matrix<double> two = Matrix<double>::Zero(2, 9);
  two.row(1) = 3 * random_matrix(1, 9, random);
  const Matrix<double> one = two.row(1);
  const RowVector<int> labels = random_labels(2, 9, random);
  const CrossEntropy both{.label_smoothing = smoothing};
  const BinaryCrossEntropy binary{.label_smoothing = smoothing};
  Matrix<double> d_two(2, 9), d_one(1, 9);
  const double value = both.value_and_gradient(two, labels, d_two);
  check_below(relative_difference(binary.value_and_gradient(one, labels, d_one), value), 1e-14);
  check_below((d_one - d_two.row(1)).cwiseAbs().maxCoeff(), 1e-16);
}

TEST_CASE("a batch without weight has no loss and no gradient", "[losses]") {
  const CrossEntropy loss{.label_smoothing = 0.1, .class_weights = {1, 0, 2}};
  Random random{7};
  const Matrix<double> y = random_matrix(3, 2, random);
  const RowVector<int> labels{{1, 1}};
  Matrix<double> dy = Matrix<double>::Constant(3, 2, nan);
  loss.check(3, labels);
  CHECK(loss.value(y, labels) == 0);
  CHECK(loss.value_and_gradient(y, labels, dy) == 0);
  CHECK(dy.isZero(0));
}

TEMPLATE_TEST_CASE("extreme outputs are safe", "[losses]", float, double) {
  const auto check = [](const auto& loss, const Matrix<TestType>& y, const auto& targets,
                        double expected, const Matrix<TestType>& gradient) {
    Matrix<TestType> dy(y.rows(), y.cols());
    const double epsilon = std::numeric_limits<TestType>::epsilon();
    check_below(std::abs(loss.value(y, targets) - expected), 4 * epsilon * (1 + expected));
    check_below(std::abs(loss.value_and_gradient(y, targets, dy) - expected),
                4 * epsilon * (1 + expected));
    check_below(static_cast<double>((dy - gradient).cwiseAbs().maxCoeff()), 4 * epsilon);
  };
  const RowVector<int> no{{0}}, yes{{1}};
  const Matrix<TestType> high{{1e4}}, low{{-1e4}}, zero{{0}}, half{{0.5}}, one{{1}};
  check(BinaryCrossEntropy{}, high, no, 1e4, one);
  check(BinaryCrossEntropy{}, low, yes, 1e4, -one);
  check(BinaryCrossEntropy{}, high, yes, 0, zero);
  check(BinaryCrossEntropy{}, low, no, 0, zero);
  check(BinaryCrossEntropy{}, zero, yes, std::log(2.0), -half);
  check(BinaryCrossEntropy{}, high, half, 5e3, half);
  check(BinaryCrossEntropy{.positive_weight = 2}, low, yes, 2e4, -2 * one);
  const Matrix<TestType> logits{{1e4}, {-1e4}, {0}, {0}};
  const Matrix<TestType> right = Matrix<double>{{-0.3}, {0.1}, {0.1}, {0.1}}.cast<TestType>();
  check(CrossEntropy{.label_smoothing = 0.4}, logits, no, 0.1 * (2e4 + 1e4 + 1e4), -right);
  check(CrossEntropy{.class_weights = {3, 1, 1, 1}}, logits, no, 0, zero.replicate(4, 1));
  check(MulticlassHinge{}, logits, yes, (20001 + 2 * 10001) / 4.0,
        Matrix<TestType>{{0.25}, {-0.75}, {0.25}, {0.25}});
  check(Huber{}, high, zero, 9999.5, one);
  check(MeanAbsoluteError{}, low, zero, 1e4, -one);

  // In the tails the gradient keeps its digits.
  Matrix<TestType> dy(1, 1);
  BinaryCrossEntropy{}.value_and_gradient(Matrix<TestType>{{60}}, yes, dy);
  CHECK_THAT(dy(0, 0), Catch::Matchers::WithinRel(static_cast<TestType>(-std::exp(-60.0)),
                                                  static_cast<TestType>(1e-5)));
  BinaryCrossEntropy{}.value_and_gradient(Matrix<TestType>{{-60}}, no, dy);
  CHECK_THAT(dy(0, 0), Catch::Matchers::WithinRel(static_cast<TestType>(std::exp(-60.0)),
                                                  static_cast<TestType>(1e-5)));
}

TEST_CASE("NaN in an output is NaN in the loss", "[losses]") {
  const Index outputs = GENERATE(2, 3, 10);
  Random random{8};
  Matrix<double> y = random_matrix(outputs, 9, random);
  y(1, 4) = nan;
  int losses = 0;
  for_each_loss_and_class_weights(y, random, [&](const auto& loss, const auto& targets) {
    CAPTURE(losses++, outputs);
    Matrix<double> dy(outputs, 9);
    CHECK(std::isnan(loss.value(y, targets)));
    CHECK(std::isnan(loss.value_and_gradient(y, targets, dy)));
  });
}

TEST_CASE("losses allocate no matrix", "[losses]") {
  Random random{9};
  const Matrix<double> y = random_matrix(40, 50, random);
  const RowVector<double> weights = random_matrix(1, 50, random, 0, 1);
  Matrix<double> dy(40, 50);
  for_each_loss_and_class_weights(y, random, [&](const auto& loss, const auto& targets) {
    Eigen::internal::set_is_malloc_allowed(false);
    loss.check(40, targets);
    const double value = loss.value_and_gradient(y, targets, dy);
    Eigen::internal::set_is_malloc_allowed(true);
    CHECK(value > 0);
  });
  for_each_loss(y, random, [&](const auto& loss, const auto& targets) {
    Eigen::internal::set_is_malloc_allowed(false);
    detail::check_sample_weights(loss, 50, weights);
    const double value = detail::weighted_value_and_gradient(loss, y, targets, weights, dy);
    Eigen::internal::set_is_malloc_allowed(true);
    CHECK(value > 0);
  });
}

// ---- Errors -----------------------------------------------------------------------------------

TEST_CASE("cross-entropy refuses what it cannot use", "[losses]") {
  const RowVector<int> labels{{0, 2, 1}};
  const auto value_error = [&](const CrossEntropy& loss) {
    return message_of<ValueError>([&] { loss.check(3, labels); });
  };
  CHECK(value_error({.label_smoothing = 1}) ==
        "CrossEntropy: label_smoothing must be at least 0 and below 1, got 1");
  CHECK(contains(value_error({.label_smoothing = -0.1}), "got -0.1"));
  CHECK(contains(value_error({.label_smoothing = nan}), "got nan"));
  CHECK(value_error({.class_weights = {1, -2, 1}}) ==
        "CrossEntropy: class_weights must be finite numbers >= 0, got -2 for class 1");
  CHECK(contains(value_error({.class_weights = {1, 1, nan}}), "got nan for class 2"));
  CHECK(contains(value_error({.class_weights = {infinity, 1, 1}}), "got inf for class 0"));
  CHECK(value_error({.class_weights = {0, 0, 0}}) == "CrossEntropy: class_weights are all 0");
  CHECK(message_of<ShapeError>([&] {
          CrossEntropy{.class_weights = {1, 2}}.check(3, labels);
        }) == "CrossEntropy: the network has 3 classes, but there are 2 class_weights");
  CHECK_NOTHROW(CrossEntropy{.label_smoothing = 0.99, .class_weights = {0, 1, 0}}.check(3, labels));
  CHECK(message_of<ValueError>([&] { CrossEntropy{}.check(2, labels); }) ==
        "CrossEntropy: label 2 of sample 1 is outside the network's 2 classes 0 to 1");
  CHECK(message_of<ValueError>([] {
          CrossEntropy{}.check(2, RowVector<int>{{1, 2, 1}});
        }) ==
        "CrossEntropy: label 2 of sample 1 is outside the network's 2 classes 0 to 1; labels start "
        "at 0, and these at 1: subtract 1 from each");
  CHECK(message_of<ValueError>([] {
          CrossEntropy{}.check(2, RowVector<int>{{1, 3, 1}});
        }) == "CrossEntropy: label 3 of sample 1 is outside the network's 2 classes 0 to 1");
}

TEST_CASE("the hinge loss refuses what it cannot use", "[losses]") {
  const RowVector<int> labels{{0, 2, 1}};
  const auto value_error = [&](const MulticlassHinge& loss, Index classes = 3) {
    return message_of<ValueError>([&] { loss.check(classes, labels); });
  };
  CHECK(value_error({.power = 3}) == "MulticlassHinge: power must be 1 or 2, got 3");
  CHECK(value_error({.margin = -1}) ==
        "MulticlassHinge: margin must be a finite number >= 0, got -1");
  CHECK(contains(value_error({.margin = infinity}), "got inf"));
  CHECK(value_error({}, 2) ==
        "MulticlassHinge: label 2 of sample 1 is outside the network's 2 classes 0 to 1");
  CHECK(message_of<ShapeError>([] { MulticlassHinge{}.check(3, Matrix<int>::Zero(2, 4)); }) ==
        "MulticlassHinge: expected 1 label a sample, got 2");
}

TEST_CASE("losses of numbers refuse what they cannot use", "[losses]") {
  Matrix<double> targets = Matrix<double>::Zero(2, 3);
  const auto huber = [&](double delta) {
    return message_of<ValueError>([&] { Huber{delta}.check(2, targets); });
  };
  CHECK(huber(0) == "Huber: delta must be a finite number > 0, got 0");
  CHECK(contains(huber(-1), "got -1"));
  CHECK(contains(huber(infinity), "got inf"));
  CHECK(contains(huber(nan), "got nan"));
  CHECK(message_of<ShapeError>([&] { Huber{}.check(3, targets); }) ==
        "Huber: the network has 3 outputs, but the targets have 2 rows; the last layer has an "
        "output for each");
  CHECK(message_of<ShapeError>([&] { MeanAbsoluteError{}.check(1, targets); }) ==
        "MeanAbsoluteError: the network has 1 outputs, but the targets have 2 rows; the last layer "
        "has an output for each");
  targets(1, 2) = nan;
  CHECK(message_of<ValueError>([&] { Huber{}.check(2, targets); }) ==
        "Huber: target 1 of sample 2 is nan, but must be finite");
  CHECK(message_of<ValueError>([&] { MeanAbsoluteError{}.check(2, targets); }) ==
        "MeanAbsoluteError: target 1 of sample 2 is nan, but must be finite");
}

TEST_CASE("samples are weighted where they lie, whatever their strides", "[losses]") {
  const Matrix<double> z{{1, 0, 2}, {0, 3, 1}, {0.5, 1, 0}};
  const RowVector<double> weights{{1, 2, 0.5}};
  const RowVector<int> labels{{0, 1, 2}};
  const int spread[] = {0, 9, 1, 9, 2, 9};
  const Eigen::Map<const RowVector<int>, 0, Eigen::InnerStride<2>> apart(spread, 3);
  const CrossEntropy loss;
  CHECK(detail::weighted_value(loss, z, apart, weights) ==
        detail::weighted_value(loss, z, labels, weights));
  Matrix<double> tall = Matrix<double>::Constant(5, 3, 99);
  tall.topRows(3) = z;
  const Eigen::Map<const Matrix<double>, 0, Eigen::OuterStride<>> top(tall.data(), 3, 3,
                                                                      Eigen::OuterStride<>(5));
  Matrix<double> a(3, 3), b(3, 3);
  CHECK(detail::weighted_value_and_gradient(loss, top, apart, weights, a) ==
        detail::weighted_value_and_gradient(loss, z, labels, weights, b));
  CHECK(a == b);

  using ByRows = Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor>;
  const Matrix<double> targets{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  ByRows rows = targets;
  const Eigen::Map<ByRows> by_rows(rows.data(), 3, 3);
  const Eigen::Map<const ByRows> const_by_rows(rows.data(), 3, 3);
  const MeanSquaredError squared;
  const double expected = detail::weighted_value(squared, z, targets, weights);
  CHECK(detail::weighted_value(squared, z, by_rows, weights) == expected);
  CHECK(detail::weighted_value(squared, z, const_by_rows, weights) == expected);
}

TEST_CASE("class weights may be too small or too large for the scalar", "[losses]") {
  const Matrix<float> z{{0}, {-1}};
  const RowVector<int> label{{1}};
  Matrix<float> plain(2, 1), weighted(2, 1);
  CrossEntropy{}.value_and_gradient(z, label, plain);
  for (const double weight : {1e-40, 1e-300, 1e300}) {
    const CrossEntropy loss{.class_weights = {1, weight}};
    CHECK(loss.value_and_gradient(z, label, weighted) == Approx(loss.value(z, label)));
    CHECK((weighted - plain).norm() < 1e-6f);
  }
}

TEST_CASE("binary cross-entropy refuses what it cannot use", "[losses]") {
  const Matrix<double> targets = Matrix<double>::Constant(2, 3, 0.5);
  const auto value_error = [](const BinaryCrossEntropy& loss, const auto& given) {
    return message_of<ValueError>([&] { loss.check(given.rows(), given); });
  };
  CHECK(value_error({.positive_weight = -1}, targets) ==
        "BinaryCrossEntropy: positive_weight must be a finite number >= 0, got -1");
  CHECK(value_error({.label_smoothing = 1}, targets) ==
        "BinaryCrossEntropy: label_smoothing must be at least 0 and below 1, got 1");
  Matrix<double> wrong = targets;
  wrong(1, 1) = 1.01;
  CHECK(value_error({}, wrong) ==
        "BinaryCrossEntropy: target 1 of sample 1 is 1.01, outside 0 to 1");
  wrong(1, 1) = -0.01;
  CHECK(value_error({}, wrong) ==
        "BinaryCrossEntropy: target 1 of sample 1 is -0.01, outside 0 to 1");
  wrong(1, 1) = nan;
  CHECK(value_error({}, wrong) ==
        "BinaryCrossEntropy: target 1 of sample 1 is nan, but must be finite");
  CHECK(value_error({}, RowVector<int>{{0, 1, 2}}) ==
        "BinaryCrossEntropy: label 2 of sample 2 is outside the network's 2 classes 0 to 1");
  CHECK(value_error({}, RowVector<int>{{-1, 1, 0}}) ==
        "BinaryCrossEntropy: label -1 of sample 0 is outside the network's 2 classes 0 to 1");
  CHECK(
      value_error({}, RowVector<int>{{-1, 1, 1}}) ==
      "BinaryCrossEntropy: label -1 of sample 0 is outside the network's 2 classes 0 to 1; labels "
      "start at 0: of -1 and 1 make 0 and 1, (label + 1) / 2");
  CHECK(test::contains(value_error({}, RowVector<int>{{-1, -1}}), "classes 0 to 1"));
  CHECK(!test::contains(value_error({}, RowVector<int>{{-1, -1}}), "labels start at 0"));
  CHECK(test::contains(message_of<ValueError>([] {
                         CrossEntropy{}.check(1, RowVector<signed char>{{1, 1}});
                       }),
                       "is for BinaryCrossEntropy"));
  CHECK_NOTHROW(CrossEntropy{}.check(2, RowVector<bool>{{true, false}}));
  CHECK(message_of<ValueError>([] {
          CrossEntropy{}.check(1, RowVector<int>{{0, 1}});
        }) ==
        "CrossEntropy: label 1 of sample 1 is outside the network's 1 classes 0 to 0; one "
        "output for labels 0 and 1 is for BinaryCrossEntropy");
  CHECK(message_of<ShapeError>([&] { BinaryCrossEntropy{}.check(1, targets); }) ==
        "BinaryCrossEntropy: the network has 1 outputs, but the targets have 2 rows; the last "
        "layer has an output for each");
  CHECK(message_of<ShapeError>([] {
          BinaryCrossEntropy{}.check(2, RowVector<int>{{0, 1}});
        }) ==
        "BinaryCrossEntropy: integer labels need a network with 1 output, this one has 2; give "
        "numbers from 0 to 1, outputs x samples, or use CrossEntropy");
}

// ---- Classes ----------------------------------------------------------------------------------

TEST_CASE("a loss says what class outputs stand for", "[losses]") {
  const BinaryCrossEntropy binary;
  CHECK(detail::decide(binary, Vector<float>{{-0.1F}}) == 0);
  CHECK(detail::decide(binary, Vector<float>{{0.F}}) == 0);
  CHECK(detail::decide(binary, Vector<float>{{0.1F}}) == 1);
  const Matrix<double> y{{1, 0}, {3, 2}, {3, -1}};
  CHECK(detail::decide(CrossEntropy{}, y.col(0)) == 1);
  CHECK(detail::decide(MulticlassHinge{}, y.col(1)) == 1);
  CHECK(detail::decide(CrossEntropy{}, Vector<double>{{7}}) == 0);
}

// ---- Sample weights ---------------------------------------------------------------------------

struct WeightedResult {
  double value;
  Matrix<double> dy;
};

template <Loss L, class Targets>
WeightedResult weighted(const L& loss, const Matrix<double>& y, const Targets& targets,
                        const RowVector<double>& weights) {
  detail::check_sample_weights(loss, y.cols(), weights);
  WeightedResult result{0, Matrix<double>::Constant(y.rows(), y.cols(), nan)};
  result.value = detail::weighted_value_and_gradient(loss, y, targets, weights, result.dy);
  check_below(relative_difference(detail::weighted_value(loss, y, targets, weights), result.value),
              1e-14);
  return result;
}

TEST_CASE("sample weights of 1, or all the same, are none", "[losses]") {
  const Index outputs = GENERATE(1, 2, 10);
  const Index samples = GENERATE(1, 2, 9);
  const double weight = GENERATE(1.0, 0.3);
  Random random{10};
  const Matrix<double> y = 3 * random_matrix(outputs, samples, random);
  int losses = 0;
  for_each_loss(y, random, [&](const auto& loss, const auto& targets) {
    CAPTURE(losses++, outputs, samples);
    Matrix<double> expected(outputs, samples);
    const double value = loss.value_and_gradient(y, targets, expected);
    const auto got = weighted(loss, y, targets, RowVector<double>::Constant(samples, weight));
    check_below(relative_difference(got.value, value), 1e-14);
    check_below((got.dy - expected).cwiseAbs().maxCoeff(), 1e-15);
  });
}

TEST_CASE("a sample of weight 2 is the sample twice, one of weight 0 is left out", "[losses]") {
  const Index outputs = GENERATE(1, 2, 10);
  Random random{11};
  const Matrix<double> y = 3 * random_matrix(outputs, 4, random);
  const RowVector<double> weights{{1, 2, 0, 3}};
  const std::vector<Index> copies{0, 1, 1, 3, 3, 3};
  int losses = 0;
  for_each_loss(y, random, [&](const auto& loss, const auto& targets) {
    CAPTURE(losses++, outputs);
    const Matrix<double> repeated_y = y(Eigen::all, copies);
    const auto repeated_targets = targets(Eigen::all, copies).eval();
    Matrix<double> repeated(outputs, 6), expected = Matrix<double>::Zero(outputs, 4);
    const double value = loss.value_and_gradient(repeated_y, repeated_targets, repeated);
    for (Index k = 0; k < 6; ++k)
      expected.col(copies[static_cast<std::size_t>(k)]) += repeated.col(k);
    const auto got = weighted(loss, y, targets, weights);
    check_below(relative_difference(got.value, value), 1e-14);
    check_below((got.dy - expected).cwiseAbs().maxCoeff(), 1e-15);
    check_below(gradient_error(got.dy, y,
                               [&](const Matrix<double>& at) {
                                 return detail::weighted_value(loss, at, targets, weights);
                               }),
                1e-6);
    const auto none = weighted(loss, y, targets, RowVector<double>::Zero(4));
    CHECK(none.value == 0);
    CHECK(none.dy.isZero(0));
  });
}

TEST_CASE("class weights are sample weights", "[losses]") {
  Random random{12};
  const Matrix<double> y = 3 * random_matrix(3, 9, random);
  const RowVector<int> labels = random_labels(3, 9, random);
  const CrossEntropy loss{.class_weights = {0.5, 2, 0}};
  RowVector<double> weights(9);
  for (Index n = 0; n < 9; ++n)
    weights(n) = loss.class_weights[static_cast<std::size_t>(labels(n))];
  const auto got = weighted(CrossEntropy{}, y, labels, weights);
  Matrix<double> dy(3, 9);
  check_below(relative_difference(loss.value_and_gradient(y, labels, dy), got.value), 1e-14);
  check_below((got.dy - dy).cwiseAbs().maxCoeff(), 1e-15);
  CHECK(detail::total_weight(loss, labels) == weights.sum());
  CHECK(detail::total_weight(MeanSquaredError{}, y) == 9);
}

TEST_CASE("sample weights that cannot be used are refused", "[losses]") {
  const auto value_error = [](const RowVector<double>& weights) {
    return message_of<ValueError>(
        [&] { detail::check_sample_weights(MeanSquaredError{}, 2, weights); });
  };
  CHECK(value_error(RowVector<double>{{1, -1}}) ==
        "sample weights must be finite numbers >= 0, got -1 for sample 1");
  CHECK(contains(value_error(RowVector<double>{{nan, 1}}), "got nan for sample 0"));
  CHECK(contains(value_error(RowVector<double>{{1, infinity}}), "got inf for sample 1"));
  CHECK(message_of<ShapeError>([] {
          detail::check_sample_weights(Huber{}, 3, RowVector<double>{{1, 1}});
        }) == "expected a row of 3 sample weights, got 1 x 2");

  const CrossEntropy loss{.class_weights = {1, 2}};
  Matrix<double> y = Matrix<double>::Zero(2, 2), dy = y;
  const RowVector<int> labels{{0, 1}};
  const RowVector<double> weights{{1, 1}};
  const std::string expected =
      "sample weights and a loss with class_weights cannot be used together: multiply each "
      "sample's weight by the weight of its class";
  const auto refused = [&](auto&& act) { CHECK(message_of<ValueError>(act) == expected); };
  refused([&] { detail::check_sample_weights(loss, 2, weights); });
  refused([&] { detail::weighted_value(loss, y, labels, weights); });
  refused([&] { detail::weighted_value_and_gradient(loss, y, labels, weights, dy); });
}

// ---- Training ---------------------------------------------------------------------------------

TEMPLATE_TEST_CASE("a network learns by every loss", "[losses]", float, double) {
  Random random{13};
  const Index samples = 64;
  const Matrix<TestType> x = random_matrix(2, samples, random).template cast<TestType>();
  RowVector<std::uint8_t> labels(samples);
  for (Index n = 0; n < samples; ++n) labels(n) = x(0, n) > x(1, n);
  const auto learns = [&](const auto& loss, const auto& targets, Index outputs) {
    Sequential net{Linear<TestType>{2, 8}, Tanh{}, Linear<TestType>{8, outputs}};
    initialize(net, Random{14});
    Matrix<TestType> memory(outputs, samples);
    const auto value = [&] {
      net.infer(x, memory);
      return loss.value(memory, targets);
    };
    const double before = value();
    Trainer trainer{net, loss, SGD{.learning_rate = 0.3}};
    for (int step = 0; step < 200; ++step) trainer.step(x, targets);
    CHECK(value() < 0.5 * before);
    return predict(net, x);
  };
  learns(CrossEntropy{.class_weights = {1, 2}}, labels, 2);
  learns(MulticlassHinge{}, labels, 2);
  learns(MulticlassHinge{.power = 2}, labels, 2);
  const Matrix<TestType> numbers = x.colwise().sum();
  learns(MeanAbsoluteError{}, numbers, 1);
  learns(Huber{.delta = 0.5}, numbers, 1);
  learns(BinaryCrossEntropy{}, labels.cast<TestType>().eval(), 1);
  const auto logits = learns(BinaryCrossEntropy{}, labels, 1);
  Index right = 0;
  for (Index n = 0; n < samples; ++n)
    right += detail::decide(BinaryCrossEntropy{}, logits.col(n)) == labels(n);
  CHECK(right > 60);
}

}  // namespace
