#pragma once

#include <algorithm>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <Eigen/SparseCore>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/linear/check_data.hpp>
#include <ridge/linear/design.hpp>
#include <ridge/linear/elastic_net_options.hpp>
#include <ridge/linear/gaussian_problem.hpp>
#include <ridge/linear/linear_path.hpp>
#include <ridge/linear/logistic_problem.hpp>
#include <ridge/linear/path_fit.hpp>

namespace ridge {
namespace detail {

inline void require_samples(Index features, Index samples, Index targets, Index targeted) {
  if (targets != 1)
    throw ShapeError(text("elastic_net_path: expected one target a sample, a row of them, got ",
                          targets, " rows; fit several one after the other"));
  if (samples != targeted)
    throw ShapeError(text("elastic_net_path: ", samples, " samples, but ", targeted,
                          " targets; both are one sample a column"));
  if (features == 0 || samples == 0)
    throw ValueError(text("elastic_net_path: there must be features and samples, got ", features,
                          " and ", samples));
}

template <class Design, class Columns>
LinearPath numbers_path(Columns&& columns, const RowVector<double>& y,
                        const ElasticNetOptions& options) {
  if (options.family != Family::automatic && options.family != Family::gaussian)
    throw ValueError(
        "elastic_net_path: targets that are numbers are of the gaussian family; give "
        "classes as integers, a RowVector<int> of labels");
  require_finite("elastic_net_path", "target", y);
  const Vector<double> weights = normalized_weights("elastic_net_path", options.weights, y.size());
  GaussianProblem<Design> problem(
      Design(std::forward<Columns>(columns), weights, options.intercept, options.standardize),
      weights, y.transpose(), options.intercept);
  return PathFit(problem, options, y.size()).run();
}

template <class Design, class Columns>
LinearPath classes_path(Columns&& columns, const RowVector<int>& labels,
                        const ElasticNetOptions& options) {
  constexpr std::string_view who = "elastic_net_path";
  const Vector<double> weights = normalized_weights(who, options.weights, labels.size());
  Index classes = 2;
  for (Index n = 0; n < labels.size(); ++n) {
    if (labels(n) < 0 || labels(n) == std::numeric_limits<int>::max())
      throw ValueError(text(who, ": labels must be 0, 1, ..., got ", labels(n), " for sample ", n));
    classes = std::max<Index>(classes, labels(n) + 1);
  }
  if (classes > labels.size() + 1)
    throw ValueError(text(who, ": a label is ", classes - 1, ", but there are only ", labels.size(),
                          " samples; labels must be 0, 1, ..."));
  Vector<double> shares = Vector<double>::Zero(classes);
  for (Index n = 0; n < labels.size(); ++n) shares(labels(n)) += weights(n);
  for (Index c = 0; c < classes; ++c)
    if (shares(c) == 0)
      throw ValueError(text(who, ": class ", c,
                            " has no sample, or none of a weight above 0, so "
                            "nothing can be learned of it",
                            c == 0 ? "; labels start at 0" : ""));
  if (options.family == Family::gaussian)
    throw ValueError(
        "elastic_net_path: integers are labels of classes, and those of the gaussian "
        "family are numbers; give a RowVector<double>");
  if (options.family == Family::binomial && classes > 2)
    throw ValueError(text(who, ": the binomial family has two classes, got ", classes));
  const bool binomial =
      options.family == Family::automatic ? classes == 2 : options.family == Family::binomial;
  LogisticProblem<Design> problem(
      Design(std::forward<Columns>(columns), weights, options.intercept, options.standardize),
      weights, labels, binomial ? 1 : classes, options.intercept, options.alpha);
  return PathFit(problem, options, labels.size()).run();
}

/// Numbers as doubles, labels as int.
/// @throws ValueError for a label that no int can be
template <class Y>
auto targets_of(const Eigen::MatrixBase<Y>& y) {
  using Scalar = typename Y::Scalar;
  if constexpr (!std::is_integral_v<Scalar>) {
    return RowVector<double>(y.template cast<double>());
  } else {
    const RowVector<Scalar> given = y;
    if constexpr (sizeof(Scalar) >= sizeof(int))
      for (Index n = 0; n < given.size(); ++n)
        if (!std::in_range<int>(given(n)))
          throw ValueError(text("elastic_net_path: labels must be 0, 1, ..., got ", given(n),
                                " for sample ", n));
    return RowVector<int>(given.template cast<int>());
  }
}

template <class Data>
Matrix<double> inputs_of(const Data& data) {
  return data.inputs().template cast<double>() * data.scale();
}

/// The options with the dataset's sample weights.
template <class Data>
ElasticNetOptions with_weights_of(const Data& data, ElasticNetOptions options) {
  if (data.weights().size() == 0) return options;
  if (options.weights.size() > 0)
    throw ValueError(
        "elastic_net_path: the dataset has weights, and so have the options; give "
        "one of both");
  options.weights = data.weights();
  return options;
}

/// x in the design's storage: dense as it is given, sparse as columns.
template <class X>
decltype(auto) checked_features(const X& x) {
  if constexpr (std::is_base_of_v<Eigen::SparseMatrixBase<X>, X>) {
    return sparse_columns("elastic_net_path", x);
  } else if constexpr (std::is_same_v<X, Matrix<double>>) {
    require_finite("elastic_net_path", "feature", x);
    return (x);
  } else {
    Matrix<double> converted = x.template cast<double>();
    require_finite("elastic_net_path", "feature", converted);
    return converted;
  }
}

}  // namespace detail

/// Linear models with an elastic net penalty along a path of lambdas, by coordinate descent: what
/// glmnet fits (Friedman, Hastie and Tibshirani, 2010).
///
/// In the multinomial family a feature has a coefficient for each class, of which the penalty makes
/// one solution out of many; intercepts have a mean of 0.
/// @param x features x samples, dense or sparse; sparse ones stay so
/// @param y a row, a number or an integer label 0, 1, ... for each sample
/// @throws ShapeError if sizes disagree; ValueError for what is empty, NaN, infinite or an option
///         outside its domain, and for a class without samples; Error if a lambda takes more than
///         `max_passes`
template <class X, class Y>
LinearPath elastic_net_path(const Eigen::EigenBase<X>& x, const Eigen::MatrixBase<Y>& y,
                            const ElasticNetOptions& options = {}) {
  using Design = std::conditional_t<std::is_base_of_v<Eigen::SparseMatrixBase<X>, X>,
                                    detail::SparseDesign, detail::DenseDesign>;
  options.validate();
  detail::require_samples(x.rows(), x.cols(), y.rows(), y.cols());
  decltype(auto) features = detail::checked_features(x.derived());
  if constexpr (std::is_integral_v<typename Y::Scalar>)
    return detail::classes_path<Design>(std::move(features), detail::targets_of(y), options);
  else
    return detail::numbers_path<Design>(std::move(features), detail::targets_of(y), options);
}

/// Of a dataset, with its scale and its sample weights.
/// @throws as above
template <class Input, class Target>
LinearPath elastic_net_path(const Dataset<Input, Target>& data,
                            const ElasticNetOptions& options = {}) {
  return elastic_net_path(detail::inputs_of(data), data.targets(),
                          detail::with_weights_of(data, options));
}

}  // namespace ridge
