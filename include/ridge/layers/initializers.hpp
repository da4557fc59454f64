#pragma once

#include <cmath>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/random.hpp>

namespace ridge {

/// How many inputs and outputs a weight connects.
struct Fans {
  double in, out;

  template <class In, class Out>
  Fans(In inputs, Out outputs)
      : in(static_cast<double>(inputs)), out(static_cast<double>(outputs)) {}
};

namespace detail {

/// Independent uniform numbers in [-bound, bound).
template <class M>
void fill_uniform(M& values, double bound, Random& random) {
  using S = typename M::Scalar;
  for (Index j = 0; j < values.cols(); ++j)
    for (Index i = 0; i < values.rows(); ++i)
      values(i, j) = static_cast<S>(random.uniform(-bound, bound));
}

/// Independent normal numbers of mean 0.
template <class M>
void fill_normal(M& values, double deviation, Random& random) {
  using S = typename M::Scalar;
  for (Index j = 0; j < values.cols(); ++j)
    for (Index i = 0; i < values.rows(); ++i)
      values(i, j) = static_cast<S>(deviation * random.normal());
}

/// The base of an initializer that leaves biases at zero.
struct ZeroBias {
  template <class M>
  static void bias(M& bias, Fans, Random&) {
    bias.setZero();
  }
};

}  // namespace detail

/// What PyTorch's `nn.Linear` does: weights and biases uniform in +-1/sqrt(fan_in).
struct PyTorchDefault {
  template <class M>
  static void weight(M& weight, Fans fans, Random& random) {
    detail::fill_uniform(weight, 1 / std::sqrt(fans.in), random);
  }
  template <class M>
  static void bias(M& bias, Fans fans, Random& random) {
    detail::fill_uniform(bias, 1 / std::sqrt(fans.in), random);
  }
};

/// Weights normal with variance 2/fan_in, for layers before a ReLU (He et al., 2015; "Kaiming").
struct HeNormal : detail::ZeroBias {
  template <class M>
  static void weight(M& weight, Fans fans, Random& random) {
    detail::fill_normal(weight, std::sqrt(2 / fans.in), random);
  }
};

/// Weights uniform in +-sqrt(6/fan_in): He's variance.
struct HeUniform : detail::ZeroBias {
  template <class M>
  static void weight(M& weight, Fans fans, Random& random) {
    detail::fill_uniform(weight, std::sqrt(6 / fans.in), random);
  }
};

/// Weights normal with variance 2/(fan_in + fan_out) (Glorot and Bengio, 2010; "Xavier").
struct GlorotNormal : detail::ZeroBias {
  template <class M>
  static void weight(M& weight, Fans fans, Random& random) {
    detail::fill_normal(weight, std::sqrt(2 / (fans.in + fans.out)), random);
  }
};

/// Weights uniform in +-sqrt(6/(fan_in + fan_out)): Glorot's variance.
struct GlorotUniform : detail::ZeroBias {
  template <class M>
  static void weight(M& weight, Fans fans, Random& random) {
    detail::fill_uniform(weight, std::sqrt(6 / (fans.in + fans.out)), random);
  }
};

/// Every weight the same number, every bias another.
struct Constant {
  double weights = 0;
  double biases = 0;

  template <class M>
  void weight(M& weight, Fans, Random&) const {
    weight.setConstant(static_cast<typename M::Scalar>(weights));
  }
  template <class M>
  void bias(M& bias, Fans, Random&) const {
    bias.setConstant(static_cast<typename M::Scalar>(biases));
  }
};

/// Gives one parameter its first value: weights and biases by the initializer, scales 1, shifts 0.
template <Role R, class M, class Initializer>
void initialize_parameter(Parameter<R, M> parameter, Fans fans, const Initializer& initializer,
                          Random& random) {
  if constexpr (R == Role::weight)
    initializer.weight(parameter.value, fans, random);
  else if constexpr (R == Role::bias)
    initializer.bias(parameter.value, fans, random);
  else if constexpr (R == Role::scale)
    parameter.value.setOnes();
  else
    parameter.value.setZero();
}

namespace detail {

template <class L, class Initializer>
void initialize_layer(L& layer, const Initializer& initializer, Random& random) {
  if constexpr (has_parameters<L>) {
    static_assert(
        requires { layer.initialize(initializer, random); },
        "ridge::initialize: the layer has parameters but no initialize(initializer, random); "
        "see docs/extending.md");
    layer.initialize(initializer, random);
  }
}

}  // namespace detail

/// Gives every parameter of a network its first value, layer by layer, from one generator.
template <Layer Net, class Initializer = PyTorchDefault>
void initialize(Net& net, Random random, const Initializer& initializer = {}) {
  detail::initialize_layer(net, initializer, random);
}

}  // namespace ridge
