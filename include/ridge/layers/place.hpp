#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/core/optional.hpp>

// What stands in a place of a Sequential: a layer or a std::optional of one, with or without a
// name.
namespace ridge {

/// A layer with the name that its parameters have in model files and reports.
template <class L>
requires Layer<typename detail::Unwrapped<L>::type>
struct Named {
  std::string name;
  L layer;
};

/// Names a layer of a `Sequential`, or a std::optional of one:
/// `named("fc1", Linear<float>{784, 128})`.
template <class L>
requires Layer<typename detail::Unwrapped<L>::type> Named<L> named(std::string_view name, L layer) {
  return {std::string(name), std::move(layer)};
}

namespace detail {

template <class L>
struct Unnamed {
  using type = L;
};
template <class L>
struct Unnamed<Named<L>> {
  using type = L;
};

/// What a Sequential is made of: a layer, with or without a name.
template <class L>
struct Member {
  Member(L given) : layer(std::move(given)) {}
  Member(Named<L> given) : name(std::move(given.name)), layer(std::move(given.layer)) {}
  std::string name;
  L layer;
};

/// What stands for the parameters of a layer while it is absent: values without elements, so that
/// the number of a network's parameters is known at compile time.
template <class L>
struct Absent {
  using Values = std::tuple<>;
  static constexpr bool possible = true;
};
template <class L>
struct Absent<std::optional<L>> {
  using Values = PerParameter<L, Same>;
  static constexpr bool possible =
      fixed_inputs<L>() == Dynamic && fixed_outputs<L, Dynamic>() == Dynamic &&
      []<class... M>(std::tuple<M...>*) {
        return (std::default_initializable<M> && ...) && ((M::SizeAtCompileTime == Dynamic) && ...);
      }(static_cast<Values*>(nullptr));
};

template <class L, class Values>
auto parameters_of(L& layer, Values&) {
  return layer.parameters();
}
template <class L, class Values>
auto parameters_of_optional(L* layer, Values& absent) {
  using Parameters = decltype(layer->parameters());
  if (layer) return layer->parameters();
  return std::apply(
      [](auto&... each) {
        return [&]<class... P>(std::tuple<P...>*) {
          return Parameters{P{{}, each}...};
        }(static_cast<Parameters*>(nullptr));
      },
      absent);
}
template <class L, class Values>
auto parameters_of(std::optional<L>& layer, Values& absent) {
  return parameters_of_optional(pointer_to(layer), absent);
}
template <class L, class Values>
auto parameters_of(const std::optional<L>& layer, Values& absent) {
  return parameters_of_optional(pointer_to(layer), absent);
}

}  // namespace detail
}  // namespace ridge
