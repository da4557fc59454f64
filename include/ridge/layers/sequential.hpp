#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/optional.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/layers/initializers.hpp>
#include <ridge/layers/neighbours.hpp>
#include <ridge/layers/place.hpp>

namespace ridge {

/// Layers one after the other, itself a layer.
///
/// Parameters are named as PyTorch's Sequential names them, "0.weight", or by the name that a layer
/// was given: `Sequential{named("fc1", Linear<float>{784, 128}), ReLU{}}` has "fc1.weight".
///
/// A layer may be a std::optional of one. Without a value it is absent, as if it were not written:
/// whether it is there is then no part of the network's type. The numbers in names are those of the
/// layers that are present.
template <class... Ls>
class Sequential
    : public detail::HasScalar<
          typename detail::CommonScalar<typename detail::Unwrapped<Ls>::type...>::type> {
  static constexpr std::size_t size_ = sizeof...(Ls);
  using Layers = std::tuple<Ls...>;
  using Common = typename detail::CommonScalar<typename detail::Unwrapped<Ls>::type...>::type;
  template <std::size_t I>
  using LayerAt = typename detail::Unwrapped<std::tuple_element_t<I, Layers>>::type;
  template <std::size_t I>
  static constexpr bool may_be_absent = detail::is_optional<std::tuple_element_t<I, Layers>>;
  using Whole = detail::Chain<0, 0, Dynamic, typename detail::Unwrapped<Ls>::type...>;

  static_assert(size_ > 0, "ridge::Sequential: give it at least one layer");
  static_assert((Layer<typename detail::Unwrapped<Ls>::type> && ...),
                "ridge::Sequential: every argument must be a Layer; see docs/extending.md");
  static_assert(((std::is_void_v<ScalarOf<typename detail::Unwrapped<Ls>::type>> ||
                  std::same_as<ScalarOf<typename detail::Unwrapped<Ls>::type>, Common>)&&...),
                "ridge::Sequential: all layers must have the same scalar, float or double");
  static_assert((detail::Absent<Ls>::possible && ...),
                "ridge::Sequential: a layer in a std::optional has no sizes in its type, since its "
                "parameters are empty while it is absent; give them when it is made: "
                "std::optional{Linear<float>{784, 128}}");
  static_assert(Whole::fits);

 public:
  static constexpr int inputs = detail::fixed_inputs<LayerAt<0>>();
  static constexpr int outputs = Whole::outputs;

  Sequential() requires(std::default_initializable<Ls>&&...)
      : Sequential(detail::Member<Ls>(Ls())...) {}

  /// @throws ShapeError if neighbours do not fit, ValueError if two layers have the same name or
  ///         all are absent
  explicit Sequential(detail::Member<Ls>... members)
      : names_{std::move(members.name)...}, layers_{std::move(members.layer)...} {
    require_any();
    const auto present = which_are_present();
    for (std::size_t i = 0; i < size_; ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (present[i] && present[j] && name_of(i) == name_of(j))
          throw ValueError(detail::text("Sequential: layers ", j, " and ", i, " are both named \"",
                                        name_of(i), "\""));
    check_joints<0>(unknown);
  }

  /// The I-th layer, counted from 0 as they are written: a std::optional if it was given as one.
  template <std::size_t I>
  auto& layer() {
    return std::get<I>(layers_);
  }
  template <std::size_t I>
  const auto& layer() const {
    return std::get<I>(layers_);
  }
  /// The number of layers, of absent ones too.
  static constexpr std::size_t size() { return size_; }

  /// Rows that the input must have, if the first layer has a size.
  Index input_size() const requires(detail::begins_with_size<Ls...>) {
    require_any();
    return input_size_from<0>();
  }

  Index output_size(Index rows) const {
    require_any();
    return rows_from<0>(rows);
  }

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    require_any();
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
      if constexpr (has_optional_)
        seed_ = random;  // only the network knows which layers are present
      else
        reseed_layers(random, [](std::size_t) { return true; });
    }

    void visit_state(StateVisitor& visit) {
      if constexpr (has_optional_) visit("seed", seed_);
      detail::for_each_index<size_>([&](auto i) {
        visit.within(detail::text(std::size_t{i}),
                     [&] { detail::visit_cache(visit, std::get<i>(caches_)); });
      });
    }

   private:
    /// The k-th layer that is present draws from the k-th stream.
    template <class F>
    void reseed_layers(const Random& random, const F& is_present) {
      std::size_t k = 0;
      detail::for_each_index<size_>([&](auto i) {
        if (!is_present(i)) return;
        auto& own = std::get<i>(caches_);
        if constexpr (requires { own.reseed(random); }) own.reseed(random.split(k));
        ++k;
      });
    }

    Buffers values_;
    Buffers gradients_;
    std::tuple<CacheOf<typename detail::Unwrapped<Ls>::type, S>...> caches_;
    std::optional<Random> seed_;  // that the layers have not been given yet
  };

  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    require_any();
    if (cache.seed_) {
      const auto present = which_are_present();
      cache.reseed_layers(*cache.seed_, [&](std::size_t i) { return present[i]; });
      cache.seed_.reset();
    }
    forward_from<0>(x, y, cache);
  }

  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache,
                G&& gradients) const {
    backward_from<0>(x, y, dy, dx, cache, gradients);
  }

  /// Of absent layers too: empty values.
  auto parameters() { return parameters_of(*this, std::make_index_sequence<size_>{}); }
  auto parameters() const { return parameters_of(*this, std::make_index_sequence<size_>{}); }

  /// Calls f(layer, name) for each layer that is present.
  template <class F>
  void for_each_layer(F&& f) {
    each_layer(*this, f);
  }
  template <class F>
  void for_each_layer(F&& f) const {
    each_layer(*this, f);
  }

  /// Calls f(pointer to the layer, name, whether it may be absent) for each place, with a null
  /// pointer if it is. A layer without a name is named by its place.
  template <class F>
  void for_each_place(F&& f) const {
    detail::for_each_index<size_>([&](auto i) {
      f(detail::pointer_to(layer<i>()), names_[i].empty() ? std::to_string(i) : names_[i],
        may_be_absent<i>);
    });
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
  static constexpr bool has_optional_ = (detail::is_optional<Ls> || ...);

  template <std::size_t I>
  bool has() const {
    return detail::pointer_to(layer<I>()) != nullptr;
  }
  /// The I-th layer, which is present.
  template <std::size_t I>
  const LayerAt<I>& at() const {
    return *detail::pointer_to(layer<I>());
  }

  std::array<bool, size_> which_are_present() const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<bool, size_>{has<I>()...};
    }
    (std::make_index_sequence<size_>{});
  }

  /// Whether all layers from the I-th on may be absent, and whether they are.
  template <std::size_t I>
  static constexpr bool may_end() {
    if constexpr (I < size_)
      return may_be_absent<I> && may_end<I + 1>();
    else
      return true;
  }
  template <std::size_t I>
  bool ends() const {
    if constexpr (I < size_)
      return !has<I>() && ends<I + 1>();
    else
      return true;
  }

  void require_any() const {
    if constexpr (may_end<0>())
      if (ends<0>())
        throw ValueError(
            "Sequential: all of its layers are absent; give it one, or make it absent as a whole, "
            "as a std::optional in another Sequential");
  }

  /// Of a layer that is present.
  std::string name_of(std::size_t i) const {
    if (!names_[i].empty()) return names_[i];
    const auto present = which_are_present();
    return std::to_string(std::count(present.begin(), present.begin() + i, true));
  }

  template <class Self, std::size_t... I>
  static auto parameters_of(Self& self, std::index_sequence<I...>) {
    return std::tuple_cat(
        detail::parameters_of(std::get<I>(self.layers_), std::get<I>(self.absent_))...);
  }

  template <class Self, class F>
  static void each_layer(Self& self, F& f) {
    detail::for_each_index<size_>([&](auto i) {
      if (auto* present = detail::pointer_to(self.template layer<i>()))
        f(*present, std::as_const(self).name_of(i));
    });
  }

  /// How many parameters the layers before the I-th have.
  template <std::size_t I>
  static constexpr std::size_t parameters_before() {
    return []<std::size_t... J>(std::index_sequence<J...>) {
      return (std::size_t{0} + ... + parameter_count<LayerAt<J>>);
    }
    (std::make_index_sequence<I>{});
  }

  /// Whether a layer before the I-th has parameters, of those that cannot be absent and of those
  /// that are present.
  template <std::size_t I>
  static constexpr bool must_learn_before() {
    if constexpr (I == 0)
      return false;
    else
      return (has_parameters<LayerAt<I - 1>> && !may_be_absent<I - 1>) ||
             must_learn_before<I - 1>();
  }
  template <std::size_t I>
  bool learns_before() const {
    if constexpr (I == 0)
      return false;
    else
      return (has_parameters<LayerAt<I - 1>> && has<I - 1>()) || learns_before<I - 1>();
  }

  template <std::size_t I>
  std::string describe() const {
    return detail::text("Sequential: layer ", I, " (\"", name_of(I), "\")");
  }

  template <std::size_t I>
  void check_joints(Index rows) const {
    if constexpr (I < size_) {
      if (!has<I>()) return check_joints<I + 1>(rows);
      if constexpr (requires { at<I>().input_size(); }) {
        const Index wanted = at<I>().input_size();
        if (rows != unknown && rows != wanted)
          throw ShapeError(detail::text(describe<I>(), " takes ", wanted,
                                        " inputs, but the layers before it give ", rows));
        rows = wanted;
      }
      check_joints<I + 1>(rows == unknown ? rows : rows_after<I>(rows));
    }
  }

  template <std::size_t I>
  Index input_size_from() const {
    if constexpr (may_be_absent<I> && I + 1 < size_)
      if (!has<I>()) return input_size_from<I + 1>();
    return at<I>().input_size();
  }

  /// Rows of the I-th layer's output.
  template <std::size_t I>
  Index rows_after(Index rows) const {
    try {
      return at<I>().output_size(rows);
    } catch (const ShapeError& error) {
      throw ShapeError(detail::text(describe<I>(), ": ", error.what()));
    }
  }

  /// The same for an input of `Rows` rows: no question where types answer it.
  template <std::size_t I, int Rows>
  Index rows_after_fixed(Index rows) const {
    using L = LayerAt<I>;
    constexpr int in = detail::fixed_inputs<L>(), out = detail::fixed_outputs<L, Rows>();
    if constexpr (Rows != Dynamic && out != Dynamic && in == Rows)
      return out;
    else
      return rows_after<I>(rows);
  }

  template <std::size_t I>
  Index rows_from(Index rows) const {
    if constexpr (I == size_)
      return rows;
    else
      return rows_from<I + 1>(has<I>() ? rows_after<I>(rows) : rows);
  }

  /// Whether layer I applies layer J itself, if that is the next one.
  template <std::size_t I, std::size_t J, class S, bool Training>
  static constexpr bool applies() {
    if constexpr (Training)
      return detail::AppliesInTraining<LayerAt<I>, LayerAt<J>, S>;
    else
      return detail::AppliesInInference<LayerAt<I>, LayerAt<J>, S>;
  }
  /// Whether the next one may be such a layer, J or one after it.
  template <std::size_t I, std::size_t J, class S, bool Training>
  static constexpr bool may_apply() {
    if constexpr (J >= size_)
      return false;
    else if constexpr (applies<I, J, S, Training>())
      return true;
    else if constexpr (may_be_absent<J>)
      return may_apply<I, J + 1, S, Training>();
    else
      return false;
  }

  /// Calls f(where to go on, activation...) for layer I, with the activation after it if it applies
  /// that. The layer to go on with is the first one present from there.
  template <std::size_t I, class S, bool Training, std::size_t J = I + 1, class F>
  void with_activation(const F& f) const {
    using Next = std::integral_constant<std::size_t, I + 1>;
    using AfterActivation = std::integral_constant<std::size_t, J + 1>;
    if constexpr (!may_apply<I, J, S, Training>())
      f(Next{});
    else if constexpr (!may_be_absent<J>)
      f(AfterActivation{}, at<J>());
    else if (!has<J>())
      with_activation<I, S, Training, J + 1>(f);
    else if constexpr (applies<I, J, S, Training>())
      f(AfterActivation{}, at<J>());
    else
      f(Next{});
  }

  /// Whether the first layer present from J on applies the derivative of an activation before it.
  template <std::size_t J, class Activation, class S>
  bool derives() const {
    if constexpr (may_be_absent<J> && J + 1 < size_)
      if (!has<J>()) return derives<J + 1, Activation, S>();
    return detail::AppliesDerivative<LayerAt<J>, Activation, S>;
  }
  /// Whether that may turn out so.
  template <bool Derives, std::size_t J, class Activation, class S>
  static constexpr bool may_derive() {
    if constexpr (detail::AppliesDerivative<LayerAt<J>, Activation, S> == Derives)
      return true;
    else if constexpr (may_be_absent<J> && J + 1 < size_)
      return may_derive<Derives, J + 1, Activation, S>();
    else
      return false;
  }

  // The walks through the layers go on from a position, with the batch as the last layer present
  // has left it: what a walk does at a position does not depend on which layers were absent before.

  template <std::size_t I, class X, class Y>
  void infer_from(const X& x, Y& y) const {
    using S = typename X::Scalar;
    if constexpr (may_be_absent<I> && I + 1 < size_)
      if (!has<I>()) return infer_from<I + 1>(x, y);
    with_activation<I, S, false>([&](auto next, const auto&... activation) {
      if constexpr (may_end<next>())
        if (ends<next>()) {
          at<I>().infer(x, y, activation...);
          return;
        }
      if constexpr (next < size_) {
        constexpr int rows = detail::fixed_outputs<LayerAt<I>, X::RowsAtCompileTime>();
        SizedMatrix<S, rows, X::ColsAtCompileTime> h(
            rows_after_fixed<I, X::RowsAtCompileTime>(x.rows()), x.cols());
        at<I>().infer(x, h, activation...);
        infer_from<next>(h, y);
      }
    });
  }

  template <std::size_t I, class X, class Y, class S>
  void forward_from(const X& x, Y& y, Cache<S>& cache) const {
    if constexpr (may_be_absent<I> && I + 1 < size_)
      if (!has<I>()) return forward_from<I + 1>(x, y, cache);
    auto& own = std::get<I>(cache.caches_);
    with_activation<I, S, true>([&](auto next, const auto&... activation) {
      if constexpr (may_end<next>())
        if (ends<next>()) {
          at<I>().forward(x, y, own, activation...);
          return;
        }
      if constexpr (next < size_) {
        auto h = std::get<next - 1>(cache.values_)
                     .template view<X::ColsAtCompileTime>(
                         rows_after_fixed<I, X::RowsAtCompileTime>(x.rows()), x.cols());
        at<I>().forward(x, h, own, activation...);
        forward_from<next>(std::as_const(h), y, cache);
      }
    });
  }

  /// From layer I on. If x is the value of an activation `before`, whose derivative the first layer
  /// present applies, dx is the gradient of what that was applied to.
  template <std::size_t I, class X, class Y, class DY, class DX, class S, class G, class... Before>
  void backward_from(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache, G& gradients,
                     const Before&... before) const {
    if constexpr (may_be_absent<I> && I + 1 < size_)
      if (!has<I>()) return backward_from<I + 1>(x, y, dy, dx, cache, gradients, before...);
    if constexpr ((detail::AppliesDerivative<LayerAt<I>, Before, S> && ...))
      with_activation<I, S, true>([&](auto next, const auto&... activation) {
        if constexpr (may_end<next>())
          if (ends<next>())
            return backward_one<I, next - 1>(x, y, dy, dx, cache, gradients, before...);
        if constexpr (next < size_)
          backward_both<I, next>(x, y, dy, dx, cache, gradients, std::tie(activation...),
                                 before...);
      });
  }

  /// Layer I, after those from Next on. Between are the activations that layer I has applied.
  template <std::size_t I, std::size_t Next, class X, class Y, class DY, class DX, class S, class G,
            class... Activation, class... Before>
  void backward_both(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache, G& gradients,
                     const std::tuple<const Activation&...>& between,
                     const Before&... before) const {
    const Index rows = rows_after_fixed<I, X::RowsAtCompileTime>(x.rows());
    const auto h =
        std::get<Next - 1>(cache.values_).template view<X::ColsAtCompileTime>(rows, x.cols());
    // Nobody needs the gradient between layers of which the earlier ones have nothing to learn.
    if constexpr (std::same_as<DX, NotWanted> && !must_learn_before<Next>())
      if (!learns_before<Next>()) return backward_from<Next>(h, y, dy, dx, cache, gradients);
    if constexpr (!std::same_as<DX, NotWanted> || parameters_before<Next>() > 0) {
      auto dh =
          std::get<Next - 1>(cache.gradients_).template view<X::ColsAtCompileTime>(rows, x.cols());
      if constexpr ((may_derive<true, Next, Activation, S>() || ...))
        if ((derives<Next, Activation, S>() || ...)) {
          backward_from<Next>(h, y, dy, dh, cache, gradients, std::get<0>(between));
          backward_one<I, I>(x, h, std::as_const(dh), dx, cache, gradients, before...);
          return;
        }
      if constexpr ((may_derive<false, Next, Activation, S>() && ...)) {
        backward_from<Next>(h, y, dy, dh, cache, gradients);
        backward_one<I, Next - 1>(x, h, std::as_const(dh), dx, cache, gradients, before...);
      }
    }
  }

  /// Layer I and, if it has applied the activation at position A, that too; else A is I.
  template <std::size_t I, std::size_t A, class X, class Y, class DY, class DX, class S, class G,
            class... Before>
  void backward_one(const X& x, const Y& y, const DY& dy, DX& dx, Cache<S>& cache, G& gradients,
                    const Before&... before) const {
    auto& own = std::get<I>(cache.caches_);
    auto part = gradients.template part<parameters_before<I>(), parameter_count<LayerAt<I>>>();
    if constexpr (A != I) {
      auto dz =
          std::get<I>(cache.gradients_).template view<X::ColsAtCompileTime>(y.rows(), y.cols());
      auto none = gradients.template part<parameters_before<A>(), 0>();
      at<A>().backward(y, y, dy, dz, std::get<A>(cache.caches_), none);
      at<I>().backward(x, y, std::as_const(dz), dx, own, part, before...);
    } else {
      at<I>().backward(x, y, dy, dx, own, part, before...);
    }
  }

  std::array<std::string, size_> names_;
  Layers layers_;
  std::tuple<typename detail::Absent<Ls>::Values...> absent_;
};

/// Names are no part of the type: `Named<Linear<float>>` makes a member of type Linear<float>.
template <class... Given>
Sequential(Given...) -> Sequential<typename detail::Unnamed<Given>::type...>;

}  // namespace ridge
