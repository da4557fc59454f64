#pragma once

#include <concepts>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/losses/targets.hpp>

namespace ridge {

/// The hinge loss of a linear support vector machine: the label's output should be above every
/// other one by a margin. For outputs z and label y,
///
///     sum over j != y of max(0, margin - z_y + z_j)^power / classes
///
/// the mean over the batch, as PyTorch's `MultiMarginLoss` takes it.
///
/// Outputs are classes x samples; targets are one integer label a sample.
struct MulticlassHinge {
  double margin = 1;
  int power = 1;  ///< 1, or 2 for the squared hinge, which has no kinks

  template <class Scalar>
  using Example = RowVector<int>;

  /// @throws ShapeError if the targets are not one row, ValueError for a label that is no class, a
  ///         margin that is negative, infinite or NaN, and a power other than 1 and 2
  template <class Labels>
  void check(Index classes, const Labels& labels) const {
    static_assert(std::integral<typename Labels::Scalar>,
                  "ridge::MulticlassHinge: targets must be integer class labels; for numbers use "
                  "MeanSquaredError");
    detail::require_non_negative(margin, "MulticlassHinge: margin");
    if (power != 1 && power != 2)
      throw ValueError(detail::text("MulticlassHinge: power must be 1 or 2, got ", power));
    detail::check_labels("MulticlassHinge", classes, labels);
  }

  template <class Z, class Labels>
  double value(const Z& outputs, const Labels& labels) const {
    double sum = 0;
    for (Index n = 0; n < outputs.cols(); ++n) {
      const auto label = static_cast<Index>(labels(n));
      for (Index j = 0; j < outputs.rows(); ++j)
        if (j != label) sum += loss_of(lack(outputs, n, label, j));
    }
    return sum / static_cast<double>(outputs.size());
  }

  template <class Z, class Labels, class DZ>
  double value_and_gradient(const Z& outputs, const Labels& labels, DZ& dz) const {
    using S = typename Z::Scalar;
    const S share = S(1) / static_cast<S>(outputs.size());
    double sum = 0;
    for (Index n = 0; n < outputs.cols(); ++n) {
      const auto label = static_cast<Index>(labels(n));
      S pull = 0;  // of the others on the label's output
      for (Index j = 0; j < outputs.rows(); ++j) {
        if (j == label) continue;
        const S missing = lack(outputs, n, label, j);
        sum += loss_of(missing);
        dz(j, n) = missing == 0 ? S(0) : power == 1 ? share : 2 * missing * share;
        pull += dz(j, n);
      }
      dz(label, n) = -pull;
    }
    return sum / static_cast<double>(outputs.size());
  }

  friend bool operator==(const MulticlassHinge&, const MulticlassHinge&) = default;

 private:
  /// By how much output j comes too near the label's; NaN stays NaN.
  template <class Z>
  auto lack(const Z& outputs, Index n, Index label, Index j) const {
    using S = typename Z::Scalar;
    const S missing = static_cast<S>(margin) - outputs(label, n) + outputs(j, n);
    return missing <= 0 ? S(0) : missing;
  }
  template <class S>
  double loss_of(S missing) const {
    return static_cast<double>(power == 1 ? missing : missing * missing);
  }
};

}  // namespace ridge
