// An optimizer that is chosen when the program runs.
#include <string>
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using Any = OneOf<SGD, Adam, RMSprop>;
static_assert(Optimizer<Any>);

template <class O, class P>
auto trained(const O& optimizer, const P& penalty) {
  Sequential net{Linear<double>{6, 50}, ReLU{}, Linear<double>{50, 3}};
  initialize(net, Random{1});
  Trainer trainer(net, CrossEntropy{} + penalty, optimizer);
  Random random{2};
  Matrix<double> x(6, 40);
  RowVector<int> labels(40);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  for (auto& label : labels.reshaped()) label = static_cast<int>(random.below(3));
  for (int step = 0; step < 20; ++step) trainer.step(x, labels);
  trainer.modify_optimizer([](auto& o) { o.schedule = 0.5; });
  for (int step = 0; step < 5; ++step) trainer.step(x, labels);
  return net;
}

template <class O>
void check(const O& optimizer) {
  CHECK(trained(Any(optimizer), L2{0.1}) == trained(optimizer, L2{0.1}));
  const auto penalty = L1{0.005} + GroupLasso{1e-3} + L2{0.01};
  const auto any = trained(Any(optimizer), penalty), one = trained(optimizer, penalty);
  CHECK((any.template layer<0>().weight - one.template layer<0>().weight).norm() < 1e-12);
  CHECK((any.template layer<0>().weight.array() == 0).count() > 0);
}

TEST_CASE("one of several optimizers does what it does alone", "[one_of]") {
  check(SGD{.learning_rate = 0.1});
  check(SGD{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true});
  check(Adam{.learning_rate = 0.01});
  check(RMSprop{.learning_rate = 0.01, .momentum = 0.5, .centered = true});
}

TEST_CASE("the one that is chosen is validated and compared", "[one_of]") {
  Any any = SGD{.learning_rate = -1};
  CHECK_THROWS_AS(any.validate(), ValueError);
  any = Adam{};
  CHECK_NOTHROW(any.validate());
  CHECK(any.arrays_used() == 2);
  CHECK(any == Any(Adam{}));
  CHECK(any != Any(SGD{}));
}

TEST_CASE("another optimizer begins with a memory of its own", "[one_of]") {
  Sequential net{Linear<double>{6, 5}, ReLU{}, Linear<double>{5, 3}};
  initialize(net, Random{1});
  const Matrix<double> x = Matrix<double>::Constant(6, 4, 0.5);
  const RowVector<int> labels{{0, 1, 2, 1}};
  Trainer trainer(net, CrossEntropy{}, Any(SGD{.learning_rate = 0.1, .momentum = 0.9}));
  for (int step = 0; step < 5; ++step) trainer.step(x, labels);
  auto copy = net;
  trainer.set_optimizer(Adam{.learning_rate = 0.01});
  Trainer fresh(copy, CrossEntropy{}, Adam{.learning_rate = 0.01});
  for (int step = 0; step < 5; ++step) {
    trainer.step(x, labels);
    fresh.step(x, labels);
  }
  CHECK(net == copy);
}

TEST_CASE("reports and errors are those of the one that is chosen", "[one_of]") {
  Linear<double> net{2, 2};
  const Any sgd = SGD{.learning_rate = 0.1, .weight_decay = 0.5};
  CHECK(decay_report(net, CrossEntropy{}, sgd).find("0.5 coupled") != std::string::npos);
  CHECK_THROWS_AS(Trainer(net, CrossEntropy{}, Any(SGD{.weight_decay = 0.1, .decays = "typo"})),
                  ValueError);
}

}  // namespace
