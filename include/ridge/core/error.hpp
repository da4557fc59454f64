#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ridge {

namespace detail {

/// A part of a message.
class TextPart {
 public:
  TextPart(std::string_view words) : kind_(Kind::words), words_(words) {}
  TextPart(const std::string& words) : TextPart(std::string_view(words)) {}
  TextPart(const char* words) : TextPart(std::string_view(words)) {}
  template <std::integral T>
  TextPart(T number)
      : kind_(std::is_signed_v<T> ? Kind::integer : Kind::natural),
        integer_(static_cast<long long>(number)) {}
  template <std::floating_point T>
  TextPart(T number) : kind_(Kind::real), real_(static_cast<double>(number)) {}

  void append_to(std::string& out) const {
    if (kind_ == Kind::words) {
      out += words_;
      return;
    }
    char digits[32];
    if (kind_ == Kind::integer)
      std::snprintf(digits, sizeof digits, "%lld", integer_);
    else if (kind_ == Kind::natural)
      std::snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(integer_));
    else if (real_ != real_)       // NOLINT(misc-redundant-expression): <cmath> is heavy
      std::strcpy(digits, "nan");  // printf would add its sign, which means nothing
    else
      std::snprintf(digits, sizeof digits, "%.9g", real_);
    out += digits;
  }

 private:
  enum class Kind { words, integer, natural, real };
  Kind kind_;
  std::string_view words_{};
  long long integer_ = 0;
  double real_ = 0;
};

inline std::string joined(std::initializer_list<TextPart> parts) {
  std::string out;
  for (const TextPart& part : parts) part.append_to(out);
  return out;
}

/// The parts of a message, joined; light on purpose, since every user's build pays for it.
template <class... Parts>
std::string text(const Parts&... parts) {
  return joined({TextPart(parts)...});
}

}  // namespace detail

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
      : Error(detail::text(finding, advice.empty() ? "" : ". ", advice)),
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
      : Error(detail::text(path, ": ", what)), path_(std::move(path)) {}
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// A file whose content is not what it should be.
class FormatError : public Error {
 public:
  /// @param offset where in the (inflated) content it went wrong, in bytes
  FormatError(std::string path, std::uint64_t offset, const std::string& what)
      : FormatError(std::move(path), offset, detail::text("at byte ", offset), what) {}
  /// @param place the same in words that say more, such as a line
  FormatError(std::string path, std::uint64_t offset, const std::string& place,
              const std::string& what)
      : Error(detail::text(path, ": ", place, ": ", what)),
        path_(std::move(path)),
        offset_(offset) {}
  const std::string& path() const noexcept { return path_; }
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  std::string path_;
  std::uint64_t offset_;
};

namespace detail {

/// Rejects a hyperparameter that is negative, infinite or NaN.
inline void require_non_negative(double value, std::string_view name) {
  if (!(value >= 0.0 && value <= 1.7976931348623157e308))
    throw ValueError(text(name, " must be a finite number >= 0, got ", value));
}

}  // namespace detail
}  // namespace ridge
