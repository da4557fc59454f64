#pragma once

#include <cstdint>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/direction.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge {

/// Adagrad (Duchi, Hazan and Singer, 2011), PyTorch's `torch.optim.Adagrad` to the number. In step
/// t = 0, 1, ..., with d = g + weight_decay w for each parameter and s = initial_accumulator at
/// first,
///
///     s = s + d^2
///     w = w - learning_rate / (1 + t learning_rate_decay) d / (sqrt(s) + epsilon)
struct Adagrad {
  double learning_rate = 0.01;
  double learning_rate_decay = 0;
  double weight_decay = 0;
  double initial_accumulator = 0;
  double epsilon = 1e-10;  ///< 0 makes NaN of a weight whose gradients are all 0
  Decay decay = Decay::coupled;
  Selection decays = all_roles;  ///< what weight_decay touches; PyTorch's default is everything
  double schedule = 1;           ///< present factor of the learning rate; schedules set it

  /// s.
  static constexpr int memory_arrays = 1;
  int arrays_used() const { return 1; }

  /// @throws ValueError for a negative, infinite or NaN number
  void validate() const {
    detail::require_non_negative(learning_rate, "Adagrad: learning_rate");
    detail::require_non_negative(learning_rate_decay, "Adagrad: learning_rate_decay");
    detail::require_non_negative(weight_decay, "Adagrad: weight_decay");
    detail::require_non_negative(initial_accumulator, "Adagrad: initial_accumulator");
    detail::require_non_negative(epsilon, "Adagrad: epsilon");
    detail::require_non_negative(schedule, "Adagrad: schedule");
  }

  /// The numbers of one step for one parameter, and what they do. An element costs one root and one
  /// division.
  template <class Scalar>
  struct Rule {
    Scalar rate, initial, epsilon;
    detail::DecayRule<Scalar> decay;

    template <class W, class G, class S>
    void operator()(W&& w, const G& g, S&& s) const {
      const auto& d = detail::once(g + decay.coupled * w);
      s = s + initial + d.square();
      w = (1 - decay.lost) * w - rate * d / (s.sqrt() + epsilon);
    }

    /// What a gradient is multiplied by, element by element.
    template <class S>
    auto step_size(const S& s) const {
      return rate / (s.sqrt() + epsilon);
    }
  };

  template <class Scalar>
  Rule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    const double slowed = 1 + static_cast<double>(step) * learning_rate_decay;
    return {static_cast<Scalar>(schedule * learning_rate / slowed),
            static_cast<Scalar>(step == 0 ? initial_accumulator : 0.0),
            static_cast<Scalar>(epsilon), detail::DecayRule<Scalar>::of(*this, info)};
  }

  friend bool operator==(const Adagrad&, const Adagrad&) = default;
};

}  // namespace ridge
