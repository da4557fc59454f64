// Any two techniques together: they train, or they are refused with a sentence that says why.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;

// ---- What is trained, and how: one type for all combinations ----------------------------------

/// A callback that may be left out when the program runs.
template <class C>
struct Maybe {
  std::optional<C> callback;

  void begin(auto& run) {
    if constexpr (requires { callback->begin(run); })
      if (callback) callback->begin(run);
  }
  void after_step(auto& run) {
    if constexpr (requires { callback->after_step(run); })
      if (callback) callback->after_step(run);
  }
  void measure(auto& run) {
    if constexpr (requires { callback->measure(run); })
      if (callback) callback->measure(run);
  }
  void after_epoch(auto& run) {
    if constexpr (requires { callback->after_epoch(run); })
      if (callback) callback->after_epoch(run);
  }
  void end(auto& run) {
    if constexpr (requires { callback->end(run); })
      if (callback) callback->end(run);
  }
};

using Data = Dataset<double, int>;
using Any = OneOf<SGD, Adam, AdamW, RMSprop, Adagrad>;

/// Every technique, off unless it is set.
struct Setup {
  Any optimizer = SGD{.learning_rate = 0.1};
  double l1 = 0, subgradient_l1 = 0, l2 = 0, group_lasso = 0;
  Groups lasso_groups = Groups::incoming, norm_groups = Groups::incoming;
  double max_norm = std::numeric_limits<double>::infinity();
  bool unit_norm = false, non_negative = false;
  double dropout = 0, input_dropout = 0, noise = 0;
  bool normalized = false;
  CrossEntropy loss{};
  bool sample_weights = false, flat = false;
  Index hidden = 20;
  FitOptions fit{.epochs = 8, .batch_size = 12, .seed = 5};
  bool validate = true;
  std::optional<EarlyStopping> early_stopping{};
  std::optional<WeightAverage> average{}, average_of_epochs{};
  std::optional<CosineAnnealing> rate_of_epochs{}, rate_of_steps{}, penalty_strength{};
  std::optional<ReduceOnPlateau> plateau{};

  /// What is off is on parameters that are never trained.
  auto penalty() const {
    const auto where = [](bool on) { return on ? Role::weight : Role::statistic; };
    return L1{l1} + SubgradientL1{subgradient_l1} + L2{l2} + GroupLasso{group_lasso, lasso_groups} +
           MaxNorm{max_norm, norm_groups} + UnitNorm{}.on(where(unit_norm)) +
           NonNegative{}.on(where(non_negative));
  }
  bool averages() const { return average || average_of_epochs; }
};

/// Images of 4 x 4 pixels: bright, dark, or bright on the left.
Data make_data(Index samples, std::uint64_t seed, bool flat = false) {
  Random random{seed};
  Matrix<double> x(16, samples);
  RowVector<int> labels(samples);
  for (Index n = 0; n < samples; ++n) {
    labels(n) = static_cast<int>(n % 3);
    for (Index i = 0; i < 16; ++i) {
      const double brightness = labels(n) == 0 || (labels(n) == 2 && i % 4 < 2) ? 1 : -1;
      x(i, n) = brightness + random.uniform(-0.7, 0.7);
    }
  }
  return {std::move(x), std::move(labels), 1.0,
          flat ? std::vector<Index>{16} : std::vector<Index>{4, 4}};
}

auto plain_net(const Setup& s) {
  return Sequential{
      Dropout{s.input_dropout}, Linear<double>{16, s.hidden}, ReLU{},
      GaussianNoise{s.noise},   Dropout{s.dropout},           Linear<double>{s.hidden, 3}};
}
auto normalized_net(const Setup& s) {
  return Sequential{Dropout{s.input_dropout},    Linear<double>{16, s.hidden},
                    BatchNorm<double>{s.hidden}, ReLU{},
                    GaussianNoise{s.noise},      Dropout{s.dropout},
                    LayerNorm<double>{s.hidden}, Linear<double>{s.hidden, 3}};
}

/// What a run came to, whatever the network.
struct Outcome {
  std::vector<Matrix<double>> parameters, weights;
  double loss_before = 0, loss_after = 0;  // in use, without penalties
  std::vector<EpochReport> reports;
  bool optimizer_is_back = false;

  bool same_bits(const Outcome& other) const {
    return parameters == other.parameters && loss_after == other.loss_after;
  }
};

template <class Net>
Outcome run(const Setup& s, Net net) {
  initialize(net, Random{3});
  Data data = make_data(60, 1, s.flat);
  if (s.sample_weights) data = data.with_weights(RowVector<double>::LinSpaced(60, 0, 2));
  const Data held_out = make_data(30, 2, s.flat);
  Outcome outcome;
  outcome.loss_before = evaluate(net, CrossEntropy{}, held_out).loss;
  Trainer trainer(net, s.loss + s.penalty(), s.optimizer, s.fit.step);

  using Rate = LearningRate<CosineAnnealing>;
  using Strength = PenaltyStrength<CosineAnnealing>;
  Maybe<Validate<Data>> validate;
  if (s.validate) validate.callback.emplace(held_out);
  Maybe<Rate> epochs, steps;
  if (s.rate_of_epochs) epochs.callback.emplace(*s.rate_of_epochs);
  if (s.rate_of_steps) steps.callback.emplace(*s.rate_of_steps, Every::step);
  Maybe<Strength> strength;
  if (s.penalty_strength) strength.callback.emplace(*s.penalty_strength);
  outcome.reports = fit(trainer, data, s.fit, validate, epochs, steps, strength,
                        Maybe<ReduceOnPlateau>{s.plateau}, Maybe<EarlyStopping>{s.early_stopping},
                        Maybe<WeightAverage>{s.average}, Maybe<WeightAverage>{s.average_of_epochs});

  outcome.optimizer_is_back = trainer.optimizer() == s.optimizer;
  outcome.loss_after = evaluate(net, CrossEntropy{}, held_out).loss;
  for_each_parameter(net, [&]<class P>(const std::string&, const P& parameter) {
    outcome.parameters.push_back(parameter.value);
    if (P::role == Role::weight) outcome.weights.push_back(parameter.value);
  });
  return outcome;
}
Outcome run(const Setup& s) {
  return s.normalized ? run(s, normalized_net(s)) : run(s, plain_net(s));
}

// ---- The techniques ---------------------------------------------------------------------------

struct Technique {
  std::string name;
  std::string kind;  // two of the same kind set the same number, unless it is empty
  std::function<void(Setup&)> apply;
};

Technique optimizer(const std::string& name, const Any& chosen) {
  return {name, "optimizer", [=](Setup& s) { s.optimizer = chosen; }};
}
Technique decay(const std::string& name, Decay kind, double strength) {
  return {name, "decay", [=](Setup& s) {
            std::visit(
                [&](auto& o) {
                  o.decay = kind;
                  o.weight_decay = strength;
                },
                s.optimizer.chosen);
          }};
}

/// Optimizers come first, so that the decay is that of the one that is chosen.
const std::vector<Technique>& techniques() {
  static const std::vector<Technique> all{
      optimizer("SGD with momentum", SGD{.learning_rate = 0.03, .momentum = 0.9}),
      optimizer("Nesterov's momentum",
                SGD{.learning_rate = 0.03, .momentum = 0.9, .nesterov = true}),
      optimizer("Adam with amsgrad", Adam{.learning_rate = 0.01, .amsgrad = true}),
      optimizer("AdamW", AdamW{.learning_rate = 0.01}),
      optimizer("RMSprop", RMSprop{.learning_rate = 0.003, .momentum = 0.5}),
      optimizer("centered RMSprop", RMSprop{.learning_rate = 0.003, .centered = true}),
      optimizer("Adagrad", Adagrad{.learning_rate = 0.03}),
      decay("coupled decay", Decay::coupled, 0.01),
      decay("decoupled decay", Decay::decoupled, 0.01),
      decay("independent decay", Decay::independent, 0.001),
      {"L1", "", [](Setup& s) { s.l1 = 0.02; }},
      {"L2", "", [](Setup& s) { s.l2 = 0.01; }},
      {"SubgradientL1", "", [](Setup& s) { s.subgradient_l1 = 0.005; }},
      {"GroupLasso", "", [](Setup& s) { s.group_lasso = 0.01; }},
      {"GroupLasso outgoing", "GroupLasso",
       [](Setup& s) {
         s.group_lasso = 0.01;
         s.lasso_groups = Groups::outgoing;
       }},
      {"MaxNorm", "", [](Setup& s) { s.max_norm = 0.7; }},
      {"MaxNorm outgoing", "MaxNorm",
       [](Setup& s) {
         s.max_norm = 0.7;
         s.norm_groups = Groups::outgoing;
       }},
      {"UnitNorm", "",
       [](Setup& s) {
         s.unit_norm = true;
         s.max_norm = std::max(s.max_norm, 1.0);  // no weights could meet both
       }},
      {"NonNegative", "", [](Setup& s) { s.non_negative = true; }},
      {"Dropout", "", [](Setup& s) { s.dropout = 0.3; }},
      {"Dropout of inputs", "", [](Setup& s) { s.input_dropout = 0.2; }},
      {"GaussianNoise", "", [](Setup& s) { s.noise = 0.1; }},
      {"BatchNorm and LayerNorm", "", [](Setup& s) { s.normalized = true; }},
      {"label smoothing", "", [](Setup& s) { s.loss.label_smoothing = 0.1; }},
      {"class weights", "",
       [](Setup& s) {
         s.loss.class_weights = {1, 2, 0.5};
       }},
      {"sample weights", "", [](Setup& s) { s.sample_weights = true; }},
      {"accumulate", "", [](Setup& s) { s.fit.step.accumulate = 2; }},
      {"clip_value", "", [](Setup& s) { s.fit.step.clip_value = 0.05; }},
      {"clip_norm", "", [](Setup& s) { s.fit.step.clip_norm = 0.5; }},
      {"clip_global_norm", "", [](Setup& s) { s.fit.step.clip_global_norm = 0.5; }},
      {"sharpness_radius", "", [](Setup& s) { s.fit.step.sharpness_radius = 0.05; }},
      {"report", "", [](Setup& s) { s.fit.step.report = true; }},
      {"EarlyStopping", "average", [](Setup& s) { s.early_stopping.emplace(); }},
      {"average of steps", "average",
       [](Setup& s) { s.average = WeightAverage::exponential(0.8); }},
      {"average of epochs", "average",
       [](Setup& s) { s.average_of_epochs = WeightAverage::of_epochs(5); }},
      {"learning rate by epochs", "rate",
       [](Setup& s) { s.rate_of_epochs = CosineAnnealing{.period = 10}; }},
      {"learning rate by steps", "rate",
       [](Setup& s) { s.rate_of_steps = CosineAnnealing{.period = 50}; }},
      {"ReduceOnPlateau", "rate",
       [](Setup& s) { s.plateau = ReduceOnPlateau{{.factor = 0.5, .patience = 1}}; }},
      {"PenaltyStrength", "",
       [](Setup& s) { s.penalty_strength = CosineAnnealing{.period = 10, .minimum = 0.5}; }},
      {"shift", "", [](Setup& s) { s.fit.shift = 1; }},
      {"no validation", "", [](Setup& s) { s.validate = false; }},
      {"samples without rows", "", [](Setup& s) { s.flat = true; }},
  };
  return all;
}

/// What a message must contain, for each pair that is refused.
std::string refusal(const std::set<std::string>& names) {
  const auto both = [&](const char* a, const char* b) {
    return names == std::set<std::string>{a, b};
  };
  if (both("GroupLasso", "MaxNorm outgoing") || both("GroupLasso outgoing", "MaxNorm") ||
      both("GroupLasso outgoing", "UnitNorm") || both("MaxNorm outgoing", "UnitNorm"))
    return "overlap";
  if (both("class weights", "sample weights")) return "class_weights cannot be used together";
  if (both("EarlyStopping", "no validation")) return "Validate{data}";
  if (both("shift", "samples without rows")) return "give it a shape";
  return "";
}

/// What holds at the end of any run.
void check_outcome(const Setup& s, const Outcome& outcome) {
  for (const EpochReport& report : outcome.reports) {
    CHECK(std::isfinite(report.train_loss));
    CHECK(std::isfinite(report.objective));
    CHECK(report.validation.has_value() == s.validate);
  }
  CHECK(outcome.optimizer_is_back);

  Index zeros = 0;
  for (const Matrix<double>& w : outcome.weights) {
    const Vector<double> into = w.rowwise().norm(), out_of = w.colwise().norm().transpose();
    zeros += (w.array() == 0).count();
    constexpr double rounding = 1e-12;
    if (std::isfinite(s.max_norm))
      CHECK((s.norm_groups == Groups::incoming ? into : out_of).maxCoeff() < s.max_norm + rounding);
    if (s.non_negative) CHECK(w.minCoeff() >= 0);
    // An average of vectors of norm 1 is shorter.
    if (s.unit_norm && !s.averages())
      CHECK(((into.array() - 1).abs() < rounding || into.array() == 0).all());
    // Nothing else makes zeros than what makes whole groups of them.
    if (s.group_lasso > 0 && s.l1 == 0 && !s.non_negative) {
      const bool rows = s.lasso_groups == Groups::incoming;
      const Vector<double>& norms = rows ? into : out_of;
      CHECK((w.array() == 0).count() ==
            (norms.array() == 0).count() * (rows ? w.cols() : w.rows()));
    }
  }
  if (s.l1 > 0) {
    // An average is zero where the weight always was.
    if (!s.averages()) CHECK(zeros > 20);
  } else if (s.group_lasso == 0 && !s.non_negative) {
    CHECK(zeros == 0);
  }
}

/// All pairs, and each technique by itself.
std::vector<std::pair<std::vector<const Technique*>, Setup>> combinations() {
  std::vector<std::pair<std::vector<const Technique*>, Setup>> all;
  const auto& table = techniques();
  for (std::size_t a = 0; a < table.size(); ++a)
    for (std::size_t b = a; b < table.size(); ++b) {
      std::vector<const Technique*> chosen{&table[a]};
      Setup setup;
      table[a].apply(setup);
      if (b != a) {
        if (!table[a].kind.empty() && table[a].kind == table[b].kind) continue;
        if (table[a].name == table[b].kind || table[b].name == table[a].kind) continue;
        chosen.push_back(&table[b]);
        table[b].apply(setup);
      }
      all.emplace_back(std::move(chosen), setup);
    }
  return all;
}

TEST_CASE("any two techniques work together, or are refused with a reason", "[together]") {
  const auto all = combinations();
  REQUIRE(all.size() > 700);
  std::vector<Outcome> outcomes(all.size());
  int refused = 0;
  set_threads(1);
  for (std::size_t k = 0; k < all.size(); ++k) {
    const auto& [chosen, setup] = all[k];
    std::set<std::string> names;
    std::string together;
    for (const Technique* technique : chosen) {
      names.insert(technique->name);
      together += (together.empty() ? "" : " and ") + technique->name;
    }
    CAPTURE(together);
    if (const std::string reason = refusal(names); !reason.empty()) {
      const std::string message = test::message_of<ValueError>([&, &s = setup] { run(s); });
      CAPTURE(message);
      CHECK(contains(message, reason));
      ++refused;
      continue;
    }
    REQUIRE_NOTHROW([&, &s = setup, &outcome = outcomes[k]] { outcome = run(s); }());
    check_outcome(setup, outcomes[k]);
    CHECK(outcomes[k].loss_after < outcomes[k].loss_before);
  }
  CHECK(refused == 7);

  // The same once more, with more threads.
  set_threads(3);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (outcomes[k].parameters.empty()) continue;
    CAPTURE(all[k].first.front()->name, all[k].first.back()->name);
    CHECK(run(all[k].second).same_bits(outcomes[k]));
  }
  set_threads(detail::processors());
}

TEST_CASE("each technique makes a difference", "[together]") {
  const Outcome plain = run(Setup{});
  for (const Technique& technique : techniques()) {
    CAPTURE(technique.name);
    Setup setup;
    technique.apply(setup);
    // These watch, or wait for what does not happen here.
    const std::set<std::string> same{"EarlyStopping", "ReduceOnPlateau", "PenaltyStrength",
                                     "report",        "no validation",   "samples without rows"};
    // Gradients that are stored are rounded otherwise.
    if (technique.name == "report")
      CHECK(std::abs(run(setup).loss_after - plain.loss_after) < 1e-10);
    else
      CHECK(run(setup).same_bits(plain) == same.contains(technique.name));
  }
}

/// Six techniques at random, of which no two set the same number.
Setup draw(Random& random, std::string& together) {
  std::vector<const Technique*> chosen;
  std::set<std::string> taken;
  while (chosen.size() < 6) {
    const Technique& technique = techniques()[random.below(techniques().size())];
    if (taken.insert(technique.kind.empty() ? technique.name : technique.kind).second)
      chosen.push_back(&technique);
  }
  std::sort(chosen.begin(), chosen.end());  // in the order of the table
  Setup setup;
  for (const Technique* technique : chosen) {
    technique->apply(setup);
    together += (together.empty() ? "" : ", ") + technique->name;
  }
  return setup;
}

TEST_CASE("six techniques work together, or are refused with a reason", "[together]") {
  Random random{1};
  int refused = 0;
  for (int turn = 0; turn < 400; ++turn) {
    std::string together;
    const Setup setup = draw(random, together);
    CAPTURE(together);
    Outcome outcome;
    try {
      outcome = run(setup);
    } catch (const ValueError& error) {
      const std::string message = error.what();
      CAPTURE(message);
      const auto says = [&](const char* reason) { return contains(message, reason); };
      CHECK((says("overlap") || says("class_weights cannot be used together") ||
             says("Validate{data}") || says("give it a shape")));
      ++refused;
      continue;
    }
    check_outcome(setup, outcome);
  }
  CHECK(refused > 10);
  CHECK(refused < 100);
}

TEST_CASE("everything at once, in a network that threads share", "[together]") {
  Setup setup;
  const bool normalized = GENERATE(false, true);
  const bool stored = GENERATE(false, true);
  CAPTURE(normalized, stored);
  setup.optimizer = AdamW{.learning_rate = 1e-3, .amsgrad = true, .decays = Role::weight};
  setup.hidden = 2000;
  setup.fit.batch_size = 20;
  setup.fit.epochs = 3;
  setup.fit.shift = 1;
  if (stored) setup.fit.step = {.accumulate = 2, .clip_global_norm = 1, .sharpness_radius = 0.02};
  setup.l1 = setup.l2 = 1e-3;
  setup.group_lasso = 1e-4;
  setup.max_norm = 0.6;
  setup.dropout = setup.input_dropout = setup.noise = 0.1;
  setup.normalized = normalized;
  setup.sample_weights = true;
  setup.loss.label_smoothing = 0.1;
  setup.early_stopping.emplace();
  setup.rate_of_steps = CosineAnnealing{.period = 20};
  setup.penalty_strength = CosineAnnealing{.period = 10, .minimum = 0.5};

  set_threads(1);
  const Outcome outcome = run(setup);
  check_outcome(setup, outcome);
  CHECK(outcome.loss_after < outcome.loss_before);
  for (const int threads : {2, 3, 5}) {
    set_threads(threads);
    CHECK(run(setup).same_bits(outcome));
  }
  set_threads(detail::processors());
}

}  // namespace
