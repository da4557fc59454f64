#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/kernels/groups.hpp>
#include <ridge/penalties/term.hpp>

namespace ridge {

/// No penalty at all: what a bare loss has.
struct NoPenalty {
  NoPenalty at(const ParameterInfo&) const { return {}; }
  template <class W>
  double value(const W&) const {
    return 0;
  }
  template <class W>
  auto gradient(const W& w) const {
    return W::PlainObject::Zero(w.rows(), w.cols());
  }
  NoPenalty scaled(double) const { return {}; }
  std::string describe() const { return ""; }
  friend bool operator==(const NoPenalty&, const NoPenalty&) = default;
};

namespace detail {

/// a + b; computed at once if one of them is a value and no expression, which a sum would refer to
/// when it is gone.
template <class A, class B>
auto added(const A& a, const B& b) {
  constexpr bool values =
      std::is_same_v<A, typename A::PlainObject> || std::is_same_v<B, typename B::PlainObject>;
  if constexpr (values)
    return (a + b).eval();
  else
    return a + b;
}

/// Both of two terms. First come proximal steps of single elements and projections of them, then
/// proximal steps of groups, then projections of groups. For L1, non-negative weights, group lasso
/// and bounds of norms that order makes the proximal step of the sum (Yu, 2013).
template <class A, class B>
struct BothTerms {
  A first;
  B second;

  template <class W>
  double value(const W& w) const {
    return first.value(w) + second.value(w);
  }
  template <class W>
  auto gradient(const W& w) const {
    return added(first.gradient(w), second.gradient(w));
  }
  template <class W>
  auto smooth_gradient(const W& w) const {
    return added(detail::smooth_gradient(first, w), detail::smooth_gradient(second, w));
  }
  template <class W, class Steps>
  void prox(W& w, const Steps& steps) const requires(HasProx<A> || HasProx<B>) {
    if constexpr (HasProx<A>) first.prox(w, steps);
    if constexpr (HasProx<B>) second.prox(w, steps);
  }
  template <class W, class Steps>
  void prox_groups(W& w, const Steps& steps) const requires(HasGroupProx<A> || HasGroupProx<B>) {
    if constexpr (HasGroupProx<A>) first.prox_groups(w, steps);
    if constexpr (HasGroupProx<B>) second.prox_groups(w, steps);
  }
  template <class W>
  void project(W& w) const requires(HasProjection<A> || HasProjection<B>) {
    if constexpr (HasProjection<A>) first.project(w);
    if constexpr (HasProjection<B>) second.project(w);
  }
  template <class W>
  void project_groups(W& w) const requires(HasGroupProjection<A> || HasGroupProjection<B>) {
    if constexpr (HasGroupProjection<A>) first.project_groups(w);
    if constexpr (HasGroupProjection<B>) second.project_groups(w);
  }
  std::optional<Groups> groups() const {
    const auto groups = groups_of(first);
    return groups ? groups : groups_of(second);
  }
  NormBounds bounds() const {
    const NormBounds a = bounds_of(first), b = bounds_of(second);
    return {std::max(a.least, b.least), std::min(a.most, b.most)};
  }
  auto scaled(double factor) const {
    return BothTerms{detail::scaled(first, factor), detail::scaled(second, factor)};
  }
  std::string describe() const {
    const std::string a = detail::describe(first), b = detail::describe(second);
    return a.empty() || b.empty() ? a + b : a + ", " + b;
  }
};

/// Calls f(part) for each penalty that a sum is made of.
template <class P, class F>
void for_each_part(const P& penalty, F&& f) {
  if constexpr (requires {
                  penalty.first();
                  penalty.second();
                }) {
    for_each_part(penalty.first(), f);
    for_each_part(penalty.second(), f);
  } else {
    f(penalty);
  }
}

/// @throws ValueError if a penalty names a parameter that there is not
template <class P>
void require_known(const P& penalty, const std::vector<ParameterInfo>& infos) {
  for_each_part(penalty, [&](const auto& part) {
    if constexpr (requires { part.require_known(infos); }) part.require_known(infos);
  });
}

}  // namespace detail

/// Two penalties, both of them applied.
template <class A, class B>
class PenaltySum {
 public:
  PenaltySum(A first, B second) : first_(std::move(first)), second_(std::move(second)) {}

  const A& first() const { return first_; }
  const B& second() const { return second_; }

  /// @throws ValueError if both need the norms of groups, of rows the one and of columns the other:
  ///         one after the other they would be neither's proximal step; and if they contradict each
  ///         other
  auto at(const ParameterInfo& info) const {
    auto a = first_.at(info);
    auto b = second_.at(info);
    const auto of_a = detail::groups_of(a), of_b = detail::groups_of(b);
    if (of_a && of_b && *of_a != *of_b)
      throw ValueError(detail::text(
          "penalties: ", info.name, " has \"", detail::describe(a), "\" and \"",
          detail::describe(b),
          "\", which overlap; let both work on the same groups, or on different parameters"));
    detail::BothTerms<decltype(a), decltype(b)> both{std::move(a), std::move(b)};
    if (const NormBounds bounds = both.bounds(); bounds.least > bounds.most)
      throw ValueError(detail::text("constraints: those of ", info.name, ", \"", both.describe(),
                                    "\", contradict each other"));
    return both;
  }
  template <class W>
  double value(const W& w) const {
    return first_.value(w) + second_.value(w);
  }
  template <class W>
  auto gradient(const W& w) const {
    return detail::added(first_.gradient(w), second_.gradient(w));
  }

  friend bool operator==(const PenaltySum&, const PenaltySum&) = default;

 private:
  A first_;
  B second_;
};

/// `L1{a} + L2{b}`.
template <Penalty A, Penalty B>
PenaltySum<A, B> operator+(A first, B second) {
  return {std::move(first), std::move(second)};
}

}  // namespace ridge
