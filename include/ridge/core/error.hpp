#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace ridge {

/// Everything that ridge throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Sizes that do not fit each other.
struct ShapeError : Error {
  using Error::Error;
};

/// A value outside its domain: a negative learning rate, a label that is no class, NaN.
struct ValueError : Error {
  using Error::Error;
};

/// A training run whose loss is no longer a finite number.
class DivergenceError : public Error {
 public:
  /// @param finding what is not finite
  /// @param advice  where to look, or what to try, as sentences
  explicit DivergenceError(std::string finding, std::string advice = "")
      : Error(advice.empty() ? finding : finding + ". " + advice),
        finding_(std::move(finding)),
        advice_(std::move(advice)) {}
  const std::string& finding() const noexcept { return finding_; }
  const std::string& advice() const noexcept { return advice_; }

 private:
  std::string finding_, advice_;
};

/// A signal or a callback has ended the work before its end.
struct Interrupted : Error {
  Interrupted() : Error("interrupted") {}
};

/// A file that cannot be found, opened, read or written.
class FileError : public Error {
 public:
  FileError(std::string path, const std::string& what)
      : Error(path + ": " + what), path_(std::move(path)) {}
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// A file whose content is not what it should be.
class FormatError : public Error {
 public:
  /// @param offset where in the (inflated) content it went wrong, in bytes
  FormatError(std::string path, std::uint64_t offset, const std::string& what)
      : FormatError(std::move(path), offset, "at byte " + std::to_string(offset), what) {}
  /// @param place the same in words that say more, such as a line
  FormatError(std::string path, std::uint64_t offset, const std::string& place,
              const std::string& what)
      : Error(path + ": " + place + ": " + what), path_(std::move(path)), offset_(offset) {}
  const std::string& path() const noexcept { return path_; }
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  std::string path_;
  std::uint64_t offset_;
};

namespace detail {

inline void append(std::string& out, std::string_view part) { out += part; }
template <std::integral T>
void append(std::string& out, T part) {
  out += std::to_string(part);
}
template <std::floating_point T>
void append(std::string& out, T part) {
  // Or printf would add the sign of NaN, which means nothing.
  if (part != part) {  // NOLINT(misc-redundant-expression): without <cmath>, which is heavy
    out += "nan";
    return;
  }
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.9g", static_cast<double>(part));
  out += digits;
}

/// The parts of a message, joined; light on purpose, since every user's build pays for it.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

/// Rejects a hyperparameter that is negative, infinite or NaN.
inline void require_non_negative(double value, std::string_view name) {
  if (!(value >= 0.0 && value <= 1.7976931348623157e308))
    throw ValueError(text(name, " must be a finite number >= 0, got ", value));
}

}  // namespace detail
}  // namespace ridge
