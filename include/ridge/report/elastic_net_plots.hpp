#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <ridge/linear/cross_validate_elastic_net.hpp>
#include <ridge/report/path_plots.hpp>

namespace ridge {

/// What lambda does to an elastic net: the error of the samples held out with its standard error,
/// and of the models of all samples the share of the deviance that they explain and their features.
/// Each has both choices marked; `csv()` of each are its numbers.
/// @param error_name what the errors are, "Mean squared error" for instance
inline std::vector<Plot> path_plots(const ElasticNetValidation& validation,
                                    const std::string& error_name = "Error") {
  const LinearPath& path = validation.path();
  Series errors, explained, features;
  for (Index i = 0; i < path.size(); ++i) {
    if (static_cast<std::size_t>(i) < validation.errors().size()) {
      const Estimate& error = validation.errors()[static_cast<std::size_t>(i)];
      errors.x.push_back(path.lambda(i));
      errors.y.push_back(error.mean);
      errors.error.push_back(std::isfinite(error.standard_error) ? error.standard_error : 0);
    }
    for (Series* series : {&explained, &features}) series->x.push_back(path.lambda(i));
    explained.y.push_back(100 * path.deviance_ratio(i));
    features.y.push_back(static_cast<double>(path.non_zeros(i)));
  }
  using detail::path_plot;
  return {path_plot(validation, error_name, "Of samples held out, +- 1 standard error",
                    {std::move(errors)}),
          path_plot(validation, "Deviance explained", "Of all samples, %", {std::move(explained)}),
          path_plot(validation, "Features", "Features with a coefficient that is not 0",
                    {std::move(features)})};
}

}  // namespace ridge
