#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <ridge/plot/ticks.hpp>

namespace ridge::detail {

/// One direction of a plot: which numbers it shows, and where.
class Axis {
 public:
  Axis(bool is_log, bool integers) : log_(is_log), integers_(integers) {}

  /// Whether a number has a place: it is finite, and above 0 where the axis is logarithmic. The
  /// far ends of what a double can hold are left out, where ranges would overflow.
  bool shows(double v) const {
    return std::isfinite(v) && std::abs(v) <= largest && (!log_ || v >= smallest);
  }

  /// Widens the range so that a number is in it, if it has a place.
  void include(double v) {
    if (!shows(v)) return;
    low_ = std::min(low_, v);
    high_ = std::max(high_, v);
  }

  bool empty() const { return low_ > high_; }

  /// Leaves room at both ends, except at 0 if `from_zero`: bars stand on it. A single number comes
  /// into the middle.
  void settle(bool from_zero) {
    if (empty()) low_ = log_ ? 1 : 0, high_ = log_ ? 10 : 1;
    first_ = low_;
    last_ = high_;
    if (log_) {
      const double room = std::exp(0.05 * (std::log(high_) - std::log(low_)));
      const bool one = !(high_ >= low_ * (1 + 1e-9));
      low_ = std::max(low_ / (one ? 3 : room), smallest);
      high_ = std::min(high_ * (one ? 3 : room), largest);
      return;
    }
    if (high_ - low_ < 1e-9 * std::max(std::abs(low_), std::abs(high_)) || high_ - low_ < 1e-290) {
      const double half = low_ == 0 ? 1 : std::max(std::abs(low_) / 2, 1e-290);
      low_ -= half;
      high_ += half;
      return;
    }
    const double room = 0.05 * (high_ - low_);
    if (!(from_zero && low_ == 0)) low_ -= room;
    if (!(from_zero && high_ == 0)) high_ += room;
  }

  /// Takes back room beyond what there can be, 100 of percent for instance; numbers keep theirs.
  void bound(double lowest, double highest) {
    low_ = std::max(low_, std::min(lowest, first_));
    high_ = std::min(high_, std::max(highest, last_));
  }

  /// From where to where on the picture it goes.
  void place(double from, double to) {
    from_ = from;
    to_ = to;
  }

  double at(double v) const {
    const auto scaled = [&](double x) { return log_ ? std::log(x) : x; };
    const double low = scaled(low_), high = scaled(high_);
    const double share = (scaled(log_ ? std::max(v, low_) : v) - low) / (high - low);
    return from_ + share * (to_ - from_);
  }

  double low() const { return low_; }
  double high() const { return high_; }

  Ticks ticks(int most) const {
    return log_ ? log_ticks(low_, high_, most) : linear_ticks(low_, high_, most, integers_);
  }

 private:
  static constexpr double smallest = 1e-300, largest = 1e300;

  bool log_, integers_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
  double first_ = 0, last_ = 0;  // the numbers themselves, without room about them
  double from_ = 0, to_ = 1;
};

}  // namespace ridge::detail
