#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ridge {

namespace detail {

/// log(phi(z) + z Phi(z)) of the standard normal density phi and its distribution function Phi,
/// without cancellation for z far below 0.
///
/// There it is phi(z) (1 - t M(t)) with t = -z and Mills's ratio M = (1 - Phi) / phi, which is a
/// continued fraction, 1 / (t + K), K = 1 / (t + 2 / (t + 3 / (t + ...))) (Abramowitz and Stegun,
/// 26.2.14). So the difference is K / (t + K).
inline double log_improvement(double z) {
  const double log_density = -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi);
  if (z > -4)  // where a digit is lost at most
    return std::log(std::exp(log_density) + 0.5 * z * std::erfc(-z / std::numbers::sqrt2));
  const double t = -z;
  double fraction = 0;
  for (int k = 60; k >= 1; --k) fraction = k / (t + fraction);
  return log_density + std::log(fraction / (t + fraction));
}

}  // namespace detail

/// The logarithm of the expected improvement E max(best - f, 0) of f, normal with this mean and
/// variance: sigma (phi(z) + z Phi(z)) with z = (best - mean) / sigma (Jones, Schonlau and Welch,
/// 1998). Its logarithm still ranks places where it is as good as 0 (Ament et al., 2023).
inline double log_expected_improvement(double mean, double variance, double best) {
  if (!(variance > 0))
    return mean < best ? std::log(best - mean) : -std::numeric_limits<double>::infinity();
  const double sigma = std::sqrt(variance);
  return std::log(sigma) + detail::log_improvement((best - mean) / sigma);
}

/// The same where a trial tells f with noise of this variance, times 1 - sqrt(noise / (variance +
/// noise)) (Huang et al., 2006, "Global optimization of stochastic black-box systems via sequential
/// kriging meta-models"): a place of which all but the noise is known is not worth one more trial,
/// while expected improvement alone would try beside it for ever.
inline double log_augmented_expected_improvement(double mean, double variance, double best,
                                                 double noise) {
  const double improvement = log_expected_improvement(mean, variance, best);
  if (!(noise > 0)) return improvement;
  // Without cancellation where the variance is small beside the noise.
  return improvement + std::log(-std::expm1(-0.5 * std::log1p(std::max(variance, 0.0) / noise)));
}

}  // namespace ridge
