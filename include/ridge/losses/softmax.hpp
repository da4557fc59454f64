#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>

#include <ridge/core/types.hpp>

namespace ridge {

/// The probabilities that a classifier's outputs stand for, exp(z) / sum exp(z) in each column; a
/// column with NaN or +infinity becomes NaN.
/// @param outputs logits, classes x samples, as `predict` gives them for a network that was trained
///        by `CrossEntropy`
/// @return classes x samples
inline Matrix<double> softmax(const Eigen::Ref<const Matrix<double>>& outputs) {
  Matrix<double> p(outputs.rows(), outputs.cols());
  for (Index n = 0; n < outputs.cols(); ++n) {
    double max = -std::numeric_limits<double>::infinity(), sum = 0;
    for (Index k = 0; k < outputs.rows(); ++k) max = std::max(max, outputs(k, n));
    for (Index k = 0; k < outputs.rows(); ++k) sum += p(k, n) = std::exp(outputs(k, n) - max);
    for (Index k = 0; k < outputs.rows(); ++k) p(k, n) /= sum;
  }
  return p;
}

}  // namespace ridge
