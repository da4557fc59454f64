#pragma once

#include <algorithm>
#include <concepts>
#include <utility>

#include <Eigen/SparseCore>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/linear/check_data.hpp>
#include <ridge/linear/design.hpp>
#include <ridge/linear/gaussian_problem.hpp>
#include <ridge/linear/linear_path.hpp>
#include <ridge/linear/path.hpp>
#include <ridge/linear/path_options.hpp>

namespace ridge {
namespace detail {

inline void require_samples(Index features, Index samples, Index targets) {
  if (samples != targets)
    throw ShapeError(text("elastic_net_path: ", samples, " samples, but ", targets,
                          " targets; both are one sample a column"));
  if (features == 0 || samples == 0)
    throw ValueError(text("elastic_net_path: there must be features and samples, got ", features,
                          " and ", samples));
}

template <class Design, class Columns>
LinearPath numbers_path(Columns&& columns, const RowVector<double>& y, const PathOptions& options) {
  const Vector<double> weights = normalized_weights("elastic_net_path", options.weights, y.size());
  GaussianProblem<Design> problem(
      Design(std::forward<Columns>(columns), weights, options.intercept, options.standardize),
      weights, y.transpose(), options.intercept);
  return PathFit(problem, options, y.size()).run();
}

inline Family family_of_numbers(Family family) {
  if (family != Family::automatic && family != Family::gaussian)
    throw ValueError(
        "elastic_net_path: targets that are numbers are of the gaussian family; give "
        "classes as integers, a RowVector<int> of labels");
  return Family::gaussian;
}

template <class Data>
Matrix<double> inputs_of(const Data& data) {
  return data.inputs().template cast<double>() * data.scale();
}

/// The options with the dataset's sample weights.
template <class Data>
PathOptions with_weights_of(const Data& data, PathOptions options) {
  if (data.weights().size() == 0) return options;
  if (options.weights.size() > 0)
    throw ValueError(
        "elastic_net_path: the dataset has weights, and so have the options; give "
        "one of both");
  options.weights = data.weights();
  return options;
}

}  // namespace detail

/// Linear models of numbers with an elastic net penalty along a path of lambdas, by coordinate
/// descent: what glmnet fits (Friedman, Hastie and Tibshirani, 2010).
/// @param x features x samples
/// @param y a number for each sample
/// @throws ShapeError if sizes disagree, ValueError for what is empty, NaN, infinite or an option
///         outside its domain, Error if a lambda takes more than `max_passes`
inline LinearPath elastic_net_path(const Matrix<double>& x, const RowVector<double>& y,
                                   const PathOptions& options = {}) {
  options.validate();
  detail::family_of_numbers(options.family);
  detail::require_samples(x.rows(), x.cols(), y.size());
  detail::require_finite("elastic_net_path", "feature", x);
  detail::require_finite("elastic_net_path", "target", y);
  return detail::numbers_path<detail::DenseDesign>(x, y, options);
}

/// The same with sparse features, which stay so.
template <class X>
LinearPath elastic_net_path(const Eigen::SparseMatrixBase<X>& x, const RowVector<double>& y,
                            const PathOptions& options = {}) {
  options.validate();
  detail::family_of_numbers(options.family);
  detail::require_samples(x.rows(), x.cols(), y.size());
  detail::require_finite("elastic_net_path", "target", y);
  return detail::numbers_path<detail::SparseDesign>(detail::sparse_columns("elastic_net_path", x),
                                                    y, options);
}

/// Of a dataset, with its scale and its sample weights.
/// @throws ShapeError for several targets a sample, and as above
template <class Input, std::floating_point Target>
LinearPath elastic_net_path(const Dataset<Input, Target>& data, const PathOptions& options = {}) {
  if (data.targets().rows() != 1)
    throw ShapeError(detail::text("elastic_net_path: expected one target a sample, got ",
                                  data.targets().rows(), "; fit one after the other"));
  return elastic_net_path(detail::inputs_of(data),
                          RowVector<double>(data.targets().row(0).template cast<double>()),
                          detail::with_weights_of(data, options));
}

}  // namespace ridge
