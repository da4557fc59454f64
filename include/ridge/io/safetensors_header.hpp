#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/io/tensor.hpp>

namespace ridge::detail {

inline constexpr std::string_view metadata_key = "__metadata__";

/// A tensor without its bytes, and where they are.
struct TensorEntry {
  Tensor tensor;
  std::uint64_t begin = 0, end = 0;  ///< from the end of the header
  std::uint64_t position = 0;        ///< of the entry itself, in the file
};

/// Characters that tell how far they have been read, since nlohmann's parser does not.
///
/// Of whitespace, what follows a line break or a tab is left out: the parser's messages have eight
/// bytes for each of those, and several copies of them. The text must not end in one.
class CountedChars {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountedChars(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountedChars& operator++() {
    if (is_break(*at_))
      while (is_break(at_[1]) || at_[1] == ' ') ++at_;
    *reached_ = ++at_;
    return *this;
  }
  friend bool operator==(const CountedChars& a, const CountedChars& b) { return a.at_ == b.at_; }
  friend bool operator!=(const CountedChars& a, const CountedChars& b) { return a.at_ != b.at_; }

 private:
  /// In a string none of these may be.
  static bool is_break(char c) { return c == '\n' || c == '\r' || c == '\t'; }

  const char* at_;
  const char** reached_;
};

/// Takes a header apart as nlohmann's parser reads it, so that nothing is kept of what does not
/// belong there, however long or deep it is.
class HeaderReader {
 public:
  /// @param offset of the header within the file, in bytes
  HeaderReader(std::string_view header, std::string path, std::uint64_t offset)
      : header_(header), reached_(header.data()), path_(std::move(path)), offset_(offset) {
    if (const std::size_t last = header.find_last_not_of(' ');
        last == header.npos || header.front() != '{' || header[last] != '}')
      fail("the header is not a JSON object, in braces");
    // nlohmann's parser would take a zero byte for the end.
    if (header.find('\0') != header.npos) fail("the header is not JSON: it has a zero byte");
    const char* end = header.data() + header.size();
    nlohmann::json::sax_parse(CountedChars(header.data(), &reached_), CountedChars(end, &reached_),
                              this);
  }

  std::map<std::string, std::string> metadata;
  std::vector<TensorEntry> entries;  ///< in the header's order

  /// @name What nlohmann's parser calls
  /// @{
  bool start_object(std::size_t) {
    switch (where_) {
      case Where::outside:
        return enter(Where::header);
      case Where::header_value:
        keys_.clear();
        if (name_ == metadata_key) return enter(Where::metadata);
        entries.push_back({});
        entries.back().tensor.name = name_;
        entries.back().position = position();
        offsets_.clear();
        return enter(Where::tensor);
      default:
        return fail("an object does not belong here");
    }
  }
  bool key(std::string& text) {
    std::set<std::string>& seen = where_ == Where::header ? names_ : keys_;
    if (where_ == Where::header) name_.clear();
    if (!seen.insert(text).second) return fail(json_string(text) + " appears twice");
    switch (where_) {
      case Where::header:
        name_ = text;
        return enter(Where::header_value);
      case Where::metadata:
        key_ = text;
        return enter(Where::metadata_value);
      default:
        if (text == "dtype") return enter(Where::dtype);
        if (text == "shape") return enter(Where::shape);
        if (text == "data_offsets") return enter(Where::data_offsets);
        return fail("a tensor has dtype, shape and data_offsets, and nothing else, but got " +
                    json_string(text));
    }
  }
  bool string(std::string& text) {
    if (where_ == Where::metadata_value) {
      metadata[key_] = text;
      return enter(Where::metadata);
    }
    if (where_ != Where::dtype) return fail("a string does not belong here");
    const auto dtype = find_dtype(text);
    if (!dtype) return fail("a type that ridge does not know: " + json_string(text));
    entries.back().tensor.dtype = *dtype;
    return enter(Where::tensor);
  }
  bool start_array(std::size_t) {
    if (where_ == Where::shape) return enter(Where::in_shape);
    if (where_ == Where::data_offsets) return enter(Where::in_data_offsets);
    return fail("an array does not belong here");
  }
  bool number_unsigned(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
      return fail(text_of("the number ", number, " is too large"));
    if (where_ == Where::in_shape) {
      entries.back().tensor.shape.push_back(static_cast<Index>(number));
      return true;
    }
    if (where_ != Where::in_data_offsets) return fail("a number does not belong here");
    if (offsets_.size() == 2) return fail("data_offsets has more than two numbers");
    offsets_.push_back(number);
    return true;
  }
  bool end_array() {
    if (where_ == Where::in_data_offsets && (offsets_.size() != 2 || offsets_[0] > offsets_[1]))
      return fail("data_offsets must be two numbers, the end not before the beginning");
    return enter(Where::tensor);
  }
  bool end_object() {
    if (where_ == Where::header) return enter(Where::outside);
    if (where_ == Where::tensor) finish(entries.back());
    return enter(Where::header);
  }
  bool number_integer(std::int64_t number) {
    return fail(text_of("expected a whole number >= 0, got ", number));
  }
  bool number_float(double, const std::string& digits) {
    return fail("expected a whole number >= 0 of at most 63 bits, got " + digits);
  }
  bool boolean(bool) { return fail("true and false do not belong here"); }
  bool null() { return fail("null does not belong here"); }
  template <class Binary>
  bool binary(Binary&) {
    return fail("binary values do not belong here");
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    const std::string_view what = error.what();  // "[json.exception...] parse error at ...: what"
    const std::size_t colon = what.find(": ");
    return fail("the header is not JSON: " +
                std::string(colon == what.npos ? what : what.substr(colon + 2)));
  }
  /// @}

 private:
  /// The place in the header that the parser has come to.
  enum class Where {
    outside,
    header,
    header_value,
    metadata,
    metadata_value,
    tensor,
    dtype,
    shape,
    in_shape,
    data_offsets,
    in_data_offsets
  };

  bool enter(Where where) {
    where_ = where;
    return true;
  }

  std::uint64_t position() const {
    return offset_ + static_cast<std::uint64_t>(reached_ - header_.data());
  }

  template <class... Parts>
  static std::string text_of(const Parts&... parts) {
    return detail::text(parts...);
  }

  [[noreturn]] bool fail(const std::string& what) const {
    throw FormatError(path_, position(), name_.empty() ? what : json_string(name_) + ": " + what);
  }

  void finish(TensorEntry& entry) {
    if (keys_.size() != 3) fail("a tensor needs dtype, shape and data_offsets");
    entry.begin = offsets_[0];
    entry.end = offsets_[1];
    const Tensor& tensor = entry.tensor;
    if (const auto bytes = bytes_of(tensor.dtype, tensor.shape); bytes != entry.end - entry.begin)
      fail(text_of(name_of(tensor.dtype), " ", shape_text(tensor.shape), " takes ",
                   bytes ? std::to_string(*bytes) : "more than 2^64",
                   " bytes, but data_offsets has ", entry.end - entry.begin));
  }

  std::string_view header_;
  const char* reached_;
  std::string path_;
  std::uint64_t offset_;
  Where where_ = Where::outside;
  std::string name_, key_;
  std::set<std::string> names_, keys_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace ridge::detail
