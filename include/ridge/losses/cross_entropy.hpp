#pragma once

#include <cmath>
#include <concepts>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/losses/targets.hpp>

namespace ridge {

/// Softmax cross-entropy from logits, -log softmax(z)[label], the mean over the batch. Exponentials
/// are taken of z - max z, so logits of any finite size are safe.
///
/// Both options are those of PyTorch's `CrossEntropyLoss`. With l_c = -log softmax(z)[c], s for
/// label_smoothing and w for class_weights, the loss of a batch of samples with labels y is
///
///     sum_n ((1 - s) w_y l_y + s / classes * sum_c w_c l_c) / sum_n w_y
///
/// A batch whose labels' weights are all 0 has the loss 0 and no gradient (in PyTorch: NaN).
///
/// Outputs are classes x samples; targets are one integer label a sample.
struct CrossEntropy {
  double label_smoothing = 0;              ///< share of a label that is spread over all classes
  std::vector<double> class_weights = {};  ///< one for each class; none: all 1

  template <class Scalar>
  using Example = RowVector<int>;

  /// @throws ShapeError if the targets are not one row or the class_weights not as many as classes;
  ///         ValueError for a label that is no class, a label_smoothing outside [0, 1), a weight
  ///         that is negative, infinite or NaN, and for weights that are all 0
  template <class Labels>
  void check(Index classes, const Labels& labels) const {
    static_assert(std::integral<typename Labels::Scalar>,
                  "ridge::CrossEntropy: targets must be integer class labels; for numbers use "
                  "MeanSquaredError");
    detail::check_labels("CrossEntropy", classes, labels);
    detail::check_smoothing("CrossEntropy", label_smoothing);
    if (!class_weights.empty()) check_class_weights(classes);
  }

  /// What the mean is taken over: the sum of the labels' class weights, or the number of samples.
  template <class Labels>
  double total_weight(const Labels& labels) const {
    if (class_weights.empty()) return static_cast<double>(labels.cols());
    double sum = 0;
    for (Index n = 0; n < labels.cols(); ++n) sum += weight(static_cast<Index>(labels(n)));
    return sum;
  }

  template <class Z, class Labels>
  double value(const Z& logits, const Labels& labels) const {
    const double total_of_batch = total_weight(labels);
    if (total_of_batch == 0) return 0;
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      const auto z = logits.col(n).array();
      const auto max = z.maxCoeff();
      const auto log_total = std::log((z - max).exp().sum());
      const auto label = static_cast<Index>(labels(n));
      if (is_plain())
        sum += static_cast<double>(log_total + max - z(label));
      else
        for (Index c = 0; c < z.size(); ++c)
          if (c == label || label_smoothing != 0)
            sum += target(c, label, z.size()) * static_cast<double>(log_total - (z(c) - max));
    }
    return sum / total_of_batch;
  }

  template <class Z, class Labels, class DZ>
  double value_and_gradient(const Z& logits, const Labels& labels, DZ& dz) const {
    using S = typename Z::Scalar;
    const double total_of_batch = total_weight(labels);
    if (total_of_batch == 0) {
      dz.setZero();
      return 0;
    }
    const bool plain = is_plain();
    const Index classes = logits.rows();
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      dz.col(n) = logits.col(n).array() - logits.col(n).maxCoeff();
      const auto label = static_cast<Index>(labels(n));
      if (plain)
        sum -= static_cast<double>(dz(label, n));
      else
        for (Index c = 0; c < classes; ++c)
          if (c == label || label_smoothing != 0)
            sum -= target(c, label, classes) * static_cast<double>(dz(c, n));
    }
    dz.array() = dz.array().exp();
    const S mean = S(1) / static_cast<S>(logits.cols());
    for (Index n = 0; n < logits.cols(); ++n) {
      const S total = dz.col(n).sum();
      const auto label = static_cast<Index>(labels(n));
      double all = plain ? 1 : 0;
      for (Index c = 0; c < classes && !plain; ++c) all += target(c, label, classes);
      sum += all * static_cast<double>(std::log(total));
      // dz = (sum of the targets * softmax z - targets) / the batch's weight
      // Divided in double, since weights may be too small or too large for S.
      dz.col(n) *= (plain ? mean : static_cast<S>(all / total_of_batch)) / total;
      if (plain)
        dz(label, n) -= mean;
      else
        for (Index c = 0; c < classes; ++c)
          dz(c, n) -= static_cast<S>(target(c, label, classes) / total_of_batch);
    }
    return sum / total_of_batch;
  }

  friend bool operator==(const CrossEntropy&, const CrossEntropy&) = default;

 private:
  bool is_plain() const { return label_smoothing == 0 && class_weights.empty(); }

  double weight(Index c) const {
    return class_weights.empty() ? 1 : class_weights[static_cast<std::size_t>(c)];
  }

  void check_class_weights(Index classes) const {
    const auto count = static_cast<Index>(class_weights.size());
    if (count != classes)
      throw ShapeError(detail::text("CrossEntropy: the network has ", classes,
                                    " classes, but there are ", count, " class_weights"));
    double sum = 0;
    for (Index c = 0; c < classes; ++c) {
      if (!(weight(c) >= 0 && std::isfinite(weight(c))))
        throw ValueError(
            detail::text("CrossEntropy: class_weights must be finite numbers >= 0, "
                         "got ",
                         weight(c), " for class ", c));
      sum += weight(c);
    }
    if (sum == 0) throw ValueError("CrossEntropy: class_weights are all 0");
  }

  /// What a class counts in the loss of a sample of a label.
  double target(Index c, Index label, Index classes) const {
    const double smoothed = label_smoothing / static_cast<double>(classes) * weight(c);
    return c == label ? smoothed + (1 - label_smoothing) * weight(label) : smoothed;
  }
};

}  // namespace ridge
