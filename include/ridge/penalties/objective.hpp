#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/penalties/sum.hpp>

namespace ridge {

/// What training minimizes: the mean loss over the samples plus the penalty of the parameters.
template <Loss L, Penalty P = NoPenalty>
struct Objective {
  using LossType = L;
  using PenaltyType = P;

  L loss;
  P penalty;

  /// The penalty's value for a whole network.
  template <class Net>
  double penalty_of(const Net& net) const {
    double sum = 0;
    if constexpr (!std::same_as<P, NoPenalty>) {
      const auto infos = describe_parameters(net);
      detail::require_known(penalty, infos);
      auto info = infos.begin();
      for_each_parameter(net, [&](const std::string&, const auto& parameter) {
        sum += penalty.at(*info++).value(parameter.value.array());
      });
    }
    return sum;
  }

  friend bool operator==(const Objective&, const Objective&) = default;
};

namespace detail {

/// Whether T is an `Objective` or derived from one.
template <class T>
inline constexpr bool is_objective = requires(const T& t) {
  []<class L, class P>(const Objective<L, P>&) {}(t);
};

/// What might be added to a penalty by mistake.
template <class T>
concept AddedByMistake = std::is_arithmetic_v<T> || Optimizer<T> || requires {
  typename T::template Example<float>;  // a loss's, of its targets
};

}  // namespace detail

/// `CrossEntropy{} + L2{1e-4}`, as in the formula.
template <Loss L, Penalty P>
Objective<L, P> operator+(L loss, P penalty) {
  return {std::move(loss), std::move(penalty)};
}
template <Penalty P, Loss L>
Objective<L, P> operator+(P penalty, L loss) {
  return {std::move(loss), std::move(penalty)};
}

/// `CrossEntropy{} + L1{1e-5} + L2{1e-4}`.
template <Loss L, Penalty P, Penalty Q>
auto operator+(Objective<L, P> objective, Q penalty) {
  return Objective<L, PenaltySum<P, Q>>{
      std::move(objective.loss),
      PenaltySum<P, Q>(std::move(objective.penalty), std::move(penalty))};
}

/// What else one might add or multiply gets a sentence from the compiler.
template <class L, class Other>
requires((Loss<L> || detail::is_objective<L>)&&!Penalty<Other>) L operator+(L loss, const Other&) {
  constexpr bool is_meant = requires(const Other& penalty, const ParameterInfo& info) {
    penalty.at(info);
  };
  if constexpr (is_meant)
    static_assert(Penalty<Other>,
                  "ridge: this penalty lacks something: at(info) gives a term with value(w), a "
                  "number, and gradient(w), an array of w's shape; see docs/extending.md");
  else
    static_assert(
        Penalty<Other>,
        "ridge: only a penalty or a constraint, such as L2{1e-4}, can be added to a loss; "
        "an optimizer is an argument of its own: "
        "fit(net, loss + penalty, optimizer, data)");
  return loss;
}
template <class Other, Penalty P>
requires(detail::AddedByMistake<Other> && !Penalty<Other> && !Loss<Other>) P operator+(const Other&,
                                                                                       P penalty) {
  static_assert(Loss<Other>,
                "ridge: a penalty is added to a loss, and not to an optimizer, a number or a loss "
                "that lacks something: fit(net, loss + L2{1e-4}, optimizer, data)");
  return penalty;
}
template <Penalty P, class Other>
requires((detail::AddedByMistake<Other> || detail::is_objective<Other>)&&!Penalty<Other> &&
         !Loss<Other>) P
operator+(P penalty, const Other&) {
  static_assert(Penalty<Other>,
                "ridge: to a penalty only a loss and other penalties can be added, with the loss "
                "first if there are several: loss + L1{1e-5} + L2{1e-4}");
  return penalty;
}
template <Penalty P>
P operator*(double, P penalty) {
  static_assert(!Penalty<P>,
                "ridge: a penalty is given its strength, and not multiplied by it: L2{1e-4}");
  return penalty;
}

/// An objective as it is; a loss alone as an objective without a penalty.
template <Loss L, Penalty P>
Objective<L, P> as_objective(Objective<L, P> objective) {
  return objective;
}
/// The same of a loss alone.
template <Loss L>
Objective<L> as_objective(L loss) {
  return {std::move(loss), {}};
}

}  // namespace ridge
