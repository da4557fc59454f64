#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/optimizers/direction.hpp>
#include <ridge/optimizers/weight_decay.hpp>

namespace ridge::detail {

/// One step of Adam (Kingma and Ba, 2015) for one parameter, with the moments corrected for having
/// begun at 0. What depends on the step alone is computed once: an element costs one root and one
/// division. The root of the second moment's correction is moved from under it into both factors:
///
///     rate/c1 m / (sqrt(v)/sqrt(c2) + epsilon) = rate sqrt(c2)/c1 m / (sqrt(v) + epsilon sqrt(c2))
template <class Scalar>
struct AdamRule {
  Scalar keep_mean, fresh_mean;      ///< beta1, 1 - beta1
  Scalar keep_square, fresh_square;  ///< beta2, 1 - beta2
  Scalar rate, long_rate;            ///< rate sqrt(c2) / c1; rate sqrt(c2)
  Scalar epsilon;                    ///< epsilon sqrt(c2)
  bool amsgrad;
  DecayRule<Scalar> decay;

  /// Of Adam or AdamW.
  template <class O>
  static AdamRule of(const O& o, std::int64_t step, const ParameterInfo& info) {
    const double t = static_cast<double>(step) + 1;
    const double correction = 1 - std::pow(o.beta1, t);
    const double root = std::sqrt(1 - std::pow(o.beta2, t));
    const double rate = o.schedule * o.learning_rate * root;
    return {static_cast<Scalar>(o.beta1),           static_cast<Scalar>(1 - o.beta1),
            static_cast<Scalar>(o.beta2),           static_cast<Scalar>(1 - o.beta2),
            static_cast<Scalar>(rate / correction), static_cast<Scalar>(rate),
            static_cast<Scalar>(o.epsilon * root),  o.amsgrad,
            DecayRule<Scalar>::of(o, info)};
  }

  /// @param m the mean of the gradients, v that of their squares, largest the largest v so far
  template <class W, class G, class M>
  void operator()(W&& w, const G& g, M&& m, M&& v, M&& largest) const {
    const auto& d = once(g + decay.coupled * w);
    m = keep_mean * m + fresh_mean * d;
    v = keep_square * v + fresh_square * d.square();
    if (amsgrad) {
      largest = v.max(largest);  // in this order NaN of v stays
      w = (1 - decay.lost) * w - rate * m / (largest.sqrt() + epsilon);
    } else {
      w = (1 - decay.lost) * w - rate * m / (v.sqrt() + epsilon);
    }
  }

  /// What a steady gradient is multiplied by, element by element.
  template <class M>
  auto step_size(const M&, const M& v, const M& largest) const {
    return long_rate / ((amsgrad ? largest : v).sqrt() + epsilon);
  }
};

/// What `validate()` of Adam and AdamW requires of both betas.
template <class O>
void require_betas(const O& o, std::string_view name) {
  if (!(o.beta1 >= 0 && o.beta1 < 1))
    throw ValueError(text(name, ": beta1 must be in [0, 1), got ", o.beta1));
  if (!(o.beta2 >= 0 && o.beta2 < 1))
    throw ValueError(text(name, ": beta2 must be in [0, 1), got ", o.beta2));
}

}  // namespace ridge::detail
