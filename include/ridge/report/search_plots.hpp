#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/plot/plot.hpp>
#include <ridge/tuning/search_result.hpp>

namespace ridge {

/// How a search went: the value of each trial with the best so far, and the values by each
/// hyperparameter that is a number. Trials that failed are left out; those of fewer epochs than the
/// best one are in the first plot alone. No plots if no trial has a value.
inline std::vector<Plot> search_plots(const SearchResult& result) {
  const FinishedTrial* const its_best = detail::best_of(result.trials);
  if (!its_best) return {};
  const FinishedTrial& winner = *its_best;
  const SearchSpace& space = winner.parameters.space();
  Series each{.name = "Trial", .line = false}, best{.name = "Best so far", .markers = false};
  double least = std::numeric_limits<double>::infinity();
  std::vector<const FinishedTrial*> whole;
  for (const FinishedTrial& trial : result.trials) {
    if (trial.failed()) continue;
    each.x.push_back(trial.number);
    each.y.push_back(trial.value);
    each.error.push_back(trial.standard_error);
    if (trial.epochs != winner.epochs) continue;
    whole.push_back(&trial);
    if (trial.value < least) {
      if (!best.x.empty()) {  // a step
        best.x.push_back(trial.number);
        best.y.push_back(least);
      }
      least = trial.value;
      best.x.push_back(trial.number);
      best.y.push_back(least);
    }
  }
  best.x.push_back(result.trials.back().number);
  best.y.push_back(least);
  std::vector<Plot> plots{{.title = "Search",
                           .x_label = "Trial",
                           .y_label = "Value, +- 1 standard error",
                           .integer_x = true,
                           .series = {std::move(each), std::move(best)}}};
  for (std::size_t i = 0; i < space.size(); ++i) {
    const auto& range = space[i].range;
    if (std::holds_alternative<Choice>(range)) continue;
    Plot plot{.title = space[i].name,
              .x_label = space[i].name,
              .y_label = "Value, +- 1 standard error",
              .log_x = std::holds_alternative<LogUniform>(range) ||
                       std::holds_alternative<LogIntegers>(range),
              .integer_x = detail::number_range(space[i]).whole};
    Series points{.line = false};
    for (const FinishedTrial* trial : whole) {
      points.x.push_back((*trial)[space[i].name].number());
      points.y.push_back(trial->value);
      points.error.push_back(trial->standard_error);
    }
    plot.series = {std::move(points)};
    plot.lines = {{winner[space[i].name].number(), "best"}};
    plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace ridge
