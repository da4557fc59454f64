#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <ridge/core/types.hpp>
#include <ridge/linear/descent.hpp>
#include <ridge/linear/design.hpp>
#include <ridge/linear/linear_path.hpp>

namespace ridge::detail {

/// The c for which sum_k alpha |b_k - c| + (1 - alpha)/2 (b_k - c)^2 is least: the mean for
/// alpha = 0, a median for 1; of a whole interval of medians its middle.
inline double penalty_center(Vector<double> b, double alpha) {
  std::sort(b.data(), b.data() + b.size());
  const Index n = b.size();
  if (alpha == 1) return (b((n - 1) / 2) + b(n / 2)) / 2;
  const double mean = b.mean(), pull = alpha / ((1 - alpha) * static_cast<double>(n));
  // Between b_{k-1} and b_k the slope is zero at mean + pull (n - 2k), which falls with k.
  for (Index k = 0; k < n; ++k) {
    const double c = mean + pull * static_cast<double>(n - 2 * k);
    if (c <= b(k)) return k > 0 ? std::max(c, b(k - 1)) : c;
  }
  return std::max(mean - pull * static_cast<double>(n), b(n - 1));
}

/// The weighted mean of the cross-entropy at its least for one lambda after the other: Newton's
/// method, one class's coefficients after the other, whose quadratic models coordinate descent
/// solves. With one output the classes are two.
template <class Design>
class LogisticProblem {
 public:
  /// @param weights of the samples, that add up to 1
  /// @param labels 0, 1, ... below `classes`, none without a sample that counts
  /// @param outputs 1 for two classes, or `classes`
  LogisticProblem(Design design, const Vector<double>& weights, const RowVector<int>& labels,
                  Index outputs, bool intercept, double alpha)
      : design_(std::move(design)),
        weights_(weights),
        intercept_(intercept),
        alpha_(alpha),
        descent_(design_, intercept),
        is_class_(Matrix<double>::Zero(labels.size(), outputs)),
        b_(Matrix<double>::Zero(design_.features(), outputs)),
        b0_(Vector<double>::Zero(outputs)) {
    for (Index n = 0; n < labels.size(); ++n)
      if (outputs == 1)
        is_class_(n, 0) = labels(n);
      else
        is_class_(n, labels(n)) = 1;
    if (intercept) {
      const Vector<double> shares = is_class_.transpose() * weights;
      if (outputs == 1)
        b0_(0) = std::log(shares(0) / (1 - shares(0)));
      else
        b0_ = shares.array().log() - shares.array().log().mean();
    }
    eta_ = b0_.transpose().replicate(labels.size(), 1);
    probabilities_.resize(labels.size(), outputs);
    null_ = loss_ = evaluate(eta_, probabilities_);
  }
  // descent_ has the design's address.
  ~LogisticProblem() = default;
  LogisticProblem(const LogisticProblem&) = delete;
  LogisticProblem& operator=(const LogisticProblem&) = delete;

  Family family() const { return b_.cols() == 1 ? Family::binomial : Family::multinomial; }
  const Scaling& scaling() const { return design_.scaling(); }
  Index features() const { return design_.features(); }
  double null_deviance() const { return 2 * null_; }
  double unit() const { return 1; }
  bool is_zero(Index j) const { return (b_.row(j).array() == 0).all(); }

  void solve(const Features& all, const Strengths& strengths, double tolerance, Passes& passes) {
    bool settled = all.empty();
    while (!settled && !passes.spent()) {
      settled = true;
      for (Index k = 0; k < b_.cols(); ++k) {
        const double moved = improve(k, all, strengths, tolerance, passes);
        settled = settled && passes.settled && moved <= tolerance;
      }
      if (b_.cols() > 1) center(all, strengths);
    }
    passes.settled = settled;
  }

  Vector<double> gradient_sizes() const {
    const Matrix<double> z = weights_.asDiagonal() * (is_class_ - probabilities_);
    return (design_.columns().transpose() * z).cwiseAbs().rowwise().maxCoeff();
  }

  LinearPath::Model model(double lambda) const {
    LinearPath::Model model{lambda, scaling().scale.cwiseInverse().asDiagonal() * b_, b0_,
                            1 - loss_ / null_};
    if (intercept_) {
      model.intercepts -= model.coefficients.transpose() * scaling().center;
      // Of multinomial intercepts only differences count.
      if (b_.cols() > 1) model.intercepts.array() -= model.intercepts.mean();
    }
    return model;
  }

 private:
  /// The mean loss of the outputs eta, and the probabilities of the classes.
  double evaluate(const Matrix<double>& eta, Matrix<double>& probabilities) const {
    if (eta.cols() == 1) {
      const auto e = eta.col(0).array();
      const Eigen::ArrayXd small = (-e.abs()).exp();
      probabilities.col(0) = (e >= 0).select(1 / (1 + small), small / (1 + small));
      return (weights_.array() * (small.log1p() + e.max(0) - is_class_.col(0).array() * e)).sum();
    }
    const Vector<double> top = eta.rowwise().maxCoeff();
    probabilities = (eta.colwise() - top).array().exp();
    const Vector<double> sums = probabilities.rowwise().sum();
    probabilities.array().colwise() /= sums.array();
    const Vector<double> own = (is_class_.array() * eta.array()).rowwise().sum();
    return (weights_.array() * (sums.array().log() + top.array() - own.array())).sum();
  }

  static double penalty(const Features& all, const Strengths& strengths, const Vector<double>& b) {
    double sum = 0;
    for (const Index j : all)
      if (b(j) != 0) sum += strengths.l1(j) * std::abs(b(j)) + strengths.l2(j) / 2 * b(j) * b(j);
    return sum;
  }

  /// One step of Newton's method for output k, as long as the objective falls; returns how far it
  /// went.
  double improve(Index k, const Features& all, const Strengths& strengths, double tolerance,
                 Passes& passes) {
    const auto p = probabilities_.col(k).array();
    // A curvature near 0 would only make steps that are too long.
    const Vector<double> v = weights_.array() * (p * (1 - p)).max(1e-9);
    descent_.begin(v, weights_.cwiseProduct(is_class_.col(k) - probabilities_.col(k)));
    const Vector<double> old = b_.col(k);
    Vector<double> next = old;
    double move0 = descent_.solve(all, strengths, {tolerance, 0.01}, passes, next);

    Vector<double> outward = Vector<double>::Constant(eta_.rows(), move0);
    double largest = 0;
    for (const Index j : all) {
      const double move = next(j) - old(j);
      if (move == 0) continue;
      design_.add(j, move, outward);
      largest = std::max(largest, std::sqrt(descent_.curvature(j)) * std::abs(move));
    }
    // The intercept is measured where the features have their means: far from these it moves with
    // every coefficient.
    if (intercept_) largest = std::max(largest, std::abs(v.dot(outward)) / std::sqrt(v.sum()));
    if (largest == 0) return 0;

    const Vector<double> eta = eta_.col(k);
    const double before = loss_ + penalty(all, strengths, old);
    double share = 1;
    for (int halvings = 0;; ++halvings) {
      eta_.col(k) = eta + share * outward;
      loss_ = evaluate(eta_, probabilities_);
      b_.col(k) = share == 1 ? next : Vector<double>(old + share * (next - old));
      // Where rounding decides, the step is as good as any.
      if (loss_ + penalty(all, strengths, b_.col(k)) <= before + 1e-14 * std::abs(before) ||
          halvings == 40)
        break;
      share /= 2;
    }
    b0_(k) += share * move0;
    return share * largest;
  }

  /// Moves a feature's coefficients of all classes together, which changes no probability, to where
  /// the penalty is least; without one, to a mean of 0.
  void center(const Features& all, const Strengths& strengths) {
    for (const Index j : all) {
      if (is_zero(j)) continue;
      const bool penalized = strengths.l1(j) > 0 || strengths.l2(j) > 0;
      const double c = penalty_center(b_.row(j).transpose(), penalized ? alpha_ : 0);
      if (c == 0) continue;
      b_.row(j).array() -= c;  // and eta_, of which only differences count, stays as small as it is
    }
  }

  Design design_;
  Vector<double> weights_;
  bool intercept_;
  double alpha_;
  ResidualDescent<Design> descent_;
  Matrix<double> is_class_;  // samples x outputs
  Matrix<double> b_;         // features x outputs
  Vector<double> b0_;
  Matrix<double> eta_;            // samples x outputs; of several but for what they have in common
  Matrix<double> probabilities_;  // samples x outputs
  double null_ = 0, loss_ = 0;
};

}  // namespace ridge::detail
