#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>

namespace ridge {

/// Any number between low and high.
struct Uniform {
  double low, high;
};

/// Any number between low and high, every power of ten as likely as another: a strength, a rate.
struct LogUniform {
  double low, high;
};

/// A whole number from low to high, both included.
struct Integers {
  std::int64_t low, high;
};

/// A whole number from low to high, on a logarithmic scale: a size.
struct LogIntegers {
  std::int64_t low, high;
};

/// One of several names, in no order.
struct Choice {
  Choice(std::initializer_list<std::string> names) : options(names) {}
  explicit Choice(std::vector<std::string> names) : options(std::move(names)) {}

  std::vector<std::string> options;
};

/// A hyperparameter to be searched for: `{"lambda", LogUniform{1e-6, 1e-1}}`.
struct Hyperparameter {
  using Range = std::variant<Uniform, LogUniform, Integers, LogIntegers, Choice>;

  template <class R>
  Hyperparameter(std::string its_name, R its_range)
      : name(std::move(its_name)), range(checked(std::move(its_range))) {}

  std::string name;
  Range range;

 private:
  template <class R>
  static Range checked(R range) {
    constexpr bool is_range = std::constructible_from<Range, R> && !std::is_arithmetic_v<R>;
    static_assert(is_range,
                  "ridge::SearchSpace: what a hyperparameter may be is a range: Uniform{0, 1}, "
                  "LogUniform{1e-6, 1e-1}, Integers{1, 4}, LogIntegers{8, 256} or Choice{\"a\", "
                  "\"b\"}; what is not searched for stays out of the space");
    if constexpr (is_range)
      return range;
    else
      return Uniform{};
  }
};

/// A parameter that is asked for by a wrong name or as a wrong type. No trial can do without, so it
/// ends a search and is not a trial's failure.
struct HyperparameterError : ValueError {
  using ValueError::ValueError;
};

namespace detail {

/// A range of numbers as a search sees it; for a choice the positions of its options.
struct NumberRange {
  double low, high;  // of whole numbers the first and the last
  bool whole, logarithmic;

  // Of whole numbers.
  double count() const { return high - low + 1; }
  std::vector<double> all() const {
    std::vector<double> numbers(static_cast<std::size_t>(count()));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = low + static_cast<double>(i);
    return numbers;
  }

  /// The number at u in [0, 1). Whole numbers share the interval, evenly or by their logarithms.
  double at(double u) const {
    const double margin = whole ? 0.5 : 0, from = low - margin, to = high + margin;
    const double x = logarithmic ? std::exp(std::log(from) + u * (std::log(to) - std::log(from)))
                                 : from + u * (to - from);
    return std::clamp(whole ? std::round(x) : x, low, high);
  }
  /// Where a number is: the inverse of `at`.
  double position(double x) const {
    const double margin = whole ? 0.5 : 0, from = low - margin, to = high + margin;
    return logarithmic ? (std::log(x) - std::log(from)) / (std::log(to) - std::log(from))
                       : (x - from) / (to - from);
  }
};

inline NumberRange number_range(const Hyperparameter& parameter) {
  return std::visit(
      []<class R>(const R& range) -> NumberRange {
        if constexpr (std::same_as<R, Choice>) {
          return {0, static_cast<double>(range.options.size()) - 1, true, false};
        } else {
          constexpr bool whole = std::same_as<R, Integers> || std::same_as<R, LogIntegers>;
          return {static_cast<double>(range.low), static_cast<double>(range.high), whole,
                  std::same_as<R, LogUniform> || std::same_as<R, LogIntegers>};
        }
      },
      parameter.range);
}

/// The options of a choice; null for numbers.
inline const std::vector<std::string>* options_of(const Hyperparameter& parameter) {
  const auto* choice = std::get_if<Choice>(&parameter.range);
  return choice ? &choice->options : nullptr;
}

inline void require_range(const Hyperparameter& parameter) {
  const auto refuse = [&](const std::string& what) {
    throw ValueError("SearchSpace: \"" + parameter.name + "\" " + what);
  };
  if (const auto* options = options_of(parameter)) {
    if (options->empty()) refuse("has no options to choose from");
    for (std::size_t i = 0; i < options->size(); ++i)
      if (std::count(options->begin(), options->end(), (*options)[i]) > 1)
        refuse("has the option \"" + (*options)[i] + "\" twice");
    return;
  }
  const NumberRange range = number_range(parameter);
  const std::string is = text("is from ", range.low, " to ", range.high, ", ");
  if (!std::isfinite(range.low) || !std::isfinite(range.high)) refuse(is + "which must be finite");
  if (range.whole ? range.low > range.high : range.low >= range.high)
    refuse(is + (range.low > range.high ? "the wrong way round" : "an empty range"));
  if (!std::isfinite(range.high - range.low)) refuse(is + "which is too wide");
  if (range.logarithmic && !(range.low >= (range.whole ? 1 : std::numeric_limits<double>::min())))
    refuse(is + "but a logarithmic range must be positive; take " +
           (range.whole ? "Integers" : "Uniform") + " or a larger low");
  // Beyond, a double no longer has every whole number.
  if (range.whole && std::max(-range.low, range.high) > 0x1p52)
    refuse(is + "but whole numbers go up to 2^52");
}

}  // namespace detail

/// Named hyperparameters and their ranges:
///
///     const SearchSpace space{{"lambda", LogUniform{1e-6, 1e-1}}, {"dropout", Uniform{0, 0.5}},
///                             {"hidden", LogIntegers{16, 256}},
///                             {"optimizer", Choice{"sgd", "adam"}}};
///
/// A point of it is a vector of numbers, one for each hyperparameter in this order; of a choice it
/// is the option's position.
class SearchSpace {
 public:
  /// @throws ValueError for no hyperparameter, a name that is empty or there twice, or a range that
  ///         is empty, infinite, or logarithmic and not positive
  SearchSpace(std::initializer_list<Hyperparameter> parameters)
      : SearchSpace(std::vector<Hyperparameter>(parameters)) {}
  explicit SearchSpace(std::vector<Hyperparameter> parameters)
      : parameters_(std::make_shared<const std::vector<Hyperparameter>>(std::move(parameters))) {
    if (size() == 0) throw ValueError("SearchSpace: there is no hyperparameter to search for");
    for (std::size_t i = 0; i < size(); ++i) {
      const Hyperparameter& parameter = (*this)[i];
      if (parameter.name.empty()) throw ValueError("SearchSpace: a hyperparameter has no name");
      for (std::size_t j = 0; j < i; ++j)
        if ((*this)[j].name == parameter.name)
          throw ValueError("SearchSpace: \"" + parameter.name + "\" is there twice");
      detail::require_range(parameter);
    }
  }

  std::size_t size() const { return parameters_->size(); }
  const Hyperparameter& operator[](std::size_t i) const { return (*parameters_)[i]; }

  /// The position of a name.
  /// @throws HyperparameterError, with the names that there are
  std::size_t position(std::string_view name) const {
    std::string names;
    for (std::size_t i = 0; i < size(); ++i) {
      if ((*this)[i].name == name) return i;
      names += (i == 0 ? "" : ", ") + (*this)[i].name;
    }
    throw HyperparameterError("there is no hyperparameter \"" + std::string(name) +
                              "\" in the search space; it has " + names);
  }

  /// The point of a place in the unit cube.
  std::vector<double> at(const std::vector<double>& unit) const {
    std::vector<double> point(size());
    for (std::size_t i = 0; i < size(); ++i)
      point[i] = detail::number_range((*this)[i]).at(unit[i]);
    return point;
  }

  /// Whether this is one of its points.
  bool contains(const std::vector<double>& point) const {
    if (point.size() != size()) return false;
    for (std::size_t i = 0; i < size(); ++i) {
      const detail::NumberRange range = detail::number_range((*this)[i]);
      const bool inside = point[i] >= range.low && point[i] <= range.high;
      if (!inside || (range.whole && point[i] != std::round(point[i]))) return false;
    }
    return true;
  }

  /// How many points it has; infinite if one of the ranges is.
  double points() const {
    double count = 1;
    for (const Hyperparameter& parameter : *parameters_) {
      const detail::NumberRange range = detail::number_range(parameter);
      if (!range.whole) return std::numeric_limits<double>::infinity();
      count *= range.count();
    }
    return count;
  }

  /// In words, with every digit: two spaces of the same text are the same.
  std::string text() const {
    static constexpr const char* kinds[] = {"Uniform", "LogUniform", "Integers", "LogIntegers",
                                            "Choice"};
    std::string text;
    for (const Hyperparameter& parameter : *parameters_) {
      text += (text.empty() ? "" : ", ") + parameter.name + " in " +
              kinds[parameter.range.index()] + "{";
      if (const auto* options = detail::options_of(parameter)) {
        for (std::size_t i = 0; i < options->size(); ++i)
          text += (i == 0 ? "" : ", ") + quoted((*options)[i]);
      } else {
        const detail::NumberRange range = detail::number_range(parameter);
        text += detail::csv_field(range.low) + ", " + detail::csv_field(range.high);
      }
      text += "}";
    }
    return text;
  }

 private:
  static std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
  }

  std::shared_ptr<const std::vector<Hyperparameter>> parameters_;
};

}  // namespace ridge
