#pragma once

#include <type_traits>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/core/optional.hpp>

// What layers of a Sequential are to each other: whether they fit, and which one does another's
// work.
namespace ridge::detail {

/// The joint between a layer and the next one that has a size, by their positions. Its own
/// arguments name both in the compiler's message.
template <int Left, int LeftOutputs, int Right, int RightInputs>
struct Joint {
  static_assert(LeftOutputs == Dynamic || RightInputs == Dynamic || LeftOutputs == RightInputs,
                "ridge::Sequential: two neighbours do not fit: in "
                "Joint<left layer, its outputs, right layer, its inputs>, counted from 0, outputs "
                "and inputs must be the same number");
  static constexpr bool fits = true;
};

/// Walks the layers, with the rows known so far and the position of the layer that they come from.
template <int Position, int From, int Rows, class... Ls>
struct Chain {
  static constexpr bool fits = true;
  static constexpr int outputs = Rows;
};
template <int Position, int From, int Rows, class L, class... Ls>
struct Chain<Position, From, Rows, L, Ls...> {
  static constexpr bool sized = fixed_inputs<L>() != Dynamic;
  static constexpr int rows = Position == 0 ? fixed_inputs<L>() : Rows;
  static constexpr int next = fixed_outputs<L, rows>();
  using Rest = Chain<Position + 1, sized ? Position : From, next, Ls...>;
  static constexpr bool fits =
      (!sized || Joint<From, rows, Position, fixed_inputs<L>()>::fits) && Rest::fits;
  static constexpr int outputs = Rest::outputs;
};

/// Whether the first layer that is present has a size of its own, whichever that is.
template <class... Ls>
inline constexpr bool begins_with_size = false;
template <class L, class... Ls>
inline constexpr bool begins_with_size<L, Ls...> =
    requires(const typename Unwrapped<L>::type& layer) {
  layer.input_size();
}
&&(!is_optional<L> || sizeof...(Ls) == 0 || begins_with_size<Ls...>);

/// The first scalar among the layers; void if every layer works with any.
template <class... Ls>
struct CommonScalar {
  using type = void;
};
template <class L, class... Ls>
struct CommonScalar<L, Ls...> {
  using rest = typename CommonScalar<Ls...>::type;
  using type = std::conditional_t<std::is_void_v<ScalarOf<L>>, rest, ScalarOf<L>>;
};

/// Whether a layer can apply the one after it, an activation, to what it computes.
template <class L, class F, class S>
concept AppliesInInference = requires(const L& layer, const F& activation, const Matrix<S>& x,
                                      Matrix<S>& y) {
  requires F::elementwise;
  activation.value(x.array());  // and not a dropout
  layer.infer(x, y, activation);
};
/// The same on the way that leads back: the derivative must then be known by the output alone.
template <class L, class F, class S>
concept AppliesInTraining = requires(const L& layer, const F& activation, const Matrix<S>& x,
                                     Matrix<S>& y, CacheOf<L, S>& cache) {
  requires F::elementwise;
  activation.derivative(y.array());
  layer.forward(x, y, cache, activation);
};

/// Whether a layer can apply the derivative of the activation before it to its input's gradient.
template <class L, class F, class S>
concept AppliesDerivative = requires(const L& layer, const F& activation, Matrix<S>& x,
                                     Matrix<S>& y, CacheOf<L, S>& cache,
                                     AnyGradients<L> gradients) {
  layer.backward(std::as_const(x), std::as_const(y), std::as_const(y), x, cache, gradients,
                 activation);
};

template <class S>
struct HasScalar {
  using Scalar = S;
};
template <>
struct HasScalar<void> {};

}  // namespace ridge::detail
