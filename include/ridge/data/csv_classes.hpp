#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/csv_field.hpp>

namespace ridge::detail {

/// The classes of a table, numbered as they come, and in the end by their names.
class CsvClasses {
 public:
  explicit CsvClasses(const std::vector<std::string>& given) : given_(!given.empty()) {
    for (const std::string& name : given)
      if (!numbers_.emplace(name, static_cast<Index>(numbers_.size())).second)
        throw ValueError("read_csv: two classes are named " + shown(name));
  }

  /// Its number; none for a class that is not among those given.
  std::optional<Index> operator()(std::string_view name) {
    auto at = numbers_.find(name);
    if (at == numbers_.end()) {
      if (given_) return {};
      at = numbers_.emplace(name, static_cast<Index>(numbers_.size())).first;
    }
    return at->second;
  }

  /// Whether it is among those given, such as a class named "NA".
  bool is_given(std::string_view name) const { return given_ && numbers_.contains(name); }

  /// The names in order: as they were given or, of numbers, by size, and else by their bytes.
  std::vector<std::string> names() const {
    std::vector<std::string> names(numbers_.size());
    for (const auto& [name, number] : numbers_) names[static_cast<std::size_t>(number)] = name;
    if (given_) return names;
    const bool by_size = std::all_of(names.begin(), names.end(), [](const std::string& name) {
      double value = 0;
      return parse_number(name, value) == std::errc();
    });
    std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
      double x = 0, y = 0;
      if (by_size) parse_number(a, x), parse_number(b, y);
      return x != y ? x < y : a < b;
    });
    return names;
  }

  /// Where in `names` the classes stand that were numbered as they came.
  std::vector<Index> order(const std::vector<std::string>& names) const {
    std::vector<Index> order(names.size());
    for (std::size_t k = 0; k < names.size(); ++k)
      order[static_cast<std::size_t>(numbers_.find(names[k])->second)] = static_cast<Index>(k);
    return order;
  }

 private:
  bool given_;
  std::map<std::string, Index, std::less<>> numbers_;
};

/// @throws FormatError for classes that are all numbers and not all whole, which are none
inline void require_no_fractions(const std::string& path, const std::vector<std::string>& classes) {
  const std::string* fraction = nullptr;
  for (const std::string& name : classes) {
    double value = 0;
    if (parse_number(name, value) != std::errc()) return;
    if (value != std::floor(value)) fraction = &name;
  }
  if (fraction)
    throw FormatError(path, 0, "target",
                      text("numbers such as ", shown(*fraction), " would be ", classes.size(),
                           " classes; to learn numbers take float or double as the type of "
                           "targets, read_csv<float, float>; if they are classes, name them in "
                           ".classes"));
}

/// @throws FormatError for two classes, in order, that are one number
inline void require_one_spelling(const std::string& path, const std::vector<std::string>& classes) {
  for (std::size_t k = 0; k + 1 < classes.size(); ++k) {
    double a = 0, b = 1;
    if (parse_number(classes[k], a) == std::errc() &&
        parse_number(classes[k + 1], b) == std::errc() && a == b)
      throw FormatError(path, 0, "target",
                        text("the classes ", shown(classes[k]), " and ", shown(classes[k + 1]),
                             " are one number in two spellings; write them alike, or take them "
                             "as two by .classes"));
  }
}

}  // namespace ridge::detail
