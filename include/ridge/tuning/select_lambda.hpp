#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <ridge/core/error.hpp>

namespace ridge {

/// Which of several strengths to take, as positions among them.
struct LambdaChoice {
  std::size_t min;     ///< of the least mean error; of several the strongest
  std::size_t one_se;  ///< the strongest whose mean is within one standard error of that least one
};

/// The two choices of glmnet's `cv.glmnet`, lambda.min and lambda.1se.
///
/// @param lambdas         in any order
/// @param means           of the validation's error for each; one that is NaN or infinite, of a run
///                        that diverged, is never taken
/// @param standard_errors of the means; NaN, where there is none, counts as 0
/// @throws ValueError if they are not as many as each other, none, or no mean is finite
inline LambdaChoice select_lambda(const std::vector<double>& lambdas,
                                  const std::vector<double>& means,
                                  const std::vector<double>& standard_errors) {
  const std::size_t count = lambdas.size();
  if (means.size() != count || standard_errors.size() != count)
    throw ValueError(detail::text("select_lambda: ", count, " lambdas, ", means.size(),
                                  " means and ", standard_errors.size(), " standard errors"));
  // The strongest of those that are not above a limit.
  const auto strongest = [&](double limit) {
    std::size_t best = count;
    for (std::size_t i = 0; i < count; ++i)
      if (std::isfinite(means[i]) && means[i] <= limit &&
          (best == count || lambdas[i] > lambdas[best]))
        best = i;
    return best;
  };
  double least = INFINITY;
  for (const double mean : means)
    if (std::isfinite(mean)) least = std::fmin(least, mean);
  const std::size_t min = strongest(least);
  if (min == count) throw ValueError("select_lambda: there is no lambda of a finite error");
  const double error = standard_errors[min];
  return {min, strongest(error > 0 ? least + error : least)};
}

}  // namespace ridge
