// Constraints: what a projection gives, and that every update ends with it.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

/// Two layers larger than a tile, trained with large steps.
template <class P>
auto trained(const P& penalty, StepOptions options = {}, int threads = 1, Index inputs = 70) {
  set_threads(threads);
  Sequential net{Linear<double>{inputs, 150}, ReLU{}, Linear<double>{150, 3}};
  initialize(net, Random{1});
  Trainer trainer(net, CrossEntropy{} + penalty, SGD{.learning_rate = 1, .momentum = 0.5}, options);
  Random random{4};
  RowVector<int> labels(40);
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  for (std::uint64_t step = 0; step < 5; ++step)
    trainer.step(random_matrix(inputs, 40, 10 + step), labels);
  set_threads(detail::processors());
  return net;
}

TEST_CASE("max-norm holds for the weights into each neuron", "[constraint]") {
  const auto free = trained(NoPenalty{});
  REQUIRE(free.layer<0>().weight.rowwise().norm().maxCoeff() > 0.65);
  const auto net = trained(MaxNorm{0.6});
  const Vector<double> norms = net.layer<0>().weight.rowwise().norm();
  CHECK(norms.maxCoeff() < 0.6 * (1 + 1e-12));
  CHECK((norms.array() > 0.6 * (1 - 1e-12)).any());
  CHECK(norms.minCoeff() < 0.59);
  CHECK(net.layer<2>().weight.rowwise().norm().maxCoeff() < 0.6 * (1 + 1e-12));
  CHECK(net.layer<0>().bias.norm() > 0);
}

TEST_CASE("max-norm of what goes out of each input", "[constraint]") {
  const auto net = trained(MaxNorm{0.6, Groups::outgoing});
  CHECK(net.layer<0>().weight.colwise().norm().maxCoeff() < 0.6 * (1 + 1e-12));
  CHECK(trained(MaxNorm{100}) == trained(NoPenalty{}));
  CHECK(trained(MaxNorm{std::numeric_limits<double>::infinity()}) == trained(NoPenalty{}));
}

TEST_CASE("unit norm, and a neuron without weights", "[constraint]") {
  const auto net = trained(UnitNorm{});
  CHECK((net.layer<0>().weight.rowwise().norm().array() - 1).abs().maxCoeff() < 1e-14);
  CHECK((net.layer<2>().weight.rowwise().norm().array() - 1).abs().maxCoeff() < 1e-14);

  Eigen::Array<double, Dynamic, Dynamic> w = random_matrix(3, 4, 5).array();
  w.row(1).setZero();
  UnitNorm{}.at({Role::weight, "weight", 3, 4}).project_groups(w);
  CHECK(w.row(1).matrix().norm() == 0);
  CHECK(std::abs(w.row(0).matrix().norm() - 1) < 1e-15);
}

TEST_CASE("non-negative weights", "[constraint]") {
  const auto net = trained(NonNegative{});
  CHECK(net.layer<0>().weight.minCoeff() == 0);
  CHECK(net.layer<0>().weight.maxCoeff() > 0);
  CHECK(net.layer<2>().weight.minCoeff() == 0);
  CHECK(net.layer<2>().bias.minCoeff() < 0);
}

TEST_CASE("constraints together", "[constraint]") {
  const auto net = trained(L1{1e-3} + NonNegative{} + MaxNorm{0.4});
  const auto& w = net.layer<0>().weight;
  CHECK(w.minCoeff() == 0);
  CHECK(w.rowwise().norm().maxCoeff() < 0.4 * (1 + 1e-12));
  CHECK(w.rowwise().norm().maxCoeff() > 0.3);
}

TEST_CASE("constraints hold for stored gradients and any number of threads", "[constraint]") {
  const auto constraint = NonNegative{} + MaxNorm{0.4};
  // Large enough to be shared.
  const auto fused = trained(constraint, {}, 1, 2000);
  for (const int threads : {2, 3, 7}) CHECK(trained(constraint, {}, threads, 2000) == fused);
  const auto stored = trained(constraint, {.clip_value = 1e9}, 1, 2000);
  CHECK((stored.layer<0>().weight - fused.layer<0>().weight).norm() < 1e-12);
  CHECK(stored.layer<0>().weight.minCoeff() == 0);

  Linear<double> net{4, 3};
  initialize(net, Random{1});
  Trainer trainer(net, MeanSquaredError{} + MaxNorm{0.1}, SGD{.learning_rate = 0.1});
  StoredGradients<Linear<double>> gradients;
  gradient(net, MeanSquaredError{}, random_matrix(4, 5, 1), random_matrix(3, 5, 2), gradients);
  trainer.apply(gradients);
  CHECK(net.weight.rowwise().norm().maxCoeff() < 0.1 * (1 + 1e-12));
}

TEST_CASE("constraints that contradict each other are refused", "[constraint]") {
  CHECK_THROWS_WITH(trained(MaxNorm{0.5} + UnitNorm{}), Catch::Matchers::Contains("contradict"));
  CHECK_NOTHROW(trained(MaxNorm{2} + UnitNorm{}));
  CHECK_NOTHROW(trained(MaxNorm{0.5}.on("0") + UnitNorm{}.on("2")));
}

TEST_CASE("limits outside their domain are refused", "[constraint]") {
  using Catch::Matchers::Equals;
  CHECK_THROWS_WITH(MaxNorm{0}, Equals("MaxNorm: the limit must be above 0, got 0"));
  CHECK_THROWS_AS(MaxNorm{-1}, ValueError);
  CHECK_THROWS_AS(MaxNorm{std::nan("")}, ValueError);
}

}  // namespace
