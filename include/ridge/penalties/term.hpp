#pragma once

#include <optional>
#include <string>
#include <type_traits>
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

// Members are found by their names, whatever they can be called with: a class that has one too
// makes the name ambiguous. So a term has these names for these purposes alone. Of a class that is
// final nothing can be derived: it is not checked.
struct NamesProx {
  int prox;
};
struct NamesProxGroups {
  int prox_groups;
};
struct NamesProject {
  int project;
};
struct NamesProjectGroups {
  int project_groups;
};
template <class T, class Names>
struct WithName : T, Names {};
template <class T>
concept HasNames = std::is_class_v<T> && !std::is_final_v<T>;

/// Whether a term's members can be called as an update calls them: sentences from the compiler for
/// what would else be left out of training without a word.
template <class T>
constexpr bool has_callable_members() {
  if constexpr (HasNames<T>) {
    static_assert(
        HasProx<T> || requires { &WithName<T, NamesProx>::prox; },
        "ridge: prox of a penalty's term cannot be called as prox(w, steps), with an Eigen array "
        "to change and one of its elements' step sizes: "
        "template <class W, class Steps> void prox(W& w, const Steps& steps) const");
    static_assert(
        HasGroupProx<T> || requires { &WithName<T, NamesProxGroups>::prox_groups; },
        "ridge: prox_groups of a penalty's term cannot be called as prox_groups(w, steps), with an "
        "Eigen array to change and a step size: "
        "template <class W, class Steps> void prox_groups(W& w, const Steps& steps) const");
    static_assert(
        HasProjection<T> || requires { &WithName<T, NamesProject>::project; },
        "ridge: project of a constraint's term cannot be called as project(w), with an Eigen array "
        "to change: template <class W> void project(W& w) const");
    static_assert(
        HasGroupProjection<T> || requires { &WithName<T, NamesProjectGroups>::project_groups; },
        "ridge: project_groups of a constraint's term cannot be called as project_groups(w), with "
        "an Eigen array to change: template <class W> void project_groups(W& w) const");
  }
  if constexpr (HasProx<T>)
    static_assert(std::is_void_v<decltype(std::declval<const T&>().prox(
                      std::declval<ExampleWeights&>(), std::declval<const ExampleWeights&>()))>,
                  "ridge: prox of a penalty's term changes w in place; what it returns is lost, so "
                  "it must return nothing");
  static_assert(
      HasProx<T> || HasGroupProx<T> ||
          !requires(const T& term, const ExampleWeights& w) { term.smooth_gradient(w); },
      "ridge: a penalty's term with smooth_gradient(w) leaves the rest of its gradient to "
      "prox(w, steps) or prox_groups(w, steps), and has neither");
  return true;
}

/// The same for each part of a sum.
template <class P>
constexpr bool has_callable_terms() {
  if constexpr (requires(const P& sum) {
                  sum.first();
                  sum.second();
                })
    return has_callable_terms<std::remove_cvref_t<decltype(std::declval<const P&>().first())>>() &&
           has_callable_terms<std::remove_cvref_t<decltype(std::declval<const P&>().second())>>();
  else
    return has_callable_members<std::remove_cvref_t<decltype(std::declval<const P&>().at(
        std::declval<const ParameterInfo&>()))>>();
}

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
