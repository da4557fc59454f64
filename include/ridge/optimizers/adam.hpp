#pragma once

#include <cstdint>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/adam_rule.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge {

/// Adam (Kingma and Ba, 2015), PyTorch's `torch.optim.Adam` to the number. In step t = 1, 2, ...,
/// with d = g + weight_decay w for each parameter,
///
///     m = beta1 m + (1 - beta1) d
///     v = beta2 v + (1 - beta2) d^2
///     w = w - learning_rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;     ///< of the gradients' mean: about 1/(1 - beta1) steps count
  double beta2 = 0.999;   ///< of the squares' mean
  double epsilon = 1e-8;  ///< 0 makes NaN of a weight whose gradients are all 0
  double weight_decay = 0;
  bool amsgrad = false;  ///< divide by the largest v so far (Reddi, Kale and Kumar, 2018)
  Decay decay = Decay::coupled;
  Selection decays = all_roles;  ///< what weight_decay touches; PyTorch's default is everything
  double schedule = 1;           ///< present factor of the learning rate; schedules set it

  /// m, v and, with amsgrad, the largest v.
  static constexpr int memory_arrays = 3;
  int arrays_used() const { return amsgrad ? 3 : 2; }

  /// @throws ValueError for a negative, infinite or NaN number, and for a beta that is not below 1
  void validate() const {
    detail::require_non_negative(learning_rate, "Adam: learning_rate");
    detail::require_betas(*this, "Adam");
    detail::require_non_negative(epsilon, "Adam: epsilon");
    detail::require_non_negative(weight_decay, "Adam: weight_decay");
    detail::require_non_negative(schedule, "Adam: schedule");
  }

  template <class Scalar>
  detail::AdamRule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    return detail::AdamRule<Scalar>::of(*this, step, info);
  }

  friend bool operator==(const Adam&, const Adam&) = default;
};

}  // namespace ridge
