#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/tuning/search_space.hpp>

namespace ridge {

/// The value of a hyperparameter, which becomes what it is put into: `const double lambda =
/// trial["lambda"]`, `const int hidden = trial["hidden"]`, `trial["optimizer"] == "adam"`.
class HyperparameterValue {
 public:
  /// @param value a number, or the position of a choice's option; the parameter must outlive this
  HyperparameterValue(const Hyperparameter& parameter, double value)
      : parameter_(&parameter), value_(value) {}

  /// @throws HyperparameterError for a choice, for a whole number of a range that has others too,
  ///         and for one that does not fit into the type
  template <class T>
  requires(std::floating_point<T> || (std::integral<T> && !std::same_as<T, bool>)) operator T()
      const {  // NOLINT(google-explicit-constructor): that is what it is for
    if constexpr (std::floating_point<T>) {
      return static_cast<T>(number());
    } else {
      const std::int64_t whole = integer();
      if (!std::in_range<T>(whole)) refuse(detail::text(whole, ", which does not fit in the type"));
      return static_cast<T>(whole);
    }
  }
  operator std::string() const { return name(); }  // NOLINT(google-explicit-constructor)

  /// @throws HyperparameterError for a choice
  double number() const {
    if (detail::options_of(*parameter_)) refuse("a choice, and not a number");
    return value_;
  }
  /// @throws HyperparameterError if it is not of whole numbers
  std::int64_t integer() const {
    if (detail::options_of(*parameter_)) refuse("a choice, and not a number");
    if (!detail::number_range(*parameter_).whole)
      refuse("not of whole numbers; take Integers or LogIntegers for it");
    return static_cast<std::int64_t>(value_);
  }
  /// The option of a choice.
  /// @throws HyperparameterError for a number
  const std::string& name() const {
    const auto* options = detail::options_of(*parameter_);
    if (!options) refuse("a number, and not a choice");
    return (*options)[static_cast<std::size_t>(value_)];
  }

  /// @throws HyperparameterError for a number, and for an option that the choice does not have
  friend bool operator==(const HyperparameterValue& a, std::string_view option) {
    const std::string& chosen = a.name();
    const auto& options = *detail::options_of(*a.parameter_);
    if (std::find(options.begin(), options.end(), option) == options.end())
      a.refuse("a choice without the option \"" + std::string(option) + "\"");
    return chosen == option;
  }

  /// As it is read, with every digit.
  std::string text() const {
    return detail::options_of(*parameter_) ? name() : detail::csv_field(value_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw HyperparameterError("the hyperparameter \"" + parameter_->name + "\" is " + what);
  }

  const Hyperparameter* parameter_;
  double value_;
};

/// A point of a search space, by names.
class Hyperparameters {
 public:
  /// @throws ValueError if it is no point of the space
  Hyperparameters(SearchSpace space, std::vector<double> point)
      : space_(std::move(space)), point_(std::move(point)) {
    if (!space_.contains(point_))
      throw ValueError("Hyperparameters: that is no point of the space");
  }

  /// It stays valid as long as a copy of the search space lives, as every search and trial has one.
  /// @throws HyperparameterError for a name that the space does not have
  HyperparameterValue operator[](std::string_view name) const {
    const std::size_t i = space_.position(name);
    return {space_[i], point_[i]};
  }

  const SearchSpace& space() const { return space_; }
  const std::vector<double>& point() const { return point_; }

  /// "lambda = 0.001, optimizer = adam", numbers with so many digits at most.
  std::string text(int digits = 4) const {
    std::string text;
    for (std::size_t i = 0; i < point_.size(); ++i) {
      const Hyperparameter& parameter = space_[i];
      text += (i == 0 ? "" : ", ") + parameter.name + " = ";
      if (detail::number_range(parameter).whole) {
        text += HyperparameterValue(parameter, point_[i]).text();
      } else {
        char number[40];
        std::snprintf(number, sizeof number, "%.*g", digits, point_[i]);
        text += number;
      }
    }
    return text;
  }

  friend bool operator==(const Hyperparameters& a, const Hyperparameters& b) {
    return a.point_ == b.point_;
  }

 private:
  SearchSpace space_;
  std::vector<double> point_;
};

}  // namespace ridge
