// NaN and infinity within a step: no minimum, no maximum and no bound turns them into a number.
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using namespace test;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

template <class Activation>
void check_passes_nan_on(const Activation& activation) {
  for (const Index rows : {1, 3, 8, 17, 64, 70}) {
    Linear<float> layer{rows, rows};
    const Sequential net{layer, activation};
    for (const Index cols : {1, 5, 48}) {
      const Index row = rows / 2, col = cols / 2;
      CAPTURE(rows, cols);
      Matrix<float> x = Matrix<float>::Random(rows, cols);
      x(row, col) = nan;
      const auto only_there = [&](const Matrix<float>& y) {
        return std::isnan(y(row, col)) && y.array().isNaN().count() == 1;
      };
      CHECK(only_there(predict(activation, x)));
      // Fused: what the layer gives is NaN in a single place too, by its bias and by a single 1.
      auto fused = net;
      fused.template layer<0>().weight.setIdentity();
      fused.template layer<0>().bias(row) = nan;
      typename Sequential<Linear<float>, Activation>::template Cache<float> cache;
      Matrix<float> y(rows, cols);
      const Matrix<float> zero = Matrix<float>::Zero(rows, cols);
      fused.forward(zero, y, cache);
      CHECK(y.row(row).array().isNaN().all());
      CHECK(y.array().isNaN().count() == cols);
      CHECK(predict(fused, zero).row(row).array().isNaN().all());
      const Vector<float> one = zero.col(0);
      CHECK(std::isnan(predict(fused, one)(row)));
    }
  }
  const Matrix<float, 3, 1> fixed{0, nan, 0};
  CHECK(std::isnan(predict(activation, fixed)(1)));
}

TEST_CASE("activations pass NaN on, alone and in the layer before", "[not_finite]") {
  check_passes_nan_on(ReLU{});
  check_passes_nan_on(LeakyReLU{});
  check_passes_nan_on(Sigmoid{});
  check_passes_nan_on(Tanh{});
  check_passes_nan_on(GELU{});
}

TEST_CASE("activations at infinity have their limits", "[not_finite]") {
  const Matrix<float> x{{-inf, inf}};
  CHECK(predict(ReLU{}, x) == Matrix<float>{{0, inf}});
  CHECK(predict(LeakyReLU{}, x) == x);
  CHECK(predict(Tanh{}, x) == Matrix<float>{{-1, 1}});
  CHECK((predict(Sigmoid{}, x) - Matrix<float>{{0, 1}}).cwiseAbs().maxCoeff() < 1e-38f);
}

TEST_CASE("a loss of NaN is NaN, and one of infinity is not finite", "[not_finite]") {
  const auto check = [](const auto& loss, const auto& targets) {
    const Index rows = 3;
    Matrix<float> y = Matrix<float>::Random(rows, 2), dy(rows, 2);
    for (Index at = 0; at < y.size(); ++at)
      for (const float value : {nan, inf, -inf}) {
        Matrix<float> wrong = y;
        wrong(at) = value;
        CAPTURE(at, value);
        const double alone = loss.value(wrong, targets);
        const double beside = loss.value_and_gradient(wrong, targets, dy);
        CHECK((std::isnan(alone) || !std::isnan(value)));
        CHECK(std::isfinite(alone) == std::isfinite(beside));
        // A loss that is finite in spite of an infinite output has a finite gradient.
        CHECK((!std::isfinite(alone) || dy.allFinite()));
      }
  };
  const Matrix<float> numbers = Matrix<float>::Constant(3, 2, 0.5f);
  const RowVector<int> labels{{0, 2}};
  check(MeanSquaredError{}, numbers);
  check(MeanAbsoluteError{}, numbers);
  check(Huber{}, numbers);
  check(BinaryCrossEntropy{}, numbers);
  check(CrossEntropy{}, labels);
  check(CrossEntropy{.label_smoothing = 0.1}, labels);
  check(CrossEntropy{.class_weights = {1, 2, 0}}, labels);
  check(MulticlassHinge{}, labels);
  check(MulticlassHinge{.power = 2}, labels);
}

TEST_CASE("clipping leaves no NaN unnoticed and does not mistake large for infinite",
          "[not_finite]") {
  Linear<float> net{2, 1};
  StoredGradients<Linear<float>> gradients(net);
  const auto clipped = [&](StepOptions options, float value) {
    gradients.get<0>() = Matrix<float>{{value, 1}};
    auto views = gradients.views();
    detail::clip<float>(views, options);
    return gradients.get<0>();
  };
  CHECK(std::isnan(clipped({.clip_value = 1}, nan)(0)));
  CHECK(clipped({.clip_value = 2}, inf) == Matrix<float>{{2, 1}});
  CHECK(clipped({.clip_norm = 1}, 1e30f)(0) == Approx(1));
  CHECK(clipped({.clip_global_norm = 1}, -1e30f)(0) == Approx(-1));
  const std::string end = ". Try a smaller learning rate, or scale the inputs";
  for (const float value : {nan, inf}) {
    const std::string message = detail::text("the norm of the gradient is ", value) + end;
    CHECK(message_of<DivergenceError>([&] { clipped({.clip_norm = 1}, value); }) == message);
    CHECK(message_of<DivergenceError>([&] { clipped({.clip_global_norm = 1}, value); }) == message);
  }
}

/// Whether NaN in a weight, in a gradient or in a memory is in the weight afterwards.
template <class O>
void check_keeps_nan(const O& optimizer) {
  using Array = Eigen::Array<float, Dynamic, 1>;
  const auto rule = optimizer.template rule<float>(3, {Role::weight, "w", 17, 1});
  for (int place = 0; place < 2 + optimizer.arrays_used(); ++place) {
    if constexpr (requires { optimizer.centered; })
      if (place == 3) continue;  // its velocity, which it has no use for without momentum
    if constexpr (requires { optimizer.amsgrad; })
      if (place == 4) continue;  // the largest v, which is NaN only if v is
    Array w = Array::Ones(17), g = Array::Ones(17);
    std::array<Array, static_cast<std::size_t>(O::memory_arrays)> memory;
    memory.fill(Array::Constant(17, 2));
    (place == 0   ? w
     : place == 1 ? g
                  : memory[static_cast<std::size_t>(place - 2)])
        .segment(5, 9)
        .setConstant(nan);
    std::apply([&](auto&... m) { rule(w, g, m...); }, memory);
    CAPTURE(place);
    CHECK(w.isNaN().count() == 9);
  }
}

TEST_CASE("optimizers keep NaN", "[not_finite]") {
  check_keeps_nan(SGD{});
  check_keeps_nan(SGD{.momentum = 0.9, .nesterov = true});
  check_keeps_nan(Adam{});
  check_keeps_nan(Adam{.amsgrad = true});
  check_keeps_nan(AdamW{});
  check_keeps_nan(RMSprop{});
  check_keeps_nan(RMSprop{.centered = true});
  check_keeps_nan(Adagrad{});
}

TEST_CASE("proximal steps and projections keep NaN", "[not_finite]") {
  using Array = Eigen::Array<float, Dynamic, Dynamic>;
  const ParameterInfo info{Role::weight, "w", 5, 19};
  const Index row = 3, col = 11;
  Array w = Array::Constant(5, 19, 0.5f);
  w(row, col) = nan;
  const auto there = [&](const Array& values) { return std::isnan(values(row, col)); };

  Array l1 = w;
  L1{0.1}.at(info).prox(l1, Array::Ones(5, 19));
  CHECK((there(l1) && l1.isNaN().count() == 1));
  Array steps = Array::Ones(5, 19), number = Array::Constant(5, 19, 0.5f);
  steps(row, col) = nan;  // a step size that is NaN is no reason for a zero
  L1{0.1}.at(info).prox(number, steps);
  CHECK((there(number) && number.isNaN().count() == 1));
  Array positive = w;
  NonNegative{}.at(info).project(positive);
  CHECK((there(positive) && positive.isNaN().count() == 1));

  for (const Groups groups : {Groups::incoming, Groups::outgoing}) {
    Array lasso = w, bounded = w, unit = w, each = w;
    GroupLasso{0.1, groups}.at(info).prox_groups(lasso, 1.f);
    GroupLasso{0.1, groups}.at(info).prox_groups(each, Array::Ones(5, 19));
    MaxNorm{1, groups}.at(info).project_groups(bounded);
    UnitNorm{groups}.at(info).project_groups(unit);
    CHECK((there(lasso) && there(each) && there(bounded) && there(unit)));
    CHECK(there(GroupLasso{0.1, groups}.at(info).gradient(w)));
  }
}

TEST_CASE("norms of large weights do not overflow", "[not_finite]") {
  using Array = Eigen::Array<float, Dynamic, Dynamic>;
  const ParameterInfo info{Role::weight, "w", 3, 4};
  for (const Groups groups : {Groups::incoming, Groups::outgoing}) {
    Array w = Array::Constant(3, 4, 1e30f), unit = w;
    const float length = std::sqrt(groups == Groups::incoming ? 4.f : 3.f);
    MaxNorm{3, groups}.at(info).project_groups(w);
    UnitNorm{groups}.at(info).project_groups(unit);
    CHECK(w.isApproxToConstant(3 / length));
    CHECK(unit.isApproxToConstant(1 / length));
  }
}

}  // namespace
