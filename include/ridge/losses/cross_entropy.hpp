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
    if (!is_plain()) return general_value(logits, labels);
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
    if (!is_plain()) return general_value_and_gradient(logits, labels, dz);
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

  /// A sample's share of the sum over the batch, from z - max z and log sum exp(z - max z).
  template <class Z, class S>
  double sample_loss(const Z& z, S max, S log_total, Index label) const {
    const auto loss_of = [&](Index c) { return static_cast<double>(log_total - (z(c) - max)); };
    double sum = (1 - label_smoothing) * weight(label) * loss_of(label);
    if (label_smoothing == 0) return sum;
    const double share = label_smoothing / static_cast<double>(z.size());
    for (Index c = 0; c < z.size(); ++c) sum += share * weight(c) * loss_of(c);
    return sum;
  }

  template <class Z, class Labels>
  double general_value(const Z& logits, const Labels& labels) const {
    const double total_of_batch = total_weight(labels);
    if (total_of_batch == 0) return 0;
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      const auto z = logits.col(n).array();
      const auto max = z.maxCoeff();
      sum += sample_loss(z, max, std::log((z - max).exp().sum()), static_cast<Index>(labels(n)));
    }
    return sum / total_of_batch;
  }

  template <class Z, class Labels, class DZ>
  double general_value_and_gradient(const Z& logits, const Labels& labels, DZ& dz) const {
    using S = typename Z::Scalar;
    const double total_of_batch = total_weight(labels);
    if (total_of_batch == 0) {
      dz.setZero();
      return 0;
    }
    const double own = (1 - label_smoothing) / total_of_batch;
    const double spread = label_smoothing / (total_of_batch * static_cast<double>(logits.rows()));
    double all = 0;
    for (Index c = 0; c < logits.rows(); ++c) all += spread * weight(c);
    double sum = 0;
    for (Index n = 0; n < logits.cols(); ++n) {
      const auto z = logits.col(n).array();
      const auto label = static_cast<Index>(labels(n));
      const S max = z.maxCoeff();
      dz.col(n) = (z - max).exp();
      const S total = dz.col(n).sum();
      sum += sample_loss(z, max, static_cast<S>(std::log(total)), label);
      // dz = (sum of the targets) * softmax z - targets, where a label's target is own w_y more
      dz.col(n) *= static_cast<S>(own * weight(label) + all) / total;
      dz(label, n) -= static_cast<S>(own * weight(label));
      if (spread != 0)
        for (Index c = 0; c < logits.rows(); ++c) dz(c, n) -= static_cast<S>(spread * weight(c));
    }
    return sum / total_of_batch;
  }
};

}  // namespace ridge
