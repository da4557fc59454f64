#pragma once

#include <string_view>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/linear/linear_path.hpp>

namespace ridge {

/// What `elastic_net_path` minimizes, for each lambda, with the defaults of glmnet:
/// sum_i w_i loss_i / sum_i w_i + lambda sum_j f_j (alpha |b_j| + (1 - alpha)/2 b_j^2).
struct ElasticNetOptions {
  Family family = Family::automatic;
  double alpha = 1;               ///< of L1 in the penalty: 1 is the lasso, 0 ridge regression
  std::vector<double> lambdas{};  ///< in any order; empty: found from the data
  Index lambda_count = 100;       ///< how many are found
  double lambda_ratio = 0;        ///< of the smallest to the largest; 0: 1e-4, with fewer samples
                                  ///< than features 0.01
  bool standardize = true;        ///< penalize b_j times the deviation of feature j
  bool intercept = true;          ///< not penalized
  /// For numbers: divide b_j^2 by their standard deviation, as glmnet does, for which lambda has
  /// the targets' unit in both terms. With false, the formula as it stands.
  bool standardize_targets = true;
  Vector<double> penalty_factors{};  ///< f, rescaled to a mean of 1; empty: all 1; 0: not penalized
  RowVector<double> weights{};       ///< of samples; empty: each counts the same
  double tolerance = 1e-9;  ///< done when no coefficient, times its feature's deviation, moves by
                            ///< more, in deviations of the targets; glmnet's thresh is its square
  int max_passes = 100000;  ///< over the features, for one lambda
  bool shortens = false;    ///< a lambda that takes more passes ends the path, else it is an error
  /// Lambdas that were found end early when a model explains no more than this in addition ...
  double min_gain = 1e-5;
  double max_deviance_ratio = 0.999;  ///< ... or has explained so much; as glmnet's fdev, devmax

  /// @throws ValueError for a number outside its domain
  void validate() const {
    constexpr std::string_view who = "elastic_net_path: ";
    if (!(alpha >= 0 && alpha <= 1))
      throw ValueError(detail::text(who, "alpha must be in [0, 1], got ", alpha));
    for (const double lambda : lambdas)
      detail::require_non_negative(lambda, "elastic_net_path: lambda");
    if (lambda_count < 1)
      throw ValueError(detail::text(who, "lambda_count must be at least 1, got ", lambda_count));
    if (!(lambda_ratio >= 0 && lambda_ratio < 1))
      throw ValueError(detail::text(who, "lambda_ratio must be in [0, 1), got ", lambda_ratio));
    if (!(tolerance > 0 && tolerance < 1))
      throw ValueError(detail::text(who, "tolerance must be between 0 and 1, got ", tolerance));
    if (max_passes < 1)
      throw ValueError(detail::text(who, "max_passes must be at least 1, got ", max_passes));
    detail::require_non_negative(min_gain, "elastic_net_path: min_gain");
    if (!(max_deviance_ratio > 0))
      throw ValueError(
          detail::text(who, "max_deviance_ratio must be above 0, got ", max_deviance_ratio));
    for (const double factor : penalty_factors)
      detail::require_non_negative(factor, "elastic_net_path: a penalty factor");
    if (penalty_factors.size() > 0 && !(penalty_factors.sum() > 0))
      throw ValueError(detail::text(who, "every penalty factor is 0, so there is no penalty"));
  }
};

}  // namespace ridge
