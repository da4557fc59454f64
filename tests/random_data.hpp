// Random numbers for tests.
#pragma once

#include <cstdint>

#include <ridge/core/random.hpp>
#include <ridge/layers/initializers.hpp>

namespace test {

inline ridge::Matrix<double> random_matrix(ridge::Index rows, ridge::Index cols,
                                           ridge::Random& random, double low = -1,
                                           double high = 1) {
  ridge::Matrix<double> m(rows, cols);
  for (auto& value : m.reshaped()) value = random.uniform(low, high);
  return m;
}
inline ridge::Matrix<double> random_matrix(ridge::Index rows, ridge::Index cols,
                                           std::uint64_t seed) {
  ridge::Random random{seed};
  return random_matrix(rows, cols, random);
}

inline ridge::RowVector<int> random_labels(int classes, ridge::Index samples,
                                           ridge::Random& random) {
  ridge::RowVector<int> labels(samples);
  for (auto& label : labels.reshaped())
    label = static_cast<int>(random.below(static_cast<std::uint64_t>(classes)));
  return labels;
}

template <class Net>
Net initialized(Net net, std::uint64_t seed = 7) {
  ridge::initialize(net, ridge::Random{seed});
  return net;
}

}  // namespace test
