#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/tuning/search.hpp>

namespace ridge {

/// Tries every combination of a few values of each hyperparameter, the last one's fastest:
///
///     const GridSearch grid{space, {.points = 5, .points_of = {{"lambda", 9}}}};
///
/// The values of a range of numbers go from one of its ends to the other in equal steps, or equal
/// ratios if it is logarithmic, rounded if they are whole; of a choice all options are tried.
class GridSearch : public Search {
 public:
  /// How many values of each range, and how many trials at once.
  struct Options {
    int points = 5;                             ///< values of each range of numbers
    std::map<std::string, int> points_of = {};  ///< the same, of some by name
    std::uint64_t seed = 0;                     ///< of what trials draw
    int threads = 0;  ///< trials that run at once at most; 0: as many as `ridge::threads()`
  };

  static constexpr double most_trials = 1e6;

  /// @throws ValueError for options outside their domain, or more than a million trials
  explicit GridSearch(const SearchSpace& space) : GridSearch(space, Options{}) {}
  GridSearch(const SearchSpace& space, const Options& options)
      : Search(space, plan(space, options)) {}

 private:
  /// The values of one hyperparameter, in order.
  static std::vector<double> values(const Hyperparameter& parameter, int points) {
    detail::NumberRange range = detail::number_range(parameter);
    if (range.whole && (detail::options_of(parameter) || range.count() <= points))
      return range.all();
    const bool whole = std::exchange(range.whole, false);  // so that the ends are tried
    std::vector<double> some;
    for (int i = 0; i < points; ++i) {
      double value = range.at(points == 1 ? 0.5 : static_cast<double>(i) / (points - 1));
      if (i > 0 && i + 1 == points) value = range.high;  // which the logarithm may miss
      if (i == 0 && points > 1) value = range.low;
      if (whole) value = std::round(value);
      if (some.empty() || some.back() != value) some.push_back(value);
    }
    return some;
  }

  static detail::SearchPlan plan(const SearchSpace& space, const Options& options) {
    detail::require_threads(options.threads, "GridSearch");
    if (options.points < 1)
      throw ValueError(detail::text("GridSearch: points must be at least 1, got ", options.points));
    for (const auto& [name, points] : options.points_of) {
      if (detail::options_of(space[space.position(name)]))
        throw ValueError("GridSearch: \"" + name +
                         "\" is a choice, of which all options are tried");
      if (points < 1)
        throw ValueError(
            detail::text("GridSearch: points of \"", name, "\" must be at least 1, got ", points));
    }
    std::vector<std::vector<double>> axes;
    double trials = 1;
    std::string sizes;
    for (std::size_t i = 0; i < space.size(); ++i) {
      const auto found = options.points_of.find(space[i].name);
      int points = found == options.points_of.end() ? options.points : found->second;
      if (const detail::NumberRange range = detail::number_range(space[i]); range.whole)
        points = static_cast<int>(std::min<double>(points, range.count()));  // all that there are
      // Before a list of that length is made.
      if (points <= most_trials) axes.push_back(values(space[i], points));
      trials *= points <= most_trials ? static_cast<double>(axes.back().size()) : points;
      if (trials > most_trials)
        throw ValueError(detail::text("GridSearch: that would be ", trials,
                                      " trials or more; take fewer points, or RandomSearch"));
      sizes += detail::text(i == 0 ? "" : " x ", axes.back().size());
    }
    const auto propose = [axes, trials](const std::vector<FinishedTrial>& before) {
      std::vector<detail::Proposal> all;
      if (!before.empty()) return all;
      std::vector<std::size_t> at(axes.size());
      while (static_cast<double>(all.size()) < trials) {
        std::vector<double> point;
        for (std::size_t i = 0; i < axes.size(); ++i) point.push_back(axes[i][at[i]]);
        all.push_back({std::move(point), static_cast<int>(all.size()) + 1});
        for (std::size_t i = axes.size(); i-- > 0 && ++at[i] == axes[i].size();) at[i] = 0;
      }
      return all;
    };
    return {
        "GridSearch", {{"grid", sizes}}, options.seed, static_cast<int>(trials), 0, options.threads,
        propose};
  }
};

}  // namespace ridge
