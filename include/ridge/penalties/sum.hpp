#pragma once

#include <utility>

#include <ridge/core/concepts.hpp>

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
  friend bool operator==(const NoPenalty&, const NoPenalty&) = default;
};

/// Two penalties, both of them applied.
template <class A, class B>
class PenaltySum {
 public:
  PenaltySum(A first, B second) : first_(std::move(first)), second_(std::move(second)) {}

  const A& first() const { return first_; }
  const B& second() const { return second_; }

  auto at(const ParameterInfo& info) const {
    return ridge::PenaltySum(first_.at(info), second_.at(info));
  }
  template <class W>
  double value(const W& w) const {
    return first_.value(w) + second_.value(w);
  }
  template <class W>
  auto gradient(const W& w) const {
    return first_.gradient(w) + second_.gradient(w);
  }

  friend bool operator==(const PenaltySum&, const PenaltySum&) = default;

 private:
  A first_;
  B second_;
};

template <Penalty A, Penalty B>
PenaltySum<A, B> operator+(A first, B second) {
  return {std::move(first), std::move(second)};
}

static_assert(Penalty<NoPenalty> && Penalty<PenaltySum<NoPenalty, NoPenalty>>);

}  // namespace ridge
