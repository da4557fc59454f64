#pragma once

#include <cmath>
#include <limits>

#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/training/fit.hpp>
#include <ridge/training/snapshot.hpp>

namespace ridge {

/// A callback that stops a run whose validation gets no better, and gives the network back the
/// weights of its best epoch, however the run ends. It needs a `Validate` beside it:
///
///     const auto [rest, held_out] = split(train, 0.1, Random{1});
///     fit(net, objective, sgd, rest, {.epochs = 100}, Validate{held_out},
///         EarlyStopping{{.patience = 5}});
class EarlyStopping {
 public:
  static constexpr const char* sets = "the weights at the end";  ///< see `fit`

  enum class Watch {
    loss,     ///< of the validation
    accuracy  ///< of the validation, for classes
  };

  /// What to watch, and how long to wait.
  struct Options {
    int patience = 5;        ///< epochs without a better one, after which the run stops
    double improvement = 0;  ///< a better epoch is better by more than this
    Watch watch = Watch::loss;
  };

  EarlyStopping() : EarlyStopping(Options{}) {}
  /// @throws ValueError if the patience is below 1 or the improvement negative or NaN
  explicit EarlyStopping(Options options) : options_(options) {
    if (options.patience < 1)
      throw ValueError(
          detail::text("EarlyStopping: patience must be at least 1, got ", options.patience));
    detail::require_non_negative(options.improvement, "EarlyStopping: improvement");
  }

  int best_epoch() const { return best_epoch_; }  ///< 0 before the first epoch has ended
  double best() const { return best_; }           ///< what was watched, in that epoch
  bool stopped() const { return stopped_; }       ///< whether it has stopped the run

  template <class R>
  void begin(R& run) {
    if (!run.resumed) *this = EarlyStopping(options_);
    weights_.require_fits(run.net);
  }

  template <class R>
  void after_epoch(R& run) {
    const double value = watched(run.report);
    const double gain = options_.watch == Watch::loss ? best_ - value : value - best_;
    const bool first = best_epoch_ == 0 || (std::isnan(best_) && !std::isnan(value));
    if (first || gain > options_.improvement) {
      best_ = value;
      best_epoch_ = run.epoch;
      weights_.take(run.net);
    } else if (run.epoch - best_epoch_ >= options_.patience) {
      stopped_ = true;
      run.stop();
    }
  }

  void visit_state(StateVisitor& visit) {
    visit("best", best_);
    visit("best_epoch", best_epoch_);
    visit("stopped", stopped_);
    visit("weights", weights_);
    if (visit.reads()) detail::require_count(best_epoch_, "best epoch");
  }

  template <class R>
  void end(R& run) {
    if (!weights_.empty()) weights_.restore(run.net);
  }

 private:
  double watched(const EpochReport& report) const {
    if (!report.validation)
      throw ValueError(
          "EarlyStopping: there is no validation to watch; give fit a Validate{data} too");
    if (options_.watch == Watch::loss) return report.validation->loss;
    if (!report.validation->accuracy)
      throw ValueError("EarlyStopping: the validation has no accuracy; watch its loss");
    return *report.validation->accuracy;
  }

  Options options_;
  Snapshot weights_;
  double best_ = std::numeric_limits<double>::quiet_NaN();
  int best_epoch_ = 0;
  bool stopped_ = false;
};

}  // namespace ridge
