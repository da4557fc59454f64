#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace ridge::detail {

/// Whether a field of a table stands for a value that is not there.
inline bool is_missing(std::string_view field) {
  if (field.size() > 4) return false;
  std::string lower(field);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower.empty() || lower == "na" || lower == "n/a" || lower == "nan" || lower == "null" ||
         lower == "?";
}

/// Whether a decimal number that is out of a type's range is so since it is too small.
inline bool is_below_one(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, e);
  const std::size_t first = digits.find_first_of("123456789");
  if (first == digits.npos) return true;
  // The first digit's power of ten: 2 for 123, -1 for 0.1.
  const auto point = static_cast<long long>(std::min(digits.find('.'), digits.size()));
  const auto at = static_cast<long long>(first);
  const long long power = at < point ? point - at - 1 : point - at;
  if (e == number.size()) return power < 0;
  const std::string_view written = number.substr(e + 1 + (number.substr(e + 1).starts_with('+')));
  long long exponent = 0;
  const auto [end, error] =
      std::from_chars(written.data(), written.data() + written.size(), exponent);
  // No field is so long that its digits could outweigh an exponent that is out of range.
  if (error != std::errc()) return written.starts_with('-');
  return exponent < -power;
}

/// A number, whatever the locale, or what is wrong with it.
template <class S>
std::errc parse_number(std::string_view field, S& value) {
  const char *first = field.data(), *const last = first + field.size();
  if (field.size() > 1 && *first == '+' && first[1] != '-') ++first;
  auto [end, error] = std::from_chars(first, last, value);
  if (end != last) return std::errc::invalid_argument;
  if constexpr (std::floating_point<S>) {
    if (error == std::errc::result_out_of_range && is_below_one({first, end})) {
      value = 0;  // what is too small is rounded
      error = std::errc();
    }
    if (error == std::errc() && !std::isfinite(value)) return std::errc::invalid_argument;
  }
  return error;
}

inline bool is_number(std::string_view field) {
  double ignored = 0;
  return parse_number(field, ignored) != std::errc::invalid_argument;
}

/// A field's text as a message shows it: in quotes, shortened, on one line.
inline std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string out = "\"";
  for (const char c : text.substr(0, most)) out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  return out + (text.size() > most ? "...\"" : "\"");
}

}  // namespace ridge::detail
