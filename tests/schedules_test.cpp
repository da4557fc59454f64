// The schedules' factors are PyTorch's, those of tests/fixtures/make_optimizers.py, and callbacks
// apply them at the right time.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <ridge/io/safetensors.hpp>
#include <ridge/optimizers/adam.hpp>
#include <ridge/ridge.hpp>
#include <ridge/schedules/constant_factor.hpp>
#include <ridge/schedules/cosine_annealing.hpp>
#include <ridge/schedules/exponential_decay.hpp>
#include <ridge/schedules/one_cycle.hpp>
#include <ridge/schedules/plateau.hpp>
#include <ridge/schedules/step_decay.hpp>
#include <ridge/schedules/warm_up.hpp>
#include <ridge/training/schedule.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

Vector<double> expected(const std::string& name) {
  const TensorFile file = read_safetensors(RIDGE_FIXTURES "/pytorch_schedules.safetensors");
  const Tensor* tensor = file.find(name);
  if (!tensor) throw ValueError("no tensor " + name);
  return tensor->vector<double>();
}

template <Schedule S>
void compare(const std::string& name, const S& schedule) {
  CAPTURE(name);
  detail::validate_schedule(schedule);
  const Vector<double> factors = expected(name);
  REQUIRE(factors.size() == 60);
  double largest = 0;
  for (Index t = 0; t < 60; ++t) largest = std::max(largest, std::abs(schedule(t) - factors(t)));
  INFO(largest);
  CHECK(largest < 1e-12);
}

TEST_CASE("60 factors of every schedule are PyTorch's", "[schedules]") {
  compare("StepDecay", StepDecay{.period = 7, .factor = 0.5});
  compare("ExponentialDecay", ExponentialDecay{.factor = 0.93});
  compare("CosineAnnealing", CosineAnnealing{.period = 60});
  compare("CosineAnnealing and back", CosineAnnealing{.period = 20, .minimum = 0.05});
  compare("WarmUp", WarmUp{5});
  compare("WarmUp, CosineAnnealing",
          WarmUp{7, CosineAnnealing{.period = 53, .minimum = 0.01}, 0.1});
  compare("OneCycle", OneCycle{.duration = 60});
  compare("OneCycle of its own",
          OneCycle{.duration = 60, .rise = 0.45, .start = 0.1, .end = 0.1 / 20});
}

TEST_CASE("60 factors of a plateau are PyTorch's", "[schedules]") {
  const Vector<double> losses = expected("losses");
  CHECK(std::isnan(losses(33)));
  const auto compare_plateau = [&](const std::string& name, const Plateau& plateau) {
    CAPTURE(name);
    const Vector<double> factors = expected(name);
    CHECK(factors(59) < 1);
    PlateauWatch watch{plateau};
    double largest = 0;
    for (Index t = 0; t < 60; ++t)
      largest = std::max(largest, std::abs(watch.observe(losses(t)) - factors(t)));
    INFO(largest);
    CHECK(largest < 1e-12);
    CHECK_THAT(watch.factor(), Catch::Matchers::WithinRel(factors(59), 1e-12));
  };
  compare_plateau("Plateau", {});
  compare_plateau("Plateau patient",
                  {.factor = 0.5, .patience = 3, .threshold = 0.01, .minimum = 0.1});
  compare_plateau(
      "Plateau absolute",
      {.factor = 0.3, .patience = 1, .threshold = 0.02, .absolute = true, .cooldown = 4});
  compare_plateau("Plateau minimum",
                  {.factor = 0.4, .patience = 0, .minimum = 0.05, .least_change = 0.02});
}

TEST_CASE("a cycle ends where it should, whatever its numbers", "[schedules]") {
  const OneCycle cycle{.duration = 10};
  CHECK_THAT(cycle(0), Catch::Matchers::WithinRel(0.04, 1e-12));
  CHECK(cycle(2) == 1);
  CHECK(cycle(9) == cycle.end);
  CHECK(cycle(1000) == cycle.end);
  for (const std::int64_t duration : {1, 2, 3, 7})
    for (const double rise : {0.0, 0.1, 0.3, 0.5, 1.0})
      for (std::int64_t t = 0; t < duration + 2; ++t) {
        CAPTURE(duration, rise, t);
        const double factor = OneCycle{.duration = duration, .rise = rise}(t);
        CHECK(factor >= cycle.end * (1 - 1e-9));
        CHECK(factor <= 1 + 1e-9);
      }
}

TEST_CASE("numbers of schedules outside their domain are refused", "[schedules]") {
  const auto refused = [](const auto& schedule, const std::string& field) {
    CAPTURE(field);
    CHECK(test::contains(test::message_of<ValueError>([&] { detail::validate_schedule(schedule); }),
                         field));
    CHECK_THROWS_AS(LearningRate{schedule}, ValueError);
  };
  refused(ConstantFactor{-1}, "ConstantFactor: factor");
  refused(StepDecay{}, "StepDecay: period");
  refused(StepDecay{.period = 1, .factor = -1}, "StepDecay: factor");
  refused(ExponentialDecay{std::nan("")}, "ExponentialDecay: factor");
  refused(CosineAnnealing{}, "CosineAnnealing: period");
  refused(CosineAnnealing{.period = 1, .minimum = -1}, "CosineAnnealing: minimum");
  refused(OneCycle{}, "OneCycle: duration");
  refused(OneCycle{.duration = 5, .rise = 1.5}, "OneCycle: rise");
  refused(OneCycle{.duration = 5, .start = -1}, "OneCycle: start");
  refused(OneCycle{.duration = 5, .end = -1}, "OneCycle: end");
  const auto message = [](auto&& act) { return test::message_of<ValueError>(act); };
  CHECK(test::contains(message([] { WarmUp{-1}; }), "WarmUp: duration"));
  CHECK(test::contains(message([] { WarmUp(1, ConstantFactor{}, -1); }), "WarmUp: start"));
  CHECK(test::contains(message([] { WarmUp{1, CosineAnnealing{}}; }), "CosineAnnealing: period"));

  const auto refused_plateau = [&](const Plateau& plateau, const std::string& field) {
    CHECK(test::contains(message([&] { PlateauWatch{plateau}; }), "Plateau: " + field));
    CHECK_THROWS_AS(ReduceOnPlateau{plateau}, ValueError);
  };
  refused_plateau({.factor = 1}, "factor");
  refused_plateau({.patience = -1}, "patience");
  refused_plateau({.threshold = -1}, "threshold");
  refused_plateau({.cooldown = -1}, "cooldown");
  refused_plateau({.minimum = -1}, "minimum");
  refused_plateau({.least_change = -1}, "least_change");
}

// ---- Callbacks ---------------------------------------------------------------------------------

using Net = Sequential<Linear<double>>;

Net small_net() {
  Net net{Linear<double>{3, 2}};
  initialize(net, Random{1});
  return net;
}
Dataset<double, double> small_data() {
  Random random{2};
  Matrix<double> x(3, 20), t(2, 20);
  for (auto& value : x.reshaped()) value = random.uniform(-1, 1);
  for (auto& value : t.reshaped()) value = random.uniform(-1, 1);
  return {x, t};
}

/// Records the optimizer's numbers after each step, and each epoch's penalty.
struct Record {
  std::vector<double> rates, decays, penalties;
  void after_step(auto& run) {
    rates.push_back(run.trainer.optimizer().schedule);
    decays.push_back(run.trainer.optimizer().weight_decay);
  }
  void measure(auto& run) { penalties.push_back(run.report.penalty); }
};

/// t itself, from 1, to see which times there are.
double time_of(std::int64_t t) { return static_cast<double>(t) + 1; }

using Numbers = std::vector<double>;

TEST_CASE("a schedule's factor is there before each epoch or step", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  Trainer trainer{net, MeanSquaredError{}, SGD{.learning_rate = 1e-3, .schedule = 2}};
  Record record;  // before the schedule, so that it sees what the step was made with
  const FitOptions options{.epochs = 3, .batch_size = 10};

  SECTION("epoch") {
    fit(trainer, data, options, record, LearningRate{time_of});
    CHECK(record.rates == Numbers{2, 2, 4, 4, 6, 6});
  }
  SECTION("step") {
    fit(trainer, data, options, record, LearningRate{time_of, Every::step});
    CHECK(record.rates == Numbers{2, 4, 6, 8, 10, 12});
  }
  SECTION("a run that goes on") {
    fit(trainer, data, {.epochs = 2, .batch_size = 10, .first_epoch = 4}, record,
        LearningRate{time_of});
    fit(trainer, data, {.epochs = 2, .batch_size = 10, .first_epoch = 4}, record,
        LearningRate{time_of, Every::step});
    CHECK(record.rates == Numbers{8, 8, 10, 10, 14, 16, 18, 20});
  }
  SECTION("a callback used twice") {
    LearningRate callback{time_of};
    fit(trainer, data, {.epochs = 2, .batch_size = 20}, record, callback);
    fit(trainer, data, {.epochs = 2, .batch_size = 20, .first_epoch = 3}, record, callback);
    CHECK(record.rates == Numbers{2, 4, 6, 8});
  }
  SECTION("a function of one's own, with a capture") {
    const double scale = 0.5;
    fit(trainer, data, {.batch_size = 10}, record,
        LearningRate{[=](std::int64_t t) { return scale * static_cast<double>(t + 1); },
                     Every::step});
    CHECK(record.rates == Numbers{1, 2});
  }
  CHECK(trainer.optimizer().schedule == 2);  // as it was
}

TEST_CASE("a schedule trains as a loop by hand does", "[schedules]") {
  const auto data = small_data();
  const CosineAnnealing cosine{.period = 8};
  const Adam adam{.learning_rate = 0.05};
  Net by_fit = small_net(), by_hand = small_net();
  fit(by_fit, MeanSquaredError{}, adam, data, {.epochs = 4, .batch_size = 10, .shuffle = false},
      LearningRate{cosine, Every::step});
  Trainer trainer{by_hand, MeanSquaredError{}, adam};
  for (int t = 0; t < 8; ++t) {
    trainer.modify_optimizer([&](Adam& optimizer) { optimizer.schedule = cosine(t); });
    const Index begin = 10 * (t % 2);
    trainer.step(data.inputs().middleCols(begin, 10).eval(),
                 data.targets().middleCols(begin, 10).eval());
  }
  CHECK(by_fit.layer<0>().weight == by_hand.layer<0>().weight);
  CHECK(by_fit.layer<0>().weight != small_net().layer<0>().weight);
}

TEST_CASE("a run that fails gives the optimizer back its numbers", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  Trainer trainer{net, MeanSquaredError{}, SGD{.weight_decay = 0.5}};
  const auto fails = [](const EpochReport&) { throw ValueError("enough"); };
  CHECK_THROWS_AS(fit(trainer, data, {}, LearningRate{time_of}, WeightDecayStrength{time_of},
                      ReduceOnPlateau{}, fails),
                  ValueError);
  CHECK(trainer.optimizer() == SGD{.weight_decay = 0.5});
}

TEST_CASE("a factor that is refused changes nothing, from the first time on or later",
          "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  const SGD sgd{.learning_rate = 1e-3, .weight_decay = 0.5};
  Trainer trainer{net, MeanSquaredError{} + L2{0.1}, sgd};
  const Every every = GENERATE(Every::epoch, Every::step);
  const int good = GENERATE(0, 2);  // factors before the one that is refused
  const auto factor = [good](std::int64_t t) { return t < good ? 0.5 : -1.0; };
  const FitOptions options{.epochs = 3, .batch_size = 10};
  CHECK_THROWS_AS(fit(trainer, data, options, LearningRate{factor, every}), ValueError);
  CHECK(trainer.optimizer() == sgd);
  CHECK_THROWS_AS(fit(trainer, data, options, WeightDecayStrength{factor, every}), ValueError);
  CHECK(trainer.optimizer() == sgd);
  CHECK_THROWS_AS(fit(trainer, data, options, PenaltyStrength{factor, every}), ValueError);
  CHECK(trainer.penalty_factor() == 1);
}

TEST_CASE("the strength of weight decay follows a schedule", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  Trainer trainer{net, MeanSquaredError{}, SGD{.learning_rate = 1e-3, .weight_decay = 0.5}};
  Record record;
  fit(trainer, data, {.epochs = 2, .batch_size = 10}, record, WeightDecayStrength{time_of});
  fit(trainer, data, {.batch_size = 10}, record, WeightDecayStrength{time_of, Every::step});
  CHECK(record.decays == Numbers{0.5, 0.5, 1, 1, 0.5, 1});
  CHECK(record.rates == Numbers(6, 1));
  CHECK(trainer.optimizer().weight_decay == 0.5);
}

TEST_CASE("the strength of penalties follows a schedule", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  Trainer trainer{net, MeanSquaredError{} + L2{0.1}, SGD{.learning_rate = 0}};
  const double penalty = trainer.penalty();
  Record record;
  fit(trainer, data, {.epochs = 3, .batch_size = 10}, record, PenaltyStrength{time_of});
  REQUIRE(record.penalties.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK_THAT(record.penalties[i],
               Catch::Matchers::WithinRel(static_cast<double>(i + 1) * penalty, 1e-12));
  CHECK(trainer.penalty() == penalty);

  // What it trains is what a penalty of that strength trains.
  Net scheduled = small_net(), plain = small_net();
  const SGD sgd{.learning_rate = 0.1};
  fit(scheduled, MeanSquaredError{} + L2{0.1}, sgd, data, {}, PenaltyStrength{ConstantFactor{3}});
  fit(plain, MeanSquaredError{} + L2{3 * 0.1}, sgd, data);
  CHECK((scheduled.layer<0>().weight - plain.layer<0>().weight).cwiseAbs().maxCoeff() < 1e-14);
}

/// Puts made losses into the reports.
struct MadeLosses {
  std::vector<double> losses;
  bool validation;
  void measure(auto& run) {
    const double loss = losses[static_cast<std::size_t>(run.epoch - 1)];
    if (validation) {
      run.report.validation.emplace();
      run.report.validation->loss = loss;
    } else {
      run.report.train_loss = loss;
    }
  }
};

TEST_CASE("the learning rate is reduced on a plateau", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  Trainer trainer{net, MeanSquaredError{}, SGD{.learning_rate = 1e-3}};
  const Numbers losses{3, 2, 2, 2, 1, 1, 1, 1, 1, 1};
  const Numbers rates{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125};
  MadeLosses made{losses, GENERATE(true, false)};
  CAPTURE(made.validation);
  Record record;
  ReduceOnPlateau plateau{{.factor = 0.5, .patience = 1}};
  // The losses are measured after it in the list: their order does not matter.
  SECTION("in one run") {
    fit(trainer, data, {.epochs = 10, .batch_size = 20}, record, plateau, made);
    CHECK(record.rates == rates);
  }
  SECTION("in two") {
    fit(trainer, data, {.epochs = 6, .batch_size = 20}, record, plateau, made);
    CHECK(trainer.optimizer().schedule == 1);
    fit(trainer, data, {.epochs = 4, .batch_size = 20, .first_epoch = 7}, record, plateau, made);
    CHECK(record.rates == rates);
  }
  CHECK(plateau.factor() == 0.125);
  CHECK(trainer.optimizer().schedule == 1);
}

TEST_CASE("a cosine with a warm-up reads as it is", "[schedules]") {
  const auto data = small_data();
  Net net = small_net();
  const auto reports = fit(net, MeanSquaredError{}, SGD{.learning_rate = 0.1}, data, {.epochs = 12},
                           LearningRate{WarmUp{2, CosineAnnealing{.period = 10}}});
  CHECK(reports.back().train_loss < reports.front().train_loss);
}

}  // namespace
