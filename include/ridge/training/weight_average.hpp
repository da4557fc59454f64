#pragma once

#include <cstdint>

#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/training/fit.hpp>
#include <ridge/training/snapshot.hpp>

namespace ridge {

/// A callback that averages the weights along a run, and gives the network the average when the run
/// ends, however it ends. Statistics of normalization layers are averaged with them. An average
/// keeps bounds of norms and signs, but neither the exact zeros of L1 nor a `UnitNorm`.
class WeightAverage {
 public:
  static constexpr const char* sets = "the weights at the end";  ///< see `fit`

  /// After each step of the optimizer, average = decay average + (1 - decay) weights, beginning
  /// with the weights after the first step (Polyak and Juditsky, 1992).
  /// @throws ValueError if the decay is not in [0, 1)
  static WeightAverage exponential(double decay = 0.999) {
    if (!(decay >= 0 && decay < 1))
      throw ValueError(
          detail::text("WeightAverage::exponential: decay must be in [0, 1), got ", decay));
    return WeightAverage(decay, 0);
  }

  /// The mean of the weights at the end of each epoch from `first_epoch` on (stochastic weight
  /// averaging: Izmailov et al., 2018).
  /// @throws ValueError if first_epoch is below 1
  static WeightAverage of_epochs(int first_epoch) {
    if (first_epoch < 1)
      throw ValueError(detail::text(
          "WeightAverage::of_epochs: first_epoch must be at least 1, got ", first_epoch));
    return WeightAverage(0, first_epoch);
  }

  /// The average so far, empty before there is one.
  const Snapshot& average() const { return average_; }

  template <class R>
  void begin(R& run) {
    if (!run.resumed) {
      average_ = {};
      epochs_ = 0;
    }
    average_.require_fits(run.net);
    steps_ = run.trainer.steps();
  }
  template <class R>
  void after_step(R& run) {
    if (first_epoch_ == 0) follow(run);
  }
  template <class R>
  void after_epoch(R& run) {
    if (first_epoch_ == 0)
      follow(run);  // batches that were left to accumulate have made a step
    else if (run.epoch >= first_epoch_)
      average_.approach(run.net, 1.0 / ++epochs_);
  }
  void visit_state(StateVisitor& visit) {
    visit("epochs", epochs_);
    visit("average", average_);
    if (visit.reads()) detail::require_count(epochs_, "number of averaged epochs");
  }

  template <class R>
  void end(R& run) {
    if (!average_.empty() && average_.all_finite()) average_.restore(run.net);
  }

 private:
  WeightAverage(double decay, int first_epoch) : decay_(decay), first_epoch_(first_epoch) {}

  /// Of several batches for one step most change no weight.
  template <class R>
  void follow(R& run) {
    if (run.trainer.steps() == steps_) return;
    steps_ = run.trainer.steps();
    average_.approach(run.net, 1 - decay_);
  }

  double decay_;
  int first_epoch_;  // 0: after each step
  int epochs_ = 0;
  std::int64_t steps_ = 0;  // that the average has seen
  Snapshot average_;
};

}  // namespace ridge
