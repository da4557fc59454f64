#pragma once

#include <cstdint>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge {

/// Stochastic gradient descent with momentum and weight decay, PyTorch's `torch.optim.SGD` to the
/// number. With d = g + weight_decay w for each parameter,
///
///     v = d in the first step, then v = momentum v + (1 - dampening) d
///     w = w - learning_rate u
///
/// where u is d without momentum, v with it, and d + momentum v with Nesterov's.
struct SGD {
  double learning_rate = 0.01;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  Decay decay = Decay::coupled;
  Selection decays = all_roles;  ///< what weight_decay touches; PyTorch's default is everything
  double schedule = 1;           ///< present factor of the learning rate; schedules set it

  /// v, if there is momentum.
  static constexpr int memory_arrays = 1;
  int arrays_used() const { return momentum != 0 ? 1 : 0; }

  /// @throws ValueError for a negative, infinite or NaN number, and for Nesterov's momentum without
  ///         momentum or with dampening
  void validate() const {
    detail::require_non_negative(learning_rate, "SGD: learning_rate");
    detail::require_non_negative(momentum, "SGD: momentum");
    detail::require_non_negative(dampening, "SGD: dampening");
    detail::require_non_negative(weight_decay, "SGD: weight_decay");
    detail::require_non_negative(schedule, "SGD: schedule");
    if (nesterov && (momentum == 0 || dampening != 0))
      throw ValueError(
          detail::text("SGD: Nesterov's momentum needs momentum > 0 and dampening 0, got ",
                       momentum, " and ", dampening));
  }

  /// The numbers of one step for one parameter, and what they do.
  template <class Scalar>
  struct Rule {
    Scalar rate, momentum, fresh;
    bool nesterov;
    detail::DecayRule<Scalar> decay;

    template <class W, class G, class V>
    void operator()(W&& w, const G& g, V&& v) const {
      if (momentum == 0) {
        w = (1 - decay.lost) * w - rate * (g + decay.coupled * w);
        return;
      }
      const auto d = g + decay.coupled * w;
      v = momentum * v + fresh * d;
      if (nesterov)
        w = (1 - decay.lost) * w - rate * (d + momentum * v);
      else
        w = (1 - decay.lost) * w - rate * v;
    }

    /// What a steady gradient is multiplied by in the long run, momentum included.
    template <class V>
    Scalar step_size(const V&) const {
      return momentum > 0 && momentum < 1 ? rate * fresh / (1 - momentum) : rate;
    }
  };

  template <class Scalar>
  EIGEN_ALWAYS_INLINE Rule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    return {static_cast<Scalar>(schedule * learning_rate), static_cast<Scalar>(momentum),
            static_cast<Scalar>(step == 0 ? 1.0 : 1.0 - dampening), nesterov,
            detail::DecayRule<Scalar>::of(*this, info)};
  }

  friend bool operator==(const SGD&, const SGD&) = default;
};

}  // namespace ridge
