#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/optional.hpp>
#include <ridge/core/state.hpp>
#include <ridge/core/types.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/step_options.hpp>

namespace ridge {

/// How `fit` goes through a dataset.
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

namespace detail {

/// Calls f(callback), unless it is an optional that has none.
template <class C, class F>
void with_callback(C& callback, const F& f) {
  if constexpr (!is_optional<C>)
    f(callback);
  else if (callback)
    f(*callback);
}

/// The reports of epochs as `visit` takes them: as few names, however many epochs.
inline void visit_reports(StateVisitor& visit, std::vector<EpochReport>& reports) {
  constexpr std::size_t whole = 4, real = 6;  // numbers for each epoch
  std::vector<std::int64_t> counts;
  std::vector<double> numbers;
  std::string names;  // of the validations, each with a zero at its end
  for (const EpochReport& r : reports) {
    const Evaluation validation = r.validation.value_or(Evaluation{});
    counts.insert(counts.end(), {r.epoch, r.validation.has_value(), validation.accuracy.has_value(),
                                 validation.samples});
    numbers.insert(numbers.end(), {r.train_loss, r.penalty, r.objective, r.seconds, validation.loss,
                                   validation.accuracy.value_or(0)});
    names.append(r.validation_name.c_str()).push_back('\0');
  }
  visit("reports.counts", counts);
  visit("reports.numbers", numbers);
  visit("reports.validations", names);
  if (!visit.reads()) return;
  const std::size_t epochs = counts.size() / whole;
  if (counts.size() != epochs * whole || numbers.size() != epochs * real ||
      static_cast<std::size_t>(std::count(names.begin(), names.end(), '\0')) != epochs)
    throw ValueError("the reports of its epochs are not whole");
  reports.clear();
  const char* name = names.c_str();
  for (std::size_t e = 0; e < epochs; ++e, name += std::strlen(name) + 1) {
    const std::int64_t* count = counts.data() + e * whole;
    const double* number = numbers.data() + e * real;
    EpochReport report{
        static_cast<int>(count[0]), number[0], number[1], number[2], number[3], std::nullopt, name};
    if (count[1] != 0) {
      report.validation = Evaluation{number[4], std::nullopt, static_cast<Index>(count[3])};
      if (count[2] != 0) report.validation->accuracy = number[5];
    }
    reports.push_back(std::move(report));
  }
}

}  // namespace detail

/// What callbacks see of a run, and how they stop it.
template <class TrainerType, class... Callbacks>
class Run {
 public:
  using Clock = std::chrono::steady_clock;
  using Scalar = typename TrainerType::Scalar;

  Run(TrainerType& its_trainer, const FitOptions& its_options, Index steps_of_epoch,
      Index samples_of_epoch, Callbacks&... its_callbacks)
      : trainer(its_trainer),
        net(its_trainer.net()),
        options(its_options),
        steps(steps_of_epoch),
        samples(samples_of_epoch),
        epoch(its_options.first_epoch),
        callbacks_(its_callbacks...) {}

  TrainerType& trainer;
  decltype(std::declval<TrainerType&>().net()) net;
  const FitOptions& options;
  const Index steps;       ///< in each epoch
  const Index samples;     ///< in each epoch
  int epoch;               ///< the present one
  Index step = 0;          ///< how many steps of the present epoch are done
  Index samples_done = 0;  ///< in the present epoch
  double loss = 0;         ///< mean data loss over the samples of the present epoch so far
  EpochReport report{};    ///< of the epoch that has just ended
  std::vector<EpochReport> reports{};  ///< of all epochs that have ended
  bool stopped = false;
  bool interrupted = false;
  bool resumed = false;  ///< whether it goes on from a checkpoint: state is then already there

  int last_epoch() const { return options.first_epoch + (options.epochs - 1); }
  bool ended() const { return interrupted || epoch > last_epoch() || (stopped && step == 0); }

  /// Ends the run after the present step, and the epoch with it.
  void stop() { stopped = true; }

  /// Leaves the run after the present step where it is, for another process to go on with: the
  /// epoch does not end, and has no report.
  void interrupt() { interrupted = true; }

  /// Of training in the present epoch so far.
  double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - began_).count();
  }

  /// Counts a step's loss.
  void add(double mean_loss, double weight, Index its_samples) {
    loss_sum_ += mean_loss * weight;
    weight_sum_ += weight;
    ++step;
    samples_done += its_samples;
    loss = weight_sum_ > 0 ? loss_sum_ / weight_sum_ : 0;
  }

  void begin_epoch() {
    began_ = Clock::now();
    seconds_before_ = 0;
  }

  void end_epoch() {
    reports.push_back(report);
    ++epoch;
    step = samples_done = 0;
    loss = loss_sum_ = weight_sum_ = 0;
  }

  /// Everything that the rest of the run depends on, with the trainer's and the callbacks' state.
  void visit_state(StateVisitor& visit) {
    visit.same("run.seed", options.seed);
    visit.same("run.batch_size", options.batch_size);
    visit.same("run.shuffle", options.shuffle);
    visit.same("run.shift", options.shift);
    visit.same("run.first_epoch", options.first_epoch);
    visit.same("run.samples", samples);
    trainer.visit_state(visit);
    visit("run.epoch", epoch);
    visit("run.step", step);
    visit("run.loss_sum", loss_sum_);
    visit("run.weight_sum", weight_sum_);
    visit("run.stopped", stopped);
    double spent = seconds();
    visit("run.seconds", spent);
    detail::visit_reports(visit, reports);
    visit_callbacks(visit, std::index_sequence_for<Callbacks...>{});
    if (visit.reads()) {
      constexpr int most = std::numeric_limits<int>::max();
      if (epoch < options.first_epoch || epoch == most || step < 0 || step > steps)
        throw ValueError(detail::text("there is no step ", step, " of epoch ", epoch));
      // Epochs that are done; weights of more than are asked for are not what is asked for.
      const std::int64_t done = std::int64_t{epoch} - options.first_epoch;
      if (done > options.epochs || (done == options.epochs && step > 0))
        throw ValueError(detail::text("its run has come to step ", step, " of epoch ", epoch,
                                      ", further than the ", options.epochs,
                                      options.epochs == 1 ? " epoch" : " epochs",
                                      " that are asked for; ask for more"));
      samples_done = step == steps ? samples : step * options.batch_size;
      loss = weight_sum_ > 0 ? loss_sum_ / weight_sum_ : 0;
      if (!reports.empty()) report = reports.back();
      seconds_before_ = spent;
      began_ = Clock::now();
    }
  }

 private:
  /// Those that have state, numbered among themselves.
  template <std::size_t... I>
  void visit_callbacks(StateVisitor& visit, std::index_sequence<I...>) {
    [[maybe_unused]] int number = 0;
    [[maybe_unused]] const auto one = [&](auto& wrapped) {
      using C = typename detail::Unwrapped<std::remove_reference_t<decltype(wrapped)>>::type;
      if constexpr (requires(C & callback) { callback.visit_state(visit); }) {
        const std::string name = detail::text("callback.", number++, ".", detail::type_name<C>());
        detail::with_callback(wrapped, [&](C& callback) { visit(name, callback); });
      }
    };
    (one(std::get<I>(callbacks_)), ...);
  }

  double loss_sum_ = 0, weight_sum_ = 0;  // of the present epoch so far
  double seconds_before_ = 0;             // of the present epoch, in another process
  Clock::time_point began_ = Clock::now();
  std::tuple<Callbacks&...> callbacks_;
};

}  // namespace ridge
