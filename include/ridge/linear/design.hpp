#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/SparseCore>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/linear/check_data.hpp>

// Features as coordinate descent wants them: samples x features, so that a feature is contiguous,
// divided by their scales. A feature that never varies is left out: its column is 0.
namespace ridge::detail {

/// What the columns of a design were: x = center + scale * column.
struct Scaling {
  Vector<double> mean;  // weighted
  Vector<double> center, scale;
  std::vector<char> varies;

  explicit Scaling(Index features)
      : mean(Vector<double>::Zero(features)),
        center(Vector<double>::Zero(features)),
        scale(Vector<double>::Ones(features)),
        varies(static_cast<std::size_t>(features), 1) {}
  bool left_out(Index j) const { return varies[static_cast<std::size_t>(j)] == 0; }
  void leave_out(Index j) { varies[static_cast<std::size_t>(j)] = 0; }
};

/// @throws ValueError for a variance that squares have made 0 or infinite
inline double checked_deviation(double variance, Index feature) {
  if (!(variance > 0 && std::isfinite(variance)))
    throw ValueError(text("elastic_net_path: feature ", feature,
                          " varies, but the square of by how much is ", variance,
                          " in double precision; multiply it by a constant"));
  return std::sqrt(variance);
}

/// Dense features, centred by their weighted means where there is an intercept.
class DenseDesign {
 public:
  static constexpr bool is_sparse = false;

  /// @param x features x samples
  /// @param weights of the samples, that add up to 1
  DenseDesign(const Matrix<double>& x, const Vector<double>& weights, bool centre, bool standardize)
      : scaling_(x.rows()), columns_(x.transpose()) {
    for (Index j = 0; j < columns_.cols(); ++j) {
      auto column = columns_.col(j);
      double mean = column.dot(weights);
      mean += (column.array() - mean).matrix().dot(weights);
      const double variance = ((column.array() - mean).square() * weights.array()).sum();
      if (is_constant(column, weights)) {
        scaling_.leave_out(j);
        column.setZero();
        continue;
      }
      const double scale = standardize ? checked_deviation(variance, j) : 1.0;
      scaling_.scale(j) = scale;
      scaling_.mean(j) = mean;
      if (centre) {
        scaling_.center(j) = mean;
        column.array() -= mean;
      }
      column /= scale;
    }
  }

  Index samples() const { return columns_.rows(); }
  Index features() const { return columns_.cols(); }
  const Scaling& scaling() const { return scaling_; }
  const Matrix<double>& columns() const { return columns_; }

  /// Multiplies samples by the roots of weights, which sums of squares then need no more.
  void absorb(const Vector<double>& weights) {
    columns_.array().colwise() *= weights.array().sqrt();
  }

  double dot(Index j, const Vector<double>& z) const { return columns_.col(j).dot(z); }
  double square(Index j) const { return columns_.col(j).squaredNorm(); }
  /// Sum of weight * (column - mean)^2.
  double moment(Index j, const Vector<double>& weights, double mean, double) const {
    return (weights.array() * (columns_.col(j).array() - mean).square()).sum();
  }
  void add(Index j, double factor, Vector<double>& z) const { z += factor * columns_.col(j); }
  void add(Index j, double factor, const Vector<double>& weights, Vector<double>& z) const {
    z.array() += factor * weights.array() * columns_.col(j).array();
  }

 private:
  static bool is_constant(const Eigen::Ref<const Vector<double>>& column,
                          const Vector<double>& weights) {
    Index first = 0;
    while (weights(first) == 0) ++first;
    for (Index n = first; n < column.size(); ++n)
      if (weights(n) > 0 && column(n) != column(first)) return false;
    return true;
  }

  Scaling scaling_;
  Matrix<double> columns_;
};

/// Sparse features, never centred, so that zeros stay zeros: the descent does so implicitly.
class SparseDesign {
 public:
  static constexpr bool is_sparse = true;
  using Columns = Eigen::SparseMatrix<double>;

  /// @param columns samples x features, compressed
  SparseDesign(Columns columns, const Vector<double>& weights, bool /*centre*/, bool standardize)
      : scaling_(columns.cols()) {
    columns_.swap(columns);  // Eigen 3.4's sparse matrices cannot be moved
    const double total = weights.sum();
    for (Index j = 0; j < columns_.cols(); ++j) {
      const double mean = dot(j, weights);
      const bool left_out = is_constant(j, weights);
      double scale = 1;
      if (left_out) {
        scaling_.leave_out(j);
      } else {
        if (standardize) scale = checked_deviation(moment(j, weights, mean, total), j);
        scaling_.scale(j) = scale;
        scaling_.mean(j) = mean;
      }
      for (Columns::InnerIterator entry(columns_, j); entry; ++entry)
        entry.valueRef() = left_out ? 0 : entry.value() / scale;
    }
  }

  Index samples() const { return columns_.rows(); }
  Index features() const { return columns_.cols(); }
  const Scaling& scaling() const { return scaling_; }
  const Columns& columns() const { return columns_; }

  double dot(Index j, const Vector<double>& z) const {
    double sum = 0;
    for (Columns::InnerIterator entry(columns_, j); entry; ++entry)
      sum += entry.value() * z(entry.index());
    return sum;
  }
  double moment(Index j, const Vector<double>& weights, double mean, double total) const {
    double sum = 0, rest = total;
    for (Columns::InnerIterator entry(columns_, j); entry; ++entry) {
      const double weight = weights(entry.index()), apart = entry.value() - mean;
      sum += weight * apart * apart;
      rest -= weight;
    }
    return sum + std::max(rest, 0.0) * mean * mean;
  }
  double square(Index j) const { return columns_.col(j).squaredNorm(); }
  void add(Index j, double factor, Vector<double>& z) const {
    for (Columns::InnerIterator entry(columns_, j); entry; ++entry)
      z(entry.index()) += factor * entry.value();
  }
  void add(Index j, double factor, const Vector<double>& weights, Vector<double>& z) const {
    for (Columns::InnerIterator entry(columns_, j); entry; ++entry)
      z(entry.index()) += factor * weights(entry.index()) * entry.value();
  }

 private:
  bool is_constant(Index j, const Vector<double>& weights) const {
    Index stored = 0;
    double value = 0;
    for (Columns::InnerIterator entry(columns_, j); entry; ++entry) {
      if (weights(entry.index()) == 0) continue;
      if (stored++ == 0) value = entry.value();
      if (entry.value() != value) return false;
    }
    return stored == 0 || value == 0 || stored == (weights.array() > 0).count();
  }

  Scaling scaling_;
  Columns columns_;
};

/// Sparse features of any storage order, features x samples, as a design's columns.
/// @throws ValueError for a stored number that is NaN or infinite
template <class X>
SparseDesign::Columns sparse_columns(std::string_view who, const Eigen::SparseMatrixBase<X>& x) {
  SparseDesign::Columns columns = x.derived().template cast<double>().transpose();
  columns.makeCompressed();
  for (Index j = 0; j < columns.cols(); ++j)
    for (SparseDesign::Columns::InnerIterator entry(columns, j); entry; ++entry)
      if (!std::isfinite(entry.value()))
        throw ValueError(text(who, ": sample ", entry.index(), " has ", entry.value(),
                              " as its feature ", j, "; mend it, or leave the sample out"));
  return columns;
}

}  // namespace ridge::detail
