#pragma once

#include <cmath>
#include <concepts>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>

namespace ridge {

/// Softmax cross-entropy from logits, -log softmax(z)[label], the mean over the batch. Exponentials
/// are taken of z - max z, so logits of any finite size are safe.
///
/// Outputs are classes x samples; targets are one integer label a sample.
struct CrossEntropy {
  template <class Scalar>
  using Example = RowVector<int>;

  /// @throws ShapeError if the targets are not one row, ValueError for a label that is no class
  template <class Labels>
  void check(Index classes, const Labels& labels) const {
    static_assert(std::integral<typename Labels::Scalar>,
                  "ridge::CrossEntropy: targets must be integer class labels; for numbers use "
                  "MeanSquaredError");
    if (labels.rows() != 1)
      throw ShapeError(
          detail::text("CrossEntropy: expected 1 label a sample, got ", labels.rows()));
    for (Index n = 0; n < labels.cols(); ++n)
      if (const auto label = static_cast<long long>(labels(n)); label < 0 || label >= classes)
        throw ValueError(detail::text("CrossEntropy: label ", label, " of sample ", n,
                                      " is outside the network's ", classes, " classes 0 to ",
                                      classes - 1));
  }

  template <class Z, class Labels>
  double value(const Z& logits, const Labels& labels) const {
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      const auto z = logits.col(n).array();
      const auto max = z.maxCoeff();
      sum += static_cast<double>(std::log((z - max).exp().sum()) + max - z(labels(n)));
    }
    return sum / static_cast<double>(logits.cols());
  }

  template <class Z, class Labels, class DZ>
  double value_and_gradient(const Z& logits, const Labels& labels, DZ& dz) const {
    using S = typename Z::Scalar;
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      dz.col(n) = logits.col(n).array() - logits.col(n).maxCoeff();
      sum -= static_cast<double>(dz(labels(n), n));
    }
    dz.array() = dz.array().exp();
    const S mean = S(1) / static_cast<S>(logits.cols());
    for (Index n = 0; n < logits.cols(); ++n) {
      const S total = dz.col(n).sum();
      sum += static_cast<double>(std::log(total));
      dz.col(n) *= mean / total;  // dz = (softmax z - onehot label) / samples
      dz(labels(n), n) -= mean;
    }
    return sum / static_cast<double>(logits.cols());
  }

  friend bool operator==(const CrossEntropy&, const CrossEntropy&) = default;
};

static_assert(Loss<CrossEntropy>);

}  // namespace ridge
