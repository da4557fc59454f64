#pragma once

#include <cmath>

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
    if (outputs.rows() == 0) break;
    const double max = outputs.col(n).maxCoeff<Eigen::PropagateNaN>();
    p.col(n) = (outputs.col(n).array() - max).exp();
    p.col(n) /= p.col(n).sum();
  }
  return p;
}

}  // namespace ridge
