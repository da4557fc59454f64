#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/kernels/norm.hpp>
#include <ridge/kernels/product.hpp>

namespace ridge {

/// One stored gradient for each parameter of a network, shaped as the parameter and in the order of
/// `parameters()`; zero for statistics.
template <Layer Net>
class StoredGradients {
 public:
  using Scalar = ScalarOf<Net>;

  StoredGradients() = default;

  /// All zero.
  explicit StoredGradients(const Net& net) {
    const auto parameters = net.parameters();
    detail::for_each_index<size()>([&](auto i) {
      const auto& value = std::get<i>(parameters).value;
      get<i>().setZero(value.rows(), value.cols());
    });
  }

  template <std::size_t I>
  auto& get() {
    return std::get<I>(values_);
  }
  template <std::size_t I>
  const auto& get() const {
    return std::get<I>(values_);
  }
  static constexpr std::size_t size() { return parameter_count<Net>; }

  /// Receives the I-th parameter's gradient from the network's `backward`.
  template <std::size_t I, class G>
  void receive(const G& gradient) {
    detail::store_gradient(gradient, get<I>());
  }
  /// A statistic has none: 0 is stored.
  template <std::size_t I, class E>
  void receive(const NewValue<E>& statistic) {
    get<I>().setZero(statistic.value.rows(), statistic.value.cols());
  }

  /// All of them as matrices of one type.
  auto views() { return views_of<Matrix<Scalar>>(values_); }
  auto views() const { return views_of<const Matrix<Scalar>>(values_); }

  /// The norm of all of them together.
  double norm() const { return detail::norm_of_all(views()); }

 private:
  template <class M, class Values>
  static auto views_of(Values& values) {
    return std::apply(
        [](auto&... each) {
          using Map = Eigen::Map<M>;
          return std::array<Map, sizeof...(each)>{detail::view_of<Map>(each)...};
        },
        values);
  }

  detail::PerParameter<Net, detail::Same> values_;
};

}  // namespace ridge
