#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/layers/initializers.hpp>

namespace ridge {

/// A layer with the name that its parameters have in model files and reports.
template <Layer L>
struct Named {
  std::string name;
  L layer;
};

/// Names a layer of a `Sequential`: `named("fc1", Linear<float>{784, 128})`.
template <Layer L>
Named<L> named(std::string_view name, L layer) {
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

}  // namespace detail

/// Layers one after the other, itself a layer.
///
/// Parameters are named as PyTorch's Sequential names them, "0.weight", or by the name that a layer
/// was given: `Sequential{named("fc1", Linear<float>{784, 128}), ReLU{}}` has "fc1.weight".
template <class... Ls>
class Sequential : public detail::HasScalar<typename detail::CommonScalar<Ls...>::type> {
  static constexpr std::size_t size_ = sizeof...(Ls);
  using Layers = std::tuple<Ls...>;
  using Common = typename detail::CommonScalar<Ls...>::type;
  template <std::size_t I>
  using LayerAt = std::tuple_element_t<I, Layers>;

  static_assert(size_ > 0, "ridge::Sequential: give it at least one layer");
  static_assert((Layer<Ls> && ...),
                "ridge::Sequential: every argument must be a Layer; see docs/extending.md");
  static_assert(((std::is_void_v<ScalarOf<Ls>> || std::same_as<ScalarOf<Ls>, Common>)&&...),
                "ridge::Sequential: all layers must have the same scalar, float or double");
  static_assert(detail::Chain<0, 0, Dynamic, Ls...>::fits);

 public:
  static constexpr int inputs = detail::fixed_inputs<LayerAt<0>>();
  static constexpr int outputs = detail::Chain<0, 0, Dynamic, Ls...>::outputs;

  Sequential() requires(std::default_initializable<Ls>&&...)
      : Sequential(detail::Member<Ls>(Ls())...) {}

  /// @throws ShapeError if neighbours do not fit, ValueError if two layers have the same name
  explicit Sequential(detail::Member<Ls>... members)
      : names_{std::move(members.name)...}, layers_{std::move(members.layer)...} {
    for (std::size_t i = 0; i < size_; ++i)
      if (names_[i].empty()) names_[i] = std::to_string(i);
    for (std::size_t i = 0; i < size_; ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (names_[i] == names_[j])
          throw ValueError(detail::text("Sequential: layers ", j, " and ", i, " are both named \"",
                                        names_[i], "\""));
    check_joints<0>(unknown);
  }

  /// The I-th layer, counted from 0.
  template <std::size_t I>
  auto& layer() {
    return std::get<I>(layers_);
  }
  template <std::size_t I>
  const auto& layer() const {
    return std::get<I>(layers_);
  }
  static constexpr std::size_t size() { return size_; }

  /// Rows that the input must have, if the first layer has a size.
  Index input_size() const requires requires(const LayerAt<0>& first) { first.input_size(); }
  { return layer<0>().input_size(); }

  Index output_size(Index rows) const { return rows_from<0>(rows); }

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    infer_from<0>(x, y);
  }

  /// What the layers leave between each other, their gradients, and their own caches.
  template <class S>
  class Cache {
    friend Sequential;
    template <std::size_t I>
    static constexpr int rows() {
      return [&]<std::size_t... J>(std::index_sequence<J...>) {
        return detail::Chain<0, 0, Dynamic, LayerAt<J>...>::outputs;
      }
      (std::make_index_sequence<I + 1>{});
    }
    template <class>
    struct Between;
    template <std::size_t... I>
    struct Between<std::index_sequence<I...>> {
      using type = std::tuple<detail::Buffer<S, rows<I>()>...>;
    };
    using Buffers = typename Between<std::make_index_sequence<size_ - 1>>::type;

   public:
    Cache() { reseed(Random{}); }

    /// Layers that draw random numbers draw them from now on of this generator, each of its own.
    void reseed(Random random) {
      detail::for_each_index<size_>([&](auto i) {
        auto& own = std::get<i>(caches_);
        if constexpr (requires { own.reseed(random); }) own.reseed(random.split(i));
      });
    }

    void visit_state(StateVisitor& visit) {
      detail::for_each_index<size_>([&](auto i) {
        visit.within(detail::text(std::size_t{i}),
                     [&] { detail::visit_cache(visit, std::get<i>(caches_)); });
      });
    }

   private:
    Buffers values_;
    Buffers gradients_;
    std::tuple<CacheOf<Ls, S>...> caches_;
  };

  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    forward_from<0>(x, y, cache);
  }

  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache,
                G&& gradients) const {
    backward_from<0>(x, y, dy, dx, cache, gradients);
  }

  auto parameters() {
    return std::apply([](auto&... each) { return std::tuple_cat(each.parameters()...); }, layers_);
  }
  auto parameters() const {
    return std::apply([](const auto&... each) { return std::tuple_cat(each.parameters()...); },
                      layers_);
  }

  /// Calls f(layer, name) for each layer.
  template <class F>
  void for_each_layer(F&& f) {
    each_layer(*this, f, std::make_index_sequence<size_>{});
  }
  template <class F>
  void for_each_layer(F&& f) const {
    each_layer(*this, f, std::make_index_sequence<size_>{});
  }

  template <class Initializer>
  void initialize(const Initializer& initializer, Random& random) {
    for_each_layer([&](auto& each, const std::string&) {
      detail::initialize_layer(each, initializer, random);
    });
  }

  friend bool operator==(const Sequential& a,
                         const Sequential& b) requires(std::equality_comparable<Ls>&&...) {
    return a.names_ == b.names_ && a.layers_ == b.layers_;
  }

 private:
  static constexpr Index unknown = -1;

  /// How many parameters the layers before the I-th have.
  template <std::size_t I>
  static constexpr std::size_t parameters_before() {
    return []<std::size_t... J>(std::index_sequence<J...>) {
      return (std::size_t{0} + ... + parameter_count<LayerAt<J>>);
    }
    (std::make_index_sequence<I>{});
  }

  template <std::size_t I>
  std::string describe() const {
    return detail::text("Sequential: layer ", I, " (\"", names_[I], "\")");
  }

  template <std::size_t I>
  void check_joints(Index rows) const {
    if constexpr (I < size_) {
      if constexpr (requires { layer<I>().input_size(); }) {
        const Index wanted = layer<I>().input_size();
        if (rows != unknown && rows != wanted)
          throw ShapeError(detail::text(describe<I>(), " takes ", wanted,
                                        " inputs, but the layers before it give ", rows));
        rows = wanted;
      }
      check_joints<I + 1>(rows == unknown ? rows : rows_after<I>(rows));
    }
  }

  /// Rows of the I-th layer's output.
  template <std::size_t I>
  Index rows_after(Index rows) const {
    try {
      return layer<I>().output_size(rows);
    } catch (const ShapeError& error) {
      throw ShapeError(detail::text(describe<I>(), ": ", error.what()));
    }
  }

  template <std::size_t I>
  Index rows_from(Index rows) const {
    if constexpr (I == size_)
      return rows;
    else
      return rows_from<I + 1>(rows_after<I>(rows));
  }

  /// Whether layer I applies layer I + 1 itself.
  template <std::size_t I, class S, bool Training>
  static constexpr bool applies_next() {
    if constexpr (I + 1 >= size_)
      return false;
    else if constexpr (Training)
      return detail::AppliesInTraining<LayerAt<I>, LayerAt<I + 1>, S>;
    else
      return detail::AppliesInInference<LayerAt<I>, LayerAt<I + 1>, S>;
  }

  /// Whether layer I applies the derivative of layer I - 1, an activation that layer I - 2 applied.
  template <std::size_t I, class S>
  static constexpr bool applies_previous() {
    if constexpr (I < 2)
      return false;
    else if constexpr (!applies_next<I - 2, S, true>())
      return false;
    else
      return detail::AppliesDerivative<LayerAt<I>, LayerAt<I - 1>, S>;
  }

  /// Calls f(activation...), with the activation after layer I if it applies that.
  template <std::size_t I, bool Applies, class F>
  void with_activation(F&& f) const {
    if constexpr (Applies)
      f(layer<I + 1>());
    else
      f();
  }

  template <std::size_t I, class X, class Y>
  void infer_from(const X& x, Y& y) const {
    using S = typename X::Scalar;
    constexpr bool applies = applies_next<I, S, false>();
    constexpr std::size_t next = I + (applies ? 2 : 1);
    with_activation<I, applies>([&](const auto&... activation) {
      if constexpr (next == size_) {
        layer<I>().infer(x, y, activation...);
      } else {
        constexpr int rows = detail::fixed_outputs<LayerAt<I>, X::RowsAtCompileTime>();
        SizedMatrix<S, rows, X::ColsAtCompileTime> h(rows_after<I>(x.rows()), x.cols());
        layer<I>().infer(x, h, activation...);
        infer_from<next>(h, y);
      }
    });
  }

  template <std::size_t I, class X, class Y, class S>
  void forward_from(const X& x, Y& y, Cache<S>& cache) const {
    constexpr bool applies = applies_next<I, S, true>();
    constexpr std::size_t next = I + (applies ? 2 : 1);
    auto& own = std::get<I>(cache.caches_);
    with_activation<I, applies>([&](const auto&... activation) {
      if constexpr (next == size_) {
        layer<I>().forward(x, y, own, activation...);
      } else {
        auto h = std::get<next - 1>(cache.values_)
                     .template view<X::ColsAtCompileTime>(rows_after<I>(x.rows()), x.cols());
        layer<I>().forward(x, h, own, activation...);
        forward_from<next>(std::as_const(h), y, cache);
      }
    });
  }

  /// From layer I on. If x is the value of an activation `before`, dx is the gradient of what that
  /// was applied to.
  template <std::size_t I, class X, class Y, class DY, class DX, class S, class G, class... Before>
  void backward_from(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache, G& gradients,
                     const Before&... before) const {
    constexpr bool applies = applies_next<I, S, true>();
    constexpr std::size_t next = I + (applies ? 2 : 1);
    if constexpr (next == size_) {
      backward_one<I, applies>(x, y, dy, dx, cache, gradients, before...);
    } else {
      const Index rows = rows_after<I>(x.rows());
      const auto h =
          std::get<next - 1>(cache.values_).template view<X::ColsAtCompileTime>(rows, x.cols());
      // Nobody needs the gradient between layers of which the earlier ones have nothing to learn.
      if constexpr (std::same_as<DX, NotWanted> && parameters_before<next>() == 0) {
        backward_from<next>(h, y, dy, dx, cache, gradients);
      } else {
        auto dh = std::get<next - 1>(cache.gradients_)
                      .template view<X::ColsAtCompileTime>(rows, x.cols());
        if constexpr (applies_previous<next, S>()) {
          backward_from<next>(h, y, dy, dh, cache, gradients, layer<next - 1>());
          backward_one<I, false>(x, h, std::as_const(dh), dx, cache, gradients, before...);
        } else {
          backward_from<next>(h, y, dy, dh, cache, gradients);
          backward_one<I, applies>(x, h, std::as_const(dh), dx, cache, gradients, before...);
        }
      }
    }
  }

  /// Layer I alone or, if it has applied the activation after it, both.
  template <std::size_t I, bool WithActivation, class X, class Y, class DY, class DX, class S,
            class G, class... Before>
  void backward_one(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache, G& gradients,
                    const Before&... before) const {
    auto& own = std::get<I>(cache.caches_);
    auto part = gradients.template part<parameters_before<I>(), parameter_count<LayerAt<I>>>();
    if constexpr (WithActivation) {
      auto dz =
          std::get<I>(cache.gradients_).template view<X::ColsAtCompileTime>(y.rows(), y.cols());
      auto none = gradients.template part<parameters_before<I + 1>(), 0>();
      layer<I + 1>().backward(y, y, dy, dz, std::get<I + 1>(cache.caches_), none);
      layer<I>().backward(x, y, std::as_const(dz), dx, own, part, before...);
    } else {
      layer<I>().backward(x, y, dy, dx, own, part, before...);
    }
  }

  template <class Self, class F, std::size_t... I>
  static void each_layer(Self& self, F& f, std::index_sequence<I...>) {
    (f(self.template layer<I>(), std::as_const(self.names_[I])), ...);
  }

  std::array<std::string, size_> names_;
  Layers layers_;
};

/// Names are no part of the type: `Named<Linear<float>>` makes a member of type Linear<float>.
template <class... Given>
Sequential(Given...) -> Sequential<typename detail::Unnamed<Given>::type...>;

}  // namespace ridge
