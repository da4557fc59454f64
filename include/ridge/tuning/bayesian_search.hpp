#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/tuning/expected_improvement.hpp>
#include <ridge/tuning/gaussian_process.hpp>
#include <ridge/tuning/random_search.hpp>
#include <ridge/tuning/search.hpp>
#include <ridge/tuning/spread_points.hpp>

namespace ridge {

namespace detail {

/// Points of a space as features of a Gaussian process: numbers by their place in the unit cube,
/// each choice by an indicator of each option. Whole numbers are rounded before they come here, so
/// that the process is constant between them (Garrido-Merchan and Hernandez-Lobato, 2020).
class SearchFeatures {
 public:
  explicit SearchFeatures(const SearchSpace& space) : space_(space) {
    for (std::size_t i = 0; i < space.size(); ++i) {
      const auto* options = options_of(space[i]);
      groups_.insert(groups_.end(), options ? options->size() : 1, static_cast<int>(i));
    }
  }

  /// Of each feature its hyperparameter, which has one length.
  const std::vector<int>& groups() const { return groups_; }

  /// Features x points.
  Matrix<double> of(const std::vector<std::vector<double>>& points) const {
    Matrix<double> features =
        Matrix<double>::Zero(static_cast<Index>(groups_.size()), static_cast<Index>(points.size()));
    for (std::size_t p = 0; p < points.size(); ++p) {
      Index row = 0;
      for (std::size_t i = 0; i < space_.size(); ++i) {
        const double value = points[p][i];
        const auto column = static_cast<Index>(p);
        if (const auto* options = options_of(space_[i])) {
          // So that two options are at a distance of 1.
          features(row + static_cast<Index>(value), column) = 1 / std::numbers::sqrt2;
          row += static_cast<Index>(options->size());
        } else {
          features(row++, column) = number_range(space_[i]).position(value);
        }
      }
    }
    return features;
  }

 private:
  SearchSpace space_;
  std::vector<int> groups_;
};

/// Values with mean 0 and variance 1, after large ones have been cut: those of a training that all
/// but diverged say no more than "bad", and would make all others look the same.
struct StandardizedValues {
  Vector<double> values;
  double deviation;  ///< what differences were divided by

  explicit StandardizedValues(std::vector<double> raw) : values(static_cast<Index>(raw.size())) {
    const auto count = static_cast<double>(raw.size());
    std::vector<double> sorted = raw;
    std::sort(sorted.begin(), sorted.end());
    const double least = sorted.front(), median = sorted[sorted.size() / 2];
    // Where half of them are the best but for rounding, the next one says how far they lie apart.
    const auto above =
        std::upper_bound(sorted.begin(), sorted.end(), least + 1e-9 * std::abs(least));
    const double middle = above == sorted.end() ? median : std::max(median, *above);
    // Halved, since values may be so large that their difference is none.
    const double most = std::min(middle + 6 * (middle / 2 - least / 2), sorted.back());
    for (double& value : raw) value = std::min(value, most);
    const double size = std::max({1.0, std::abs(least), std::abs(most)});
    double mean = 0, square = 0;
    for (const double value : raw) mean += value / size / count;
    for (const double value : raw) square += std::pow(value / size - mean, 2) / count;
    const bool equal = least == most;  // be it that rounding tells them from their mean
    const double scaled = !equal && square > 0 ? std::sqrt(square) : 1;
    for (std::size_t i = 0; i < raw.size(); ++i)
      values(static_cast<Index>(i)) = equal ? 0 : (raw[i] / size - mean) / scaled;
    deviation = scaled * size;
  }
};

/// Looks for the point of a space where the expected improvement is largest: among all that are
/// left if these are few, else among random ones, ones near the best trials, and in small steps
/// from the best of both.
class Proposer {
 public:
  static constexpr int random_points = 1000, near_points = 30, climbs = 4, steps = 25, tries = 8;
  static constexpr double few_points = 2000, unsure_noise = 1e-3;

  Proposer(const SearchSpace& space, Random random)
      : space_(&space), random_(random), features_(space) {}

  /// The next `count` points, each as if the process had been right about those before
  /// (the "kriging believer" of Ginsbourger, Le Riche and Carraro, 2010). Fewer if none are left.
  std::vector<std::vector<double>> propose(const std::vector<FinishedTrial>& before, int count) {
    std::vector<std::vector<double>> points, good, proposed;
    std::vector<double> values, errors;
    for (const FinishedTrial& trial : before) {
      tried_.insert(trial.parameters.point());
      if (trial.failed()) continue;
      good.push_back(trial.parameters.point());
      values.push_back(trial.value);
      errors.push_back(trial.standard_error);
    }
    if (good.empty()) {
      while (static_cast<int>(proposed.size()) < count) {
        auto point = new_random_point(*space_, random_, tried_);
        if (!point) break;
        proposed.push_back(*std::move(point));
      }
      return proposed;
    }
    const StandardizedValues standardized(values);
    Vector<double> targets(static_cast<Index>(before.size())), variances = targets;
    Index known = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool failed = before[i].failed();
      points.push_back(before[i].parameters.point());
      // A failure is as bad as the worst that did not fail.
      targets(static_cast<Index>(i)) =
          failed ? standardized.values.maxCoeff() : standardized.values(known);
      // Beyond a thousand deviations a trial says nothing, and the square of more may be infinite.
      variances(static_cast<Index>(i)) =
          failed
              ? 0
              : std::pow(
                    std::min(errors[static_cast<std::size_t>(known)] / standardized.deviation, 1e3),
                    2);
      known += !failed;
    }
    GaussianProcess process(features_.of(points), targets, features_.groups(), variances);
    process.fit(random_.split(0));
    // Where noise hides which trial is the best, the process decides.
    best_ = process.posterior(features_.of(good)).mean.minCoeff();
    // A little noise is found where there is none.
    noise_ = std::max(process.kernel().noise + variances.mean() - unsure_noise, 0.0);
    std::vector<std::size_t> order(good.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    near_.clear();
    for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 5); ++i)
      near_.push_back(good[order[i]]);
    while (static_cast<int>(proposed.size()) < count) {
      std::vector<double> point = best_point(process);
      if (point.empty()) break;
      tried_.insert(point);
      const Matrix<double> features = features_.of({point});
      process = process.with(features.col(0), process.posterior(features).mean(0));
      proposed.push_back(std::move(point));
    }
    return proposed;
  }

 private:
  struct Candidate {
    double gain;
    std::vector<double> point;
  };

  /// The best of these that were not tried first.
  std::vector<Candidate> rank(const GaussianProcess& process,
                              std::vector<std::vector<double>> points) const {
    std::erase_if(points, [&](const auto& point) { return tried_.contains(point); });
    std::vector<Candidate> candidates;
    if (points.empty()) return candidates;
    const Posterior posterior = process.posterior(features_.of(points));
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto at = static_cast<Index>(i);
      candidates.push_back({log_augmented_expected_improvement(
                                posterior.mean(at), posterior.variance(at), best_, noise_),
                            std::move(points[i])});
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.gain > b.gain; });
    return candidates;
  }

  /// Empty if none is left.
  std::vector<double> best_point(const GaussianProcess& process) {
    if (space_->points() <= few_points) {
      const std::vector<Candidate> all = rank(process, all_points());
      return all.empty() ? std::vector<double>{} : all.front().point;
    }
    std::vector<std::vector<double>> points;
    points.reserve(random_points + near_points * near_.size());
    for (int i = 0; i < random_points; ++i) points.push_back(random_point(*space_, random_));
    for (const auto& center : near_)
      for (int i = 0; i < near_points; ++i)
        points.push_back(beside(center, i % 2 == 0 ? 0.1 : 0.02));
    std::vector<Candidate> candidates = rank(process, std::move(points));
    candidates.resize(std::min<std::size_t>(candidates.size(), climbs));
    for (Candidate& candidate : candidates) {
      double radius = 0.1;
      for (int step = 0; step < steps; ++step) {
        std::vector<std::vector<double>> around;
        around.reserve(tries);
        for (int i = 0; i < tries; ++i) around.push_back(beside(candidate.point, radius));
        const std::vector<Candidate> ranked = rank(process, std::move(around));
        if (!ranked.empty() && ranked.front().gain > candidate.gain)
          candidate = ranked.front();
        else
          radius *= 0.7;
      }
    }
    const auto best =
        std::max_element(candidates.begin(), candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.gain < b.gain; });
    return best == candidates.end() ? std::vector<double>{} : best->point;
  }

  /// A point near another: each hyperparameter is changed or not, numbers by about the radius, or a
  /// step or two of a whole number.
  std::vector<double> beside(std::vector<double> point, double radius) {
    const std::size_t surely = random_.below(point.size());
    for (std::size_t i = 0; i < point.size(); ++i) {
      if (i != surely && random_.below(2) == 0) continue;
      const NumberRange range = number_range((*space_)[i]);
      if (options_of((*space_)[i])) {
        point[i] = static_cast<double>(random_.below(static_cast<std::uint64_t>(range.count())));
        continue;
      }
      const double spread = range.whole ? std::max(radius, 1 / range.count()) : radius;
      const double place = range.position(point[i]) + spread * random_.normal();
      point[i] = range.at(std::clamp(place, 0.0, 1.0));
    }
    return point;
  }

  /// Those of a space of few points.
  std::vector<std::vector<double>> all_points() const {
    std::vector<std::vector<double>> all{{}};
    for (std::size_t i = 0; i < space_->size(); ++i) {
      const NumberRange range = number_range((*space_)[i]);
      std::vector<std::vector<double>> longer;
      for (const auto& point : all)
        for (const double value : range.all()) {
          longer.push_back(point);
          longer.back().push_back(value);
        }
      all = std::move(longer);
    }
    return all;
  }

  const SearchSpace* space_;
  Random random_;
  SearchFeatures features_;
  std::set<std::vector<double>> tried_;
  std::vector<std::vector<double>> near_;  // the best trials
  double best_ = 0, noise_ = 0;            // what is to be improved on; of one more trial
};

}  // namespace detail

/// Tries points that promise the most, by all trials before: those with the largest expected
/// improvement under a Gaussian process (Jones, Schonlau and Welch, 1998; Snoek, Larochelle and
/// Adams, 2012), less where noise would hide what one more trial says (Huang et al., 2006). It
/// begins with a Latin hypercube.
///
///     const BayesianSearch search{space, {.trials = 40, .seed = 1, .at_once = 2}};
///     const SearchResult result = search.run([&](const Trial& trial) { ...; return loss; });
///
/// A point is tried once. Points are proposed in rounds of `at_once`, whose trials can run on as
/// many threads: more is faster where there are processors, and finds a little less in the same
/// number of trials.
class BayesianSearch : public Search {
 public:
  /// How many trials, from where, and how many at once.
  struct Options {
    int trials = 40;
    std::uint64_t seed = 0;
    int initial = 8;  ///< trials before the first that is proposed by others
    int at_once = 1;  ///< proposals in a round
    int threads = 0;  ///< trials that run at once at most; 0: as many as `ridge::threads()`
  };

  /// @throws ValueError for options outside their domain
  explicit BayesianSearch(const SearchSpace& space) : BayesianSearch(space, Options{}) {}
  BayesianSearch(const SearchSpace& space, Options options) : Search(space, plan(space, options)) {}

 private:
  static detail::SearchPlan plan(const SearchSpace& space, const Options& options) {
    detail::require_trials(options.trials, "BayesianSearch");
    detail::require_threads(options.threads, "BayesianSearch");
    if (options.initial < 1)
      throw ValueError(
          detail::text("BayesianSearch: initial must be at least 1, got ", options.initial));
    if (options.at_once < 1)
      throw ValueError(
          detail::text("BayesianSearch: at_once must be at least 1, got ", options.at_once));
    const int trials =
        space.points() < options.trials ? static_cast<int>(space.points()) : options.trials;
    const auto propose = [=](const std::vector<FinishedTrial>& before) {
      const int done = static_cast<int>(before.size());
      const Random random = Random{options.seed}.split(0);
      std::vector<detail::Proposal> round;
      const auto add = [&](std::vector<std::vector<double>> points) {
        for (auto& point : points)
          if (const int number = done + static_cast<int>(round.size()) + 1; number <= trials)
            round.push_back({std::move(point), number});
      };
      if (done >= trials) return round;
      if (done == 0)
        add(detail::spread_points(space, options.initial, random));
      else
        add(detail::Proposer(space, random.split(static_cast<std::uint64_t>(done)))
                .propose(before, options.at_once));
      return round;
    };
    return {"BayesianSearch",
            {{"initial", std::to_string(options.initial)},
             {"at_once", std::to_string(options.at_once)}},
            options.seed,
            trials,
            0,
            options.threads,
            propose};
  }
};

}  // namespace ridge
