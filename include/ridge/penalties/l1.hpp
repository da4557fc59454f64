#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/selection.hpp>
#include <ridge/kernels/soft_threshold.hpp>
#include <ridge/kernels/step.hpp>

namespace ridge {

namespace detail {

/// lambda * sign(w), 0 at 0.
template <class W>
auto lambda_sign(double lambda, const W& w) {
  using S = typename W::Scalar;
  const S above = static_cast<S>(lambda);
  return w.unaryExpr(Step<S>{S(0), above}) - (-w).unaryExpr(Step<S>{S(0), above});
}

}  // namespace detail

/// lambda * sum(|w|) followed by its subgradient lambda * sign(w): weights come near zero and jump
/// about it, but are never zero. For comparison with `L1`, and with systems that do this.
class SubgradientL1 {
 public:
  /// @throws ValueError if lambda is negative, infinite or NaN
  explicit SubgradientL1(double lambda, Selection selection = Role::weight)
      : lambda_(lambda), selection_(std::move(selection)) {
    detail::require_non_negative(lambda, "SubgradientL1: lambda");
  }

  SubgradientL1 on(Selection selection) const {
    return SubgradientL1(lambda_, std::move(selection));
  }
  double lambda() const { return lambda_; }

  /// As it applies to one parameter.
  struct Term {
    double lambda;

    template <class W>
    double value(const W& w) const {
      return lambda == 0 ? 0.0 : lambda * w.template cast<double>().abs().sum();
    }
    template <class W>
    auto gradient(const W& w) const {
      return detail::lambda_sign(lambda, w);
    }
    Term scaled(double factor) const { return {factor * lambda}; }
    std::string describe() const {
      return lambda == 0 ? "" : detail::text("L1 ", lambda, " by subgradient");
    }
  };

  Term at(const ParameterInfo& info) const { return {selection_.contains(info) ? lambda_ : 0}; }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "SubgradientL1");
  }

  friend bool operator==(const SubgradientL1&, const SubgradientL1&) = default;

 private:
  double lambda_;
  Selection selection_;
};

/// lambda * sum(|w|), the lasso. Each update ends with its proximal step, sign(w) max(|w| - t
/// lambda, 0), t being the optimizer's step size: weights become exactly zero, and stay so while
/// the penalty outweighs the gradient. It touches weights only, unless told otherwise by `on`.
class L1 {
 public:
  /// @throws ValueError if lambda is negative, infinite or NaN
  explicit L1(double lambda, Selection selection = Role::weight)
      : lambda_(lambda), selection_(std::move(selection)) {
    detail::require_non_negative(lambda, "L1: lambda");
  }

  /// keras.regularizers.L1(l1): lambda = l1.
  static L1 from_keras(double l1) { return L1(l1); }
  /// sklearn.linear_model.Lasso(alpha), which halves the squared error: lambda = 2 alpha with
  /// `MeanSquaredError`.
  static L1 from_sklearn_lasso(double alpha) { return L1(2 * alpha); }

  /// The same penalty on other parameters: `.on(Role::weight | Role::bias)`, `.on("fc1")`.
  L1 on(Selection selection) const { return L1(lambda_, std::move(selection)); }
  /// The same penalty by its subgradient.
  SubgradientL1 by_subgradient() const { return SubgradientL1(lambda_, selection_); }

  double lambda() const { return lambda_; }
  const Selection& selection() const { return selection_; }

  /// As it applies to one parameter.
  struct Term {
    double lambda;

    template <class W>
    double value(const W& w) const {
      return SubgradientL1::Term{lambda}.value(w);
    }
    /// A subgradient.
    template <class W>
    auto gradient(const W& w) const {
      return detail::lambda_sign(lambda, w);
    }
    /// It has no smooth part: the proximal step does it all.
    template <class W>
    auto smooth_gradient(const W& w) const {
      return W::PlainObject::Zero(w.rows(), w.cols());
    }
    /// @param steps the step size of each element
    template <class W, class Steps>
    void prox(W& w, const Steps& steps) const {
      using S = typename W::Scalar;
      if (lambda != 0) w = w.binaryExpr(static_cast<S>(lambda) * steps, detail::SoftThreshold<S>{});
    }
    Term scaled(double factor) const { return {factor * lambda}; }
    std::string describe() const { return lambda == 0 ? "" : detail::text("L1 ", lambda); }
  };

  Term at(const ParameterInfo& info) const { return {selection_.contains(info) ? lambda_ : 0}; }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "L1");
  }

  friend bool operator==(const L1&, const L1&) = default;

 private:
  double lambda_;
  Selection selection_;
};

}  // namespace ridge
