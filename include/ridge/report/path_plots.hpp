#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/plot/plot.hpp>
#include <ridge/tuning/lambda_path.hpp>

namespace ridge {

namespace detail {

/// A number of a path's points by lambda, with its standard errors.
template <class F>
Series path_series(const LambdaPath& path, std::string name, const F& number) {
  Series series{.name = std::move(name)};
  for (const PathPoint& point : path.points()) {
    const Estimate estimate = number(point);
    series.x.push_back(point.lambda);
    series.y.push_back(estimate.mean);
    // An error that is not known, or not finite, is none.
    series.error.push_back(std::isfinite(estimate.standard_error) ? estimate.standard_error : 0);
  }
  return series;
}

/// @param path anything with `lambda_min()` and `lambda_1se()`
template <class Path>
Plot path_plot(const Path& path, std::string title, std::string y_label,
               std::vector<Series> series) {
  Plot plot{.title = std::move(title),
            .x_label = "lambda",
            .y_label = std::move(y_label),
            .log_x = true,
            .series = std::move(series)};
  if (path.lambda_min() == path.lambda_1se())
    plot.lines = {{path.lambda_min(), "min and 1se"}};
  else
    plot.lines = {{path.lambda_min(), "min"}, {path.lambda_1se(), "1se"}};
  // A lambda of 0 has no place on a logarithmic axis: it stands a step below the others.
  double least = std::numeric_limits<double>::infinity();
  bool has_zero = false;
  for (const Series& each : plot.series)
    for (const double lambda : each.x) {
      has_zero = has_zero || lambda == 0;
      if (lambda > 0) least = std::min(least, lambda);
    }
  if (!has_zero) return plot;
  plot.log_x = std::isfinite(least);
  if (!plot.log_x) return plot;
  const double place = least / 10;
  plot.x_label = "lambda; the leftmost, at " + short_number(place) + ", is 0";
  for (Series& each : plot.series)
    for (double& lambda : each.x) lambda = std::max(lambda, place);
  for (VerticalLine& line : plot.lines) line.x = std::max(line.x, place);
  return plot;
}

}  // namespace detail

/// What lambda does: the error (of samples with classes) and the loss of training and validation
/// with their standard errors, the loss on a logarithmic axis; the norm of the weights and, if
/// there are any, their share of zeros. Each has both choices marked.
inline std::vector<Plot> path_plots(const LambdaPath& path) {
  using detail::path_plot, detail::path_series;
  std::vector<Plot> plots;
  if (path.min().validation_error) {
    const auto percent = [](const std::optional<Estimate>& share) {
      return share ? Estimate{100 * share->mean, 100 * share->standard_error} : Estimate{NAN, NAN};
    };
    plots.push_back(
        path_plot(path, "Error", "Wrong classes, %, +- 1 standard error",
                  {path_series(path, "Validation",
                               [&](const PathPoint& p) { return percent(p.validation_error); }),
                   path_series(path, "Training",
                               [&](const PathPoint& p) { return percent(p.train_error); })}));
    plots.back().y_bounds = {0, 100};
  }
  plots.push_back(path_plot(
      path, "Loss", "Mean loss, +- 1 standard error",
      {path_series(path, "Validation", [](const PathPoint& p) { return p.validation_loss; }),
       path_series(path, "Training", [](const PathPoint& p) { return p.train_loss; })}));
  plots.back().log_y = true;
  plots.push_back(path_plot(path, "Weights", "Euclidean norm of the weights",
                            {path_series(path, "", [](const PathPoint& p) {
                              return Estimate{p.weight_norm, 0};
                            })}));
  if (std::any_of(path.points().begin(), path.points().end(),
                  [](const PathPoint& p) { return p.zeros > 0; }))
    plots.push_back(path_plot(path, "Zeros", "Weights that are exactly 0, %",
                              {path_series(path, "", [](const PathPoint& p) {
                                return Estimate{100 * p.zeros, 0};
                              })}));
  return plots;
}

}  // namespace ridge
