#pragma once

#include <concepts>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/losses/targets.hpp>

namespace ridge {

/// Sigmoid cross-entropy from logits: every output is a yes or no of its own. With p for
/// positive_weight,
///
///     -p t log(sigmoid z) - (1 - t) log(1 - sigmoid z)
///
/// the mean over the batch and over the outputs, as PyTorch's `BCEWithLogitsLoss` takes it. It is
/// computed from exp(-|z|), so logits of any finite size are safe.
///
/// Label smoothing s takes (1 - s) t + s / 2 for t: with one output this is `CrossEntropy` of two
/// classes with the same smoothing. PyTorch has no such option here.
///
/// Outputs are outputs x samples, and so are targets: numbers from 0 to 1. For a network with one
/// output they can be integer labels 0 and 1 too.
struct BinaryCrossEntropy {
  double positive_weight = 1;  ///< of what is yes; negatives / positives balances the two
  double label_smoothing = 0;  ///< share of a target that is spread over yes and no

  template <class Scalar>
  using Example = Matrix<Scalar>;

  /// @throws ShapeError if there are not as many targets as outputs, ValueError for a target
  /// outside
  ///         0 to 1, a label that is neither 0 nor 1, a label_smoothing outside [0, 1) and a
  ///         positive_weight that is negative, infinite or NaN
  template <class Targets>
  void check(Index outputs, const Targets& targets) const {
    detail::require_non_negative(positive_weight, "BinaryCrossEntropy: positive_weight");
    detail::check_smoothing("BinaryCrossEntropy", label_smoothing);
    if constexpr (std::integral<typename Targets::Scalar>) {
      if (outputs != 1)
        throw ShapeError(
            detail::text("BinaryCrossEntropy: integer labels need a network with 1 "
                         "output, this one has ",
                         outputs,
                         "; give numbers from 0 to 1, outputs x samples, or "
                         "use CrossEntropy"));
      detail::check_labels("BinaryCrossEntropy", 2, targets);
    } else {
      detail::check_numbers("BinaryCrossEntropy", outputs, targets);
      for (Index n = 0; n < targets.cols(); ++n)
        for (Index i = 0; i < outputs; ++i)
          if (targets(i, n) < 0 || targets(i, n) > 1)
            throw ValueError(detail::text("BinaryCrossEntropy: target ", i, " of sample ", n,
                                          " is ", targets(i, n), ", outside 0 to 1"));
    }
  }

  /// The class, 0 or 1, that a network's only output stands for: 1 if its probability is above 1/2.
  template <class Z>
  static Index decide(const Z& logit) {
    return logit(0) > 0 ? 1 : 0;
  }

  template <class Z, class Targets>
  double value(const Z& logits, const Targets& targets) const {
    using S = typename Z::Scalar;
    return mean_of(logits.array(), (-logits.array().abs()).exp(), yes<S>(targets), no<S>(targets));
  }

  template <class Z, class Targets, class DZ>
  double value_and_gradient(const Z& logits, const Targets& targets, DZ& dz) const {
    using S = typename Z::Scalar;
    const auto z = logits.array();
    dz.array() = (-z.abs()).exp();
    const auto e = dz.array();
    const double mean = mean_of(z, e, yes<S>(targets), no<S>(targets));
    // dz = no * sigmoid(z) - yes * sigmoid(-z), of which one is 1 / (1 + e), the other e / (1 + e)
    const auto a = no<S>(targets);
    const auto b = yes<S>(targets);
    dz.array() = (z >= S(0)).select(a - b * e, a * e - b) / ((1 + e) * static_cast<S>(dz.size()));
    return mean;
  }

  friend bool operator==(const BinaryCrossEntropy&, const BinaryCrossEntropy&) = default;

 private:
  /// What the two logarithms are multiplied by: p t and 1 - t, of smoothed targets.
  template <class S, class Targets>
  auto yes(const Targets& targets) const {
    return targets.template cast<S>().array() *
               static_cast<S>(positive_weight * (1 - label_smoothing)) +
           static_cast<S>(positive_weight * label_smoothing / 2);
  }
  template <class S, class Targets>
  auto no(const Targets& targets) const {
    return static_cast<S>(1 - label_smoothing / 2) -
           targets.template cast<S>().array() * static_cast<S>(1 - label_smoothing);
  }

  /// With e = exp(-|z|): -log sigmoid z = max(-z, 0) + log(1 + e).
  template <class Z, class E, class Yes, class No>
  static double mean_of(const Z& z, const E& e, const Yes& yes, const No& no) {
    using S = typename Z::Scalar;
    const auto far = no * z.max(S(0)) + yes * (-z).max(S(0));
    return static_cast<double>((far + (yes + no) * e.log1p()).sum()) /
           static_cast<double>(z.size());
  }
};

}  // namespace ridge
