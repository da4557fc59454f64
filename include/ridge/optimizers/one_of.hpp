#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>

namespace ridge {

/// An optimizer that is chosen when the program runs, by a command line for instance:
///
///     OneOf<SGD, Adam> optimizer = SGD{.momentum = 0.9};
///     if (adam) optimizer = Adam{.learning_rate = 1e-3};
///
/// The network's training is compiled once for all of them.
template <Optimizer... Os>
class OneOf {
  static_assert(sizeof...(Os) > 0, "ridge::OneOf: give it at least one optimizer");

 public:
  std::variant<Os...> chosen;
  double schedule = 1;  ///< present factor of the learning rate; schedules set it

  OneOf() = default;
  template <class O>
  requires(std::same_as<std::remove_cvref_t<O>, Os> || ...) OneOf(O&& optimizer)
      : chosen(std::forward<O>(optimizer)) {}

  static constexpr int memory_arrays = std::max({static_cast<int>(Os::memory_arrays)...});
  int arrays_used() const {
    return std::visit([](const auto& o) { return o.arrays_used(); }, chosen);
  }

  /// @throws ValueError for hyperparameters outside their domain
  void validate() const {
    std::visit([](const auto& o) { o.validate(); }, chosen);
    detail::require_non_negative(schedule, "OneOf: schedule");
  }

  /// Changes with the one that is chosen, whose memory means nothing to another.
  std::size_t memory_kind() const { return chosen.index(); }

  /// @throws ValueError if its weight decay names a parameter that there is not
  void require_known(const std::vector<ParameterInfo>& infos) const {
    std::visit(
        [&](const auto& o) {
          if constexpr (requires { o.decays.require_known(infos, "weight_decay"); })
            o.decays.require_known(infos, "weight_decay");
        },
        chosen);
  }

  /// The rule of the one that is chosen.
  template <class Scalar>
  class Rule {
   public:
    /// Of the I-th optimizer: two of them may have the same type of rule.
    template <std::size_t I, class R>
    Rule(std::in_place_index_t<I> which, R rule) : rules_(which, std::move(rule)) {}

    template <class W, class G, class... Arrays>
    void operator()(W&& w, const G& g, Arrays&&... arrays) const {
      with([&](const auto& rule, auto count) {
        first<count>([&](auto&... used) { rule(w, g, used...); }, arrays...);
      });
    }

    /// An array, since that of some of them is.
    template <class A, class... Arrays>
    auto step_size(const A& a, const Arrays&... arrays) const {
      typename A::PlainObject steps(a.rows(), a.cols());
      with([&](const auto& rule, auto count) {
        first<count>(
            [&](const auto&... used) {
              const auto size = rule.step_size(used...);
              if constexpr (std::is_arithmetic_v<std::remove_const_t<decltype(size)>>)
                steps.setConstant(size);
              else
                steps = size;
            },
            a, arrays...);
      });
      return steps;
    }

   private:
    using Rules = std::variant<decltype(std::declval<const Os&>().template rule<Scalar>(
        std::int64_t{}, std::declval<const ParameterInfo&>()))...>;
    static constexpr std::array<int, sizeof...(Os)> counts{Os::memory_arrays...};

    /// Calls f(rule, how many arrays it takes): by comparisons that the compiler sees through,
    /// unlike std::visit.
    template <class F>
    void with(F&& f) const {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        static_cast<void>(
            ((rules_.index() == I &&
              (f(*std::get_if<I>(&rules_),
                 std::integral_constant<std::size_t, static_cast<std::size_t>(counts[I])>{}),
               true)) ||
             ...));
      }
      (std::make_index_sequence<sizeof...(Os)>{});
    }

    /// Calls f with the first of the arguments.
    template <std::size_t Count, class F, class... Args>
    static void first(F&& f, Args&... args) {
      [&]<std::size_t... I>(std::index_sequence<I...>, auto all) { f(std::get<I>(all)...); }
      (std::make_index_sequence<Count>{}, std::tie(args...));
    }

    Rules rules_;
  };

  template <class Scalar>
  Rule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    return rule_of<Scalar, 0>(step, info);
  }

  friend bool operator==(const OneOf&, const OneOf&) = default;

 private:
  template <class Scalar, std::size_t I>
  Rule<Scalar> rule_of(std::int64_t step, const ParameterInfo& info) const {
    if constexpr (I + 1 < sizeof...(Os))
      if (chosen.index() != I) return rule_of<Scalar, I + 1>(step, info);
    const auto& o = std::get<I>(chosen);
    constexpr std::in_place_index_t<I> which{};
    if constexpr (requires { o.schedule; })
      if (schedule != 1) {
        auto scheduled = o;
        scheduled.schedule *= schedule;
        return {which, scheduled.template rule<Scalar>(step, info)};
      }
    return {which, o.template rule<Scalar>(step, info)};
  }
};

}  // namespace ridge
