#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ridge/core/parameter.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/registers.hpp>

namespace ridge {
struct NoPenalty;
}

// What becomes of a product's elements; see `multiply`.
namespace ridge::detail {

/// `Count` elements that lie side by side, as an array.
template <class S, int Count>
using Run = Eigen::Map<
    std::conditional_t<std::is_const_v<S>, const Eigen::Array<std::remove_const_t<S>, Count, 1>,
                       Eigen::Array<S, Count, 1>>>;

/// What becomes of a product's elements, as `multiply` sees it. It is one type for all, so that the
/// products themselves are compiled once, whatever their elements are for.
template <class S>
struct Epilogue {
  S* to;                       ///< where elements are stored, if there is nothing to finish
  Index stride;                ///< from one column to the next of where they go
  const S* start = nullptr;    ///< what the sums of each row begin with; 0 if it is null
  const void* what = nullptr;  ///< passed to `finish`

  /// Given the sums of a piece, of which columns are `height` apart and the first belongs to place
  /// `at`.
  void (*finish)(const void* what, Index at, const S* sums, Index height, Index rows,
                 Index columns) = nullptr;

  S start_of(Index row) const { return start != nullptr ? start[row] : S(0); }
};

/// `finish` of an E, packet by packet and everything inlined, so that its expressions work on
/// registers. E has
///   `arrays`   what it reads and writes, all laid out as the product
///   `written`  how many of them it writes: the first ones
///   `finish<n>(places, sums)`  for n elements of each array that begin at these places
/// What is less than a packet is made one, so that every element is finished by the same
/// instructions.
template <class S, class E>
RIDGE_FLATTEN void finish_with(const void* what, Index at, const S* sums, Index height, Index rows,
                               Index columns) {
  constexpr Index n = lanes<S>;
  constexpr std::size_t count = std::tuple_size_v<decltype(E::arrays)>;
  // A copy, if that is one of bytes: what is stored below cannot change it.
  using Held = std::conditional_t<std::is_trivially_copyable_v<E>, const E, const E&>;
  Held e = *static_cast<const E*>(what);
  for (Index c = 0; c < columns; ++c, at += e.stride, sums += height) {
    std::array<S*, count> places = e.arrays;
    for (S*& place : places) place += at;
    Index r = 0;
    for (; r + n <= rows; r += n) {
      e.template finish<n>(places, sums + r);
      for (S*& place : places) place += n;
    }
    if (r == rows) continue;
    const Index rest = rows - r;
    S padded[count + 1][n] = {};
    std::array<S*, count> pads;
    for (std::size_t k = 0; k < count; ++k) {
      pads[k] = padded[k];
      std::copy_n(places[k], rest, pads[k]);
    }
    std::copy_n(sums + r, rest, padded[count]);
    e.template finish<n>(pads, padded[count]);
    // The first one last: in the place of an array that is not in use is the first once more.
    for (std::size_t k = E::written; k-- > 0;) std::copy_n(pads[k], rest, places[k]);
  }
}

/// c = A B, or the same with a value that is added to each row.
template <class S>
Epilogue<S> stored_in(Panel<S> c, const S* start = nullptr) {
  return {c.data(), c.outerStride(), start};
}

/// What is no activation: f(x) = x.
struct Identity {
  template <class X>
  static const X& value(const X& x) {
    return x;
  }
};

/// y = f(A B + bias), element by element.
template <class S, class Activation>
struct Activated {
  static constexpr std::size_t written = 1;
  std::array<S*, 1> arrays;  ///< y
  Index stride;
  Activation activation;

  template <int Count>
  RIDGE_INLINE void finish(const std::array<S*, 1>& places, const S* sums) const {
    Run<S, Count>{places[0]} = activation.value(Run<const S, Count>(sums));
  }
  Epilogue<S> epilogue(const S* bias) const {
    return {arrays[0], stride, bias, this, finish_with<S, Activated>};
  }
};

/// dx = (A B) f'(x), element by element, for an activation x = f(z) and a product that is the
/// gradient with respect to x: what results is that with respect to z. x and dx are laid out alike.
template <class S, class Activation>
struct TimesDerivative {
  static constexpr std::size_t written = 1;
  std::array<S*, 2> arrays;  ///< dx, x
  Index stride;
  Activation activation;

  TimesDerivative(S* dx, Index dx_stride, const S* x, const Activation& f)
      : arrays{dx, const_cast<S*>(x)},  // which is only read
        stride(dx_stride),
        activation(f) {}

  template <int Count>
  RIDGE_INLINE void finish(const std::array<S*, 2>& places, const S* sums) const {
    Run<S, Count>{places[0]} =
        Run<const S, Count>(sums) * activation.derivative(Run<const S, Count>(places[1]));
  }
  Epilogue<S> epilogue() const {
    return {arrays[0], stride, nullptr, this, finish_with<S, TimesDerivative>};
  }
};

/// A product that is a weight's gradient g: the optimizer's rule is applied to the weights and to
/// its memory of them, with the penalty's gradient added to g, and then the penalty's proximal step
/// and projection. All of them are contiguous.
template <class S, class Rule, class Penalty, std::size_t Memory>
struct Update {
  static constexpr std::size_t written = 1 + Memory;
  std::array<S*, written> arrays;  ///< weights, memory; weights where an array is not in use
  Index stride;
  Rule rule;
  Penalty penalty;

  template <int Count>
  void finish(const std::array<S*, written>& places, const S* gradients) const {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      step(Run<S, Count>(places[0]), Run<const S, Count>(gradients),
           Run<S, Count>(places[1 + K])...);
    }
    (std::make_index_sequence<Memory>{});
  }
  Epilogue<S> epilogue() const {
    return {arrays[0], stride, nullptr, this, finish_with<S, Update>};
  }

 private:
  template <class W, class G, class... Arrays>
  void step(W w, const G& g, Arrays... m) const {
    if constexpr (std::same_as<Penalty, NoPenalty> && W::SizeAtCompileTime > lanes<S>) {
      rule(w, g, m...);  // where a copy would be one in memory
      return;
    }
    // As an array, so that a rule is compiled once, whatever the penalties are.
    typename W::PlainObject total = g;
    if constexpr (requires { penalty.smooth_gradient(w); })
      total += penalty.smooth_gradient(w);
    else if constexpr (!std::same_as<Penalty, NoPenalty>)
      total += penalty.gradient(w);
    rule(w, std::as_const(total), m...);
    if constexpr (requires { penalty.prox(w, g); }) {
      static_assert(
          requires { rule.step_size(m...); },
          "ridge: this penalty makes proximal steps, for which the optimizer's rule needs "
          "step_size(arrays...); see docs/extending.md");
      const auto steps = rule.step_size(m...);
      if constexpr (std::is_arithmetic_v<std::remove_const_t<decltype(steps)>>)
        penalty.prox(w, W::PlainObject::Constant(w.rows(), w.cols(), steps));
      else
        penalty.prox(w, steps);
    }
    if constexpr (requires { penalty.project(w); }) penalty.project(w);
  }
};

}  // namespace ridge::detail
