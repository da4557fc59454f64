#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>

namespace ridge {

/// Where an axis has its marks.
struct Ticks {
  std::vector<double> major{};        ///< ascending
  std::vector<std::string> labels{};  ///< of the major ones
  std::vector<double> minor{};        ///< without labels
};

namespace detail {

/// A number with so many decimals, whatever the locale is.
inline std::string fixed(double value, int decimals) {
  char digits[400];  // 1e308 has 309 before the point
  const auto end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
  return {digits, end.ptr};
}

/// Without the zeros at the end of its decimals: "1.50" becomes "1.5", and "-0.00" becomes "0".
inline std::string without_zeros(std::string number) {
  if (number.find('.') != std::string::npos) {
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return number == "-0" ? "0" : number;
}

/// 10^exponent, as exact as a double can be.
inline double power_of_ten(int exponent) {
  return exponent < 0 && exponent >= -22 ? 1 / std::pow(10.0, -exponent) : std::pow(10.0, exponent);
}

/// A tick's label. `last` is the exponent of the last decimal that counts.
inline std::string tick_label(double value, int last, double largest) {
  if (value == 0) return "0";
  if (largest < 1e6 && last >= -4) return fixed(value, std::max(0, -last));
  int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12));
  const double mantissa = value / power_of_ten(exponent);
  const int digits = std::clamp(exponent - last, 0, 15);
  return without_zeros(fixed(mantissa, digits)) + "e" + std::to_string(exponent);
}

/// Whether doubles can tell a hundred places between two numbers apart, and their difference too.
inline bool is_range(double low, double high) {
  const double span = high - low;
  return std::isfinite(span) && span >= 1e-300 &&
         span >= 1e-12 * std::max(std::abs(low), std::abs(high));
}

inline void require_range(double low, double high, int most, const char* who) {
  if (!is_range(low, high))
    throw ValueError(text(who,
                          ": expected two finite numbers, the first below the second by 1e-12 "
                          "of them or more, got ",
                          low, " and ", high));
  if (most < 1) throw ValueError(text(who, ": most must be at least 1, got ", most));
}

}  // namespace detail

/// Multiples of 1, 2 or 5 times a power of ten within [low, high]: of these steps the smallest that
/// makes at most `most` ticks.
/// @param integers whether the step is at least 1, as for counts
/// @throws ValueError if the range is none, or narrower than 1e-12 of its numbers, or `most` is
///         below 1
inline Ticks linear_ticks(double low, double high, int most = 6, bool integers = false) {
  detail::require_range(low, high, most, "linear_ticks");
  int exponent = static_cast<int>(std::floor(std::log10((high - low) / most))) - 1;
  if (integers) exponent = std::max(exponent, 0);
  for (;; ++exponent) {
    const double power = detail::power_of_ten(exponent);
    for (const int digit : {1, 2, 5}) {
      const double step = digit * power;
      const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
      if (last - first + 1 > most) continue;
      Ticks ticks;
      const int count = static_cast<int>(last - first) + 1;
      for (int j = 0; j < count; ++j) {
        const double k = first + j;
        // 3 / 10, and not 3 * 0.1, which is another number.
        ticks.major.push_back(exponent < 0 && exponent >= -22 ? k * digit / std::pow(10, -exponent)
                                                              : k * step);
      }
      const double largest = std::max(std::abs(low), std::abs(high));
      for (double& tick : ticks.major) {
        if (tick == 0) tick = 0;  // not -0
        ticks.labels.push_back(detail::tick_label(tick, exponent, largest));
      }
      return ticks;
    }
  }
}

/// Powers of ten within [low, high], every so many of them that there are at most `most`, with what
/// lies between as minor ticks: 2 to 9 times each, or the powers left out. Over less than two
/// powers the major ticks are 1, 2 and 5 times a power, and if these are few too, those of
/// `linear_ticks`.
/// @throws ValueError as `linear_ticks`, and if `low` is not above 0
inline Ticks log_ticks(double low, double high, int most = 6) {
  detail::require_range(low, high, most, "log_ticks");
  if (!(low > 0))
    throw ValueError(detail::text("log_ticks: a logarithm needs numbers above 0, got ", low));
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const auto is_inside = [&](double v) { return v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9); };
  Ticks ticks;
  const auto add = [&](int exponent, int digit, bool major) {
    const double value = exponent < 0 && exponent >= -22 ? digit / std::pow(10, -exponent)
                                                         : digit * detail::power_of_ten(exponent);
    if (!is_inside(value)) return;
    if (!major) return ticks.minor.push_back(value);
    ticks.major.push_back(value);
    const bool plain = exponent >= -4 && exponent <= 5;
    ticks.labels.push_back(plain ? detail::tick_label(value, exponent, value)
                                 : std::to_string(digit) + "e" + std::to_string(exponent));
  };
  if (last - first >= 1) {
    int every = 1;
    const auto count = [&] { return (last - first) / every + 1; };
    while (count() > most) ++every;
    for (int e = first - 1; e <= last; ++e) {
      const bool major = e >= first && (e - first) % every == 0;
      if (e >= first) add(e, 1, major);
      for (int digit = 2; digit < 10 && every == 1; ++digit) add(e, digit, false);
    }
    return ticks;
  }
  for (int e = first - 1; e <= last; ++e)
    for (int digit = 1; digit < 10; ++digit) add(e, digit, digit == 1 || digit == 2 || digit == 5);
  if (ticks.major.size() >= 2 && ticks.major.size() <= static_cast<std::size_t>(most)) return ticks;
  return linear_ticks(low, high, most);
}

}  // namespace ridge
