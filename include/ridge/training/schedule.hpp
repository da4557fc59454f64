#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/schedules/plateau.hpp>
#include <ridge/schedules/schedule.hpp>

/// Callbacks of `fit` that change numbers of the trainer as a run goes on. Each gives back at the
/// run's end what it found at its beginning, so that one run never compounds the next one's.
namespace ridge {

/// What the time of a schedule counts.
enum class Every { epoch, step };

namespace detail {

/// Calls `apply(run, factor)` of a callback whenever its schedule has another factor: before the
/// first epoch, and then before each next epoch or step. The time counts from the epoch 1,
/// whichever one the run begins with, and from the step that a resumed run begins with.
template <class Callback, Schedule S>
class FollowsSchedule {
 public:
  /// @throws ValueError for a schedule's numbers outside their domain
  FollowsSchedule(S schedule, Every every) : schedule_(std::move(schedule)), every_(every) {
    validate_schedule(schedule_);
  }

  template <class R>
  void begin(R& run) {
    factor_.reset();
    const std::int64_t epochs = run.epoch - std::int64_t{1};
    follow(run, every_ == Every::epoch ? epochs : steps(run));
  }
  template <class R>
  void after_step(R& run) {
    if (every_ == Every::step) follow(run, steps(run));
  }
  template <class R>
  void after_epoch(R& run) {
    if (every_ == Every::epoch) follow(run, run.epoch);
  }

 private:
  template <class R>
  static std::int64_t steps(const R& run) {
    return (run.epoch - std::int64_t{1}) * run.steps + run.step;
  }

  template <class R>
  void follow(R& run, std::int64_t t) {
    const double factor = schedule_(t);
    if (factor_ == factor) return;
    static_cast<Callback&>(*this).apply(run, factor);
    factor_ = factor;
  }

  S schedule_;
  Every every_;
  std::optional<double> factor_;
};

/// Sets one of an optimizer's numbers to a multiple of what it was at the beginning.
/// @tparam Field gives the number of an optimizer, by reference
template <class Field>
class Multiple {
 public:
  /// @throws ValueError if the optimizer refuses the product; it keeps what it had
  template <class Trainer>
  void set(Trainer& trainer, double factor) {
    const double before = Field::of(trainer.optimizer());
    const auto give = [&](double number) {
      trainer.modify_optimizer([&](auto& optimizer) { Field::of(optimizer) = number; });
    };
    const double original = original_.value_or(before);
    try {
      give(original * factor);
    } catch (...) {
      give(before);
      throw;
    }
    original_ = original;
  }
  template <class Trainer>
  void restore(Trainer& trainer) {
    if (original_)
      trainer.modify_optimizer([&](auto& optimizer) { Field::of(optimizer) = *original_; });
    original_.reset();
  }

 private:
  std::optional<double> original_;
};

struct ScheduleField {
  template <class O>
  static auto& of(O& optimizer) {
    static_assert(
        requires { optimizer.schedule; },
        "ridge: to schedule its learning rate, an optimizer needs a field `double schedule = 1`, "
        "the rate's factor; see docs/extending.md");
    return optimizer.schedule;
  }
};

struct WeightDecayField {
  template <class O>
  static auto& of(O& optimizer) {
    static_assert(
        requires { optimizer.weight_decay; },
        "ridge::WeightDecayStrength: the optimizer needs a field `weight_decay`");
    return optimizer.weight_decay;
  }
};

}  // namespace detail

/// Multiplies the optimizer's learning rate by a schedule's factor:
///
///     fit(net, loss, SGD{.learning_rate = 0.1}, data, {.epochs = 60},
///         LearningRate{WarmUp{5, CosineAnnealing{.period = 55}}});
///
/// The optimizer needs the field `schedule`. The steps of `Every::step` are batches.
template <Schedule S>
class LearningRate : public detail::FollowsSchedule<LearningRate<S>, S> {
 public:
  static constexpr const char* sets = "the learning rate";  ///< see `fit`

  explicit LearningRate(S schedule, Every every = Every::epoch)
      : detail::FollowsSchedule<LearningRate, S>(std::move(schedule), every) {}

  template <class R>
  void apply(R& run, double factor) {
    rate_.set(run.trainer, factor);
  }
  template <class R>
  void end(R& run) {
    rate_.restore(run.trainer);
  }

 private:
  detail::Multiple<detail::ScheduleField> rate_;
};

/// Multiplies the optimizer's `weight_decay` by a schedule's factor. With a decoupled or
/// independent decay the schedule of the learning rate multiplies it too.
template <Schedule S>
class WeightDecayStrength : public detail::FollowsSchedule<WeightDecayStrength<S>, S> {
 public:
  static constexpr const char* sets = "the weight decay";  ///< see `fit`

  explicit WeightDecayStrength(S schedule, Every every = Every::epoch)
      : detail::FollowsSchedule<WeightDecayStrength, S>(std::move(schedule), every) {}

  template <class R>
  void apply(R& run, double factor) {
    decay_.set(run.trainer, factor);
  }
  template <class R>
  void end(R& run) {
    decay_.restore(run.trainer);
  }

 private:
  detail::Multiple<detail::WeightDecayField> decay_;
};

/// Multiplies the strength of the objective's penalties by a schedule's factor. The reports'
/// penalty is that of the present strength.
template <Schedule S>
class PenaltyStrength : public detail::FollowsSchedule<PenaltyStrength<S>, S> {
 public:
  static constexpr const char* sets = "the strength of the penalties";  ///< see `fit`

  explicit PenaltyStrength(S schedule, Every every = Every::epoch)
      : detail::FollowsSchedule<PenaltyStrength, S>(std::move(schedule), every) {}

  template <class R>
  void apply(R& run, double factor) {
    const double found = found_.value_or(run.trainer.penalty_factor());
    run.trainer.scale_penalty(found * factor);
    found_ = found;
  }
  template <class R>
  void end(R& run) {
    if (found_) run.trainer.scale_penalty(*std::exchange(found_, std::nullopt));
  }

 private:
  std::optional<double> found_;
};

/// Reduces the optimizer's learning rate when an epoch's loss no longer falls: that of the
/// validation, or, without one, of the training.
///
///     fit(net, loss, SGD{.learning_rate = 0.1}, data, {.epochs = 60}, Validate{test},
///         ReduceOnPlateau{{.factor = 0.5, .patience = 3}});
///
/// Given to another `fit` of the same trainer it goes on where it was.
class ReduceOnPlateau {
 public:
  static constexpr const char* sets = "the learning rate";  ///< see `fit`

  /// @throws ValueError for numbers outside their domain
  explicit ReduceOnPlateau(const Plateau& plateau = {}) : watch_(plateau) {}

  template <class R>
  void begin(R& run) {
    apply(run);
  }
  template <class R>
  void after_epoch(R& run) {
    const double before = watch_.factor();
    const auto& validation = run.report.validation;
    watch_.observe(validation ? validation->loss : run.report.train_loss);
    if (watch_.factor() != before) apply(run);
  }
  template <class R>
  void end(R& run) {
    rate_.restore(run.trainer);
  }

  void visit_state(StateVisitor& visit) { visit("watch", watch_); }

  /// The present factor of the learning rate.
  double factor() const { return watch_.factor(); }

 private:
  template <class R>
  void apply(R& run) {
    rate_.set(run.trainer, watch_.factor());
  }

  PlateauWatch watch_;
  detail::Multiple<detail::ScheduleField> rate_;
};

}  // namespace ridge
