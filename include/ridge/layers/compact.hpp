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

/// The next Linear layer after layer I that nothing but layers that work feature by feature stands
/// before; else the number of layers.
template <std::size_t I, class Net>
constexpr std::size_t next_linear() {
  constexpr std::size_t next = I + 1;
  if constexpr (next >= Net::size())
    return Net::size();
  else {
    using L = std::remove_cvref_t<decltype(std::declval<Net&>().template layer<next>())>;
    if constexpr (is_linear<L>)
      return next;
    else if constexpr (works_feature_by_feature<L>())
      return next_linear<next, Net>();
    else
      return Net::size();
  }
}

/// What layers I + 1 ... J - 1 make of a batch, in use.
template <std::size_t I, std::size_t J, class Net, class X>
X through(const Net& net, X x) {
  if constexpr (I + 1 < J) {
    X y(x.rows(), x.cols());
    net.template layer<I + 1>().infer(x, y);
    return through<I + 1, J>(net, std::move(y));
  } else {
    return x;
  }
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

/// Cuts the dead neurons of layer I, whose outputs layer J receives.
template <std::size_t I, std::size_t J, class Net>
Index cut_dead(Net& net) {
  auto& from = net.template layer<I>();
  auto& to = net.template layer<J>();
  using S = typename std::remove_cvref_t<decltype(from)>::Scalar;
  const Vector<S> bias = from.bias;
  const Vector<S> constants = through<I, J>(net, Matrix<S>(bias));
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
  const Index cut = from.weight.rows() - static_cast<Index>(alive.size());
  if (cut == 0) return 0;
  keep_rows(from.weight, alive);
  keep_rows(from.bias, alive);
  keep_cols(to.weight, alive);
  for_each_index<J - I - 1>([&](auto k) {
    auto& between = net.template layer<I + 1 + k>();
    if constexpr (is_batch_norm<std::remove_cvref_t<decltype(between)>>)
      for (auto* each :
           {&between.scale, &between.shift, &between.running_mean, &between.running_variance})
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
      ((detail::fixed_inputs<Ls>() == Dynamic && detail::fixed_outputs<Ls, Dynamic>() == Dynamic) &&
       ...),
      "ridge::compact: the network's sizes are in its type, Linear<float, 784, 128>, and "
      "cannot change; give them when it is made, Linear<float>{784, 128}");
  if (const std::string found = detail::describe_not_finite(net); !found.empty())
    throw ValueError(detail::text("compact: ", found, ", so which neurons are dead means nothing"));
  Index all = 0;
  for (bool more = true; more;) {  // what is cut may have been all that another neuron spoke to
    Index cut = 0;
    detail::for_each_index<sizeof...(Ls)>([&](auto i) {
      using L = std::remove_cvref_t<decltype(net.template layer<i>())>;
      if constexpr (detail::is_linear<L>) {
        constexpr std::size_t next = detail::next_linear<i, Net>();
        if constexpr (next < Net::size()) cut += detail::cut_dead<i, next>(net);
      }
    });
    all += cut;
    more = cut > 0;
  }
  return all;
}

}  // namespace ridge
