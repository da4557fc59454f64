#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/layers/batch_norm.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/layers/sequential.hpp>

namespace ridge {

namespace detail {

template <class L>
inline constexpr bool is_linear = false;
template <class S, int In, int Out>
inline constexpr bool is_linear<Linear<S, In, Out>> = true;

template <class L>
inline constexpr bool is_batch_norm = false;
template <class S, int Features>
inline constexpr bool is_batch_norm<BatchNorm<S, Features>> = true;

/// Whether each of a layer's outputs depends on one input of it alone, in use.
template <class L>
constexpr bool works_feature_by_feature() {
  if constexpr (is_batch_norm<L>)
    return true;
  else if constexpr (requires { L::elementwise; })
    return parameter_count<L> == 0;
  else
    return false;
}

/// What stands in place I of a Sequential, and the layer without the std::optional around it.
template <std::size_t I, class Net>
using PlaceIn = std::remove_cvref_t<decltype(std::declval<Net&>().template layer<I>())>;
template <std::size_t I, class Net>
using LayerIn = typename Unwrapped<PlaceIn<I, Net>>::type;

/// Calls f(J) with the position of the next Linear layer after layer I that nothing but layers that
/// work feature by feature stands before; not at all if there is none.
template <std::size_t I, std::size_t J = I + 1, class Net, class F>
void with_next_linear(const Net& net, const F& f) {
  if constexpr (J < Net::size()) {
    using L = LayerIn<J, Net>;
    const bool present = pointer_to(net.template layer<J>()) != nullptr;
    if constexpr (is_linear<L>)
      if (present) return f(std::integral_constant<std::size_t, J>{});
    if constexpr (is_optional<PlaceIn<J, Net>> || works_feature_by_feature<L>())
      if (!present || works_feature_by_feature<L>()) with_next_linear<I, J + 1>(net, f);
  }
}

/// What layers I + 1 ... J - 1 make of a batch, in use.
template <std::size_t I, std::size_t J, class Net, class X>
X through(const Net& net, X x) {
  for_each_index<J - I - 1>([&](auto k) {
    const auto* layer = pointer_to(net.template layer<I + 1 + k>());
    if constexpr (!is_linear<LayerIn<I + 1 + k, Net>>)
      if (layer) {
        X y(x.rows(), x.cols());
        layer->infer(x, y);
        x = std::move(y);
      }
  });
  return x;
}

template <class M>
void keep_rows(M& m, const std::vector<Index>& rows) {
  M kept(static_cast<Index>(rows.size()), m.cols());
  for (Index k = 0; k < kept.rows(); ++k) kept.row(k) = m.row(rows[static_cast<std::size_t>(k)]);
  m = std::move(kept);
}
template <class M>
void keep_cols(M& m, const std::vector<Index>& cols) {
  M kept(m.rows(), static_cast<Index>(cols.size()));
  for (Index k = 0; k < kept.cols(); ++k) kept.col(k) = m.col(cols[static_cast<std::size_t>(k)]);
  m = std::move(kept);
}

/// Cuts the dead neurons of a layer, whose outputs the layer `to` receives, out of both.
/// @param constants what `to` receives of each neuron if that has no weights
/// @return those that stay
template <class From, class To, class S>
std::vector<Index> cut_dead(From& from, To& to, const Vector<S>& constants) {
  std::vector<Index> alive;
  for (Index k = 0; k < from.weight.rows(); ++k) {
    const bool unheard = (to.weight.col(k).array() == S(0)).all();
    const bool constant = (from.weight.row(k).array() == S(0)).all();
    if (constant && !unheard) to.bias += to.weight.col(k) * constants(k);
    if (!constant && !unheard) alive.push_back(k);
  }
  if (alive.empty()) {  // a layer keeps a neuron, one that does nothing
    alive.push_back(0);
    from.weight.row(0).setZero();
    to.weight.col(0).setZero();
  }
  if (static_cast<Index>(alive.size()) == from.weight.rows()) return alive;
  keep_rows(from.weight, alive);
  keep_rows(from.bias, alive);
  keep_cols(to.weight, alive);
  return alive;
}

/// Cuts the dead neurons of layer I, whose outputs layer J receives.
template <std::size_t I, std::size_t J, class Net>
Index cut_dead_between(Net& net) {
  auto& from = *pointer_to(net.template layer<I>());
  auto& to = *pointer_to(net.template layer<J>());
  using S = typename std::remove_cvref_t<decltype(from)>::Scalar;
  const Index before = from.weight.rows();
  const Vector<S> bias = from.bias;
  const Vector<S> constants = through<I, J>(net, Matrix<S>(bias));
  const std::vector<Index> alive = cut_dead(from, to, constants);
  const Index cut = before - static_cast<Index>(alive.size());
  if (cut == 0) return 0;
  for_each_index<J - I - 1>([&](auto k) {
    if constexpr (is_batch_norm<LayerIn<I + 1 + k, Net>>)
      if (auto* between = pointer_to(net.template layer<I + 1 + k>()))
        for (auto* each :
             {&between->scale, &between->shift, &between->running_mean, &between->running_variance})
          keep_rows(*each, alive);
  });
  return cut;
}

}  // namespace detail

/// Cuts the dead neurons out of a network: those that no later layer listens to, the weights out of
/// them being zero, and those whose own weights are all zero, so that they say the same to every
/// input: that is added to the biases of the next layer. Outputs stay the same, but for rounding
/// where biases change. L1 and group lasso leave such neurons.
///
/// Neurons are cut between two `Linear` layers with nothing but activations, dropout, noise and
/// batch normalization between them. Sizes must not be in the type, since they change; optimizers
/// must begin anew.
/// @return how many neurons were cut
/// @throws ValueError if a parameter is NaN or infinite
template <class... Ls>
Index compact(Sequential<Ls...>& net) {
  using Net = Sequential<Ls...>;
  static_assert(
      ((detail::fixed_inputs<typename detail::Unwrapped<Ls>::type>() == Dynamic &&
        detail::fixed_outputs<typename detail::Unwrapped<Ls>::type, Dynamic>() == Dynamic) &&
       ...),
      "ridge::compact: the network's sizes are in its type, Linear<float, 784, 128>, and "
      "cannot change; give them when it is made, Linear<float>{784, 128}");
  if (const std::string found = detail::describe_not_finite(net); !found.empty())
    throw ValueError(detail::text("compact: ", found, ", so which neurons are dead means nothing"));
  Index all = 0;
  for (bool more = true; more;) {  // what is cut may have been all that another neuron spoke to
    Index cut = 0;
    detail::for_each_index<sizeof...(Ls)>([&](auto i) {
      if constexpr (detail::is_linear<detail::LayerIn<i, Net>>)
        if (detail::pointer_to(net.template layer<i>()))
          detail::with_next_linear<i>(
              net, [&](auto next) { cut += detail::cut_dead_between<i, next>(net); });
    });
    all += cut;
    more = cut > 0;
  }
  return all;
}

}  // namespace ridge
