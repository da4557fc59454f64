#pragma once

#include <algorithm>
#include <limits>

#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>

namespace ridge {

/// When losses no longer fall, and by how much the learning rate is then reduced: PyTorch's
/// `ReduceLROnPlateau` in its mode "min". A loss is better than the best one if it is less than
/// best (1 - threshold), or, absolute, than best - threshold. After more than `patience` losses in
/// a row that are not, the factor is reduced; the next `cooldown` losses count for nothing.
struct Plateau {
  double factor = 0.1;
  int patience = 10;
  double threshold = 1e-4;
  bool absolute = false;  ///< of the threshold: `threshold_mode="abs"`
  int cooldown = 0;
  double minimum = 0;          ///< as a factor of the learning rate, whose share `min_lr` is
  double least_change = 1e-8;  ///< a smaller reduction is not made; `eps`, as a factor

  /// @throws ValueError for a number that is negative, infinite or NaN, and for a factor that does
  ///         not reduce
  void validate() const {
    detail::require_non_negative(factor, "Plateau: factor");
    if (factor >= 1) throw ValueError(detail::text("Plateau: factor must be < 1, got ", factor));
    if (patience < 0)
      throw ValueError(detail::text("Plateau: patience must be at least 0, got ", patience));
    detail::require_non_negative(threshold, "Plateau: threshold");
    if (cooldown < 0)
      throw ValueError(detail::text("Plateau: cooldown must be at least 0, got ", cooldown));
    detail::require_non_negative(minimum, "Plateau: minimum");
    detail::require_non_negative(least_change, "Plateau: least_change");
  }

  friend bool operator==(const Plateau&, const Plateau&) = default;
};

/// Watches losses, one after the other, for a `Plateau`.
class PlateauWatch {
 public:
  /// @throws ValueError for numbers outside their domain
  explicit PlateauWatch(const Plateau& plateau) : plateau_(plateau) { plateau_.validate(); }

  /// The factor of the learning rate after one more loss; NaN is one that is not better.
  double observe(double loss) {
    if (loss < bar()) {
      best_ = loss;
      bad_ = 0;
    } else {
      ++bad_;
    }
    if (cooling_ > 0) {
      --cooling_;
      bad_ = 0;
    }
    if (bad_ > plateau_.patience) {
      const double reduced = std::max(factor_ * plateau_.factor, plateau_.minimum);
      if (factor_ - reduced > plateau_.least_change) factor_ = reduced;
      cooling_ = plateau_.cooldown;
      bad_ = 0;
    }
    return factor_;
  }

  void visit_state(StateVisitor& visit) {
    visit("factor", factor_);
    visit("best", best_);
    visit("bad", bad_);
    visit("cooling", cooling_);
    if (visit.reads()) {
      detail::require_non_negative(factor_, "the factor of a plateau");
      detail::require_count(bad_, "number of losses that are not better");
      detail::require_count(cooling_, "cooldown");
    }
  }

  double factor() const { return factor_; }
  double best() const { return best_; }

 private:
  /// What a loss must be below to be better.
  double bar() const {
    if (plateau_.absolute) return best_ - plateau_.threshold;
    // Infinity at first, whatever the threshold.
    return best_ == std::numeric_limits<double>::infinity() ? best_
                                                            : best_ * (1 - plateau_.threshold);
  }

  Plateau plateau_;
  double factor_ = 1;
  double best_ = std::numeric_limits<double>::infinity();
  int bad_ = 0;      // losses in a row that are not better
  int cooling_ = 0;  // losses to come that count for nothing
};

}  // namespace ridge
