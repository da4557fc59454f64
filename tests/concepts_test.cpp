// Every concept, both ways: what models it, and what lacks one thing and must not.
#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

/// The least that a layer of one's own needs.
struct Doubled {
  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = 2 * x;
  }
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    infer(x, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X&, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = 2 * dy;
    gradients();
  }
};
static_assert(Layer<Doubled>);

struct WithoutBackward : Doubled {
  void backward() = delete;
};
struct WithoutOutputSize : Doubled {
  Index output_size(Index) const = delete;
};
struct WithoutInfer : Doubled {
  template <class X, class Y>
  void infer(const X&, Y&) const = delete;
};
struct WithoutParameters : Doubled {
  std::tuple<> parameters() const = delete;
};
struct ParametersWithoutRoles : Doubled {
  std::tuple<int> parameters() const { return {}; }
};
struct NotCopyable : Doubled {
  NotCopyable(const NotCopyable&) = delete;
};
struct ChangesInInfer : Doubled {
  template <class X, class Y>
  void infer(const X&, Y&) {}  // not const: two threads could not use it
};
static_assert(!Layer<WithoutBackward> && !Layer<WithoutOutputSize> && !Layer<WithoutInfer>);
static_assert(!Layer<WithoutParameters> && !Layer<ParametersWithoutRoles>);
struct OnlyConstParameters : Doubled {
  Vector<float> w;
  auto parameters() const { return std::tuple{as_weight(w)}; }
};
struct PlainMembersOfThatName : Doubled {
  int inputs = 3, outputs = 4;
};
static_assert(!Layer<OnlyConstParameters> && Layer<PlainMembersOfThatName>);
static_assert(Layer<Sequential<PlainMembersOfThatName, ReLU>>);
static_assert(!Layer<NotCopyable> && !Layer<ChangesInInfer>);
static_assert(!Layer<int> && !Layer<SGD> && !Layer<CrossEntropy> && !Layer<L2>);

static_assert(Layer<Linear<float>> && Layer<Linear<double>> && Layer<Linear<float, 4, 2>>);
static_assert(Layer<ReLU> && Layer<LeakyReLU> && Layer<Sigmoid> && Layer<Tanh> && Layer<GELU>);
static_assert(Layer<Sequential<ReLU>> && Layer<Sequential<Linear<float>, Sequential<ReLU>>>);

static_assert(Loss<CrossEntropy> && Loss<MeanSquaredError>);
static_assert(!Loss<L2> && !Loss<SGD> && !Loss<ReLU> && !Loss<int>);

struct LossWithoutGradient {
  template <class Scalar>
  using Example = Matrix<Scalar>;
  void check(Index, const auto&) const {}
  double value(const auto&, const auto&) const { return 0; }
};
static_assert(!Loss<LossWithoutGradient>);

static_assert(Penalty<L2> && Penalty<NoPenalty> && Penalty<PenaltySum<L2, L2>>);
static_assert(!Penalty<CrossEntropy> && !Penalty<SGD> && !Penalty<double>);

struct PenaltyOnEverything {  // does not say what it touches
  template <class W>
  double value(const W&) const {
    return 0;
  }
  template <class W>
  auto gradient(const W& w) const {
    return 0 * w;
  }
};
static_assert(!Penalty<PenaltyOnEverything>);

static_assert(Optimizer<SGD>);
static_assert(!Optimizer<L2> && !Optimizer<CrossEntropy> && !Optimizer<double>);

struct OptimizerWithoutRule {
  static constexpr int memory_arrays = 0;
  int arrays_used() const { return 0; }
  void validate() const {}
  bool operator==(const OptimizerWithoutRule&) const = default;
};
static_assert(!Optimizer<OptimizerWithoutRule>);

// Sizes known at compile time go through a network, and one-sample predictions are fixed vectors.
using Small = Sequential<Linear<float, 4, 16>, Tanh, Linear<float, 16, 1>>;
static_assert(Small::inputs == 4 && Small::outputs == 1);
static_assert(std::same_as<decltype(predict(std::declval<Small>(), Vector<float, 4>())),
                           Matrix<float, 1, 1>>);
static_assert(Sequential<Linear<float>, ReLU>::outputs == Dynamic);
static_assert(std::same_as<Sequential<ReLU, Linear<double>>::Scalar, double>);
static_assert(std::is_void_v<ScalarOf<Sequential<ReLU, Tanh>>>);
static_assert(parameter_count<Small> == 4 && parameter_count<ReLU> == 0);

// Names of layers are no part of a network's type.
static_assert(std::same_as<decltype(Sequential{named("a", Linear<float>{2, 3}), ReLU{}}),
                           Sequential<Linear<float>, ReLU>>);

TEST_CASE("a layer of one's own works in a network", "[concepts]") {
  const Sequential net{Linear<double>{3, 3}, Doubled{}};
  CHECK(predict(net, Vector<double, 3>::Ones()) == Vector<double, 3>::Zero());
}

}  // namespace
