#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/float_mode.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/losses/weighted.hpp>
#include <ridge/training/run.hpp>
#include <ridge/training/trainer.hpp>

namespace ridge {

namespace detail {

template <class C, class R>
concept Callback = requires(C& c, R& run) {
  c.begin(run);
}
|| requires(C& c, R& run) { c.after_step(run); }
|| requires(C& c, R& run) { c.measure(run); }
|| requires(C& c, R& run) { c.after_epoch(run); }
|| requires(C& c, R& run) { c.end(run); }
|| requires(C& c, R& run) { c.resume(run); }
|| requires(C& c, R& run) { c.record(run); }
|| std::invocable<C&, const EpochReport&>;

template <class T>
inline constexpr bool is_trainer = false;
template <class Net, class L, class P, class O>
inline constexpr bool is_trainer<Trainer<Net, L, P, O>> = true;

inline void validate(const FitOptions& options) {
  if (options.epochs < 0)
    throw ValueError(text("fit: epochs must be at least 0, got ", options.epochs));
  if (options.first_epoch < 1)
    throw ValueError(text("fit: first_epoch must be at least 1, got ", options.first_epoch));
  if (options.epochs > std::numeric_limits<int>::max() - options.first_epoch)
    throw ValueError(text("fit: ", options.epochs, " epochs from epoch ", options.first_epoch,
                          " on are more than an int counts"));
}

/// What callbacks set, so that none overrules another one unseen.
class Settings {
 public:
  /// @throws ValueError if another callback sets the same
  void claim(std::string_view what, std::string callback) {
    for (const auto& [taken, by] : claims_)
      if (taken == what)
        throw ValueError(
            text("fit: ", by, " and ", callback, " both set ", what, "; use one of them"));
    claims_.emplace_back(what, std::move(callback));
  }

 private:
  std::vector<std::pair<std::string_view, std::string>> claims_;
};

/// The steps of an epoch, or those that are left of it.
template <class R, class Data, class B, class Call, class Record>
void train_epoch(R& run, const Data& data, B& batches, const Call& call, const Record& record) {
  const Random random = Random(run.options.seed).split(static_cast<std::uint64_t>(run.epoch));
  if (run.options.shuffle) batches.shuffle(random);
  if (run.options.shift != 0) batches.shift(run.options.shift, random.split(1));
  if (run.step == 0) {  // else the generators are those of the step before
    run.trainer.reseed(random.split(0));
    run.begin_epoch();
  }
  try {
    const FlushDenormals flush;
    while (run.step < run.steps && !run.stopped && !run.interrupted) {
      const auto batch = batches[run.step];
      const bool weighted = batch.weights.size() > 0;
      const OptionalWeights<decltype(batch.weights)> weights{weighted ? &batch.weights : nullptr};
      const double loss = run.trainer.step(batch.inputs, batch.targets, weights);
      run.add(loss, batch_weight(run.trainer.objective().loss, batch.targets, weights),
              batch.inputs.cols());
      call([&](auto& c) {
        if constexpr (requires { c.after_step(run); }) c.after_step(run);
      });
      record();
    }
    if (run.interrupted) return;
    run.trainer.flush();
    run.trainer.require_finite();
  } catch (const DivergenceError& divergence) {
    throw located<typename R::Scalar>(
        divergence,
        text("fit: epoch ", run.epoch, ", step ", std::min(run.step + 1, run.steps), " of ",
             run.steps, ": "),
        data);
  }
}

}  // namespace detail

/// Trains with a trainer of one's own: called again, it goes on with what the optimizer remembers.
/// Everything else is as below.
template <Layer Net, Loss L, Penalty P, Optimizer O, class Data, class... Callbacks>
std::vector<EpochReport> fit(Trainer<Net, L, P, O>& trainer, const Data& data,
                             FitOptions options = {}, Callbacks&&... callbacks) {
  using R = Run<Trainer<Net, L, P, O>, std::remove_reference_t<Callbacks>...>;
  static_assert(
      (detail::Callback<typename detail::Unwrapped<std::remove_reference_t<Callbacks>>::type, R> &&
       ...),
      "ridge::fit: a callback has at least one of begin(run), after_step(run), "
      "measure(run), after_epoch(run), end(run), resume(run), record(run), each of which takes "
      "auto& run, or is a function of const EpochReport&; see docs/training.md");
  static_assert(
      requires { typename Data::Targets; },
      "ridge::fit: the data must be a ridge::Dataset; see docs/your_data.md");

  detail::validate(options);
  if (options.step != StepOptions{} && options.step != trainer.options())
    throw ValueError(
        "fit: the options of steps are the trainer's own: give them to its constructor, "
        "Trainer{net, objective, optimizer, {.clip_norm = 1}}");
  Batches<ScalarOf<Net>, Data, detail::fixed_inputs<Net>()> batches(data, options.batch_size);
  detail::require_features("fit", trainer.net(), data.features());
  trainer.objective().loss.check(trainer.net().output_size(data.features()), data.targets());
  if (data.weights().size() > 0) detail::refuse_class_weights(trainer.objective().loss);
  detail::require_left_out_finite("the dataset", data.inputs(), data.weights());
  if (options.shift != 0) batches.shift(options.shift, Random{});

  R run(trainer, options, batches.count(), data.size(), callbacks...);
  run.reports.reserve(static_cast<std::size_t>(std::min(options.epochs, 1000)));
  const auto call = [&](const auto& hook) { (detail::with_callback(callbacks, hook), ...); };
  detail::Settings settings;
  call([&]<class C>(C&) {
    if constexpr (requires { std::string_view(*&C::sets); })  // a static member
      settings.claim(C::sets, detail::type_name<std::remove_const_t<C>>());
  });
  const auto record = [&] {
    call([&](auto& c) {
      if constexpr (requires { c.record(run); }) c.record(run);
    });
  };
  std::exception_ptr error;
  std::size_t begun = 0;  // callbacks whose `begin` has returned: these are told the end
  try {
    call([&](auto& c) {
      if constexpr (requires { c.resume(run); }) c.resume(run);
    });
    [[maybe_unused]] const auto begin = [&](auto& callback) {
      detail::with_callback(callback, [&](auto& c) {
        if constexpr (requires { c.begin(run); }) c.begin(run);
      });
      ++begun;
    };
    (begin(callbacks), ...);
    record();
    while (!run.ended()) {
      detail::train_epoch(run, data, batches, call, record);
      if (run.interrupted) break;
      const double seconds = run.seconds(), penalty = trainer.penalty();
      run.report = {run.epoch, run.loss, penalty, run.loss + penalty, seconds, {}, {}};
      call([&](auto& c) {
        if constexpr (requires { c.measure(run); }) c.measure(run);
      });
      call([&](auto& c) {
        if constexpr (requires { c.after_epoch(run); }) c.after_epoch(run);
        if constexpr (std::invocable<decltype(c), const EpochReport&>) c(std::as_const(run.report));
      });
      run.end_epoch();
      record();
    }
    trainer.flush();  // batches that an interruption has left waiting
  } catch (...) {
    error = std::current_exception();
  }
  // From the last to the first, so that each finds what it left when it began.
  const auto end = [&](std::size_t position, auto& callback) {
    try {
      detail::with_callback(callback, [&](auto& c) {
        if constexpr (requires { c.end(run); })
          if (position < begun || requires { c.resume(run); }) c.end(run);
      });
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
  return std::move(run.reports);
}

/// Trains a network on a dataset, from where its weights are.
///
/// @param objective a loss, or loss + penalty
/// @param callbacks each with at least one of
///        `begin(run)`, `after_step(run)`, `end(run)` (called however the run ends that has begun,
///        or may have been resumed; of the last callback first),
///        `measure(run)` to add to `run.report` when an epoch has ended, and, after all of these,
///        `after_epoch(run)`; or a function of `const EpochReport&`. They are called in order.
///        `resume(run)` comes before all of them, to put the run where another process has left
///        it, and `record(run)` after all of `begin`, of a step and of an epoch, to keep it as it
///        is. One in a `std::optional` may be none. Of two whose `static constexpr const char*
///        sets` say the same, one would overrule the other: they are refused.
/// @return a report for each epoch that has ended, those before a resumption too
/// @throws ValueError or ShapeError, before any weight changes, if options, hyperparameters,
///         network, loss and dataset do not fit each other; DivergenceError, naming epoch and step,
///         if the loss or a weight is no longer finite
template <class Net, class O, class Opt, class Data, class... Callbacks>
requires(!detail::is_trainer<Net>) std::vector<EpochReport> fit(Net& net, const O& objective,
                                                                const Opt& optimizer,
                                                                const Data& data,
                                                                FitOptions options = {},
                                                                Callbacks&&... callbacks) {
  constexpr bool is_dataset = requires { typename Data::Targets; };
  constexpr bool is_objective = Loss<O> || detail::is_objective<O>;
  static_assert(Layer<std::remove_const_t<Net>>,
                "ridge::fit: the first argument must be a network, a Layer (docs/layers.md): "
                "fit(net, loss + penalty, optimizer, dataset)");
  static_assert(!std::is_const_v<Net>, "ridge::fit: the network is const, so it cannot be trained");
  static_assert(has_parameters<Net>, "ridge::fit: the network has no parameters to train");
  static_assert(is_objective,
                "ridge::fit: the second argument is what to minimize: a loss, such as "
                "CrossEntropy{}, or loss + penalty: fit(net, loss + penalty, optimizer, dataset)");
  static_assert(Optimizer<Opt>,
                "ridge::fit: the third argument must be an optimizer, such as SGD{}; a penalty is "
                "added to the loss: fit(net, loss + penalty, optimizer, dataset)");
  static_assert(is_dataset,
                "ridge::fit: the fourth argument must be a ridge::Dataset, such as "
                "Dataset<float, int>(inputs, labels), or the .data of what read_csv has read; see "
                "docs/your_data.md");
  // What follows from a mistake is no help.
  if constexpr (Layer<Net> && has_parameters<Net> && is_objective && Optimizer<Opt> && is_dataset) {
    Trainer trainer(net, as_objective(objective), optimizer, options.step);
    return fit(trainer, data, options, std::forward<Callbacks>(callbacks)...);
  } else {
    return {};
  }
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

/// Inputs and labels apart, or callbacks where the options are: a sentence from the compiler.
template <class Net, class O, class Opt, class Data, class Fifth, class... Others>
requires(!detail::is_trainer<std::remove_cvref_t<Net>> &&
         !std::is_convertible_v<Fifth, FitOptions>) void fit(Net&&, const O&, const Opt&,
                                                             const Data&, const Fifth&,
                                                             const Others&...) {
  static_assert(std::is_convertible_v<Fifth, FitOptions>,
                "ridge::fit: the fifth argument is the options, {.epochs = 5} or {}: before them "
                "is one ridge::Dataset with inputs and targets, and after them are callbacks");
}

}  // namespace ridge
