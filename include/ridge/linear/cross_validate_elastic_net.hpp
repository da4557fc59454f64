#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/linear/elastic_net_path.hpp>
#include <ridge/tuning/at_once.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/lambda_path.hpp>
#include <ridge/tuning/resampling.hpp>
#include <ridge/tuning/select_lambda.hpp>

namespace ridge {

/// How a path of lambdas does on samples that it has not seen, and which to take.
class ElasticNetValidation {
 public:
  /// @param path   of all samples
  /// @param errors of the samples held out, for each lambda, from the strongest one on
  ElasticNetValidation(LinearPath path, std::vector<Estimate> errors)
      : path_(std::move(path)), errors_(std::move(errors)) {
    std::vector<double> means, standard_errors;
    for (const Estimate& error : errors_) {
      means.push_back(error.mean);
      standard_errors.push_back(error.standard_error);
    }
    std::vector<double> lambdas = path_.lambdas();
    lambdas.resize(std::min(lambdas.size(), errors_.size()));
    choice_ = select_lambda(lambdas, means, standard_errors);
  }

  const LinearPath& path() const { return path_; }  ///< of all samples
  /// Of the samples held out, for each lambda: the mean over folds and its standard error, which is
  /// that over the samples where there is one fold. Of the weakest lambdas there is none if a fold
  /// has not come to them.
  const std::vector<Estimate>& errors() const { return errors_; }
  /// Which model of the path has the least error; of several the strongest.
  Index min() const { return static_cast<Index>(choice_.min); }
  /// Which is the strongest whose error is within one standard error of the least.
  Index one_se() const { return static_cast<Index>(choice_.one_se); }
  double lambda_min() const { return path_.lambda(min()); }
  double lambda_1se() const { return path_.lambda(one_se()); }

  /// The lambdas, one a line, with a line of names above them: the error, its standard error, the
  /// features of the model of all samples, and in `choice` which is min or 1se.
  std::string csv() const {
    using detail::csv_field;
    std::string table;
    detail::append_csv_line(table, {"lambda", "error", "error_se", "non_zeros", "choice"});
    for (Index i = 0; i < static_cast<Index>(errors_.size()); ++i) {
      const Estimate& error = errors_[static_cast<std::size_t>(i)];
      const std::string choice = std::string(i == min() ? "min" : "") +
                                 (i == min() && i == one_se() ? " " : "") +
                                 (i == one_se() ? "1se" : "");
      detail::append_csv_line(
          table, {csv_field(path_.lambda(i)), csv_field(error.mean),
                  csv_field(error.standard_error), std::to_string(path_.non_zeros(i)), choice});
    }
    return table;
  }

 private:
  LinearPath path_;
  std::vector<Estimate> errors_;
  LambdaChoice choice_{};
};

namespace detail {

/// Some samples, in the order of `indices`.
inline Matrix<double> samples_of(const Matrix<double>& x, const std::vector<Index>& indices) {
  return x(Eigen::all, indices);
}
template <class T>
RowVector<T> samples_of(const RowVector<T>& y, const std::vector<Index>& indices) {
  return y(indices);
}
inline Eigen::SparseMatrix<double> samples_of(const Eigen::SparseMatrix<double>& x,
                                              const std::vector<Index>& indices) {
  Eigen::SparseMatrix<double> part(x.rows(), static_cast<Index>(indices.size()));
  Index count = 0;
  for (const Index n : indices) count += x.col(n).nonZeros();
  part.reserve(count);
  for (Index n = 0; n < part.cols(); ++n) {
    part.startVec(n);
    for (Eigen::SparseMatrix<double>::InnerIterator entry(x, indices[static_cast<std::size_t>(n)]);
         entry; ++entry)
      part.insertBack(entry.index(), n) = entry.value();
  }
  part.finalize();
  return part;
}

/// The weighted mean of squared errors, of deviances or of wrong classes, and its standard error
/// over the samples that have a weight. A probability counts as at least 1e-5 in a deviance, as
/// with cv.glmnet, so that no single sample decides.
template <class T>
FoldValue path_error(const LinearPath& path, const Matrix<double>& outputs, const RowVector<T>& y,
                     const RowVector<double>& weights, PathMeasure measure, int repeat) {
  RowVector<double> errors(y.size());
  if constexpr (!std::is_integral_v<T>) {
    errors = (outputs - y).array().square();
  } else if (measure == PathMeasure::error) {
    errors = (path.classes_of(outputs).array() != y.array()).template cast<double>();
  } else {
    const Matrix<double> probabilities = path.probabilities_of(outputs);
    for (Index n = 0; n < y.size(); ++n)
      errors(n) = -2 * std::log(std::clamp(probabilities(y(n), n), 1e-5, 1 - 1e-5));
  }
  const double total = weights.sum(), mean = errors.dot(weights) / total;
  const double square = ((errors.array() - mean).square() * weights.array()).sum() / total;
  const auto count = static_cast<double>((weights.array() > 0).count());
  return {mean, total, std::sqrt(square / (count - 1)), repeat};
}

/// @throws ValueError for a fold without a class to train with
template <class T>
void require_classes(const std::vector<Fold>& folds, const RowVector<T>& y,
                     const RowVector<double>& weights) {
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const std::vector<Index>& train = folds[k].train;
    for (T label = 0; label <= y.maxCoeff(); ++label)
      if (std::none_of(train.begin(), train.end(),
                       [&](Index n) { return y(n) == label && weights(n) > 0; }))
        throw ValueError(text("cross_validate_elastic_net: fold ", k, " has no sample of class ",
                              label, " to train with; make fewer folds, or stratified ones"));
  }
}

template <class X, class T>
ElasticNetValidation validated_path(const X& x, const RowVector<T>& y,
                                    const std::vector<Fold>& folds,
                                    const ElasticNetOptions& options, PathMeasure measure) {
  if (measure == PathMeasure::error && !std::is_integral_v<T>)
    throw ValueError(
        "cross_validate_elastic_net: numbers have no classes to get wrong; take "
        "PathMeasure::loss, the squared error");
  LinearPath path = elastic_net_path(x, y, options);
  const RowVector<double> weights =
      options.weights.size() > 0 ? options.weights : RowVector<double>::Ones(y.size());
  require_folds("cross_validate_elastic_net", folds, y.size(), weights);
  if constexpr (std::is_integral_v<T>) require_classes(folds, y, weights);
  ElasticNetOptions in_fold = options;
  in_fold.family = path.family();
  in_fold.lambdas = path.lambdas();
  // Where fewer samples can be told apart without an error, coefficients grow without an end.
  in_fold.shortens = true;
  std::vector<std::vector<FoldValue>> values(static_cast<std::size_t>(path.size()),
                                             std::vector<FoldValue>(folds.size()));
  at_once(static_cast<int>(folds.size()), [&](int number) {
    const auto k = static_cast<std::size_t>(number);
    const Fold& fold = folds[k];
    ElasticNetOptions own = in_fold;
    own.weights = samples_of(weights, fold.train);
    const LinearPath trained =
        elastic_net_path(samples_of(x, fold.train), samples_of(y, fold.train), own);
    const X held_out = samples_of(x, fold.test);
    const RowVector<T> targets = samples_of(y, fold.test);
    const RowVector<double> test_weights = samples_of(weights, fold.test);
    for (Index i = 0; i < trained.size(); ++i)
      values[static_cast<std::size_t>(i)][k] = path_error<T>(
          trained, trained.predict(i, held_out), targets, test_weights, measure, fold.repeat);
  });
  std::vector<Estimate> errors;
  for (const auto& of_lambda : values) {
    if (std::any_of(of_lambda.begin(), of_lambda.end(),
                    [](const FoldValue& value) { return value.weight == 0; }))
      break;  // a fold's path was shorter
    errors.push_back(estimate(of_lambda));
  }
  return {std::move(path), std::move(errors)};
}

}  // namespace detail

/// Cross-validates an elastic net's path as glmnet's `cv.glmnet` does, with the lambdas of the path
/// of all samples in each fold, as far as each of them comes (`ElasticNetOptions::shortens`).
/// Features are standardized by each fold's training samples alone.
///
/// Folds are fitted at once, on as many threads as `threads()` says; results do not depend on it.
/// @param x     features x samples, dense or sparse
/// @param y     a row, a number or an integer label for each sample
/// @param folds of samples: `KFold{}.split(data)`, or `GivenFolds{numbers}.split(samples)`
/// @param measure `PathMeasure::loss`: the mean squared error, or the deviance (twice the
///              cross-entropy); `PathMeasure::error`: the share of wrong classes
/// @throws as `elastic_net_path`, and ValueError for folds that have no sample, or none of a class,
///         to train with
template <class X, class Y>
ElasticNetValidation cross_validate_elastic_net(const Eigen::EigenBase<X>& x,
                                                const Eigen::MatrixBase<Y>& y,
                                                const std::vector<Fold>& folds,
                                                const ElasticNetOptions& options = {},
                                                PathMeasure measure = PathMeasure::loss) {
  using Inputs = std::conditional_t<std::is_base_of_v<Eigen::SparseMatrixBase<X>, X>,
                                    Eigen::SparseMatrix<double>, Matrix<double>>;
  options.validate();
  detail::require_samples(x.rows(), x.cols(), y.rows(), y.cols());
  const auto targets = detail::targets_of(y);
  if constexpr (std::is_same_v<X, Inputs>)
    return detail::validated_path(x.derived(), targets, folds, options, measure);
  else
    return detail::validated_path(Inputs(x.derived().template cast<double>()), targets, folds,
                                  options, measure);
}

/// The same with a dataset, by its scale and its sample weights, and KFold, HoldOut or GivenFolds.
/// @throws as above
template <class Input, class Target, class Resampling>
ElasticNetValidation cross_validate_elastic_net(const Dataset<Input, Target>& data,
                                                const Resampling& resampling,
                                                const ElasticNetOptions& options = {},
                                                PathMeasure measure = PathMeasure::loss) {
  return cross_validate_elastic_net(detail::inputs_of(data), data.targets(), resampling.split(data),
                                    detail::with_weights_of(data, options), measure);
}

}  // namespace ridge
