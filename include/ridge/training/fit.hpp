#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/float_mode.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/random.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/losses/weighted.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/trainer.hpp>

namespace ridge {

struct FitOptions {
  int epochs = 1;          ///< how often every sample is seen
  Index batch_size = 64;   ///< samples a step; the last step of an epoch may have fewer
  bool shuffle = true;     ///< a new order in each epoch, else the dataset's own
  std::uint64_t seed = 0;  ///< of the orders: an epoch's depends on the seed and its number alone
  int first_epoch = 1;     ///< the number of the first epoch, when a run goes on
  Index shift = 0;         ///< images are moved by up to so many pixels, anew in each epoch
  StepOptions step{};  ///< clipping, accumulation and the like; of a trainer's own if it has one
};

/// What one epoch came to.
struct EpochReport {
  int epoch = 0;          ///< counted from 1
  double train_loss = 0;  ///< mean data loss over the epoch's samples, each before its own step
  double penalty = 0;     ///< the objective's penalty of the weights at the epoch's end
  double objective = 0;   ///< train_loss + penalty
  double seconds = 0;     ///< of training alone, without validation and callbacks' epoch ends
  std::optional<Evaluation> validation;
  std::string validation_name;
};

/// What callbacks see of a run, and how they stop it.
template <class TrainerType>
struct Run {
  TrainerType& trainer;
  decltype(std::declval<TrainerType&>().net()) net;
  const FitOptions& options;
  Index steps;             ///< in each epoch
  Index samples;           ///< in each epoch
  int epoch = 0;           ///< the present one
  Index step = 0;          ///< how many steps of the present epoch are done
  Index samples_done = 0;  ///< in the present epoch
  double loss = 0;         ///< mean data loss over the samples of the present epoch so far
  EpochReport report{};    ///< of the epoch that has just ended
  bool stopped = false;

  int last_epoch() const { return options.first_epoch + (options.epochs - 1); }

  /// Ends the run after the present step.
  void stop() { stopped = true; }
};

namespace detail {

template <class C, class R>
concept Callback = requires(C& c, R& run) {
  c.begin(run);
}
|| requires(C& c, R& run) { c.after_step(run); }
|| requires(C& c, R& run) { c.measure(run); }
|| requires(C& c, R& run) { c.after_epoch(run); }
|| requires(C& c, R& run) { c.end(run); }
|| std::invocable<C&, const EpochReport&>;

}  // namespace detail

namespace detail {

template <class T>
inline constexpr bool is_trainer = false;
template <class Net, class L, class P, class O>
inline constexpr bool is_trainer<Trainer<Net, L, P, O>> = true;

}  // namespace detail

/// Trains with a trainer of one's own: called again, it goes on with what the optimizer remembers.
/// Everything else is as below.
template <Layer Net, Loss L, Penalty P, Optimizer O, class Data, class... Callbacks>
std::vector<EpochReport> fit(Trainer<Net, L, P, O>& trainer, const Data& data,
                             FitOptions options = {}, Callbacks&&... callbacks) {
  using R = Run<Trainer<Net, L, P, O>>;
  static_assert((detail::Callback<std::remove_reference_t<Callbacks>, R> && ...),
                "ridge::fit: a callback has at least one of begin(run), after_step(run), "
                "measure(run), after_epoch(run), end(run), or is a function of const EpochReport&; "
                "see docs/training.md");
  static_assert(
      requires { typename Data::Targets; },
      "ridge::fit: the data must be a ridge::Dataset; see docs/files.md");
  using Clock = std::chrono::steady_clock;

  if (options.epochs < 0)
    throw ValueError(detail::text("fit: epochs must be at least 0, got ", options.epochs));
  if (options.first_epoch < 1 ||
      options.epochs > std::numeric_limits<int>::max() - (options.first_epoch - 1))
    throw ValueError(
        detail::text("fit: first_epoch must be at least 1, and the last epoch an int; got ",
                     options.first_epoch, " and ", options.epochs, " epochs"));
  if (options.step != StepOptions{} && options.step != trainer.options())
    throw ValueError(
        "fit: the options of steps are the trainer's own: give them to its constructor, "
        "Trainer{net, objective, optimizer, {.clip_norm = 1}}");
  Batches<ScalarOf<Net>, Data, detail::fixed_inputs<Net>()> batches(data, options.batch_size);
  trainer.objective().loss.check(trainer.net().output_size(data.features()), data.targets());
  if (data.weights().size() > 0) detail::refuse_class_weights(trainer.objective().loss);
  detail::require_left_out_finite("the dataset", data.inputs(), data.weights());
  if (options.shift != 0) batches.shift(options.shift, Random{});

  R run{trainer, trainer.net(), options, batches.count(), data.size()};
  const auto call = [&](auto&& hook) { (hook(callbacks), ...); };
  std::vector<EpochReport> reports;
  reports.reserve(static_cast<std::size_t>(std::min(options.epochs, 1000)));
  std::exception_ptr error;
  std::size_t begun = 0;  // callbacks whose `begin` has returned: these are told the end
  try {
    call([&](auto& c) {
      if constexpr (requires { c.begin(run); }) c.begin(run);
      ++begun;
    });
    for (int done = 0; done < options.epochs && !run.stopped; ++done) {
      run.epoch = options.first_epoch + done;
      const auto started = Clock::now();
      const Random random = Random(options.seed).split(static_cast<std::uint64_t>(run.epoch));
      if (options.shuffle) batches.shuffle(random);
      if (options.shift != 0) batches.shift(options.shift, random.split(1));
      trainer.reseed(random.split(0));
      double sum = 0, weight = 0;
      run.samples_done = 0;
      try {
        const detail::FlushDenormals flush;
        for (run.step = 0; run.step < run.steps && !run.stopped;) {
          const auto batch = batches[run.step];
          const bool weighted = batch.weights.size() > 0;
          const double loss = weighted ? trainer.step(batch.inputs, batch.targets, batch.weights)
                                       : trainer.step(batch.inputs, batch.targets);
          const double batch_weight =
              weighted ? batch.weights.sum()
                       : detail::total_weight(trainer.objective().loss, batch.targets);
          sum += loss * batch_weight;
          weight += batch_weight;
          ++run.step;
          run.samples_done += batch.inputs.cols();
          run.loss = weight > 0 ? sum / weight : 0;
          call([&](auto& c) {
            if constexpr (requires { c.after_step(run); }) c.after_step(run);
          });
        }
        trainer.flush();
        trainer.require_finite();
      } catch (const DivergenceError& divergence) {
        throw detail::located<ScalarOf<Net>>(
            divergence,
            detail::text("fit: epoch ", run.epoch, ", step ", std::min(run.step + 1, run.steps),
                         " of ", run.steps, ": "),
            data);
      }
      const std::chrono::duration<double> seconds = Clock::now() - started;
      const double penalty = trainer.penalty();
      run.report = {run.epoch, run.loss, penalty, run.loss + penalty, seconds.count(), {}, {}};
      call([&](auto& c) {
        if constexpr (requires { c.measure(run); }) c.measure(run);
      });
      call([&](auto& c) {
        if constexpr (requires { c.after_epoch(run); }) c.after_epoch(run);
        if constexpr (std::invocable<decltype(c), const EpochReport&>) c(std::as_const(run.report));
      });
      reports.push_back(run.report);
    }
  } catch (...) {
    error = std::current_exception();
  }
  // From the last to the first, so that each finds what it left when it began.
  const auto end = [&](std::size_t position, auto& c) {
    if (position >= begun) return;
    try {
      if constexpr (requires { c.end(run); }) c.end(run);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>, auto all) {
    constexpr std::size_t count = sizeof...(Callbacks);
    static_cast<void>(all);
    (end(count - 1 - I, std::get<count - 1 - I>(all)), ...);
  }
  (std::index_sequence_for<Callbacks...>{}, std::tie(callbacks...));
  if (error) std::rethrow_exception(error);
  return reports;
}

/// Trains a network on a dataset, from where its weights are.
///
/// @param objective a loss, or loss + penalty
/// @param callbacks each with at least one of
///        `begin(run)`, `after_step(run)`, `end(run)` (called however the run ends that has begun,
///        of the last callback first),
///        `measure(run)` to add to `run.report` when an epoch has ended, and, after all of these,
///        `after_epoch(run)`; or a function of `const EpochReport&`. They are called in order.
/// @return a report for each epoch
/// @throws ValueError or ShapeError, before any weight changes, if options, hyperparameters,
///         network, loss and dataset do not fit each other; DivergenceError, naming epoch and step,
///         if the loss or a weight is no longer finite
template <class Net, class O, class Opt, class Data, class... Callbacks>
requires(!detail::is_trainer<Net>) std::vector<EpochReport> fit(Net& net, const O& objective,
                                                                const Opt& optimizer,
                                                                const Data& data,
                                                                FitOptions options = {},
                                                                Callbacks&&... callbacks) {
  static_assert(!std::is_const_v<Net>, "ridge::fit: the network is const, so it cannot be trained");
  static_assert(Layer<std::remove_const_t<Net>>,
                "ridge::fit: the first argument must be a network, a Layer; see docs/layers.md");
  static_assert(has_parameters<Net>, "ridge::fit: the network has no parameters to train");
  static_assert(Optimizer<Opt>,
                "ridge::fit: the third argument must be an optimizer, such as SGD{}");
  static_assert(
      requires { typename Data::Targets; },
      "ridge::fit: the fourth argument must be a ridge::Dataset; see docs/files.md");
  static_assert(
      requires { as_objective(objective); },
      "ridge::fit: the second argument is what to minimize: a loss, such as "
      "CrossEntropy{}, or loss + penalty");
  Trainer trainer(net, as_objective(objective), optimizer, options.step);
  return fit(trainer, data, options, std::forward<Callbacks>(callbacks)...);
}

/// What a temporary network learns would be lost: a sentence from the compiler.
template <class Net, class O, class Opt, class Data, class... Callbacks>
requires(!std::is_lvalue_reference_v<Net> && Layer<Net>) void fit(Net&&, const O&, const Opt&,
                                                                  const Data&, FitOptions = {},
                                                                  Callbacks&&...) {
  static_assert(
      std::is_lvalue_reference_v<Net>,
      "ridge::fit: the network is a temporary, so what it learns would be lost; give it a "
      "name");
}

}  // namespace ridge
