#pragma once

#include <cmath>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/random.hpp>

namespace ridge {

/// How many inputs and outputs a weight connects.
struct Fans {
  Index in;
  Index out;
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

}  // namespace detail

/// What PyTorch's `nn.Linear` does: weights and biases uniform in +-1/sqrt(fan_in).
struct PyTorchDefault {
  template <Role R, class M>
  void operator()(Parameter<R, M> parameter, Fans fans, Random& random) const {
    detail::fill_uniform(parameter.value, 1 / std::sqrt(static_cast<double>(fans.in)), random);
  }
};

/// An initializer that fills weights by `Rule` and leaves biases at zero.
template <class Rule>
struct WeightInitializer {
  template <Role R, class M>
  void operator()(Parameter<R, M> parameter, Fans fans, Random& random) const {
    if constexpr (R == Role::weight)
      Rule::fill(parameter.value, static_cast<double>(fans.in), static_cast<double>(fans.out),
                 random);
    else
      parameter.value.setZero();
  }
};

/// Weights normal with variance 2/fan_in, for layers before a ReLU (He et al., 2015; "Kaiming").
struct HeNormal : WeightInitializer<HeNormal> {
  template <class M>
  static void fill(M& weight, double in, double, Random& random) {
    detail::fill_normal(weight, std::sqrt(2 / in), random);
  }
};

/// Weights uniform in +-sqrt(6/fan_in): He's variance.
struct HeUniform : WeightInitializer<HeUniform> {
  template <class M>
  static void fill(M& weight, double in, double, Random& random) {
    detail::fill_uniform(weight, std::sqrt(6 / in), random);
  }
};

/// Weights normal with variance 2/(fan_in + fan_out) (Glorot and Bengio, 2010; "Xavier").
struct GlorotNormal : WeightInitializer<GlorotNormal> {
  template <class M>
  static void fill(M& weight, double in, double out, Random& random) {
    detail::fill_normal(weight, std::sqrt(2 / (in + out)), random);
  }
};

/// Weights uniform in +-sqrt(6/(fan_in + fan_out)): Glorot's variance.
struct GlorotUniform : WeightInitializer<GlorotUniform> {
  template <class M>
  static void fill(M& weight, double in, double out, Random& random) {
    detail::fill_uniform(weight, std::sqrt(6 / (in + out)), random);
  }
};

/// Every weight the same number, every bias another.
struct Constant {
  double weight = 0;
  double bias = 0;

  template <Role R, class M>
  void operator()(Parameter<R, M> parameter, Fans, Random&) const {
    parameter.value.setConstant(static_cast<typename M::Scalar>(R == Role::weight ? weight : bias));
  }
};

/// Gives every parameter of a network its first value, layer by layer, from one generator.
template <Layer Net, class Initializer = PyTorchDefault>
void initialize(Net& net, Random random, const Initializer& initializer = {}) {
  if constexpr (parameter_count < Net >> 0) {
    static_assert(
        requires { net.initialize(initializer, random); },
        "ridge::initialize: the layer has parameters but no initialize(initializer, random); "
        "see docs/layers.md");
    net.initialize(initializer, random);
  }
}

}  // namespace ridge
