#pragma once

#include <concepts>

#include <ridge/core/concepts.hpp>
#include <ridge/losses/targets.hpp>

namespace ridge {

/// (y - t)^2, the mean over the batch and over the outputs, as PyTorch's `MSELoss` takes it.
///
/// Outputs and targets are outputs x samples.
struct MeanSquaredError {
  template <class Scalar>
  using Example = Matrix<Scalar>;

  /// @throws ShapeError if there are not as many targets as outputs, ValueError for NaN or infinity
  template <class Targets>
  void check(Index outputs, const Targets& targets) const {
    static_assert(std::floating_point<typename Targets::Scalar>,
                  "ridge::MeanSquaredError: targets must be floating-point numbers; for class "
                  "labels use CrossEntropy");
    detail::check_numbers("MeanSquaredError", outputs, targets);
  }

  template <class Y, class Targets>
  double value(const Y& outputs, const Targets& targets) const {
    using S = typename Y::Scalar;
    return static_cast<double>((outputs - targets.template cast<S>()).squaredNorm()) /
           static_cast<double>(outputs.size());
  }

  template <class Y, class Targets, class DY>
  double value_and_gradient(const Y& outputs, const Targets& targets, DY& dy) const {
    using S = typename Y::Scalar;
    dy = outputs - targets.template cast<S>();
    const double mean = static_cast<double>(dy.squaredNorm()) / static_cast<double>(dy.size());
    dy *= S(2) / static_cast<S>(dy.size());  // dy = 2 (y - t) / size
    return mean;
  }

  friend bool operator==(const MeanSquaredError&, const MeanSquaredError&) = default;
};

}  // namespace ridge
