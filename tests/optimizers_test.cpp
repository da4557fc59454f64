// The optimizers compute what PyTorch's compute: the numbers of tests/fixtures/make_optimizers.py.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/io/safetensors.hpp>
#include <ridge/optimizers/adagrad.hpp>
#include <ridge/optimizers/adam.hpp>
#include <ridge/optimizers/adamw.hpp>
#include <ridge/optimizers/rmsprop.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"

#ifdef __clang__  // optimizers must have ==, which is not always called here
#pragma clang diagnostic ignored "-Wunneeded-internal-declaration"
#endif

namespace {

using namespace ridge;

constexpr double learning_rate = 0.02;
constexpr double weight_decay = 0.05;
constexpr double independent_decay = 0.002;

template <class M>
M read_as(const Tensor& tensor) {
  if constexpr (M::ColsAtCompileTime == 1)
    return tensor.vector<typename M::Scalar>();
  else
    return tensor.matrix<typename M::Scalar>();
}

using Net = Sequential<Linear<double>, Tanh, Linear<double>>;

/// The job that all of PyTorch's optimizers did: 100 steps in 20 epochs of 37 samples, 8 a batch.
class Job {
 public:
  Job() : file_(read_safetensors(RIDGE_FIXTURES "/pytorch_optimizers.safetensors")) {}

  const Tensor& operator[](const std::string& name) const {
    const Tensor* tensor = file_.find(name);
    if (!tensor) throw ValueError("no tensor " + name);
    return *tensor;
  }

  Net initial() const {
    Net net{Linear<double>{4, 5}, Tanh{}, Linear<double>{5, 2}};
    for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
      using M = std::remove_cvref_t<decltype(parameter.value)>;
      parameter.value = read_as<M>((*this)["initial/" + name]);
    });
    return net;
  }
  Dataset<double, double> data() const {
    return {(*this)["inputs"].matrix<double>().transpose(),
            (*this)["targets"].matrix<double>().transpose()};
  }

  /// How far from PyTorch's weights an optimizer comes.
  template <class O, class... Callbacks>
  double distance(const O& optimizer, const std::string& expected, Callbacks&&... callbacks) const {
    Net net = initial();
    fit(net, MeanSquaredError{}, optimizer, data(),
        {.epochs = 20, .batch_size = 8, .shuffle = false}, callbacks...);
    double largest = 0;
    for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
      using M = std::remove_cvref_t<decltype(parameter.value)>;
      const M difference = parameter.value - read_as<M>((*this)[expected + "/" + name]);
      largest = std::max(largest, difference.cwiseAbs().maxCoeff());
    });
    return largest;
  }

 private:
  TensorFile file_;
};

/// Shows both numbers if it fails, which Catch rounds to ten decimals.
void check_below(double deviation, double bound) {
  INFO(deviation << " < " << bound);
  CHECK(deviation < bound);
}

/// Without and with each kind of decay.
template <class O>
void compare(const Job& job, const std::string& name, O optimizer) {
  CAPTURE(name);
  optimizer.learning_rate = learning_rate;
  optimizer.weight_decay = 0;
  check_below(job.distance(optimizer, name + "/none"), 1e-10);
  CHECK(job.distance(optimizer, "initial") > 1e-2);

  optimizer.weight_decay = weight_decay;
  optimizer.decay = Decay::coupled;
  check_below(job.distance(optimizer, name + "/coupled"), 1e-10);
  CHECK(job.distance(optimizer, name + "/none") > 1e-3);

  optimizer.decay = Decay::decoupled;
  check_below(job.distance(optimizer, name + "/decoupled"), 1e-10);
  CHECK(job.distance(optimizer, name + "/none") > 1e-3);

  optimizer.weight_decay = independent_decay;
  optimizer.decay = Decay::independent;
  check_below(job.distance(optimizer, name + "/independent"), 1e-10);
  CHECK(job.distance(optimizer, name + "/none") > 1e-3);
}

TEST_CASE("100 steps of every optimizer are PyTorch's", "[optimizers]") {
  const Job job;
  compare(job, "SGD", SGD{.momentum = 0.9});
  compare(job, "Adam", Adam{});
  compare(job, "Adam amsgrad", Adam{.beta1 = 0.8, .beta2 = 0.9, .amsgrad = true});
  compare(job, "AdamW", AdamW{});
  compare(job, "RMSprop", RMSprop{});
  compare(job, "RMSprop momentum", RMSprop{.alpha = 0.95, .momentum = 0.9});
  compare(job, "RMSprop centered", RMSprop{.epsilon = 1e-3, .centered = true});
  compare(job, "RMSprop centered momentum",
          RMSprop{.epsilon = 1e-3, .momentum = 0.5, .centered = true});
  compare(job, "Adagrad", Adagrad{});
  compare(job, "Adagrad slowed", Adagrad{.learning_rate_decay = 0.03, .initial_accumulator = 0.2});
}

TEST_CASE("the optimizers' defaults are PyTorch's", "[optimizers]") {
  const Job job;
  check_below(job.distance(Adam{}, "defaults/Adam"), 1e-10);
  check_below(job.distance(AdamW{}, "defaults/AdamW"), 1e-10);
  check_below(job.distance(RMSprop{}, "defaults/RMSprop"), 1e-10);
  check_below(job.distance(Adagrad{}, "defaults/Adagrad"), 1e-10);
}

TEST_CASE("weights decay by role and by name", "[optimizers]") {
  const Job job;
  AdamW adamw{.learning_rate = learning_rate, .weight_decay = weight_decay};
  adamw.decays = Role::weight;
  check_below(job.distance(adamw, "weights"), 1e-10);
  adamw.decays = {"0", "2"};
  check_below(job.distance(adamw, "weights"), 1e-10);
  adamw.decays = {"0.weight", "2.bias"};
  check_below(job.distance(adamw, "named"), 1e-10);
  CHECK(job.distance(adamw, "weights") > 1e-3);
}

TEST_CASE("a schedule is a factor of the learning rate, and of decoupled decay", "[optimizers]") {
  const Job job;
  check_below(
      job.distance(
          AdamW{.learning_rate = learning_rate / 4, .weight_decay = weight_decay, .schedule = 4},
          "AdamW/decoupled"),
      1e-10);
  check_below(job.distance(Adagrad{.learning_rate = 4 * learning_rate,
                                   .learning_rate_decay = 0.03,
                                   .weight_decay = 4 * independent_decay,
                                   .initial_accumulator = 0.2,
                                   .decay = Decay::independent,
                                   .schedule = 0.25},
                           "Adagrad slowed/independent"),
              1e-10);
}

// ---- What would be wrong is noticed ------------------------------------------------------------

enum class Mistake { none, uncorrected, clock_of_parameters };

/// Adam with a mistake: moments that are not corrected, or a clock that ticks for each parameter.
struct WrongAdam {
  double learning_rate = 1e-3;
  Mistake mistake = Mistake::none;

  static constexpr int memory_arrays = 3;
  int arrays_used() const { return 2; }
  void validate() const {}
  template <class Scalar>
  detail::AdamRule<Scalar> rule(std::int64_t step, const ParameterInfo& info) const {
    const Adam adam{.learning_rate = learning_rate};
    switch (mistake) {
      case Mistake::none:
        break;
      case Mistake::uncorrected:
        return adam.rule<Scalar>(1'000'000, info);
      case Mistake::clock_of_parameters:
        return adam.rule<Scalar>(4 * step + (info.name[0] == '2' ? 2 : 0), info);
    }
    return adam.rule<Scalar>(step, info);
  }
  friend bool operator==(const WrongAdam&, const WrongAdam&) = default;
};

TEST_CASE("moments that are not corrected, and a wrong clock, would be noticed", "[optimizers]") {
  const Job job;
  WrongAdam adam{.learning_rate = learning_rate};
  check_below(job.distance(adam, "Adam/none"), 1e-10);
  adam.mistake = Mistake::uncorrected;
  CHECK(job.distance(adam, "Adam/none") > 1e-3);
  adam.mistake = Mistake::clock_of_parameters;
  CHECK(job.distance(adam, "Adam/none") > 1e-3);
}

/// Records the steps that it is asked for.
struct Recorder {
  std::map<std::string, std::vector<std::int64_t>>* steps;

  static constexpr int memory_arrays = 1;
  int arrays_used() const { return 1; }
  void validate() const {}
  struct Rule {
    template <class W, class G, class M>
    void operator()(W&& w, const G& g, M&&) const {
      w -= 0.01 * g;
    }
  };
  template <class Scalar>
  Rule rule(std::int64_t step, const ParameterInfo& info) const {
    if (steps) (*steps)[info.name].push_back(step);
    return {};
  }
  friend bool operator==(const Recorder&, const Recorder&) = default;
};

TEST_CASE("the clock ticks once a step, for every parameter alike", "[optimizers]") {
  const Job job;
  std::map<std::string, std::vector<std::int64_t>> steps;
  Net net = job.initial();
  fit(net, MeanSquaredError{}, Recorder{&steps}, job.data(), {.epochs = 3, .batch_size = 8});
  std::vector<std::int64_t> expected;
  for (int step = 0; step < 15; ++step) expected.push_back(step);
  REQUIRE(steps.size() == 4);
  for (const auto& [name, seen] : steps) {
    CAPTURE(name);
    CHECK(seen == expected);
  }
}

// ---- Rules alone -------------------------------------------------------------------------------

const ParameterInfo info{Role::weight, "w", 3, 1};
using Array = Eigen::Array<double, Eigen::Dynamic, 1>;

/// An optimizer's memory of three weights, and the weights.
struct Weights {
  Array w = Array::Zero(3), a = Array::Zero(3), b = Array::Zero(3), c = Array::Zero(3);
};

template <class O>
void update(const O& optimizer, std::int64_t step, Weights& m, const Array& g) {
  const auto rule = optimizer.template rule<double>(step, info);
  if constexpr (O::memory_arrays == 3)
    rule(m.w, g, m.a, m.b, m.c);
  else
    rule(m.w, g, m.a);
}
template <class O>
Array step_size(const O& optimizer, std::int64_t step, const Weights& m) {
  const auto rule = optimizer.template rule<double>(step, info);
  const auto as_array = [](const auto& size) -> Array {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(size)>>)
      return Array::Constant(3, size);
    else
      return size;
  };
  if constexpr (O::memory_arrays == 3)
    return as_array(rule.step_size(m.a, m.b, m.c));
  else
    return as_array(rule.step_size(m.a));
}

/// How far the step size is from what 2000 equal gradients come to, relatively.
template <class O>
double step_size_error(const O& optimizer) {
  Weights m;
  Array g(3);
  g << 0.5, -2, 1e-3;
  Array before;
  for (int step = 0; step < 2000; ++step) {
    before = m.w;
    update(optimizer, step, m, g);
  }
  const Array moved = (before - m.w) / g;
  return ((step_size(optimizer, 1999, m) - moved) / moved).abs().maxCoeff();
}

TEST_CASE("a rule's step size is what a steady gradient is multiplied by", "[optimizers]") {
  CHECK(step_size_error(SGD{}) < 1e-9);
  CHECK(step_size_error(SGD{.momentum = 0.9, .dampening = 0.3}) < 1e-9);
  CHECK(step_size_error(Adam{}) < 1e-9);
  CHECK(step_size_error(Adam{.amsgrad = true}) < 1e-9);
  CHECK(step_size_error(AdamW{.weight_decay = 0, .schedule = 0.3}) < 1e-9);
  CHECK(step_size_error(RMSprop{}) < 1e-9);
  CHECK(step_size_error(RMSprop{.momentum = 0.9}) < 1e-9);
  CHECK(step_size_error(RMSprop{.epsilon = 1, .momentum = 0.9, .centered = true}) < 1e-4);
  CHECK(step_size_error(Adagrad{.learning_rate_decay = 0.1, .initial_accumulator = 2}) < 1e-9);

  // The first step of Adam is the learning rate, whatever the gradient: so is its step size times
  // it.
  Weights m;
  const Array g = Array::Constant(3, 7.0);
  update(Adam{}, 0, m, g);
  CHECK_THAT(m.w(0), Catch::Matchers::WithinRel(-1e-3, 1e-6));
  CHECK_THAT(step_size(Adam{}, 0, m)(0) * 7, Catch::Matchers::WithinRel(1e-3, 1e-6));
}

TEST_CASE("amsgrad's step size never grows", "[optimizers]") {
  const Adam adam{.beta2 = 0.5, .amsgrad = true};
  Weights m;
  update(adam, 100, m, Array::Constant(3, 10.0));
  const double large = step_size(adam, 100, m)(0);
  for (int step = 101; step < 120; ++step) update(adam, step, m, Array::Constant(3, 0.1));
  CHECK(step_size(adam, 120, m)(0) <= large * (1 + 1e-12));
  CHECK(step_size(Adam{.beta2 = 0.5}, 120, m)(0) > 10 * large);
}

TEST_CASE("centered RMSprop takes no root of less than 0", "[optimizers]") {
  // In float, equal gradients have a variance that rounding can make negative.
  using Floats = Eigen::Array<float, Eigen::Dynamic, 1>;
  Floats w = Floats::Zero(1000), g = Floats::LinSpaced(1000, 0.1f, 3.7f);
  Floats s = Floats::Zero(1000), b = s, a = s;
  float least = 0;
  const auto rule = RMSprop{.alpha = 0.5, .centered = true}.rule<float>(0, info);
  for (int step = 0; step < 100; ++step) {
    rule(w, g, s, b, a);
    least = std::min(least, (s - a.square()).minCoeff());
  }
  CHECK(least < 0);
  CHECK(w.allFinite());
  CHECK(Floats(rule.step_size(s, b, a)).allFinite());
}

// ---- Decay beside a penalty ---------------------------------------------------------------------

/// Trains by fused steps and by stored gradients; how far the weights are apart then.
template <class O>
double fused_and_stored(const O& optimizer) {
  const Job job;
  const Matrix<double> x = job["inputs"].matrix<double>().transpose();
  const Matrix<double> t = job["targets"].matrix<double>().transpose();
  const auto objective = MeanSquaredError{} + L2{0.3};
  Net fused = job.initial(), stored = job.initial();
  Trainer fused_trainer(fused, objective, optimizer), stored_trainer(stored, objective, optimizer);
  StoredGradients<Net> gradients;
  for (int step = 0; step < 10; ++step) {
    fused_trainer.step(x, t);
    gradient(stored, objective, x, t, gradients);
    stored_trainer.apply(gradients);
  }
  return (fused.layer<0>().weight - stored.layer<0>().weight).cwiseAbs().maxCoeff();
}

TEST_CASE("a penalty's gradient is that of the weights before they decay", "[optimizers]") {
  for (const Decay decay : {Decay::coupled, Decay::decoupled, Decay::independent}) {
    CAPTURE(static_cast<int>(decay));
    CHECK(fused_and_stored(Adam{.weight_decay = 0.1, .decay = decay}) < 1e-12);
    CHECK(fused_and_stored(Adam{.weight_decay = 0.1, .amsgrad = true, .decay = decay}) < 1e-12);
    CHECK(fused_and_stored(RMSprop{.weight_decay = 0.1, .decay = decay}) < 1e-12);
    CHECK(fused_and_stored(RMSprop{.weight_decay = 0.1, .momentum = 0.9, .decay = decay}) < 1e-12);
    CHECK(fused_and_stored(Adagrad{.weight_decay = 0.1, .decay = decay}) < 1e-12);
  }
}

// ---- One of one's own, that of docs/extending.md
// ------------------------------------------------

struct Signum {
  double learning_rate = 1e-3, momentum = 0.9;
  double schedule = 1;

  static constexpr int memory_arrays = 1;
  int arrays_used() const { return 1; }
  void validate() const {
    if (!(learning_rate >= 0)) throw ValueError("Signum: learning_rate must be >= 0");
  }

  template <class Scalar>
  struct Rule {
    Scalar rate, keep;
    template <class W, class G, class M>
    void operator()(W&& w, const G& g, M&& m) const {
      m = keep * m + (1 - keep) * g;
      w -= rate * m.sign();
    }
  };
  template <class Scalar>
  Rule<Scalar> rule(std::int64_t, const ParameterInfo&) const {
    return {static_cast<Scalar>(schedule * learning_rate), static_cast<Scalar>(momentum)};
  }
  friend bool operator==(const Signum&, const Signum&) = default;
};
static_assert(Optimizer<Signum>);

TEST_CASE("an optimizer of one's own trains", "[optimizers]") {
  const Job job;
  Net net = job.initial();
  const auto reports = fit(net, MeanSquaredError{} + L2{1e-3}, Signum{.learning_rate = 0.01},
                           job.data(), {.epochs = 20, .batch_size = 8});
  CHECK(reports.back().train_loss < 0.9 * reports.front().train_loss);
}

TEST_CASE("an optimizer's memory is what it uses", "[optimizers]") {
  CHECK(SGD{}.arrays_used() == 0);
  CHECK(SGD{.momentum = 0.9}.arrays_used() == 1);
  CHECK(Adam{}.arrays_used() == 2);
  CHECK(Adam{.amsgrad = true}.arrays_used() == 3);
  CHECK(AdamW{}.arrays_used() == 2);
  CHECK(AdamW{.amsgrad = true}.arrays_used() == 3);
  CHECK(RMSprop{}.arrays_used() == 1);
  CHECK(RMSprop{.momentum = 0.9}.arrays_used() == 2);
  CHECK(RMSprop{.centered = true}.arrays_used() == 3);
  CHECK(Adagrad{}.arrays_used() == 1);
}

TEST_CASE("arrays that are not in use are left alone", "[optimizers]") {
  Array s = Array::Zero(3);
  const Array g = Array::Constant(3, 1.0);
  const auto same = [&](auto optimizer) {  // w stands in their place
    Array w = Array::Constant(3, 2.0), with_zero = w, m = Array::Zero(3), v = m, m2 = m, v2 = m;
    Array zero = m;
    const auto rule = optimizer.template rule<double>(0, info);
    if (optimizer.arrays_used() == 2) {
      rule(w, g, m, v, w);
      rule(with_zero, g, m2, v2, zero);
    } else {
      rule(w, g, m, w, w);
      rule(with_zero, g, m2, v2, zero);
    }
    return (w == with_zero).all() && w(0) != 2.0;
  };
  CHECK(same(Adam{}));
  CHECK(same(AdamW{}));
  CHECK(same(RMSprop{}));
  CHECK(same(RMSprop{.momentum = 0.9}));
}

template <class O>
void check_refused(const O& optimizer, const std::string& field) {
  CAPTURE(field);
  CHECK(test::contains(test::message_of<ValueError>([&] { optimizer.validate(); }), field));
}

/// A number that must be finite and not negative.
template <class O>
void check_domain(const std::string& field, double O::*number) {
  for (const double wrong : {-1e-3, std::numeric_limits<double>::infinity(), std::nan("")}) {
    O optimizer;
    optimizer.*number = wrong;
    check_refused(optimizer, field);
  }
  O optimizer;
  optimizer.*number = 0;
  CHECK_NOTHROW(optimizer.validate());
}

TEMPLATE_TEST_CASE("hyperparameters outside their domain are refused", "[optimizers]", Adam, AdamW,
                   RMSprop, Adagrad) {
  CHECK_NOTHROW(TestType{}.validate());
  check_domain<TestType>("learning_rate", &TestType::learning_rate);
  check_domain<TestType>("epsilon", &TestType::epsilon);
  check_domain<TestType>("weight_decay", &TestType::weight_decay);
  check_domain<TestType>("schedule", &TestType::schedule);
}

TEST_CASE("hyperparameters of one optimizer outside their domain are refused", "[optimizers]") {
  check_domain<RMSprop>("momentum", &RMSprop::momentum);
  check_domain<Adagrad>("learning_rate_decay", &Adagrad::learning_rate_decay);
  check_domain<Adagrad>("initial_accumulator", &Adagrad::initial_accumulator);
  for (const double wrong : {-0.1, 1.0, std::nan("")}) {
    check_refused(Adam{.beta1 = wrong}, "Adam: beta1");
    check_refused(Adam{.beta2 = wrong}, "Adam: beta2");
    check_refused(AdamW{.beta1 = wrong}, "AdamW: beta1");
    check_refused(RMSprop{.alpha = wrong}, "RMSprop: alpha");
  }
  Net net = Job{}.initial();
  const AdamW adamw{.decays = "nowhere"};
  CHECK(test::contains(
      test::message_of<ValueError>([&] { Trainer(net, MeanSquaredError{}, adamw); }), "nowhere"));
}

}  // namespace
