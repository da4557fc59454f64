#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/linear/descent.hpp>
#include <ridge/linear/elastic_net_options.hpp>
#include <ridge/linear/linear_path.hpp>

namespace ridge::detail {

/// Coefficients that do not settle.
struct Unsettled : Error {
  using Error::Error;
};

/// One lambda after the other, each from the solution before.
///
/// A feature whose gradient is far below what the penalty holds at zero is left out by the strong
/// rule (Tibshirani and others, 2012), and taken in again if the solution shows that it should not
/// have been.
template <class Problem>
class PathFit {
 public:
  PathFit(Problem& problem, const ElasticNetOptions& options, Index samples)
      : problem_(problem),
        options_(options),
        samples_(samples),
        factors_(Vector<double>::Ones(problem.features())) {
    const Index features = problem.features();
    if (options.penalty_factors.size() > 0) {
      if (options.penalty_factors.size() != features)
        throw ShapeError(text("elastic_net_path: ", features, " features, but ",
                              options.penalty_factors.size(), " penalty factors"));
      factors_ =
          options.penalty_factors * (static_cast<double>(features) / options.penalty_factors.sum());
    }
  }

  LinearPath run() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Vector<double> sizes =
        solve(infinity,
              {(factors_.array() > 0).select(infinity, Vector<double>::Zero(factors_.size())),
               Vector<double>::Zero(factors_.size())},
              [&](Index j) { return factors_(j) == 0; });
    double largest = 0;  // lambda of the null model, for alpha = 1
    for (Index j = 0; j < sizes.size(); ++j)
      if (factors_(j) > 0 && !problem_.scaling().left_out(j))
        largest = std::max(largest, sizes(j) / factors_(j));
    // Ridge regression has no lambda for which all is zero: as for an alpha of 0.001.
    largest /= std::max(options_.alpha, 1e-3);

    const bool found = options_.lambdas.empty();
    const std::vector<double> lambdas = found ? sequence(largest) : given();
    std::vector<LinearPath::Model> models;
    double before = std::max(largest, lambdas.front());
    for (const double lambda : lambdas) {
      const bool is_null = found && models.empty() && options_.alpha >= 1e-3;
      if (!is_null) try {
          const double bound = options_.alpha * (2 * lambda - before);
          sizes = solve(lambda, strengths(lambda), [&](Index j) {
            return sizes(j) >= bound * factors_(j) || !problem_.is_zero(j);
          });
        } catch (const Unsettled&) {
          if (!options_.shortens || models.empty()) throw;
          break;
        }
      models.push_back(problem_.model(lambda));
      before = lambda;
      if (found && ends(models)) break;
    }
    return LinearPath(problem_.family(), problem_.null_deviance(), std::move(models));
  }

 private:
  std::vector<double> given() const {
    std::vector<double> lambdas = options_.lambdas;
    std::sort(lambdas.begin(), lambdas.end(), std::greater<>());
    return lambdas;
  }

  std::vector<double> sequence(double largest) const {
    if (!(largest > 0))
      throw ValueError(
          "elastic_net_path: no feature explains anything of the targets, so there is no lambda "
          "to begin with; give `lambdas`");
    const double ratio = options_.lambda_ratio > 0        ? options_.lambda_ratio
                         : samples_ < problem_.features() ? 0.01
                                                          : 1e-4;
    std::vector<double> lambdas;
    const double steps = static_cast<double>(std::max<Index>(options_.lambda_count - 1, 1));
    for (Index k = 0; k < options_.lambda_count; ++k)
      lambdas.push_back(largest * std::pow(ratio, static_cast<double>(k) / steps));
    return lambdas;
  }

  /// glmnet's rule, from the fifth lambda on.
  bool ends(const std::vector<LinearPath::Model>& models) const {
    const double now = models.back().deviance_ratio;
    if (now > options_.max_deviance_ratio) return true;
    if (models.size() < 5) return false;
    const double gain = now - models[models.size() - 2].deviance_ratio;
    return gain < options_.min_gain * (problem_.family() == Family::gaussian ? now : 1);
  }

  Strengths strengths(double lambda) const {
    const double l2 =
        lambda * (1 - options_.alpha) / (options_.standardize_targets ? problem_.unit() : 1);
    return {lambda * options_.alpha * factors_, l2 * factors_};
  }

  /// Returns the sizes of the gradients at the solution.
  template <class Strong>
  Vector<double> solve(double lambda, const Strengths& strengths, const Strong& is_strong) {
    std::vector<char> in(static_cast<std::size_t>(factors_.size()), 0);
    Features strong;
    Passes passes{0, options_.max_passes};
    const auto take = [&](Index j) {
      strong.push_back(j);
      in[static_cast<std::size_t>(j)] = 1;
    };
    for (Index j = 0; j < factors_.size(); ++j)
      if (!problem_.scaling().left_out(j) && is_strong(j)) take(j);
    for (;;) {
      problem_.solve(strong, strengths, options_.tolerance, passes);
      if (!passes.settled)
        throw Unsettled(text(
            "elastic_net_path: at ",
            std::isfinite(lambda) ? text("lambda = ", lambda) : "the start, without features,",
            " coefficients still move by "
            "more than ",
            options_.tolerance, " after ", options_.max_passes,
            " passes; raise max_passes or tolerance, end at a larger lambda, or let `.shortens` "
            "do that",
            problem_.family() == Family::gaussian
                ? ""
                : ". Where features separate the classes no number of passes is enough for a "
                  "lambda near 0"));
      Vector<double> sizes = problem_.gradient_sizes();
      const std::size_t count = strong.size();
      for (Index j = 0; j < factors_.size(); ++j)
        if (in[static_cast<std::size_t>(j)] == 0 && !problem_.scaling().left_out(j) &&
            sizes(j) > strengths.l1(j))
          take(j);
      if (strong.size() == count) return sizes;
      std::sort(strong.begin(), strong.end());
    }
  }

  Problem& problem_;
  const ElasticNetOptions& options_;
  Index samples_;
  Vector<double> factors_;
};

}  // namespace ridge::detail
