#pragma once

#include <ridge/core/selection.hpp>

namespace ridge {

/// How the `weight_decay` of an optimizer shrinks a parameter w in a step.
enum class Decay {
  coupled,     ///< g + weight_decay w is taken for the gradient g: momentum and scaling see it
  decoupled,   ///< w - learning_rate weight_decay w, then the step (Loshchilov and Hutter, 2019)
  independent  ///< w - weight_decay w, then the step: whatever the learning rate is
};
// Decoupled and independent decay follow the schedule, in `schedule`.

namespace detail {

/// The decay of one parameter in one step, as numbers.
template <class Scalar>
struct DecayRule {
  Scalar coupled = 0;  ///< of w to the gradient
  Scalar lost = 0;     ///< of w, in the same step

  /// Of an optimizer with the fields `learning_rate`, `schedule`, `weight_decay`, `decay`,
  /// `decays`.
  template <class O>
  EIGEN_ALWAYS_INLINE static DecayRule of(const O& o, const ParameterInfo& info) {
    if (o.weight_decay == 0 || !o.decays.contains(info)) return {};
    switch (o.decay) {
      case Decay::coupled:
        return {static_cast<Scalar>(o.weight_decay), 0};
      case Decay::decoupled:
        return {0, static_cast<Scalar>(o.schedule * o.learning_rate * o.weight_decay)};
      case Decay::independent:
        return {0, static_cast<Scalar>(o.schedule * o.weight_decay)};
    }
    return {};
  }
};

}  // namespace detail
}  // namespace ridge
