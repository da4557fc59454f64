#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/linear/check_data.hpp>
#include <ridge/linear/thin_svd.hpp>

namespace ridge {

/// What `RidgeRegression` fits beside the weights, and how samples count.
struct RidgeRegressionOptions {
  bool intercept = true;        ///< not penalized
  RowVector<double> weights{};  ///< of samples; empty: each counts the same
};

/// Ridge regression (Hoerl and Kennard, 1970), solved exactly for as many lambdas as one likes at
/// the cost of one singular value decomposition.
///
/// It minimizes sum_i w_i |y_i - W x_i - b|^2 / (2 sum_i w_i) + lambda/2 |W|^2: with
/// `MeanSquaredError`, which does not halve, and one target that is `L2{2 * lambda}`. Features may
/// be collinear and outnumber the samples; lambda = 0 is the least squares solution of least norm.
class RidgeRegression {
 public:
  /// @param x features x samples
  /// @param y targets x samples
  /// @throws ShapeError if sizes disagree, ValueError for what is empty, NaN or infinite, and for a
  ///         feature that varies so little beside another one that it would be lost in rounding
  RidgeRegression(const Matrix<double>& x, const Matrix<double>& y,
                  const RidgeRegressionOptions& options = {})
      : intercept_(options.intercept) {
    if (x.cols() != y.cols())
      throw ShapeError(detail::text("RidgeRegression: ", x.cols(), " samples, but targets of ",
                                    y.cols(), "; both are one sample a column"));
    if (x.size() == 0 || y.size() == 0)
      throw ValueError(
          detail::text("RidgeRegression: there must be features, targets and samples, "
                       "got ",
                       x.rows(), ", ", y.rows(), " and ", x.cols()));
    detail::require_finite("RidgeRegression", "feature", x);
    detail::require_finite("RidgeRegression", "target", y);
    weights_ = detail::normalized_weights("RidgeRegression", options.weights, x.cols());
    x_mean_ = Vector<double>::Zero(x.rows());
    y_mean_ = Vector<double>::Zero(y.rows());
    if (intercept_) {
      // Twice: the second takes out what the first one's rounding left of a large mean.
      x_mean_ = x * weights_;
      x_mean_ += (x.colwise() - x_mean_) * weights_;
      y_mean_ = y * weights_;
      y_mean_ += (y.colwise() - y_mean_) * weights_;
    }
    const Vector<double> root = weights_.cwiseSqrt();
    const Matrix<double> centred = (x.colwise() - x_mean_).transpose();
    base_ = (y.colwise() - y_mean_).transpose();
    const Matrix<double> weighted = root.asDiagonal() * centred;
    detail::ThinSvd svd = detail::thin_svd(weighted);
    require_one_scale(weighted, svd.d);
    d_ = std::move(svd.d);
    v_ = std::move(svd.v);
    projected_ = svd.u.transpose() * (root.asDiagonal() * base_);
    rows_ = std::move(svd.u);
    for (Index n = 0; n < rows_.rows(); ++n)
      if (root(n) > 0)
        rows_.row(n) /= root(n);
      else
        rows_.row(n) = (centred.row(n) * v_).cwiseQuotient(d_.transpose());
    base_.noalias() -= rows_ * projected_;
    free_ = 1 - weights_.array() * rows_.rowwise().squaredNorm().array();
    if (intercept_) free_ -= weights_.array();
    // A fit through a sample whatever its target is leaves nothing but rounding, which is to be
    // divided by the same: zero is what it is.
    const bool interpolates = d_.size() + (intercept_ ? 1 : 0) >= (weights_.array() > 0).count();
    for (Index n = 0; n < free_.size(); ++n)
      if (weights_(n) > 0 && (interpolates || free_(n) < 1e-13)) {
        free_(n) = 0;
        base_.row(n).setZero();
      }
  }

  /// Of a dataset of numbers, with its scale and its sample weights.
  template <class Input, std::floating_point Target>
  explicit RidgeRegression(const Dataset<Input, Target>& data, bool intercept = true)
      : RidgeRegression(data.inputs().template cast<double>() * data.scale(),
                        data.targets().template cast<double>(), {intercept, data.weights()}) {}

  /// Labels of classes are no numbers: a sentence from the compiler.
  template <class Input, std::integral Target, class... More>
  explicit RidgeRegression(const Dataset<Input, Target>&, const More&...) {
    refuse_labels<Target>();
  }
  template <class Y, class... More>
  requires std::integral<typename Y::Scalar> RidgeRegression(const Matrix<double>&,
                                                             const Eigen::MatrixBase<Y>&,
                                                             const More&...) {
    refuse_labels<typename Y::Scalar>();
  }

  /// @name lambda from other systems' numbers, for `total` = the sum of the sample weights, which
  /// is the number of samples where there are none
  /// @throws ValueError for a number outside its domain
  /// @{
  /// sklearn.linear_model.Ridge(alpha), which minimizes sum w_i |y_i - W x_i - b|^2 + alpha |W|^2:
  /// alpha / total.
  static double lambda_from_sklearn(double alpha, double total) {
    detail::require_non_negative(alpha, "RidgeRegression::lambda_from_sklearn: alpha");
    if (!(total > 0 && std::isfinite(total)))
      throw ValueError(detail::text(
          "RidgeRegression::lambda_from_sklearn: the total weight must be above 0, got ", total));
    return alpha / total;
  }
  /// glmnet(family = "gaussian", alpha = 0, lambda), on features as they are given here: lambda
  /// divided by the targets' standard deviation (by n).
  static double lambda_from_glmnet(double lambda, double target_deviation) {
    detail::require_non_negative(lambda, "RidgeRegression::lambda_from_glmnet: lambda");
    if (!(target_deviation > 0 && std::isfinite(target_deviation)))
      throw ValueError(detail::text(
          "RidgeRegression::lambda_from_glmnet: target_deviation must be above 0, got ",
          target_deviation));
    return lambda / target_deviation;
  }
  /// @}

  /// The model for one lambda, as a layer: W is targets x features.
  /// @throws ValueError if lambda is negative, infinite or NaN
  Linear<double> fit(double lambda) const {
    detail::require_non_negative(lambda, "RidgeRegression: lambda");
    Linear<double> model{v_.rows(), projected_.cols()};
    // d / (d^2 + lambda) without the square, which may overflow or vanish.
    const Vector<double> factors = (d_.array() + lambda / d_.array()).inverse().matrix();
    model.weight = projected_.transpose() * factors.asDiagonal() * v_.transpose();
    model.bias = y_mean_ - model.weight * x_mean_;
    return model;
  }

  /// What each sample's target has more than the prediction of a model made without that sample:
  /// targets x samples, for all of them at the cost of one (Allen's PRESS, 1974). What remains is
  /// fitted with the same ratio of penalty to squared error: sum_j w_j |...|^2 / (2 sum_i w_i) with
  /// the sum of all weights. Infinite where the others do not determine the prediction, at
  /// lambda = 0.
  /// @throws ValueError if lambda is negative, infinite or NaN
  Matrix<double> leave_one_out_residuals(double lambda) const {
    detail::require_non_negative(lambda, "RidgeRegression: lambda");
    // 1 - d^2 / (d^2 + lambda), of which small ones keep their digits, whatever d's scale.
    Vector<double> left = Vector<double>::Zero(d_.size());
    if (lambda > 0) left = (1 + (d_.array() / std::sqrt(lambda)).square()).inverse().matrix();
    const Eigen::ArrayXd own =
        free_ + weights_.array() * (rows_.array().square().matrix() * left).array();
    Matrix<double> residuals = (base_ + rows_ * (left.asDiagonal() * projected_)).transpose();
    for (Index n = 0; n < residuals.cols(); ++n)
      if (own(n) > 0)
        residuals.col(n) /= own(n);
      else
        residuals.col(n).setConstant(std::numeric_limits<double>::infinity());
    return residuals;
  }

  /// The mean of the squared leave-one-out residuals over targets and samples, weighted by the
  /// samples' weights.
  /// @throws ValueError if lambda is negative, infinite or NaN
  double leave_one_out_error(double lambda) const {
    const Eigen::ArrayXd squares =
        leave_one_out_residuals(lambda).colwise().squaredNorm().transpose().array();
    // A sample of weight 0 counts for nothing, be its residual infinite or not.
    return (weights_.array() > 0).select(weights_.array() * squares, 0).sum() /
           static_cast<double>(projected_.cols());
  }

  /// Of these lambdas that of the least leave-one-out error, the largest of several.
  /// @throws ValueError if there are none, one is negative, infinite or NaN, or no error is finite
  double best_lambda(const std::vector<double>& lambdas) const {
    if (lambdas.empty()) throw ValueError("RidgeRegression: best_lambda needs a lambda to choose");
    double best = lambdas.front(), least = leave_one_out_error(best);
    for (const double lambda : lambdas) {
      const double error = leave_one_out_error(lambda);
      if (error < least || (error == least && lambda > best)) {
        best = lambda;
        least = error;
      }
    }
    if (!std::isfinite(least))
      throw ValueError(
          "RidgeRegression: best_lambda has nothing to choose by, since the leave-one-out error is "
          "infinite for every lambda: there are too few samples, or the targets' squares are too "
          "large");
    return best;
  }

 private:
  /// A singular value that is as good as zero beside the largest one is left out, and a feature
  /// goes with it if another one's scale is far larger. What is far below most features itself is
  /// left out rightly: it is what rounding has left of nothing.
  static void require_one_scale(const Matrix<double>& weighted, const Vector<double>& d) {
    if (d.size() == 0) return;
    constexpr double rounding = 1e-12, alike = 1e-3;
    const double negligible = std::numeric_limits<double>::epsilon() *
                              static_cast<double>(std::max(weighted.rows(), weighted.cols())) *
                              d.maxCoeff();
    const Vector<double> sizes = weighted.colwise().stableNorm().transpose();
    Vector<double> sorted = sizes;
    std::sort(sorted.begin(), sorted.end());
    const double median = sorted((sorted.size() - 1) / 2);
    Index largest = 0;
    sizes.maxCoeff(&largest);
    for (Index j = 0; j < sizes.size(); ++j)
      if (sizes(j) <= negligible && sizes(j) > rounding && sizes(j) >= alike * median)
        throw ValueError(detail::text(
            "RidgeRegression: feature ", j, ", of size ", sizes(j),
            ", is lost in the rounding of feature ", largest, ", of size ", sizes(largest),
            " (root mean squares); bring them to one scale, as ridge::Standardizer does"));
  }

  template <class Target>
  static void refuse_labels() {
    static_assert(!std::integral<Target>,
                  "ridge::RidgeRegression: the targets are integers, labels of classes, and it "
                  "wants numbers; for classes take elastic_net_path, or a network with "
                  "CrossEntropy; for counts make the targets double");
  }

  bool intercept_;
  Vector<double> weights_;          // that add up to 1
  Vector<double> x_mean_, y_mean_;  // weighted; 0 without intercept
  Vector<double> d_;                // the decomposition of sqrt(w) (x - mean)^T = u d v^T
  Matrix<double> v_;
  Matrix<double> rows_;       // of u / sqrt(w)
  Matrix<double> projected_;  // u^T sqrt(w) (y - mean)^T
  Matrix<double> base_;       // residuals for lambda = 0
  Eigen::ArrayXd free_;       // 1 - h_ii for lambda = 0, h the hat matrix
};

}  // namespace ridge
