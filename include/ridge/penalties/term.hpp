#pragma once

#include <optional>
#include <string>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/kernels/groups.hpp>

// What a penalty does to one parameter; see `Penalty`.
namespace ridge::detail {

// What a term may lack, with what is meant then.

template <class T, class W>
auto smooth_gradient(const T& term, const W& w) {
  if constexpr (requires { term.smooth_gradient(w); })
    return term.smooth_gradient(w);
  else
    return term.gradient(w);
}
template <class T>
std::optional<Groups> groups_of(const T& term) {
  if constexpr (requires { term.groups(); })
    return term.groups();
  else
    return std::nullopt;
}
template <class T>
NormBounds bounds_of(const T& term) {
  if constexpr (requires { term.bounds(); })
    return term.bounds();
  else
    return {};
}
template <class T>
std::string describe(const T& term) {
  if constexpr (requires { term.describe(); })
    return term.describe();
  else
    return "a penalty without describe()";
}
template <class T>
T scaled(const T& term, double factor) {
  static_assert(
      requires { term.scaled(factor); },
      "ridge: to schedule its strength, a penalty's term needs scaled(factor)");
  return term.scaled(factor);
}

using ExampleWeights = Eigen::Array<double, 2, 2>;

template <class T>
concept HasProx = requires(const T& term, ExampleWeights& w) {
  term.prox(w, std::as_const(w));
};
template <class T>
concept HasGroupProx = requires(const T& term, ExampleWeights& w) {
  term.prox_groups(w, 1.0);
};
template <class T>
concept HasProjection = requires(const T& term, ExampleWeights& w) {
  term.project(w);
};
template <class T>
concept HasGroupProjection = requires(const T& term, ExampleWeights& w) {
  term.project_groups(w);
};

/// Whether a term is nothing but its gradient.
template <class T>
inline constexpr bool is_smooth =
    !HasProx<T> && !HasGroupProx<T> && !HasProjection<T> && !HasGroupProjection<T>;

/// Whether a penalty says what an update follows beside its proximal step.
template <class P>
inline constexpr bool has_smooth_part = [] {
  using Term = decltype(std::declval<const P&>().at(std::declval<const ParameterInfo&>()));
  if constexpr (HasProx<Term> || HasGroupProx<Term>)
    return requires(const Term& term, const ExampleWeights& w) { term.smooth_gradient(w); };
  else
    return true;
}();

/// What a term does after an update that has its gradient in it: projections, and proximal steps
/// if that was the gradient of the smooth part alone.
template <class Term>
struct AfterStep {
  Term term;
  bool proximal;

  template <class W>
  auto gradient(const W& w) const {
    return W::PlainObject::Zero(w.rows(), w.cols());
  }
  template <class W, class Steps>
  void prox(W& w, const Steps& steps) const requires(HasProx<Term>) {
    if (proximal) term.prox(w, steps);
  }
  template <class W, class Steps>
  void prox_groups(W& w, const Steps& steps) const requires(HasGroupProx<Term>) {
    if (proximal) term.prox_groups(w, steps);
  }
  template <class W>
  void project(W& w) const requires(HasProjection<Term>) {
    term.project(w);
  }
  template <class W>
  void project_groups(W& w) const requires(HasGroupProjection<Term>) {
    term.project_groups(w);
  }
};

}  // namespace ridge::detail
