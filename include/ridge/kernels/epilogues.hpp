#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

#include <ridge/core/parameter.hpp>
#include <ridge/kernels/panel.hpp>
#include <ridge/kernels/prefetch.hpp>
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

/// c = A B.
template <class S>
struct Store {
  S* c;
  Index stride;

  explicit Store(Panel<S> to) : c(to.data()), stride(to.outerStride()) {}

  Packet<S> start(Index) const { return packet::pset1<Packet<S>>(S(0)); }
  S start_of(Index) const { return 0; }
  template <int Rows, int Columns>
  void expect(Index, Index) const {}
  template <int Count>
  void finish(Index at, const S* sums) const {
    Run<S, Count>(c + at) = Run<const S, Count>(sums);
  }
  void put(Index at, const Packet<S>& sums) const { packet::pstoreu(c + at, sums); }
};

/// What is no activation: f(x) = x.
struct Identity {
  template <class X>
  static const X& value(const X& x) {
    return x;
  }
};

/// y = f(W x + bias), column by column; without a bias if it is null.
template <class S, class Activation>
struct Affine {
  const S* bias;
  S* y;
  Index stride;
  Activation activation;

  Affine(const S* bias_values, Panel<S> to, const Activation& f)
      : bias(bias_values), y(to.data()), stride(to.outerStride()), activation(f) {}

  Packet<S> start(Index i) const {
    return bias != nullptr ? packet::ploadu<Packet<S>>(bias + i) : packet::pset1<Packet<S>>(S(0));
  }
  S start_of(Index i) const { return bias != nullptr ? bias[i] : S(0); }
  template <int Rows, int Columns>
  void expect(Index, Index) const {}
  template <int Count>
  void finish(Index at, const S* sums) const {
    Run<S, Count>(y + at) = activation.value(Run<const S, Count>(sums));
  }
};

/// dx = (A B) f'(x), element by element, for an activation x = f(z) and a product that is the
/// gradient with respect to x: what results is that with respect to z. x and dx are laid out alike.
template <class S, class Activation>
struct TimesDerivative {
  const S* x;
  S* dx;
  Index stride;
  Activation activation;

  Packet<S> start(Index) const { return packet::pset1<Packet<S>>(S(0)); }
  S start_of(Index) const { return 0; }
  template <int Rows, int Columns>
  void expect(Index, Index) const {}
  template <int Count>
  void finish(Index at, const S* sums) const {
    Run<S, Count>(dx + at) =
        Run<const S, Count>(sums) * activation.derivative(Run<const S, Count>(x + at));
  }
};

/// A product that is a weight's gradient g: the optimizer's rule is applied to the weights and to
/// its memory of them, with the penalty's gradient added to g, and then the penalty's proximal step
/// and projection. All of them are contiguous.
template <class S, class Rule, class Penalty, std::size_t Arrays>
struct Update {
  S* weights;
  std::array<S*, Arrays> memory;
  Index stride;
  Rule rule;
  Penalty penalty;

  Packet<S> start(Index) const { return packet::pset1<Packet<S>>(S(0)); }
  S start_of(Index) const { return 0; }

  /// Asks for the weights before the product is computed: they come from further away than it.
  template <int Rows, int Columns>
  RIDGE_INLINE inline void expect(Index i, Index j) const {
    for (Index c = 0; c < Columns; ++c) {
      const Index at = i + (j + c) * stride;
      prefetch(weights + at, Rows * sizeof(S));
      for (S* const array : memory)
        if (array != weights) prefetch(array + at, Rows * sizeof(S));
    }
  }
  template <int Count>
  void finish(Index at, const S* gradients) const {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      step(Run<S, Count>(weights + at), Run<const S, Count>(gradients),
           Run<S, Count>(memory[K] + at)...);
    }
    (std::make_index_sequence<Arrays>{});
  }

 private:
  template <class W, class G, class... Memory>
  void step(W w, const G& g, Memory... m) const {
    if constexpr (std::same_as<Penalty, NoPenalty>)
      rule(w, g, m...);
    else if constexpr (requires { penalty.smooth_gradient(w); })
      rule(w, g + penalty.smooth_gradient(w), m...);
    else
      rule(w, g + penalty.gradient(w), m...);
    if constexpr (requires { penalty.prox(w, g); }) {
      static_assert(
          requires { rule.step_size(m...); },
          "ridge: this penalty makes proximal steps, for which the optimizer's rule needs "
          "step_size(arrays...); see docs/optimizers.md");
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
