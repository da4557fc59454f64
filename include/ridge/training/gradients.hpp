#pragma once

#include <cmath>

#include <ridge/core/concepts.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/stored_gradients.hpp>
#include <ridge/training/workspace.hpp>

namespace ridge {

/// The gradient of a whole objective, loss and penalty, with respect to every parameter.
/// @param objective a loss, or loss + penalty
/// @param x         inputs x samples
/// @param stored    receives the gradient
/// @param workspace spares the memory of every call but the first, if it is the same in each
/// @return          the value of the objective; if the loss is not finite that, and no gradient
/// @throws ShapeError or ValueError if network, x, loss and targets do not fit each other
template <Layer Net, class O, class X, class Targets>
double gradient(const Net& net, const O& objective, const X& x, const Targets& targets,
                StoredGradients<Net>& stored, Workspace<Net>& workspace) {
  const auto whole = as_objective(objective);
  const double loss = workspace.loss_and_gradients(net, whole.loss, x, targets, stored);
  if (!std::isfinite(loss)) return loss;  // no gradients have come
  double penalty = 0;
  const auto infos = describe_parameters(net);
  detail::require_known(whole.penalty, infos);
  detail::for_each_index<parameter_count<Net>>([&](auto i) {  // empty where a layer is absent now
    stored.template get<i>().resizeLike(std::get<i>(net.parameters()).value);
  });
  detail::for_each_present(net, [&](auto i, const auto& parameter, std::size_t k) {
    if constexpr (!is_trained<Net, i>) return;
    const auto w = parameter.value.array();
    const auto term = whole.penalty.at(infos[k]);
    stored.template get<i>().array() += term.gradient(w);
    penalty += term.value(w);
  });
  return loss + penalty;
}

/// The same with a workspace of its own.
template <Layer Net, class O, class X, class Targets>
double gradient(const Net& net, const O& objective, const X& x, const Targets& targets,
                StoredGradients<Net>& stored) {
  Workspace<Net> workspace;
  return gradient(net, objective, x, targets, stored, workspace);
}

}  // namespace ridge
