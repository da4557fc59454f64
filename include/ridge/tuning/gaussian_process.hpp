#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/types.hpp>
#include <ridge/tuning/minimize_in_box.hpp>

namespace ridge {

/// What a Gaussian process knows of its function at some places.
struct Posterior {
  Vector<double> mean;
  Vector<double> variance;  ///< of the function, without noise
};

/// A Gaussian process with mean 0 and the kernel
///
///     k(x, x') = scale (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r),
///     r^2 = sum_i ((x_i - x'_i) / length_i)^2,
///
/// Matern's of smoothness 5/2 with a length for each feature, and independent noise (Rasmussen and
/// Williams, Gaussian Processes for Machine Learning, 2006, chapters 2, 4 and 5).
class GaussianProcess {
 public:
  /// How values of the function vary together, and the noise on them.
  struct Kernel {
    Vector<double> lengths;  ///< of each feature, or of each group of features
    double scale = 1;        ///< the variance of the function
    double noise = 1e-4;     ///< the variance of the noise of targets

    /// Logarithms of scale, lengths and noise, in this order.
    Vector<double> logarithms() const {
      Vector<double> all(lengths.size() + 2);
      all << scale, lengths, noise;
      return all.array().log();
    }
    static Kernel from_logarithms(const Vector<double>& logarithms) {
      const Vector<double> all = logarithms.array().exp();
      const Index count = all.size() - 2;
      return {all.segment(1, count), all(0), all(count + 1)};
    }
  };

  /// @param inputs    features x samples
  /// @param targets   one of each sample
  /// @param groups    of each feature the position of its length; empty: each has its own
  /// @param variances of each target's noise, known, beside the kernel's; empty: none
  /// @throws ShapeError if sizes do not fit; ValueError for numbers that are not finite, variances
  ///         that are negative, and no sample
  GaussianProcess(Matrix<double> inputs, Vector<double> targets, std::vector<int> groups = {},
                  Vector<double> variances = {})
      : inputs_(std::move(inputs)),
        targets_(std::move(targets)),
        groups_(std::move(groups)),
        variances_(std::move(variances)) {
    if (inputs_.cols() == 0 || inputs_.rows() == 0)
      throw ValueError("GaussianProcess: there are no samples, or none of their features");
    if (targets_.size() != inputs_.cols())
      throw ShapeError(detail::text("GaussianProcess: ", inputs_.cols(), " samples, but ",
                                    targets_.size(), " targets"));
    if (variances_.size() == 0) variances_ = Vector<double>::Zero(samples());
    if (variances_.size() != samples())
      throw ShapeError(detail::text("GaussianProcess: ", samples(), " samples, but ",
                                    variances_.size(), " variances"));
    if (!inputs_.allFinite() || !targets_.allFinite() || !variances_.allFinite())
      throw ValueError("GaussianProcess: inputs, targets and variances must be finite");
    if (variances_.minCoeff() < 0)
      throw ValueError(detail::text("GaussianProcess: variances must be at least 0, got ",
                                    variances_.minCoeff()));
    if (groups_.empty())
      for (int i = 0; i < static_cast<int>(inputs_.rows()); ++i) groups_.push_back(i);
    if (static_cast<Index>(groups_.size()) != inputs_.rows())
      throw ShapeError(detail::text("GaussianProcess: ", inputs_.rows(),
                                    " features, but groups of ", groups_.size()));
    for (const int group : groups_) {
      if (group < 0 || group >= static_cast<int>(groups_.size()))
        throw ValueError(detail::text("GaussianProcess: there cannot be a group ", group, " of ",
                                      groups_.size(), " features"));
      lengths_ = std::max(lengths_, Index{group} + 1);
    }
    for (Index group = 0; group < lengths_; ++group) squares_.push_back(squares_of(group));
    Kernel kernel;
    kernel.lengths = Vector<double>::Constant(lengths_, 0.5);
    set_kernel(kernel);
  }

  Index samples() const { return inputs_.cols(); }
  Index lengths() const { return lengths_; }
  const Kernel& kernel() const { return kernel_; }

  /// @throws ShapeError if there are not as many lengths as groups
  /// @throws ValueError if one of its numbers is not positive and finite; the noise may be 0
  void set_kernel(const Kernel& kernel) {
    if (kernel.lengths.size() != lengths_)
      throw ShapeError(detail::text("GaussianProcess: expected ", lengths_, " lengths, got ",
                                    kernel.lengths.size()));
    const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
    if (!positive(kernel.scale) || !(kernel.noise == 0 || positive(kernel.noise)) ||
        !(kernel.lengths.minCoeff() > 0) || !kernel.lengths.allFinite())
      throw ValueError(
          "GaussianProcess: lengths and scale of the kernel must be positive, and its noise not "
          "negative");
    factorize(kernel);
    kernel_ = kernel;
  }

  /// The logarithm of the targets' density, as a function of the kernel (Rasmussen and Williams,
  /// equations 5.8 and 5.9).
  /// @param gradient by `kernel().logarithms()`; not computed if it is null
  double log_marginal_likelihood(Vector<double>* gradient = nullptr) const {
    const auto n = static_cast<double>(samples());
    const double value = -0.5 * targets_.dot(weights_) - factor_.diagonal().array().log().sum() -
                         0.5 * n * std::log(2 * std::numbers::pi);
    if (!gradient) return value;
    // d value / d t = tr((a a^T - K^-1) dK/dt) / 2
    Matrix<double> outer = Matrix<double>::Identity(samples(), samples());
    factor_.triangularView<Eigen::Lower>().solveInPlace(outer);
    factor_.triangularView<Eigen::Lower>().adjoint().solveInPlace(outer);
    outer = weights_ * weights_.transpose() - outer;
    const Matrix<double> r2 = squared_distances(kernel_);
    gradient->resize(lengths_ + 2);
    // dK / d log length_i = scale 5/3 (1 + sqrt(5) r) exp(-sqrt(5) r) ((x_i - x'_i) / length_i)^2
    double by_scale = 0;
    Matrix<double> by_square(samples(), samples());
    for (Index j = 0; j < samples(); ++j)
      for (Index i = 0; i < samples(); ++i) {
        const double root = std::sqrt(5 * r2(i, j)), decay = std::exp(-root);
        by_scale += outer(i, j) * (1 + root + root * root / 3) * decay;
        by_square(i, j) = outer(i, j) * (1 + root) * decay;
      }
    (*gradient)(0) = 0.5 * kernel_.scale * by_scale;
    for (Index group = 0; group < lengths_; ++group) {
      const double length = kernel_.lengths(group);
      (*gradient)(group + 1) =
          0.5 * kernel_.scale * 5 / 3 / (length * length) *
          by_square.cwiseProduct(squares_[static_cast<std::size_t>(group)]).sum();
    }
    (*gradient)(lengths_ + 1) = 0.5 * kernel_.noise * outer.trace();
    return value;
  }

  /// What is known of the function at other places, features x places.
  /// @throws ShapeError if they have another number of features
  Posterior posterior(const Matrix<double>& places) const {
    if (places.rows() != inputs_.rows())
      throw ShapeError(detail::text("GaussianProcess: places of ", places.rows(),
                                    " features, and inputs of ", inputs_.rows()));
    Matrix<double> covariance(samples(), places.cols());
    const Vector<double> factors = feature_factors(kernel_);
    const Matrix<double> scaled = factors.asDiagonal() * inputs_;
    for (Index p = 0; p < places.cols(); ++p) {
      const Vector<double> place = factors.cwiseProduct(places.col(p));
      for (Index i = 0; i < samples(); ++i) {
        double r2 = 0;
        for (Index f = 0; f < place.size(); ++f) {
          const double difference = scaled(f, i) - place(f);
          r2 += difference * difference;
        }
        covariance(i, p) = kernel_.scale * matern(r2);
      }
    }
    Posterior posterior;
    posterior.mean = covariance.transpose() * weights_;
    factor_.triangularView<Eigen::Lower>().solveInPlace(covariance);
    posterior.variance =
        (kernel_.scale - covariance.colwise().squaredNorm().array()).cwiseMax(0).transpose();
    return posterior;
  }

  /// Takes the kernel that the targets make most probable, with a weak prior: lengths about the
  /// size of the unit cube, scale about 1 and little noise, each within some powers of ten. Inputs
  /// should be in the unit cube, and targets have mean 0 and variance 1. It is the best of several
  /// maxima, found from the prior's mode, the present kernel, and starts drawn at random.
  void fit(Random random, int starts = 3, int iterations = 40) {
    Vector<double> center(lengths_ + 2), spread(lengths_ + 2), low(lengths_ + 2),
        high(lengths_ + 2);
    // Lengths grow with the diagonal of the cube (Hvarfner et al., 2024).
    const double length = std::log(0.4) + 0.5 * std::log(static_cast<double>(lengths_));
    center << 0, Vector<double>::Constant(lengths_, length), std::log(1e-4);
    spread << 1, Vector<double>::Constant(lengths_, 1), 2.5;
    low << std::log(0.02), Vector<double>::Constant(lengths_, std::log(0.02)), std::log(1e-7);
    high << std::log(50), Vector<double>::Constant(lengths_, std::log(50)), std::log(2);
    const auto negative_log_posterior = [&](const Vector<double>& logarithms,
                                            Vector<double>& gradient) {
      set_kernel(Kernel::from_logarithms(logarithms));
      const double likelihood = log_marginal_likelihood(&gradient);
      const Eigen::ArrayXd deviation = (logarithms - center).array() / spread.array();
      gradient = deviation / spread.array() - gradient.array();
      const double value = 0.5 * deviation.square().sum() - likelihood;
      return std::isfinite(value) && gradient.allFinite() ? value
                                                          : std::numeric_limits<double>::infinity();
    };
    const Vector<double> present = kernel_.logarithms();
    Vector<double> best = center, gradient;
    double least = std::numeric_limits<double>::infinity();
    for (int start = 0; start < starts; ++start) {
      Vector<double> from = start == 0 ? center : present;
      if (start > 1)
        for (Index i = 0; i < from.size(); ++i) from(i) = center(i) + spread(i) * random.normal();
      const Vector<double> found =
          detail::minimize_in_box(negative_log_posterior, from, low, high, iterations);
      const double value = negative_log_posterior(found, gradient);
      if (value < least) {
        least = value;
        best = found;
      }
    }
    set_kernel(Kernel::from_logarithms(best));
  }

  /// The process with one more sample of the same kernel, as if the target there had been seen.
  GaussianProcess with(const Vector<double>& input, double target) const {
    Matrix<double> inputs(inputs_.rows(), samples() + 1);
    Vector<double> targets(samples() + 1), variances(samples() + 1);
    inputs << inputs_, input;
    targets << targets_, target;
    variances << variances_, 0;
    GaussianProcess more(std::move(inputs), std::move(targets), groups_, std::move(variances));
    more.set_kernel(kernel_);
    return more;
  }

 private:
  static double matern(double r2) {
    const double root = std::sqrt(5 * r2);
    return (1 + root + root * root / 3) * std::exp(-root);
  }

  /// Squared distances of all samples by the features of one group, before lengths.
  Matrix<double> squares_of(Index group) const {
    Matrix<double> squares = Matrix<double>::Zero(samples(), samples());
    for (Index f = 0; f < inputs_.rows(); ++f) {
      if (groups_[static_cast<std::size_t>(f)] != group) continue;
      for (Index j = 0; j < samples(); ++j)
        squares.col(j) += (inputs_.row(f).array() - inputs_(f, j)).square().matrix().transpose();
    }
    return squares;
  }

  Matrix<double> squared_distances(const Kernel& kernel) const {
    Matrix<double> r2 = Matrix<double>::Zero(samples(), samples());
    for (Index group = 0; group < lengths_; ++group) {
      const double length = kernel.lengths(group);
      r2 += squares_[static_cast<std::size_t>(group)] / (length * length);
    }
    return r2;
  }

  /// 1 / length of each feature.
  Vector<double> feature_factors(const Kernel& kernel) const {
    Vector<double> factors(inputs_.rows());
    for (Index f = 0; f < factors.size(); ++f)
      factors(f) = 1 / kernel.lengths(groups_[static_cast<std::size_t>(f)]);
    return factors;
  }

  /// K = L L^T and a = K^-1 y. Where rounding leaves K no longer positive definite, as for equal
  /// samples without noise, a little is added to its diagonal.
  void factorize(const Kernel& kernel) {
    Matrix<double> covariance = squared_distances(kernel);
    for (double& element : covariance.reshaped()) element = kernel.scale * matern(element);
    covariance.diagonal() += (variances_.array() + kernel.noise).matrix();
    double jitter = 1e-12 * kernel.scale;
    for (int attempt = 0; attempt < 6; ++attempt, jitter *= 100) {
      const Eigen::LLT<Matrix<double>> decomposition(covariance);
      // A pivot that is all rounding errors is as bad as a negative one.
      if (decomposition.info() == Eigen::Success &&
          decomposition.matrixLLT().diagonal().allFinite() &&
          decomposition.matrixLLT().diagonal().minCoeff() > 1e-7 * std::sqrt(kernel.scale)) {
        factor_ = decomposition.matrixL();
        weights_ = decomposition.solve(targets_);
        return;
      }
      covariance.diagonal().array() += jitter;
    }
    throw ValueError("GaussianProcess: the covariance of the samples is not positive definite");
  }

  Matrix<double> inputs_;
  Vector<double> targets_;
  std::vector<int> groups_;
  Vector<double> variances_;
  Index lengths_ = 0;
  std::vector<Matrix<double>> squares_;  // of each group
  Kernel kernel_;
  Matrix<double> factor_;   // L
  Vector<double> weights_;  // a
};

}  // namespace ridge
