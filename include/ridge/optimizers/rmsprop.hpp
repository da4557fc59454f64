#pragma once

#include <cstdint>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/direction.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge {

/// RMSprop (Tieleman and Hinton, 2012), PyTorch's `torch.optim.RMSprop` to the number. With
/// d = g + weight_decay w for each parameter,
///
///     s = alpha s + (1 - alpha) d^2
///     u = d / (sqrt(s) + epsilon)
///     w = w - learning_rate u
///
/// With momentum, b = momentum b + u takes the place of u in the last line. Centered, s is lessened
/// by the square of the gradients' mean a = alpha a + (1 - alpha) d under the root, so that it is
/// their variance; it is never taken as less than 0, which rounding could make of it.
struct RMSprop {
  double learning_rate = 0.01;
  double alpha = 0.99;    ///< of the squares' mean: about 1/(1 - alpha) steps count
  double epsilon = 1e-8;  ///< 0 makes NaN of a weight whose gradients are all 0
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  Decay decay = Decay::coupled;
  Selection decays = all_roles;  ///< what weight_decay touches; PyTorch's default is everything
  double schedule = 1;           ///< present factor of the learning rate; schedules set it

  /// s, b with momentum, a if centered. Their order is fixed, so that momentum may be set later:
  /// centered without it leaves b zero.
  static constexpr int memory_arrays = 3;
  int arrays_used() const { return centered ? 3 : momentum != 0 ? 2 : 1; }

  /// @throws ValueError for a negative, infinite or NaN number, and for an alpha that is not below
  /// 1
  void validate() const {
    detail::require_non_negative(learning_rate, "RMSprop: learning_rate");
    if (!(alpha >= 0 && alpha < 1))
      throw ValueError(detail::text("RMSprop: alpha must be in [0, 1), got ", alpha));
    detail::require_non_negative(epsilon, "RMSprop: epsilon");
    detail::require_non_negative(weight_decay, "RMSprop: weight_decay");
    detail::require_non_negative(momentum, "RMSprop: momentum");
    detail::require_non_negative(schedule, "RMSprop: schedule");
  }

  /// The numbers of one step for one parameter, and what they do. An element costs one root and one
  /// division.
  template <class Scalar>
  struct Rule {
    Scalar rate, keep, fresh, epsilon, momentum;
    bool centered;
    detail::DecayRule<Scalar> decay;

    template <class W, class G, class M>
    void operator()(W&& w, const G& g, M&& s, M&& b, M&& a) const {
      const auto& d = detail::once(g + decay.coupled * w);
      s = keep * s + fresh * d.square();
      if (centered) {
        a = keep * a + fresh * d;
        step(w, d, (s - a.square()).max(Scalar(0)), b);
      } else {
        step(w, d, s, b);
      }
    }

    /// What a steady gradient is multiplied by in the long run, element by element, momentum
    /// included.
    template <class M>
    auto step_size(const M& s, const M&, const M& a) const {
      const Scalar less = centered ? Scalar(1) : Scalar(0);  // a is w if it is not in use
      const Scalar long_rate = momentum > 0 && momentum < 1 ? rate / (1 - momentum) : rate;
      return long_rate / ((s - less * a.square()).max(Scalar(0)).sqrt() + epsilon);
    }

   private:
    template <class W, class D, class Square, class M>
    void step(W& w, const D& d, const Square& square, M& b) const {
      if (momentum == 0) {
        w = (1 - decay.lost) * w - rate * d / (square.sqrt() + epsilon);
        return;
      }
      b = momentum * b + d / (square.sqrt() + epsilon);
      w = (1 - decay.lost) * w - rate * b;
    }
  };

  template <class Scalar>
  Rule<Scalar> rule(std::int64_t, const ParameterInfo& info) const {
    return {static_cast<Scalar>(schedule * learning_rate),
            static_cast<Scalar>(alpha),
            static_cast<Scalar>(1 - alpha),
            static_cast<Scalar>(epsilon),
            static_cast<Scalar>(momentum),
            centered,
            detail::DecayRule<Scalar>::of(*this, info)};
  }

  friend bool operator==(const RMSprop&, const RMSprop&) = default;
};

}  // namespace ridge
