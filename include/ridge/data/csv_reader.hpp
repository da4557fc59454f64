#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/csv_field.hpp>
#include <ridge/io/file.hpp>

namespace ridge::detail {

/// Reads a table of comma-separated values line by line (RFC 4180): fields may be in quotes, with
/// separators, line ends and doubled quotes in them. Beyond the RFC, lines end with \r\n, \n or \r,
/// blanks around a field do not count, nor do empty lines and the mark of UTF-8 at the beginning.
class CsvReader {
 public:
  /// @throws FileError if `path` is no regular file or cannot be opened, FormatError for one that
  ///         is compressed or in UTF-16
  CsvReader(const std::filesystem::path& path, char separator)
      : file_(path),
        separator_(separator),
        buffer_(static_cast<std::size_t>(std::min<std::uint64_t>(file_.size() + 1, 1 << 20))) {
    fill();
    const std::string_view start(buffer_.data(), end_);
    if (start.starts_with("\xEF\xBB\xBF")) next_ = 3;
    const char* const what = start.starts_with("\x1F\x8B") ? "is gzipped: unpack it first"
                             : start.starts_with("PK\3\4") ? "is a workbook or a zip archive: "
                                                             "save its table as CSV"
                             : start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")
                                 ? "is in UTF-16: save it as UTF-8"
                                 : nullptr;
    if (what) throw FormatError(file_.path(), 0, what);
  }

  /// Goes to the next line that is not empty; false at the end of the file.
  /// @throws FormatError for quotes that are out of place or open, and for bytes of no text
  bool next() {
    empty_lines_ = -1;
    do {
      ++empty_lines_;
      if (next_ == end_ && !fill()) return false;
      while (!scan())
        if (!fill()) at_end_ = true;
    } while (fields_.size() == 1 && fields_[0].begin == fields_[0].end && !fields_[0].quoted);
    return true;
  }

  /// How many empty lines are between this line and the one before.
  int empty_lines() const { return empty_lines_; }

  /// How many fields the line has.
  std::size_t size() const { return fields_.size(); }

  /// Their texts, valid until the next line is read.
  std::string_view operator[](std::size_t column) {
    Field& field = fields_[column];
    char* const text = buffer_.data() + start_ + field.begin;
    if (field.escaped) {  // doubled quotes become single ones, in place
      std::size_t to = 0;
      for (std::size_t from = 0; from < field.end - field.begin; ++from) {
        text[to++] = text[from];
        if (text[from] == '"') ++from;
      }
      field.end = field.begin + to;
      field.escaped = false;
    }
    return {text, field.end - field.begin};
  }

  const std::string& path() const { return file_.path(); }
  std::uint64_t size_of_file() const { return file_.size(); }

  /// How many bytes were read: all lines up to this one, this one included.
  std::uint64_t offset() const { return file_.at() - (end_ - next_); }

  /// @param what is wrong with the line
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(path(), offset_of(0), text("line ", line_), what);
  }
  /// @param what is wrong with a field
  /// @param name of its column, or ""
  [[noreturn]] void fail(std::size_t column, std::string_view name, const std::string& what) const {
    throw FormatError(path(), offset_of(column < fields_.size() ? fields_[column].begin : 0),
                      text("line ", line_, ", column ", column + 1,
                           name.empty() ? std::string() : " (" + shown(name) + ")"),
                      what);
  }

 private:
  static constexpr std::size_t longest_line = std::size_t{1} << 26;

  struct Field {
    std::size_t begin, end;  // in the line
    bool quoted = false, escaped = false;
  };

  std::uint64_t offset_of(std::size_t place) const { return file_.at() - (end_ - start_) + place; }

  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != separator_; }

  /// Finds the fields of the line at `next_`; false if its end is not in the buffer yet.
  bool scan() {
    fields_.clear();
    start_ = next_;
    line_ = lines_ + 1;
    std::uint64_t lines = lines_ + 1;
    const char* const begin = buffer_.data() + start_;
    const char* const end = buffer_.data() + end_;
    const auto place = [&](const char* p) { return static_cast<std::size_t>(p - begin); };
    const char* p = begin;
    for (;;) {
      while (p != end && is_blank(*p)) ++p;
      Field field{place(p), place(p)};
      if (p != end && *p == '"') {
        field.quoted = true;
        field.begin = place(++p);
        for (;; p += 2, field.escaped = true) {  // over doubled quotes
          p = p == end ? nullptr
                       : static_cast<const char*>(
                             std::memchr(p, '"', static_cast<std::size_t>(end - p)));
          if (!p && !at_end_) return false;
          if (!p) fail(fields_.size(), "", "a quote is opened that nothing closes");
          if (p + 1 == end && !at_end_) return false;
          if (p + 1 == end || p[1] != '"') break;
        }
        field.end = place(p++);
        lines +=
            static_cast<std::uint64_t>(std::count(begin + field.begin, begin + field.end, '\n'));
        while (p != end && is_blank(*p)) ++p;
        if (p != end && *p != separator_ && *p != '\n' && *p != '\r')
          fail(fields_.size(), "",
               "text follows the quote that closes the field; a quote within one is written twice");
      } else {
        while (p != end && *p != separator_ && *p != '\n' && *p != '\r' && *p != '"' && *p != '\0')
          ++p;
        if (p != end && *p == '"')
          fail(fields_.size(), "",
               "a quote within a field that does not begin with one; put the field in quotes, and "
               "write quotes within it twice");
        if (p != end && *p == '\0')
          fail(fields_.size(), "", "a byte of value 0: this is no text, or is text in UTF-16");
        field.end = place(p);
        while (field.end > field.begin && is_blank(begin[field.end - 1])) --field.end;
      }
      if (p == end && !at_end_) return false;
      fields_.push_back(field);
      if (p == end || *p != separator_) break;
      ++p;
    }
    if (p != end && *p == '\r') {
      if (p + 1 == end && !at_end_) return false;
      if (p + 1 != end && p[1] == '\n') ++p;
    }
    if (p != end) ++p;
    next_ = start_ + place(p);
    lines_ = lines;
    return true;
  }

  /// Puts what is not read to the front, and more of the file behind it; false at its end.
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + next_, end_ - next_);
    end_ -= next_;
    start_ = next_ = 0;
    if (end_ == buffer_.size()) {
      if (end_ >= longest_line)
        fail(text("it is longer than ", longest_line >> 20, " MiB; is a quote never closed?"));
      buffer_.resize(2 * end_);
    }
    const std::size_t got = file_.read_some(buffer_.data() + end_, buffer_.size() - end_);
    end_ += got;
    return got > 0;
  }

  InputFile file_;
  char separator_;
  std::vector<char> buffer_;
  std::size_t start_ = 0, next_ = 0, end_ = 0;  // in the buffer: the line, the next, what is read
  bool at_end_ = false;
  int empty_lines_ = 0;
  std::uint64_t line_ = 0, lines_ = 0;  // where the line begins, and how many there were
  std::vector<Field> fields_;
};

}  // namespace ridge::detail
