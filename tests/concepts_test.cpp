// Every concept, both ways: what models it, and what lacks one thing and must not.
#include <concepts>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

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
static_assert(Layer<Dropout> && Layer<GaussianNoise>);
static_assert(Layer<BatchNorm<float>> && Layer<BatchNorm<double>> && Layer<BatchNorm<float, 4>>);
static_assert(Layer<LayerNorm<float>> && Layer<LayerNorm<double>> && Layer<LayerNorm<float, 4>>);
static_assert(Layer<Sequential<Linear<float>, BatchNorm<float>, Dropout, LayerNorm<float>>>);
static_assert(!Layer<MaxNorm> && !Layer<Adam> && !Layer<EarlyStopping> && !Layer<StepOptions>);

/// A cache that its `forward` does not take.
struct WrongCache : Dropout {
  template <class S>
  struct Cache {};
};
static_assert(!Layer<WrongCache>);

// Statistics are parameters that are not trained.
using Norm = BatchNorm<float>;
static_assert(parameter_count<Norm> == 4 && parameter_count<LayerNorm<float>> == 2);
static_assert(is_trained<Norm, 0> && is_trained<Norm, 1>);
static_assert(!is_trained<Norm, 2> && !is_trained<Norm, 3>);
static_assert(parameter_count<Dropout> == 0 && parameter_count<GaussianNoise> == 0);

static_assert(Loss<CrossEntropy> && Loss<BinaryCrossEntropy> && Loss<MulticlassHinge>);
static_assert(Loss<MeanSquaredError> && Loss<MeanAbsoluteError> && Loss<Huber>);
static_assert(!Loss<L2> && !Loss<SGD> && !Loss<ReLU> && !Loss<int> && !Loss<Evaluation>);
static_assert(!Loss<Objective<CrossEntropy>> && !Loss<Dropout> && !Loss<MaxNorm>);

struct LossWithoutGradient {
  template <class Scalar>
  using Example = Matrix<Scalar>;
  void check(Index, const auto&) const {}
  double value(const auto&, const auto&) const { return 0; }
};
static_assert(!Loss<LossWithoutGradient>);
struct LossWithoutExample {
  void check(Index, const auto&) const {}
  double value(const auto&, const auto&) const { return 0; }
  double value_and_gradient(const auto&, const auto&, auto&) const { return 0; }
};
struct LossWithoutCheck : LossWithoutGradient {
  void check(Index, const auto&) const = delete;
  double value_and_gradient(const auto&, const auto&, auto&) const { return 0; }
};
struct WholeLoss : LossWithoutGradient {
  double value_and_gradient(const auto&, const auto&, auto&) const { return 0; }
};
static_assert(!Loss<LossWithoutExample> && !Loss<LossWithoutCheck> && Loss<WholeLoss>);

static_assert(Penalty<L2> && Penalty<NoPenalty> && Penalty<PenaltySum<L2, L2>>);
static_assert(Penalty<L1> && Penalty<SubgradientL1> && Penalty<ElasticNet> && Penalty<GroupLasso>);
static_assert(Penalty<PenaltySum<L1, PenaltySum<GroupLasso, MaxNorm>>>);
static_assert(!Penalty<CrossEntropy> && !Penalty<SGD> && !Penalty<double>);
static_assert(!Penalty<Dropout> && !Penalty<AdamW> && !Penalty<Groups> && !Penalty<Selection>);
// A constraint is a penalty of its own kind; a sum is one if a part is.
static_assert(Constraint<MaxNorm> && Constraint<UnitNorm> && Constraint<NonNegative>);
static_assert(Penalty<MaxNorm> && Penalty<UnitNorm> && Penalty<NonNegative>);
static_assert(Constraint<PenaltySum<L1, MaxNorm>> && Constraint<PenaltySum<NonNegative, L2>>);
static_assert(!Constraint<NoPenalty> && !Constraint<L1> && !Constraint<L2>);
static_assert(!Constraint<GroupLasso> && !Constraint<ElasticNet> && !Constraint<SubgradientL1>);
static_assert(!Constraint<SGD> && !Constraint<CrossEntropy> && !Constraint<Dropout>);

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

/// A projection alone, without a value: `loss + limit` could not be said.
struct ProjectionAlone {
  ProjectionAlone at(const ParameterInfo&) const { return {}; }
  void project(auto&) const {}
};
struct PenaltyWithoutGradient {
  PenaltyWithoutGradient at(const ParameterInfo&) const { return {}; }
  double value(const auto&) const { return 0; }
};
static_assert(!Penalty<ProjectionAlone> && !Constraint<ProjectionAlone>);
static_assert(!Penalty<PenaltyWithoutGradient>);
struct WholeConstraint : detail::Indicator {
  WholeConstraint at(const ParameterInfo&) const { return {}; }
  void project(auto&) const {}
};
static_assert(Constraint<WholeConstraint>);

static_assert(Optimizer<SGD> && Optimizer<Adam> && Optimizer<AdamW>);
static_assert(Optimizer<RMSprop> && Optimizer<Adagrad>);
static_assert(Optimizer<OneOf<SGD>> && Optimizer<OneOf<SGD, Adam, AdamW, RMSprop, Adagrad>>);
static_assert(OneOf<SGD, Adam>::memory_arrays == 3 && OneOf<SGD, Adagrad>::memory_arrays == 1);
static_assert(!Optimizer<L2> && !Optimizer<CrossEntropy> && !Optimizer<double>);
static_assert(!Optimizer<Decay> && !Optimizer<FitOptions> && !Optimizer<CosineAnnealing>);
static_assert(std::is_convertible_v<Adam, OneOf<SGD, Adam>>);
static_assert(!std::is_convertible_v<Adagrad, OneOf<SGD, Adam>>);

struct OptimizerWithoutRule {
  static constexpr int memory_arrays = 0;
  int arrays_used() const { return 0; }
  void validate() const {}
  bool operator==(const OptimizerWithoutRule&) const = default;
};
static_assert(!Optimizer<OptimizerWithoutRule>);
struct RuleOfOneArray : OptimizerWithoutRule {
  struct Rule {
    void operator()(auto&&, const auto&, auto&&) const {}
  };
  template <class Scalar>
  Rule rule(std::int64_t, const ParameterInfo&) const {
    return {};
  }
};
struct OptimizerOfOneArray : RuleOfOneArray {
  static constexpr int memory_arrays = 1;
  bool operator==(const OptimizerOfOneArray&) const = default;
};
struct OptimizerThatCannotBeCompared : OptimizerOfOneArray {
  bool operator==(const OptimizerThatCannotBeCompared&) const = delete;
};
static_assert(!Optimizer<RuleOfOneArray> && Optimizer<OptimizerOfOneArray>);
static_assert(!Optimizer<OptimizerThatCannotBeCompared>);

constexpr auto halving = [](std::int64_t t) { return 1.0 / (1.0 + static_cast<double>(t)); };
static_assert(Schedule<ConstantFactor> && Schedule<StepDecay> && Schedule<ExponentialDecay>);
static_assert(Schedule<CosineAnnealing> && Schedule<OneCycle>);
static_assert(Schedule<WarmUp<>> && Schedule<WarmUp<CosineAnnealing>>);
static_assert(Schedule<decltype(halving)> && Schedule<double (*)(std::int64_t)>);
static_assert(!Schedule<Plateau> && !Schedule<SGD> && !Schedule<double> && !Schedule<Every>);
static_assert(!Schedule<std::string (*)(std::int64_t)> && !Schedule<double (*)()>);

// What can be added to a loss, in any order, and what it then is.
static_assert(std::same_as<decltype(CrossEntropy{} + L1{1} + MaxNorm{1}),
                           Objective<CrossEntropy, PenaltySum<L1, MaxNorm>>>);
static_assert(std::same_as<decltype(L1{1} + CrossEntropy{}), Objective<CrossEntropy, L1>>);
static_assert(std::same_as<decltype(as_objective(Huber{})), Objective<Huber>>);

// Callbacks are told from what is none.
using AnyRun = Run<Trainer<Linear<float>, MeanSquaredError, NoPenalty, SGD>>;
static_assert(detail::Callback<EarlyStopping, AnyRun> && detail::Callback<WeightAverage, AnyRun>);
static_assert(detail::Callback<LearningRate<ConstantFactor>, AnyRun>);
static_assert(detail::Callback<PenaltyStrength<CosineAnnealing>, AnyRun>);
static_assert(detail::Callback<ReduceOnPlateau, AnyRun> && detail::Callback<Progress, AnyRun>);
static_assert(detail::Callback<void (*)(const EpochReport&), AnyRun>);
static_assert(!detail::Callback<SGD, AnyRun> && !detail::Callback<CosineAnnealing, AnyRun>);
static_assert(!detail::Callback<StepOptions, AnyRun> && !detail::Callback<int, AnyRun>);

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
