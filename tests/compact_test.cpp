// Dead neurons cut out, and what reports say.
#include <string>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

auto make_net() {
  Sequential net{Dropout{0.1}, Linear<double>{6, 8}, BatchNorm<double>{8},
                 ReLU{},       Dropout{0.5},         Linear<double>{8, 7},
                 Tanh{},       Linear<double>{7, 3}};
  initialize(net, Random{1});
  auto& norm = net.layer<2>();
  norm.running_mean = random_matrix(8, 1, 2);
  norm.running_variance = random_matrix(8, 1, 3).array() + 1.5;
  norm.shift = random_matrix(8, 1, 4);
  return net;
}

TEST_CASE("a network without dead neurons stays as it is", "[compact]") {
  auto net = make_net();
  const auto before = net;
  CHECK(compact(net) == 0);
  CHECK(net == before);
}

TEST_CASE("dead neurons are cut, and outputs stay", "[compact]") {
  auto net = make_net();
  const Matrix<double> x = random_matrix(6, 50, 5);
  Index expected = 0;
  SECTION("nobody listens to them") {
    net.layer<5>().weight.col(2).setZero();
    net.layer<5>().weight.col(7).setZero();
    net.layer<7>().weight.col(0).setZero();
    expected = 3;
  }
  SECTION("they always say the same") {
    net.layer<1>().weight.row(3).setZero();
    net.layer<1>().weight.row(4).setZero();
    net.layer<5>().weight.row(6).setZero();
    expected = 3;
  }
  SECTION("the only one that listened is cut") {
    net.layer<5>().weight.col(1).setZero();
    net.layer<5>().weight(4, 1) = 1;  // heard by neuron 4 alone
    net.layer<7>().weight.col(4).setZero();
    expected = 2;
  }
  SECTION("all of a layer") {
    net.layer<5>().weight.setZero();
    expected = 7 + 6;  // one of each layer stays and does nothing
  }
  const Matrix<double> outputs = predict(net, x);
  CHECK(compact(net) == expected);
  CHECK((predict(net, x) - outputs).cwiseAbs().maxCoeff() < 1e-14);
  const auto& norm = net.layer<2>();
  CHECK(norm.scale.size() == net.layer<1>().weight.rows());
  CHECK(norm.running_variance.size() == net.layer<1>().bias.size());
  CHECK(net.layer<1>().weight.rows() + net.layer<5>().weight.rows() == 15 - expected);
  CHECK(compact(net) == 0);

  if (net.layer<5>().weight.isZero()) return;
  Trainer trainer(net, CrossEntropy{}, SGD{});
  trainer.step(x, RowVector<int>::Zero(50).eval());
}

TEST_CASE("what mixes features keeps its neurons", "[compact]") {
  Sequential net{Linear<double>{6, 8}, LayerNorm<double>{8}, ReLU{}, Linear<double>{8, 3}};
  initialize(net, Random{1});
  net.layer<3>().weight.col(2).setZero();
  CHECK(compact(net) == 0);
}

TEST_CASE("sparsity counts the zeros of weights", "[compact]") {
  auto net = make_net();
  net.layer<1>().weight.col(0).setZero();
  const auto report = sparsity(net);
  REQUIRE(report.size() == 3);
  CHECK(report[0].name == "1.weight");
  CHECK(report[0].size == 48);
  CHECK(report[0].zeros == 8);
  CHECK(report[0].share() == 8.0 / 48);
  CHECK(report[1].zeros == 0);
}

TEST_CASE("a report says what shrinks each parameter, and why", "[compact]") {
  Sequential net{named("fc1", Linear<double>{6, 8}), BatchNorm<double>{8}, ReLU{},
                 named("fc2", Linear<double>{8, 3})};
  const SGD sgd{.learning_rate = 0.1,
                .weight_decay = 0.01,
                .decay = Decay::decoupled,
                .decays = Role::weight | Role::bias};
  CHECK(decay_report(net, CrossEntropy{} + L2{1e-4} + L1{1e-5}.on("fc1") + MaxNorm{3}, sgd) ==
        R"(parameter       role       size   penalty                         decay
fc1.weight      weight     8 x 6  L2 0.0001, L1 1e-05, norm <= 3  0.01 decoupled: times the learning rate, 0.001 a step
fc1.bias        bias       8 x 1  none                            0.01 decoupled: times the learning rate, 0.001 a step
1.weight        scale      8 x 1  none                            none: not among .decays
1.bias          shift      8 x 1  none                            none: not among .decays
1.running_mean  statistic  8 x 1  none                            none: not trained
1.running_var   statistic  8 x 1  none                            none: not trained
fc2.weight      weight     3 x 8  L2 0.0001, norm <= 3            0.01 decoupled: times the learning rate, 0.001 a step
fc2.bias        bias       3 x 1  none                            0.01 decoupled: times the learning rate, 0.001 a step
)");
  CHECK(decay_report(net, CrossEntropy{}, SGD{}).find("none: weight_decay is 0") !=
        std::string::npos);
  CHECK_THROWS_AS(decay_report(net, CrossEntropy{} + L2{1}.on("fc3"), SGD{}), ValueError);
}

/// An optimizer without a decay, and a penalty that does not say what it is.
struct Descent {
  static constexpr int memory_arrays = 0;
  int arrays_used() const { return 0; }
  void validate() const {}
  template <class Scalar>
  auto rule(std::int64_t, const ParameterInfo&) const {
    return [](auto& w, const auto& g) { w -= g; };
  }
  friend bool operator==(const Descent&, const Descent&) = default;
};
struct Silent {
  const Silent& at(const ParameterInfo&) const { return *this; }
  double value(const auto& w) const { return w.sum(); }
  template <class W>
  auto gradient(const W& w) const {
    return W::PlainObject::Ones(w.rows(), w.cols());
  }
};

TEST_CASE("a report names what it cannot describe", "[compact]") {
  const Sequential net{Linear<double>{2, 1}};
  const SGD sgd{.learning_rate = 0.1, .weight_decay = 0.01, .decay = Decay::independent};
  CHECK(decay_report(net, MeanSquaredError{} + L2{1}, sgd) ==
        R"(parameter  role    size   penalty  decay
0.weight   weight  1 x 2  L2 1     0.01 independent: 0.01 a step
0.bias     bias    1 x 1  none     0.01 independent: 0.01 a step
)");
  CHECK(decay_report(net, MeanSquaredError{} + Silent{}, Descent{}) ==
        R"(parameter  role    size   penalty                       decay
0.weight   weight  1 x 2  a penalty without describe()  none: the optimizer has none
0.bias     bias    1 x 1  a penalty without describe()  none: the optimizer has none
)");
}

}  // namespace
