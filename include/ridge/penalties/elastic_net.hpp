#pragma once

#include <utility>

#include <ridge/penalties/l1.hpp>
#include <ridge/penalties/l2.hpp>
#include <ridge/penalties/sum.hpp>

namespace ridge {

/// `L1{l1} + L2{l2}` (Zou and Hastie, 2005).
class ElasticNet : public PenaltySum<L1, L2> {
 public:
  /// @throws ValueError if a number is negative, infinite or NaN
  ElasticNet(double l1, double l2, const Selection& selection = Role::weight)
      : PenaltySum(L1(l1, selection), L2(l2, selection)) {}

  /// sklearn.linear_model.ElasticNet(alpha, l1_ratio), which minimizes |y - Xw|^2 / 2n +
  /// alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) / 2 |w|^2; twice that with `MeanSquaredError`:
  /// L1{2 alpha l1_ratio} + L2{2 alpha (1 - l1_ratio)}.
  /// @throws ValueError if l1_ratio is outside [0, 1] or alpha negative, infinite or NaN
  static ElasticNet from_sklearn(double alpha, double l1_ratio) {
    return mixed(2, alpha, l1_ratio, "ElasticNet::from_sklearn: l1_ratio");
  }
  /// glmnet(family = "gaussian", alpha, lambda), which minimizes |y - Xw|^2 / 2n + lambda
  /// (alpha |w|_1 + (1 - alpha) / 2 s |w|^2): it divides the targets by their standard deviation s
  /// (by n), and gives lambda in the targets' units. Twice that with `MeanSquaredError`. It
  /// standardizes inputs too unless told not to; these are the numbers for inputs as the network
  /// sees them.
  /// @throws ValueError if alpha is outside [0, 1], lambda negative, or s not above 0
  static ElasticNet from_glmnet_gaussian(double lambda, double alpha, double target_deviation) {
    if (!(target_deviation > 0))
      throw ValueError(
          detail::text("ElasticNet::from_glmnet_gaussian: target_deviation must be above 0, got ",
                       target_deviation));
    const ElasticNet net = mixed(2, lambda, alpha, "ElasticNet::from_glmnet_gaussian: alpha");
    return {net.first().lambda(), net.second().lambda() / target_deviation};
  }
  /// The same for family = "binomial" or "multinomial", whose loss is the mean that
  /// `BinaryCrossEntropy` and `CrossEntropy` take.
  static ElasticNet from_glmnet_logistic(double lambda, double alpha) {
    return mixed(1, lambda, alpha, "ElasticNet::from_glmnet_logistic: alpha");
  }

  /// The same penalty on other parameters.
  ElasticNet on(const Selection& selection) const {
    return {first().lambda(), second().lambda(), selection};
  }

  friend bool operator==(const ElasticNet&, const ElasticNet&) = default;

 private:
  static ElasticNet mixed(double factor, double lambda, double ratio, const char* name) {
    if (!(ratio >= 0 && ratio <= 1))
      throw ValueError(detail::text(name, " must be in [0, 1], got ", ratio));
    detail::require_non_negative(lambda, "ElasticNet: the strength");
    return {factor * lambda * ratio, factor * lambda * (1 - ratio)};
  }
};

}  // namespace ridge
