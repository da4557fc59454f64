#pragma once

#include <concepts>
#include <tuple>
#include <utility>

#include <ridge/core/gradient.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/types.hpp>

/// What a layer, a loss, a penalty, a constraint and an optimizer are. docs/extending.md shows how
/// to write one.
namespace ridge {

/// A layer's cache when nothing but its input and output is needed on the way back.
struct NoCache {};

namespace detail {

template <class L>
struct LayerScalar {
  using type = void;
};
template <class L>
requires requires { typename L::Scalar; }
struct LayerScalar<L> {
  using type = typename L::Scalar;
};

template <class L, class Scalar>
struct LayerCache {
  using type = NoCache;
};
template <class L, class Scalar>
requires requires { typename L::template Cache<Scalar>; }
struct LayerCache<L, Scalar> {
  using type = typename L::template Cache<Scalar>;
};

/// Rows of a layer's output at compile time, for `Rows` of its input.
template <class L, int Rows>
constexpr int fixed_outputs() {
  if constexpr (requires {
                  { &L::outputs } -> std::same_as<const int*>;
                })
    return L::outputs;
  else if constexpr (requires { L::elementwise; })
    return Rows;
  else
    return Dynamic;
}

template <class L>
constexpr int fixed_inputs() {
  if constexpr (requires {
                  { &L::inputs } -> std::same_as<const int*>;
                })
    return L::inputs;
  else
    return Dynamic;
}

/// Receives and ignores: only for asking whether a `backward` can be called.
struct AnyReceiver {
  template <std::size_t, class G>
  void receive(const G&) {}
};

template <class L>
using AnyGradients = Gradients<AnyReceiver, 0, parameter_count<L>>;

template <class T>
inline constexpr bool is_parameter_tuple = false;
template <Role... R, class... M>
inline constexpr bool is_parameter_tuple<std::tuple<Parameter<R, M>...>> = true;

template <class T>
inline constexpr bool is_mutable_parameter_tuple = false;
template <Role... R, class... M>
inline constexpr bool is_mutable_parameter_tuple<std::tuple<Parameter<R, M>...>> =
    (!std::is_const_v<M> && ...);

}  // namespace detail

/// The scalar that a layer computes in; void for one that works with any, such as an activation.
template <class L>
using ScalarOf = typename detail::LayerScalar<L>::type;

/// What a layer's batch leaves behind for the way back, owned by the caller: `L::Cache<Scalar>` if
/// the layer has one.
template <class L, class Scalar>
using CacheOf = typename detail::LayerCache<L, Scalar>::type;

/// A layer is a value that owns its parameters; copying it copies the weights. Its functions are
/// `const` and keep nothing, so that many threads can use one network.
///
/// Batches are features x samples. The caller gives y and dx their sizes: y has
/// `output_size(x.rows())` rows, dx is shaped as x, dy as y.
///   `output_size(n)`       rows of the output for n rows of input; throws ShapeError if n is wrong
///   `infer(x, y)`          y = f(x), as in use after training
///   `forward(x, y, cache)` y = f(x), as in training
///   `backward(x, y, dy, dx, cache, gradients)`
///                          dx = the gradient of x, then `gradients(...)` once with the gradients
///                          of the parameters; dx may be `NotWanted`
///   `parameters()`         `std::tuple{as_weight(w), as_bias(b)}`, for a const layer too
///   `Scalar`               the type that it computes in; left out if it computes in any
///   `Cache<Scalar>`        see `CacheOf`; left out if x and y are enough
///   `inputs`, `outputs`    rows known at compile time, static; left out if unknown
///   `elementwise`          static, if the output has the shape of the input
///   `input_size()`         rows of the input, if the layer has a size of its own
///   `initialize(initializer, random)`
///                          gives the parameters their first values; needed if there are any
template <class L>
concept Layer = std::copyable<L> &&
    requires(const L& layer, L& mutable_layer,
             Matrix<std::conditional_t<std::is_void_v<ScalarOf<L>>, double, ScalarOf<L>>> m,
             View<typename decltype(m)::Scalar> view, NotWanted not_wanted,
             CacheOf<L, typename decltype(m)::Scalar> cache) {
  { layer.output_size(Index{}) } -> std::same_as<Index>;
  layer.infer(std::as_const(m), view);
  layer.forward(std::as_const(m), view, cache);
  layer.parameters();  // of a const layer too: compilers show this line
  requires detail::is_parameter_tuple<decltype(layer.parameters())>;
  requires detail::is_mutable_parameter_tuple<decltype(mutable_layer.parameters())>;
  layer.backward(std::as_const(m), std::as_const(m), std::as_const(m), view, cache,
                 std::declval<detail::AnyGradients<L>&>());
  layer.backward(std::as_const(m), std::as_const(m), std::as_const(m), not_wanted, cache,
                 std::declval<detail::AnyGradients<L>&>());
};

/// A loss gives the mean over a batch and its gradient with respect to the network's outputs.
///   `check(rows, targets)`    throws if the targets do not fit outputs of that many rows
///   `value(outputs, targets)` the mean over the batch
///   `value_and_gradient(outputs, targets, dy)`
///                             the same, and dy = its gradient
/// Targets are a row of integer labels or a matrix of numbers; `Loss::Example<Scalar>` names which.
template <class L>
concept Loss = std::copyable<L> &&
    requires(const L& loss, Matrix<double> y, typename L::template Example<double> t) {
  loss.check(Index{}, t);
  { loss.value(std::as_const(y), t) } -> std::same_as<double>;
  { loss.value_and_gradient(std::as_const(y), t, y) } -> std::same_as<double>;
};

/// A penalty judges one parameter at a time. Penalties add up: `L1{a} + L2{b}`.
///   `at(info)`     the term that applies to the parameter described: one of no effect where the
///                  penalty should not touch it
/// Of the term, for an array w of weights:
///   `value(w)`     its value
///   `gradient(w)`  its gradient or a subgradient, an elementwise expression: it is computed
///                  wherever the weight is
/// and, if it has them:
///   `smooth_gradient(w)`      the part of the gradient that an update follows, needed with a
///                             proximal step; else it follows all of it
///   `prox(w, steps)`          its proximal step, element by element, with each one's step size
///   `prox_groups(w, steps)`   the same for what needs a whole weight; `steps` may be a number
///   `project(w)`, `project_groups(w)`  onto the set that a constraint allows
///   `groups()`                which groups of a weight these need, if any
///   `scaled(factor)`          the term of other strength, for a schedule of it
///   `describe()`              what it is, for reports; "" if it has no effect
template <class P>
concept Penalty = std::copyable<P> &&
    requires(const P& penalty, const ParameterInfo& info, const Eigen::Array<double, 2, 2>& w) {
  penalty.at(info);
  { penalty.at(info).value(w) } -> std::convertible_to<double>;
  { penalty.at(info).gradient(w) } -> std::convertible_to<Eigen::Array<double, 2, 2>>;
};

/// A constraint is added like a penalty, being one that is 0 on the set that it allows: each update
/// ends with the projection onto that, to the nearest point. With SGD that leads to the minimum
/// within the set; with an optimizer that scales each weight's step, to another point of the set.
template <class C>
concept Constraint = Penalty<C> &&(
    requires(const C& c, const ParameterInfo& info, Eigen::Array<double, 2, 2>& w) {
      c.at(info).project(w);
    } ||
    requires(const C& c, const ParameterInfo& info, Eigen::Array<double, 2, 2>& w) {
      c.at(info).project_groups(w);
    });

namespace detail {

/// What the terms of constraints have in common: their value and gradient where they are met.
struct Indicator {
  template <class W>
  double value(const W&) const {
    return 0;
  }
  template <class W>
  auto gradient(const W& w) const {
    return W::PlainObject::Zero(w.rows(), w.cols());
  }
};

}  // namespace detail

namespace detail {

template <class Rule, std::size_t... I>
void call_rule(const Rule& rule, Eigen::Array<double, 2, 2>& a,
               std::index_sequence<I...>) requires requires {
  rule(a, std::as_const(a), (static_cast<void>(I), a)...);
};

template <class Rule, int Arrays>
concept UpdateRule = requires(const Rule& rule, Eigen::Array<double, 2, 2>& a) {
  detail::call_rule(rule, a, std::make_index_sequence<Arrays>{});
};

}  // namespace detail

/// An optimizer is a plain aggregate of hyperparameters. What it remembers of a parameter is
/// `memory_arrays` arrays of the parameter's shape, all zero at first, held by the run.
///   `validate()`          throws ValueError for hyperparameters outside their domain
///   `arrays_used()`       how many of its arrays it uses with these hyperparameters; in place of
///                         the others a rule is given w itself, which it must leave alone
///   `rule<Scalar>(step, info)`
///                         the update in step 0, 1, ... (since the arrays were zero) of the
///                         parameter described: an object with `operator()(w, g, arrays...)`,
///                         elementwise on Eigen arrays, so that it serves a tile as it serves a
///                         matrix. It reads g, writes w last. For penalties with proximal steps it
///                         has `step_size(arrays...)`: what a steady gradient is multiplied by in
///                         the long run, a number or an array expression
/// and, if it may become another optimizer in a run, `memory_kind()`: when that changes, its arrays
/// are zero again.
template <class O>
concept Optimizer = std::copyable<O> && std::equality_comparable<O> &&
    requires(const O& o, const ParameterInfo& info) {
  { O::memory_arrays } -> std::convertible_to<int>;
  { o.arrays_used() } -> std::same_as<int>;
  o.validate();
  requires detail::UpdateRule<decltype(o.template rule<double>(std::int64_t{}, info)),
                              O::memory_arrays>;
};

}  // namespace ridge
