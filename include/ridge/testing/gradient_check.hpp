#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/kernels/product.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/testing/gradient_comparison.hpp>
#include <ridge/training/gradients.hpp>

/// Gradients against finite differences, for layers, losses and penalties of one's own; see
/// docs/testing.md.
namespace ridge {

namespace detail {

/// Keeps each parameter's gradient as the layer hands it over; 0 x 0 if it does not.
template <std::size_t Count>
struct GradientCollector {
  std::array<Matrix<double>, Count> gradients;

  template <std::size_t I, class DY, class X>
  void receive(const OuterProduct<DY, X>& gradient) {
    if (gradient.dy.cols() != gradient.x.cols())
      throw ShapeError(text("the factors of an outer_product have ", gradient.dy.cols(), " and ",
                            gradient.x.cols(), " samples"));
    store_gradient(gradient, gradients[I]);
  }
  template <std::size_t I, class Expression>
  void receive(const Eigen::DenseBase<Expression>& gradient) {
    gradients[I] = gradient.derived().matrix();
  }
  template <std::size_t I, class Expression>
  void receive(const NewValue<Expression>&) {}  // of a statistic, which has no gradient
};

/// The same, and spoils the parameter as soon as its gradient is there: a trainer changes it then.
template <class L>
struct SpoilingCollector : GradientCollector<parameter_count<L>> {
  L& layer;

  explicit SpoilingCollector(L& its_layer) : layer(its_layer) {}

  template <std::size_t I, class G>
  void receive(const G& gradient) {
    GradientCollector<parameter_count<L>>::template receive<I>(gradient);
    std::get<I>(layer.parameters()).value.setConstant(undefined);
  }
};

template <class L>
inline constexpr bool computes_in_double =
    std::is_void_v<ScalarOf<L>> || std::same_as<ScalarOf<L>, double>;

/// Whether a cache draws random numbers in `forward`.
template <class Cache>
concept Reseedable = requires(Cache& cache) {
  cache.reseed(Random{});
};

/// Whether `infer` may be something else than `forward`: of a layer that draws random numbers or
/// keeps statistics, or that has such a one within it.
template <class L>
bool differs_in_training(const L& layer) {
  bool differs = false;
  const auto look = [&](const auto& part, const std::string&) {
    differs = differs || differs_in_training(part);
  };
  if constexpr (requires { layer.for_each_layer(look); })
    layer.for_each_layer(look);
  else
    for_each_index<parameter_count<L>>([&](auto i) { differs = differs || !is_trained<L, i>; });
  return differs || (Reseedable<CacheOf<L, double>> && !requires { layer.for_each_layer(look); });
}

/// y = f(x) as in training, with the same random numbers in each call.
template <class L, class X, class Y, class Cache>
void forward_with(const Random& random, const L& layer, const X& x, Y& y, Cache& cache) {
  if constexpr (Reseedable<Cache>) cache.reseed(random);
  layer.forward(x, y, cache);
}

/// Calls f(I, the I-th parameter, its name) for each parameter that is trained.
template <class L, class F>
void for_each_trained(L& layer, const F& f) {
  const auto infos = describe_parameters(layer);
  for_each_present(layer, [&](auto i, const auto& parameter, std::size_t k) {
    if constexpr (is_trained<L, i>) f(i, parameter, infos[k].name);
  });
}

}  // namespace detail

/// Checks `backward` of a layer or a network: the gradient of sum(R * y) for a random R, with
/// respect to x and to every parameter, and that `infer` gives what `forward` gives, unless the
/// layer draws random numbers or keeps statistics, that it does without dx, and that dx does not
/// need a parameter after its gradient was handed over: a trainer changes it at once. Parameters
/// are moved by up to 1/4, since zeros and ones hide mistakes.
/// @param x      inputs x samples
/// @param random of R, of the parameters' moves and of what the layer draws
/// @throws ShapeError if x or a gradient has the wrong shape
template <Layer L, class X>
GradientCheck check_layer(L layer, const Eigen::MatrixBase<X>& x, Random random = Random{1}) {
  static_assert(detail::computes_in_double<L> && std::same_as<typename X::Scalar, double>,
                "ridge::check_layer: finite differences need double; check Linear<double> in place "
                "of Linear<float>");
  detail::for_each_trained(layer, [&](auto, const auto& parameter, const std::string&) {
    for (Index j = 0; j < parameter.value.cols(); ++j)
      for (Index i = 0; i < parameter.value.rows(); ++i)
        parameter.value(i, j) += random.uniform(-0.25, 0.25);
  });
  constexpr std::size_t count = parameter_count<L>;
  using Collector = detail::GradientCollector<count>;
  Matrix<double> inputs = x;
  const Index rows = layer.output_size(x.rows()), samples = x.cols();
  Matrix<double> r(rows, samples);
  for (auto& value : r.reshaped()) value = random.uniform(-1, 1);

  // What the layer fails to set stays undefined.
  Matrix<double> y = Matrix<double>::Constant(rows, samples, detail::undefined);
  Matrix<double> dx = Matrix<double>::Constant(x.rows(), samples, detail::undefined);
  CacheOf<L, double> cache;
  const auto f = [&] {
    detail::forward_with(random, layer, std::as_const(inputs), y, cache);
    return (r.array() * y.array()).sum();
  };
  detail::GradientComparison comparison;
  f();
  const double magnitude = (r.array() * y.array()).abs().sum();
  if (!detail::differs_in_training(layer)) {
    Matrix<double> inferred = Matrix<double>::Constant(rows, samples, detail::undefined);
    layer.infer(std::as_const(inputs), inferred);
    comparison.agree("infer and forward", inferred, y);
  }
  Collector with_dx, without_dx;
  layer.backward(std::as_const(inputs), std::as_const(y), std::as_const(r), dx, cache,
                 Gradients<Collector, 0, count>(with_dx));
  f();
  NotWanted not_wanted;
  layer.backward(std::as_const(inputs), std::as_const(y), std::as_const(r), not_wanted, cache,
                 Gradients<Collector, 0, count>(without_dx));

  f();
  L spoiled = layer;
  detail::SpoilingCollector<L> as_trained(spoiled);
  Matrix<double> dx_as_trained = Matrix<double>::Constant(x.rows(), samples, detail::undefined);
  spoiled.backward(std::as_const(inputs), std::as_const(y), std::as_const(r), dx_as_trained, cache,
                   Gradients<detail::SpoilingCollector<L>, 0, count>(as_trained));
  comparison.agree(
      "dx before and dx after parameters change (a trainer changes each as soon as gradients(...) "
      "has its gradient, so compute all that needs it first)",
      dx, dx_as_trained);

  comparison.compare("x", dx, inputs, f, magnitude);
  detail::for_each_trained(
      layer, [&](auto i, const auto& parameter, [[maybe_unused]] const std::string& name) {
        comparison.compare(name, with_dx.gradients[i], parameter.value, f, magnitude);
        if (without_dx.gradients[i].size() == with_dx.gradients[i].size())
          comparison.agree("backward with and without dx", with_dx.gradients[i],
                           without_dx.gradients[i]);
        else
          comparison.agree("backward with and without dx", 0, detail::undefined);
      });
  return comparison.result();
}

/// The same for random inputs, uniform in +-1.
/// @param inputs  rows of the layer's input
/// @param samples columns of it
template <Layer L>
GradientCheck check_layer(L layer, Index inputs, Index samples, Random random = Random{1}) {
  Matrix<double> x(inputs, samples);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  return check_layer(std::move(layer), x, random);
}

/// Checks a loss: the gradient with respect to the outputs, and that `value_and_gradient` gives
/// the value that `value` gives.
/// @param outputs outputs x samples
/// @param targets as the loss wants them, one column a sample
/// @throws ShapeError or ValueError if outputs and targets do not fit each other
template <Loss L, class Y, class Targets>
GradientCheck check_loss(const L& loss, const Eigen::MatrixBase<Y>& outputs,
                         const Targets& targets) {
  static_assert(std::same_as<typename Y::Scalar, double>,
                "ridge::check_loss: finite differences need outputs in double");
  Matrix<double> y = outputs;
  if (y.cols() != targets.cols())
    throw ShapeError(
        detail::text("check_loss: ", y.cols(), " samples, but ", targets.cols(), " targets"));
  loss.check(y.rows(), targets);
  Matrix<double> dy = Matrix<double>::Constant(y.rows(), y.cols(), detail::undefined);
  const double value = loss.value_and_gradient(std::as_const(y), targets, dy);
  const auto f = [&] { return loss.value(std::as_const(y), targets); };
  detail::GradientComparison comparison;
  comparison.agree("value and value_and_gradient", f(), value);
  comparison.compare("the outputs", dy, y, f, std::abs(value));
  return comparison.result();
}

namespace detail {

/// Compares what a proximal step of size t makes of the weights w, which should be the least of
///
///     t value(v) + |v - w|^2 / 2
///
/// with its neighbours. A term of which it is only a part, or that has constraints, is left out.
template <class Term>
void check_prox(const Term& term, const Matrix<double>& w, GradientComparison& comparison) {
  if constexpr ((HasProx<Term> || HasGroupProx<Term>)&&!HasProjection<Term> &&
                !HasGroupProjection<Term>) {
    const Matrix<double> smooth = smooth_gradient(term, w.array()).matrix();
    for (Index k = 0; k < smooth.size(); ++k)
      if (smooth.data()[k] != 0) return;
    constexpr double t = 0.3;
    Eigen::ArrayXXd v = w;
    const Eigen::ArrayXXd steps = Eigen::ArrayXXd::Constant(w.rows(), w.cols(), t);
    if constexpr (HasProx<Term>) term.prox(v, steps);
    if constexpr (HasGroupProx<Term>) term.prox_groups(v, t);
    const auto f = [&] {
      double apart = 0;
      for (Index k = 0; k < v.size(); ++k) apart += (v(k) - w(k)) * (v(k) - w(k));
      return t * static_cast<double>(term.value(std::as_const(v))) + apart / 2;
    };
    const double value = f();
    double least = value;
    for (Index k = 0; k < v.size(); ++k) {
      const double own = v(k);
      for (const double other : {own - 1e-3, own + 1e-3, own - 0.1, own + 0.1, 0.0, w(k)}) {
        v(k) = other;
        least = std::min(least, f());
      }
      v(k) = own;
    }
    comparison.agree("where prox leads and a better place", value, least);
  }
}

}  // namespace detail

/// Checks a penalty: its gradient at some weights, that the gradient of a part of them is that part
/// of the gradient, unless it is one of groups, its term of twice the strength, and where its
/// proximal step leads.
/// @param info the parameter that the weights stand for: a penalty may leave it alone
template <Penalty P, class W>
GradientCheck check_penalty(const P& penalty, const Eigen::MatrixBase<W>& weights,
                            const ParameterInfo& info) {
  static_assert(std::same_as<typename W::Scalar, double>,
                "ridge::check_penalty: finite differences need weights in double");
  static_assert(detail::has_callable_terms<P>());
  Matrix<double> w = weights;
  auto term = penalty.at(info);
  const Matrix<double> gradient = term.gradient(std::as_const(w).array()).matrix();
  const auto f = [&] { return static_cast<double>(term.value(std::as_const(w).array())); };
  detail::GradientComparison comparison;
  comparison.compare(info.name, gradient, w, f, std::abs(f()));
  if constexpr (!detail::HasGroupProx<decltype(term)> &&
                !detail::HasGroupProjection<decltype(term)>)
    for (Index j = 0; j < w.cols(); ++j) {
      const Matrix<double> part = term.gradient(std::as_const(w).col(j).array()).matrix();
      comparison.agree("the gradients of all weights and of a part", gradient.col(j), part);
    }
  if constexpr (requires { term.scaled(2.0); }) {
    const auto twice = term.scaled(2.0);
    comparison.agree("the value of scaled(2) and twice the value",
                     twice.value(std::as_const(w).array()), 2 * f());
    comparison.agree("the gradient of scaled(2) and twice the gradient",
                     twice.gradient(std::as_const(w).array()).matrix(), 2 * gradient);
  }
  detail::check_prox(term, w, comparison);
  return comparison.result();
}

/// The same for a weight of random numbers, uniform in +-1.
template <Penalty P>
GradientCheck check_penalty(const P& penalty, Index rows, Index cols, Random random = Random{1}) {
  Matrix<double> w(rows, cols);
  for (auto& value : w.reshaped()) value = random.uniform(-1, 1);
  return check_penalty(penalty, w, ParameterInfo{Role::weight, "weight", rows, cols});
}

/// Checks a whole objective: the gradient with respect to every parameter of a network, its weights
/// being as they are. It takes two ways through the network for each number in it.
/// @param objective a loss, or loss + penalty
/// @param x         inputs x samples
/// @param random    of what layers draw
/// @throws ShapeError or ValueError if network, x, loss and targets do not fit each other
template <Layer Net, class O, class X, class Targets>
GradientCheck check_objective(Net net, const O& objective, const Eigen::MatrixBase<X>& x,
                              const Targets& targets, const Random& random = Random{1}) {
  static_assert(detail::computes_in_double<Net> && std::same_as<typename X::Scalar, double>,
                "ridge::check_objective: finite differences need a network and inputs in double");
  const auto whole = as_objective(objective);
  const Matrix<double> inputs = x;
  Matrix<double> y(net.output_size(x.rows()), x.cols());
  CacheOf<Net, double> cache;
  const auto f = [&] {
    detail::forward_with(random, net, inputs, y, cache);
    return whole.loss.value(std::as_const(y), targets) + whole.penalty_of(net);
  };

  detail::GradientComparison comparison;
  StoredGradients<Net> stored(net);
  Workspace<Net> workspace;
  workspace.reseed(random);
  const double value = gradient(net, whole, inputs, targets, stored, workspace);
  const double own_value = f();
  comparison.agree("value and value_and_gradient", value, own_value);
  if (!detail::differs_in_training(net)) {
    Matrix<double> inferred(y.rows(), y.cols());
    net.infer(inputs, inferred);
    comparison.agree("infer and forward", inferred, y);
  }
  detail::for_each_trained(net, [&](auto i, const auto& parameter, const std::string& name) {
    comparison.compare(name, stored.template get<i>(), parameter.value, f, std::abs(own_value));
  });
  return comparison.result();
}

}  // namespace ridge
