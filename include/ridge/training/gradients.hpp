#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/kernels/tiles.hpp>
#include <ridge/penalties/objective.hpp>

namespace ridge {

namespace detail {

/// std::tuple<F<M>...> for the values M of a network's parameters.
template <template <class> class F, class Tuple>
struct ForParameters;
template <template <class> class F, Role... R, class... M>
struct ForParameters<F, std::tuple<Parameter<R, M>...>> {
  using type = std::tuple<F<std::remove_const_t<M>>...>;
};

template <class M>
using Same = M;

template <class Net, template <class> class F>
using PerParameter =
    typename ForParameters<F, decltype(std::declval<const Net&>().parameters())>::type;

/// Calls f(std::integral_constant<std::size_t, I>) for I = 0 ... Count - 1.
template <std::size_t Count, class F>
void for_each_index(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }
  (std::make_index_sequence<Count>{});
}

/// The description of each parameter of a network, in order.
template <class Net>
std::vector<ParameterInfo> describe_parameters(const Net& net) {
  std::vector<ParameterInfo> all;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    all.push_back({parameter.role, name});
  });
  return all;
}

}  // namespace detail

/// One stored gradient for each parameter of a network, shaped as the parameter and in the order of
/// `parameters()`.
template <Layer Net>
class StoredGradients {
 public:
  template <std::size_t I>
  auto& get() {
    return std::get<I>(values_);
  }
  template <std::size_t I>
  const auto& get() const {
    return std::get<I>(values_);
  }
  static constexpr std::size_t size() { return parameter_count<Net>; }

  /// Receives the I-th parameter's gradient from the network's `backward`.
  template <std::size_t I, class G>
  void receive(const G& gradient) {
    detail::store_gradient(gradient, std::get<I>(values_));
  }

 private:
  detail::PerParameter<Net, detail::Same> values_;
};

/// A batch's way through a network and back: everything that it leaves behind, kept from batch to
/// batch so that only the first one allocates.
template <Layer Net>
class Workspace {
 public:
  using Scalar = ScalarOf<Net>;

  /// The mean loss over the batch; `receiver.receive<I>(gradient)` gets the loss's gradient with
  /// respect to the I-th parameter. With a loss that is not finite nothing is handed over.
  /// @throws ShapeError if x has the wrong number of rows
  template <class L, class X, class Targets, class Receiver>
  double loss_and_gradients(const Net& net, const L& loss, const X& x, const Targets& targets,
                            Receiver& receiver) {
    const Index rows = net.output_size(x.rows());
    auto y = outputs_.view(rows, x.cols());
    auto dy = gradient_.view(rows, x.cols());
    net.forward(x, y, cache_);
    const double value = loss.value_and_gradient(y, targets, dy);
    if (std::isfinite(value)) {
      NotWanted dx;
      net.backward(x, y, dy, dx, cache_, Gradients<Receiver, 0, parameter_count<Net>>(receiver));
    }
    return value;
  }

 private:
  static constexpr int rows_ = detail::fixed_outputs<Net, detail::fixed_inputs<Net>()>();

  CacheOf<Net, Scalar> cache_;
  detail::Buffer<Scalar, rows_> outputs_;
  detail::Buffer<Scalar, rows_> gradient_;
};

/// The gradient of a whole objective, loss and penalty, with respect to every parameter.
/// @param objective a loss, or loss + penalty
/// @param x         inputs x samples
/// @param stored    receives the gradient
/// @return          the value of the objective
template <Layer Net, class O, class X, class Targets>
double gradient(const Net& net, const O& objective, const X& x, const Targets& targets,
                StoredGradients<Net>& stored) {
  const auto whole = as_objective(objective);
  whole.loss.check(net.output_size(x.rows()), targets);
  Workspace<Net> workspace;
  const double loss = workspace.loss_and_gradients(net, whole.loss, x, targets, stored);
  const auto infos = detail::describe_parameters(net);
  const auto parameters = net.parameters();
  detail::for_each_index<parameter_count<Net>>([&](auto i) {
    const auto w = std::get<i>(parameters).value.array();
    stored.template get<i>().array() += whole.penalty.at(infos[i]).gradient(w);
  });
  return loss + whole.penalty_of(net);
}

}  // namespace ridge
