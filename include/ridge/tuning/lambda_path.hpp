#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/csv.hpp>
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
  double epochs = 0;                                      ///< of its training
};

/// What the best lambda is the best by.
enum class PathMeasure {
  loss,  ///< of the validation
  error  ///< share of wrong classes, of samples that have some
};

/// How networks trained with several strengths do, and which of these to take.
class LambdaPath {
 public:
  /// @param points the strongest lambda first
  /// @throws ValueError if none has come to anything, or there are no errors to choose by
  LambdaPath(std::vector<PathPoint> points, PathMeasure choose_by, bool interrupted)
      : points_(std::move(points)), interrupted_(interrupted) {
    std::vector<double> lambdas, means, errors;
    for (const PathPoint& point : points_) {
      if (choose_by == PathMeasure::error && !point.validation_error)
        throw ValueError(
            "PathMeasure::error: only samples with classes have an error; choose by the loss");
      const bool by_error = choose_by == PathMeasure::error;
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
  /// A sentence if the best lambda is the first or the last of several: then one beyond may be
  /// better. Else empty.
  std::string edge_warning() const {
    const bool strongest = chosen_.min == 0, weakest = chosen_.min + 1 == points_.size();
    if (strongest == weakest || lambda_min() == 0) return "";  // none is weaker than 0
    char lambda[32];
    std::snprintf(lambda, sizeof lambda, "%.4g", lambda_min());
    return detail::text("The best lambda, ", lambda, ", is the ",
                        strongest ? "strongest" : "weakest", " that was tried: a ",
                        strongest ? "stronger" : "weaker", " one may be better.");
  }
  bool interrupted() const { return interrupted_; }  ///< by a signal, so it may not be all

  /// The points, one a line, with a line of names above them; `choice` says which is min or 1se.
  std::string csv() const {
    using detail::csv_field;
    std::string table =
        "lambda,train_loss,train_loss_se,validation_loss,validation_loss_se,train_error,"
        "train_error_se,validation_error,validation_error_se,weight_norm,zeros,epochs,choice\n";
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const PathPoint& p = points_[i];
      std::vector<std::string> fields{csv_field(p.lambda)};
      for (const std::optional<Estimate>& e :
           {std::optional(p.train_loss), std::optional(p.validation_loss), p.train_error,
            p.validation_error}) {
        fields.push_back(e ? csv_field(e->mean) : "");
        fields.push_back(e ? csv_field(e->standard_error) : "");
      }
      fields.push_back(csv_field(p.weight_norm));
      fields.push_back(csv_field(p.zeros));
      fields.push_back(csv_field(p.epochs));
      const bool min = i == chosen_.min, one_se = i == chosen_.one_se;
      fields.emplace_back(min && one_se ? "min 1se" : min ? "min" : one_se ? "1se" : "");
      detail::append_csv_line(table, fields);
    }
    return table;
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
  double norm, zeros, epochs;

  /// Of a training that diverged.
  static FoldPoint none(int repeat) {
    const FoldValue nothing{NAN, 1, NAN, repeat};
    return {nothing, nothing, nothing, nothing, NAN, NAN, NAN};
  }
};

/// Of an interrupted run's folds keeps those that are through with all lambdas; if there is none,
/// of those that have done a lambda what all of them have done.
inline void keep_comparable(std::vector<std::vector<FoldPoint>>& folds, std::size_t lambdas) {
  std::erase_if(folds, [](const auto& fold) { return fold.empty(); });
  std::size_t most = 0, least = lambdas;
  for (const auto& fold : folds) {
    most = std::max(most, fold.size());
    least = std::min(least, fold.size());
  }
  const std::size_t kept = most == lambdas ? most : least;
  std::erase_if(folds, [&](const auto& fold) { return fold.size() < kept; });
  for (auto& fold : folds) fold.erase(fold.begin() + static_cast<std::ptrdiff_t>(kept), fold.end());
}

/// Whether all folds, which have done as many lambdas as each other, have come to something for one
/// of them.
inline bool any_finite(const std::vector<std::vector<FoldPoint>>& folds) {
  for (std::size_t i = 0; !folds.empty() && i < folds.front().size(); ++i)
    if (std::all_of(folds.begin(), folds.end(), [&](const auto& fold) {
          const FoldValue& loss = fold[i].validation_loss;
          return loss.weight == 0 || std::isfinite(loss.value);
        }))
      return true;
  return false;
}

/// The means over folds, at least one, which have done as many lambdas as each other.
inline LambdaPath lambda_path(const std::vector<double>& lambdas,
                              const std::vector<std::vector<FoldPoint>>& folds, bool has_classes,
                              PathMeasure choose_by, bool interrupted) {
  std::vector<PathPoint> points;
  for (std::size_t i = 0; i < folds.front().size(); ++i) {
    const auto mean = [&](FoldValue FoldPoint::*what) {
      std::vector<FoldValue> each;
      each.reserve(folds.size());
      for (const auto& fold : folds) each.push_back(fold[i].*what);
      return estimate(each);
    };
    PathPoint point{
        lambdas[i], mean(&FoldPoint::train_loss), mean(&FoldPoint::validation_loss), {}, {}, 0, 0,
        0};
    if (has_classes) {
      point.train_error = mean(&FoldPoint::train_error);
      point.validation_error = mean(&FoldPoint::validation_error);
    }
    for (const auto& fold : folds) {
      point.weight_norm += fold[i].norm / static_cast<double>(folds.size());
      point.zeros += fold[i].zeros / static_cast<double>(folds.size());
      point.epochs += fold[i].epochs / static_cast<double>(folds.size());
    }
    points.push_back(point);
  }
  return {std::move(points), choose_by, interrupted};
}

}  // namespace detail
}  // namespace ridge
