#pragma once

#include <cstdint>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/adam_rule.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge {

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), PyTorch's `torch.optim.AdamW` to
/// the number: with w = w - learning_rate weight_decay w first, and Adam's step with the gradient
/// alone.
struct AdamW {
  double learning_rate = 1e-3;
  double beta1 = 0.9;     ///< of the gradients' mean: about 1/(1 - beta1) steps count
  double beta2 = 0.999;   ///< of the squares' mean
  double epsilon = 1e-8;  ///< 0 makes NaN of a weight whose gradients are all 0
  double weight_decay = 1e-2;
  bool amsgrad = false;  ///< divide by the largest v so far (Reddi, Kale and Kumar, 2018)
  Decay decay = Decay::decoupled;
  Selection decays = all_roles;  ///< what weight_decay touches; PyTorch's default is everything
  double schedule = 1;           ///< present factor of the learning rate; schedules set it

  /// m, v and, with amsgrad, the largest v.
  static constexpr int memory_arrays = 3;
  int arrays_used() const { return amsgrad ? 3 : 2; }

  /// @throws ValueError for a negative, infinite or NaN number, and for a beta that is not below 1
  void validate() const {
    detail::require_non_negative(learning_rate, "AdamW: learning_rate");
    detail::require_betas(*this, "AdamW");
    detail::require_non_negative(epsilon, "AdamW: epsilon");
    detail::require_non_negative(weight_decay, "AdamW: weight_decay");
    detail::require_non_negative(schedule, "AdamW: schedule");
  }

  template <class Scalar>
  detail::AdamRule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    return detail::AdamRule<Scalar>::of(*this, step, info);
  }

  friend bool operator==(const AdamW&, const AdamW&) = default;
};

}  // namespace ridge
