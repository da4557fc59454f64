#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

// Tables as comma-separated values (RFC 4180, with \n as the end of a line).
namespace ridge::detail {

/// A field, in quotes if it needs them.
inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

/// The shortest decimals that are read back as the same number; nan, inf and -inf for the others.
inline std::string csv_field(double value) {
  if (std::isnan(value)) return "nan";
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end.ptr};
}

/// With so many digits that count, where more would be of no use.
inline std::string csv_field(double value, int digits) {
  if (std::isnan(value)) return "nan";
  char text[32];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits);
  return {text, end.ptr};
}

inline void append_csv_line(std::string& out, const std::vector<std::string>& fields) {
  for (std::size_t k = 0; k < fields.size(); ++k) out.append(k > 0 ? "," : "").append(fields[k]);
  out += '\n';
}

}  // namespace ridge::detail
