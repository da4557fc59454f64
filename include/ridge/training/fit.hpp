#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/trainer.hpp>

namespace ridge {

struct FitOptions {
  int epochs = 1;          ///< how often every sample is seen
  Index batch_size = 64;   ///< samples a step; the last step of an epoch may have fewer
  bool shuffle = true;     ///< a new order in each epoch, else the dataset's own
  std::uint64_t seed = 0;  ///< of the orders: epoch e's depends on the seed and e alone
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
template <class NetType>
struct Run {
  NetType& net;
  const FitOptions& options;
  Index steps;             ///< in each epoch
  Index samples;           ///< in each epoch
  int epoch = 0;           ///< the present one, counted from 1
  Index step = 0;          ///< how many steps of the present epoch are done
  Index samples_done = 0;  ///< in the present epoch
  double loss = 0;         ///< mean data loss over the samples of the present epoch so far
  EpochReport report;      ///< of the epoch that has just ended
  bool stopped = false;

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

/// Trains a network on a dataset, from where its weights are.
///
/// @param objective a loss, or loss + penalty
/// @param callbacks each with at least one of
///        `begin(run)`, `after_step(run)`, `end(run)` (always called, after an error too),
///        `measure(run)` to add to `run.report` when an epoch has ended, and, after all of these,
///        `after_epoch(run)`; or a function of `const EpochReport&`. They are called in order.
/// @return a report for each epoch
/// @throws ValueError or ShapeError, before any weight changes, if options, hyperparameters,
/// network,
///         loss and dataset do not fit each other; DivergenceError, naming epoch and step, if the
///         loss is no longer finite
template <Layer Net, class O, Optimizer Opt, class Data, class... Callbacks>
std::vector<EpochReport> fit(Net& net, const O& objective, const Opt& optimizer, const Data& data,
                             FitOptions options = {}, Callbacks&&... callbacks) {
  using R = Run<Net>;
  static_assert((detail::Callback<std::remove_reference_t<Callbacks>, R> && ...),
                "ridge::fit: a callback has at least one of begin(run), after_step(run), "
                "measure(run), after_epoch(run), end(run), or is a function of const EpochReport&; "
                "see docs/training.md");
  using Clock = std::chrono::steady_clock;
  using Scalar = ScalarOf<Net>;

  if (options.epochs < 0)
    throw ValueError(detail::text("fit: epochs must be at least 0, got ", options.epochs));
  Batches<Scalar, Data, detail::fixed_inputs<Net>()> batches(data, options.batch_size);
  Trainer trainer(net, as_objective(objective), optimizer);
  trainer.objective().loss.check(net.output_size(data.features()), data.targets());

  R run{net, options, batches.count(), data.size(), 0, 0, 0, 0, {}, false};
  const auto call = [&](auto&& hook) { (hook(callbacks), ...); };
  const auto end = [&] {
    call([&](auto& c) {
      if constexpr (requires { c.end(run); }) c.end(run);
    });
  };

  std::vector<EpochReport> reports;
  reports.reserve(static_cast<std::size_t>(options.epochs));
  try {
    call([&](auto& c) {
      if constexpr (requires { c.begin(run); }) c.begin(run);
    });
    for (int epoch = 1; epoch <= options.epochs && !run.stopped; ++epoch) {
      run.epoch = epoch;
      const auto started = Clock::now();
      if (options.shuffle)
        batches.shuffle(Random(options.seed).split(static_cast<std::uint64_t>(run.epoch)));
      double sum = 0;
      run.samples_done = 0;
      try {
        for (run.step = 0; run.step < run.steps && !run.stopped;) {
          const auto batch = batches[run.step];
          sum +=
              trainer.step(batch.inputs, batch.targets) * static_cast<double>(batch.inputs.cols());
          ++run.step;
          run.samples_done += batch.inputs.cols();
          run.loss = sum / static_cast<double>(run.samples_done);
          call([&](auto& c) {
            if constexpr (requires { c.after_step(run); }) c.after_step(run);
          });
        }
        trainer.require_finite();
      } catch (const DivergenceError& error) {
        throw DivergenceError(detail::text("fit: epoch ", run.epoch, ", step ",
                                           std::min(run.step + 1, run.steps), " of ", run.steps,
                                           ": ", error.what()));
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
    end();
    throw;
  }
  end();
  return reports;
}

}  // namespace ridge
