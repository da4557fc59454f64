#pragma once

#include <concepts>

#include <ridge/core/concepts.hpp>
#include <ridge/losses/targets.hpp>

namespace ridge {

/// Squared near the target and absolute far from it, so that outliers pull no harder than delta
/// (Huber, 1964). With d = y - t,
///
///     d^2 / 2                    where |d| <= delta
///     delta (|d| - delta / 2)    elsewhere
///
/// the mean over the batch and over the outputs, as PyTorch's `HuberLoss` takes it.
///
/// Outputs and targets are outputs x samples.
struct Huber {
  double delta = 1;  ///< where it changes from squared to absolute, in units of the targets

  template <class Scalar>
  using Example = Matrix<Scalar>;

  /// @throws ShapeError if there are not as many targets as outputs, ValueError for NaN or infinity
  ///         and for a delta that is not positive and finite
  template <class Targets>
  void check(Index outputs, const Targets& targets) const {
    static_assert(std::floating_point<typename Targets::Scalar>,
                  "ridge::Huber: targets must be floating-point numbers; for class labels use "
                  "CrossEntropy");
    detail::check_positive(delta, "Huber: delta");
    detail::check_numbers("Huber", outputs, targets);
  }

  template <class Y, class Targets>
  double value(const Y& outputs, const Targets& targets) const {
    using S = typename Y::Scalar;
    return mean_of(outputs - targets.template cast<S>());
  }

  template <class Y, class Targets, class DY>
  double value_and_gradient(const Y& outputs, const Targets& targets, DY& dy) const {
    using S = typename Y::Scalar;
    dy = outputs - targets.template cast<S>();
    const double mean = mean_of(dy);
    const auto limit = static_cast<S>(delta);
    dy = dy.cwiseMax(-limit).cwiseMin(limit) / static_cast<S>(dy.size());
    return mean;
  }

  friend bool operator==(const Huber&, const Huber&) = default;

 private:
  /// Both pieces are m (|d| - m / 2) with m = min(|d|, delta).
  template <class D>
  double mean_of(const D& difference) const {
    using S = typename D::Scalar;
    const auto size = difference.array().abs();
    const auto slope = size.min(static_cast<S>(delta));
    return static_cast<double>((slope * (size - slope / 2)).sum()) /
           static_cast<double>(difference.size());
  }
};

}  // namespace ridge
