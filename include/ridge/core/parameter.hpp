#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/types.hpp>

namespace ridge {

/// What a parameter does in its layer. It is part of the parameter's type, so that what a penalty
/// or a weight decay touches never depends on a place, a name or a rank.
enum class Role : unsigned {
  weight = 1,     ///< multiplies the layer's inputs
  bias = 2,       ///< is added to the outputs
  scale = 4,      ///< the factor of a normalization
  shift = 8,      ///< the offset of a normalization
  statistic = 16  ///< kept by the layer, a running mean for instance, and not trained
};

/// A set of roles: `Role::weight | Role::bias`, or `all_roles`.
class Roles {
 public:
  constexpr Roles(Role role) : bits_(static_cast<unsigned>(role)) {}
  constexpr bool contains(Role role) const { return (bits_ & static_cast<unsigned>(role)) != 0; }
  friend constexpr Roles operator|(Roles a, Roles b) { return Roles(a.bits_ | b.bits_); }
  friend constexpr bool operator==(Roles, Roles) = default;

 private:
  constexpr explicit Roles(unsigned bits) : bits_(bits) {}
  unsigned bits_;
};

/// Both roles: `Role::weight | Role::bias`.
constexpr Roles operator|(Role a, Role b) { return Roles(a) | Roles(b); }

/// All that are trained.
inline constexpr Roles all_roles = Role::weight | Role::bias | Role::scale | Role::shift;

/// A parameter of a layer, by reference: its role in the type, its name within the layer, its
/// value.
template <Role R, class M>
struct Parameter {
  static constexpr Role role = R;
  std::string_view name;
  M& value;

  /// Whether there is anything of it. Those of a layer that is absent, an empty std::optional in a
  /// `Sequential`, have no elements, nor has a bias that a layer does without.
  bool present() const { return value.size() > 0; }
};

/// What penalties and optimizers are told of a parameter.
struct ParameterInfo {
  Role role;
  std::string name;  ///< its path in the network, "fc1.weight"
  Eigen::Index rows, cols;
};

/// @name How a layer's `parameters()` describes its members
/// `std::tuple{as_weight(w), as_bias(b)}`. The names are PyTorch's unless others are given.
/// @{
/// A weight, out x in: what penalties and decay are for.
template <class M>
Parameter<Role::weight, M> as_weight(M& value, std::string_view name = "weight") {
  return {name, value};
}
/// A bias, one for each output.
template <class M>
Parameter<Role::bias, M> as_bias(M& value, std::string_view name = "bias") {
  return {name, value};
}
/// A factor of a feature, as a normalization has it; 1 at first.
template <class M>
Parameter<Role::scale, M> as_scale(M& value, std::string_view name = "weight") {
  return {name, value};
}
/// What a normalization adds to a feature; 0 at first.
template <class M>
Parameter<Role::shift, M> as_shift(M& value, std::string_view name = "bias") {
  return {name, value};
}
/// What is kept and not trained, such as a running mean.
template <class M>
Parameter<Role::statistic, M> as_statistic(M& value, std::string_view name) {
  return {name, value};
}
/// @}

/// Calls f(name, parameter) for each parameter of a network that is present, in order, its name
/// being the path to it: "fc1.weight".
template <class Net, class F>
void for_each_parameter(Net& net, F&& f, const std::string& path = "") {
  const auto descend = [&](auto& layer, const std::string& name) {
    for_each_parameter(layer, f, path + name + ".");
  };
  if constexpr (requires { net.for_each_layer(descend); })
    net.for_each_layer(descend);
  else
    std::apply(
        [&](auto... parameter) {
          [[maybe_unused]] const auto call = [&](const auto& each) {
            if (each.present()) f(path + std::string(each.name), each);
          };
          (call(parameter), ...);
        },
        net.parameters());
}

/// The number of parameters of a layer or a network, known at compile time. Those of layers that
/// are absent count.
template <class L>
inline constexpr std::size_t parameter_count =
    std::tuple_size_v<decltype(std::declval<const L&>().parameters())>;

/// Whether there are any.
template <class L>
inline constexpr bool has_parameters = parameter_count<L> != 0;

/// Whether the I-th parameter of a network is trained; else it is a statistic.
template <class Net, std::size_t I>
inline constexpr bool is_trained =
    std::tuple_element_t<I, decltype(std::declval<const Net&>().parameters())>::role !=
    Role::statistic;

/// A description of each parameter of a network that is present, in order.
template <class Net>
std::vector<ParameterInfo> describe_parameters(const Net& net) {
  std::vector<ParameterInfo> all;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    all.push_back({parameter.role, name, parameter.value.rows(), parameter.value.cols()});
  });
  return all;
}

namespace detail {

/// Calls f(std::integral_constant<std::size_t, I>) for I = 0 ... Count - 1.
template <std::size_t Count, class F>
void for_each_index(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }
  (std::make_index_sequence<Count>{});
}

/// Calls f(i, parameter, k) for each parameter of a network that is present: its position in
/// `parameters()`, a constant, and its position in what `describe_parameters` gives.
template <class Net, class F>
void for_each_present(Net& net, F&& f) {
  const auto parameters = net.parameters();
  std::size_t k = 0;
  for_each_index<parameter_count<Net>>([&](auto i) {
    if (std::get<i>(parameters).present()) f(i, std::get<i>(parameters), k++);
  });
}

/// Adds the names of a network's layers that may be absent and are present to `names`, a layer
/// without a name being named by its place.
/// @return whether there are any that may be absent
template <class Net>
bool list_optional_layers(const Net& net, std::string& names, const std::string& path = "") {
  bool any = false;
  const auto place = [&](const auto* layer, const std::string& name, bool is_optional) {
    any = any || is_optional;
    if (is_optional && layer) names += (names.empty() ? "" : ", ") + path + name;
    if (layer) any = list_optional_layers(*layer, names, path + name + ".") || any;
  };
  const auto within = [&](const auto& layer, const std::string& name) {
    place(&layer, name, false);
  };
  if constexpr (requires { net.for_each_place(place); })
    net.for_each_place(place);
  else if constexpr (requires { net.for_each_layer(within); })
    net.for_each_layer(within);
  return any;
}

template <class M>
using Same = M;

template <template <class> class F, class Tuple>
struct ForParameters;
template <template <class> class F, Role... R, class... M>
struct ForParameters<F, std::tuple<Parameter<R, M>...>> {
  using type = std::tuple<F<std::remove_const_t<M>>...>;
};

/// std::tuple<F<M>...> for the types M of the values of a network's parameters.
template <class Net, template <class> class F>
using PerParameter =
    typename ForParameters<F, decltype(std::declval<const Net&>().parameters())>::type;

/// A matrix of a type that other ones of the same scalar share. It is empty for another scalar,
/// which a statistic may have.
template <class View, class M>
View view_of(M& value) {
  if constexpr (std::is_same_v<typename M::Scalar, typename View::Scalar>)
    return View(value.data(), value.rows(), value.cols());
  else
    return View(nullptr, 0, 0);
}

/// The parameters of a network as matrices of one type, in order.
template <class S, class Net>
auto parameter_views(Net& net) {
  return std::apply(
      [](auto... parameter) {
        return std::array<View<S>, sizeof...(parameter)>{view_of<View<S>>(parameter.value)...};
      },
      net.parameters());
}

}  // namespace detail
}  // namespace ridge
