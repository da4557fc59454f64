#pragma once

#include <vector>

#include <ridge/core/error.hpp>

namespace ridge {

/// What happens between a gradient and its step. Any of these needs gradients that are stored, so
/// that a step costs more than the default, which never stores one.
struct StepOptions {
  int accumulate = 1;           ///< batches for one step, by the mean gradient over their samples
  double clip_value = 0;        ///< bound of every element of a gradient; 0: none
  double clip_norm = 0;         ///< bound of each parameter's gradient's norm; 0: none
  double clip_global_norm = 0;  ///< bound of the norm of all gradients together; 0: none
  double sharpness_radius = 0;  ///< rho of sharpness-aware minimization (Foret et al., 2021): the
                                ///< gradient is taken at w + rho g / |g|; 0: at w
  bool report = false;          ///< fill in `Trainer::report()` in every step

  bool stores_gradients() const {
    return accumulate != 1 || clip_value != 0 || clip_norm != 0 || clip_global_norm != 0 ||
           sharpness_radius != 0 || report;
  }

  /// @throws ValueError for a number outside its domain
  void validate() const {
    if (accumulate < 1)
      throw ValueError(
          detail::text("StepOptions: accumulate must be at least 1, got ", accumulate));
    detail::require_non_negative(clip_value, "StepOptions: clip_value");
    detail::require_non_negative(clip_norm, "StepOptions: clip_norm");
    detail::require_non_negative(clip_global_norm, "StepOptions: clip_global_norm");
    detail::require_non_negative(sharpness_radius, "StepOptions: sharpness_radius");
  }

  friend bool operator==(const StepOptions&, const StepOptions&) = default;
};

/// What the last step was made of, at the weights where its gradient was taken.
struct StepReport {
  double loss = 0;                   ///< of the data: the batch's mean
  std::vector<double> penalties;     ///< of each penalty of the sum, in its order
  double gradient_norm = 0;          ///< of the data loss
  double penalty_gradient_norm = 0;  ///< of the penalties, L1 by its subgradient
  double kept = 1;                   ///< what clipping by the global norm has left of the gradient

  /// How much the penalties pull, compared with the data.
  double ratio() const { return penalty_gradient_norm / gradient_norm; }
};

}  // namespace ridge
