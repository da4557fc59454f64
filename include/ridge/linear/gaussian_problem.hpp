#pragma once

#include <optional>
#include <type_traits>

#include <ridge/core/types.hpp>
#include <ridge/linear/descent.hpp>
#include <ridge/linear/design.hpp>
#include <ridge/linear/linear_path.hpp>

namespace ridge::detail {

/// Half of the weighted mean of squared residuals, at its least for one lambda after the other.
template <class Design>
class GaussianProblem {
 public:
  /// @param weights of the samples, that add up to 1
  GaussianProblem(Design design, const Vector<double>& weights, const Vector<double>& targets,
                  bool intercept)
      : design_(std::move(design)),
        weights_(weights),
        intercept_(intercept),
        residuals_(design_, intercept),
        b_(Vector<double>::Zero(design_.features())) {
    Vector<double> y = targets;
    if (intercept) {
      mean_ = y.dot(weights);
      mean_ += (y.array() - mean_).matrix().dot(weights);
      y.array() -= mean_;
    }
    null_ = (weights.array() * y.array().square()).sum();
    if constexpr (Design::is_sparse) {
      residuals_.begin(weights, weights.cwiseProduct(y));
    } else {
      design_.absorb(weights);
      const Vector<double> z = weights.cwiseSqrt().cwiseProduct(y);
      const auto& columns = design_.columns();
      if (prefers_gram(columns.rows(), columns.cols())) {
        Matrix<double> gram = Matrix<double>::Zero(columns.cols(), columns.cols());
        gram.template selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());
        gram.template triangularView<Eigen::StrictlyUpper>() = gram.transpose();
        start_ = columns.transpose() * z;
        gram_.emplace(std::move(gram), start_);
      } else {
        residuals_.begin(z);
      }
    }
  }
  // residuals_ has the design's address.
  ~GaussianProblem() = default;
  GaussianProblem(const GaussianProblem&) = delete;
  GaussianProblem& operator=(const GaussianProblem&) = delete;

  static Family family() { return Family::gaussian; }
  const Scaling& scaling() const { return design_.scaling(); }
  Index features() const { return design_.features(); }
  double null_deviance() const { return null_; }
  /// What moves are measured by, and what glmnet divides targets by.
  double unit() const { return null_ > 0 ? std::sqrt(null_) : 1; }

  bool is_zero(Index j) const { return b_(j) == 0; }

  void solve(const Features& all, const Strengths& strengths, double tolerance, Passes& passes) {
    if (gram_)
      gram_->solve(all, strengths, {tolerance * unit()}, passes, b_);
    else
      residuals_.solve(all, strengths, {tolerance * unit()}, passes, b_);
  }

  /// The size of each feature's gradient.
  Vector<double> gradient_sizes() const {
    if (gram_) return gram_->gradients().cwiseAbs();
    return (design_.columns().transpose() * residuals_.residuals()).cwiseAbs();
  }

  double deviance_ratio() const {
    if (null_ <= 0) return 0;
    double deviance = 0;
    if (gram_) {  // |z - Xb|^2 = |z|^2 - b (X^T z + X^T (z - Xb))
      deviance = null_ - b_.dot(start_ + gram_->gradients());
    } else {
      const Vector<double> z = residuals_.residuals();
      if constexpr (Design::is_sparse)
        deviance = (weights_.array() > 0).select(z.array().square() / weights_.array(), 0).sum();
      else
        deviance = z.squaredNorm();
    }
    return 1 - deviance / null_;
  }

  LinearPath::Model model(double lambda) const {
    LinearPath::Model model{lambda, b_.cwiseQuotient(scaling().scale), Vector<double>::Zero(1),
                            deviance_ratio()};
    if (intercept_) model.intercepts(0) = mean_ - scaling().mean.dot(model.coefficients.col(0));
    return model;
  }

 private:
  /// Whether all products of two features are worth their memory and time.
  static bool prefers_gram(Index samples, Index features) {
    return features <= 1000 && features <= 2 * samples;
  }

  Design design_;
  Vector<double> weights_;
  bool intercept_;
  double mean_ = 0, null_ = 0;
  ResidualDescent<Design> residuals_;
  std::optional<GramDescent> gram_;
  Vector<double> start_;  // gradients at 0
  Vector<double> b_;
};

}  // namespace ridge::detail
