#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/select_lambda.hpp>

namespace ridge {

/// What one lambda came to, the mean over the folds; NaN where its training diverged.
struct PathPoint {
  double lambda = 0;
  Estimate train_loss, validation_loss;                   ///< of the data, without penalties
  std::optional<Estimate> train_error, validation_error;  ///< share of wrong classes, if there are
  double weight_norm = 0;                                 ///< Euclidean, of all weights
  double zeros = 0;                                       ///< share of weights that are exactly 0
};

/// What the best lambda is the best by.
enum class PathMeasure {
  loss,  ///< of the validation
  error  ///< share of wrong classes, else the loss
};

/// How networks trained with several strengths do, and which of these to take.
class LambdaPath {
 public:
  /// @param points the strongest lambda first
  /// @throws ValueError if none has come to anything
  LambdaPath(std::vector<PathPoint> points, PathMeasure choose_by, bool interrupted)
      : points_(std::move(points)), interrupted_(interrupted) {
    std::vector<double> lambdas, means, errors;
    for (const PathPoint& point : points_) {
      const bool by_error = choose_by == PathMeasure::error && point.validation_error;
      const Estimate& estimate = by_error ? *point.validation_error : point.validation_loss;
      lambdas.push_back(point.lambda);
      means.push_back(estimate.mean);
      errors.push_back(estimate.standard_error);
    }
    chosen_ = select_lambda(lambdas, means, errors);
  }

  const std::vector<PathPoint>& points() const { return points_; }  ///< the strongest lambda first
  const PathPoint& min() const { return points_[chosen_.min]; }     ///< of the least mean
  /// The strongest lambda whose mean is within one standard error of the least.
  const PathPoint& one_se() const { return points_[chosen_.one_se]; }
  double lambda_min() const { return min().lambda; }
  double lambda_1se() const { return one_se().lambda; }
  bool interrupted() const { return interrupted_; }  ///< by a signal, so it is not all

  /// The points, one a line, with a line of names above them; `choice` says which is min or 1se.
  std::string csv() const {
    std::ostringstream out;
    out.precision(17);
    out << "lambda,train_loss,train_loss_se,validation_loss,validation_loss_se,train_error,"
           "train_error_se,validation_error,validation_error_se,weight_norm,zeros,choice\n";
    const auto put = [&](const std::optional<Estimate>& e) {
      if (e)
        out << e->mean << ',' << e->standard_error << ',';
      else
        out << ",,";
    };
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const PathPoint& p = points_[i];
      out << p.lambda << ',';
      put(p.train_loss);
      put(p.validation_loss);
      put(p.train_error);
      put(p.validation_error);
      out << p.weight_norm << ',' << p.zeros << ',' << (i == chosen_.min ? "min" : "")
          << (i == chosen_.min && i == chosen_.one_se ? " " : "")
          << (i == chosen_.one_se ? "1se" : "") << '\n';
    }
    return out.str();
  }

 private:
  std::vector<PathPoint> points_;
  LambdaChoice chosen_{};
  bool interrupted_;
};

namespace detail {

/// What one lambda came to in one fold.
struct FoldPoint {
  FoldValue train_loss, train_error, validation_loss, validation_error;
  double norm, zeros;

  /// Of a training that diverged.
  static FoldPoint none(int repeat) {
    const FoldValue nothing{NAN, 1, NAN, repeat};
    return {nothing, nothing, nothing, nothing, NAN, NAN};
  }
};

/// The means over folds, each with a point for every lambda. Of an interrupted run count the folds
/// that are through; if there is none, the lambdas that all have done that have begun.
/// @throws ValueError if there is no such lambda
inline LambdaPath lambda_path(const std::vector<double>& lambdas,
                              std::vector<std::vector<FoldPoint>> folds, bool has_classes,
                              PathMeasure choose_by, bool interrupted) {
  std::erase_if(folds, [](const auto& fold) { return fold.empty(); });
  if (folds.empty()) throw ValueError("penalty_path: interrupted before a lambda was done");
  const auto shorter = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  std::size_t through = std::max_element(folds.begin(), folds.end(), shorter)->size();
  if (through < lambdas.size())
    through = std::min_element(folds.begin(), folds.end(), shorter)->size();
  std::erase_if(folds, [&](const auto& fold) { return fold.size() < through; });

  std::vector<PathPoint> points;
  for (std::size_t i = 0; i < through; ++i) {
    const auto mean = [&](FoldValue FoldPoint::*what) {
      std::vector<FoldValue> each;
      for (const auto& fold : folds) each.push_back(fold[i].*what);
      return estimate(each);
    };
    PathPoint point{
        lambdas[i], mean(&FoldPoint::train_loss), mean(&FoldPoint::validation_loss), {}, {}, 0, 0};
    if (has_classes) {
      point.train_error = mean(&FoldPoint::train_error);
      point.validation_error = mean(&FoldPoint::validation_error);
    }
    for (const auto& fold : folds) {
      point.weight_norm += fold[i].norm / static_cast<double>(folds.size());
      point.zeros += fold[i].zeros / static_cast<double>(folds.size());
    }
    points.push_back(point);
  }
  return {std::move(points), choose_by, interrupted};
}

}  // namespace detail
}  // namespace ridge
