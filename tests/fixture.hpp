// Numbers of other systems, from the files of tests/fixtures.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

#include <ridge/io/safetensors.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace test {

using namespace ridge;

/// One of the files, by name.
class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : file_(read_safetensors(RIDGE_FIXTURES "/" + name + ".safetensors")) {}

  const Tensor& operator[](const std::string& name) const {
    const Tensor* tensor = file_.find(name);
    if (!tensor) throw ValueError("no tensor " + name);
    return *tensor;
  }
  double number(const std::string& name) const { return (*this)[name].vector<double>()(0); }

  /// A batch as ridge has it, features x samples; PyTorch's is samples x features.
  Matrix<double> batch(const std::string& name) const {
    return (*this)[name].matrix<double>().transpose();
  }
  RowVector<std::int64_t> labels(const std::string& name) const {
    return (*this)[name].vector<std::int64_t>().transpose();
  }

 private:
  TensorFile file_;
};

/// A tensor as the parameter that it is compared with or becomes.
template <class M>
auto read_as(const Tensor& tensor) {
  if constexpr (M::ColsAtCompileTime == 1)
    return tensor.vector<typename M::Scalar>();
  else
    return tensor.matrix<typename M::Scalar>();
}

/// The largest difference between weights and the file's.
template <class M>
double distance(const M& weights, const Tensor& expected) {
  return static_cast<double>((weights - read_as<M>(expected)).cwiseAbs().maxCoeff());
}
template <class Net>
double distance(const Net& net, const Fixture& fixture, const std::string& prefix) {
  double largest = 0;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    largest = std::max(largest, distance(parameter.value, fixture[prefix + name]));
  });
  return largest;
}

template <class Net>
void assign(Net& net, const Fixture& fixture, const std::string& prefix) {
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    parameter.value =
        read_as<std::remove_cvref_t<decltype(parameter.value)>>(fixture[prefix + name]);
  });
}

/// Shows both numbers if it fails, which Catch rounds to ten decimals.
inline void check_below(double deviation, double bound) {
  INFO(deviation << " < " << bound);
  CHECK(deviation < bound);
}

}  // namespace test
