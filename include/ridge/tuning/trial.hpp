#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <ridge/core/random.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/hyperparameters.hpp>

namespace ridge {

/// What a trial came to: smaller is better.
struct Measurement {
  /// @param error standard error of the value, if it is known, as of the means over folds
  Measurement(double mean,
              double error = 0)  // NOLINT(google-explicit-constructor): a number is one
      : value(mean), standard_error(error) {}
  /// What folds say, as `cross_validate(...).loss`; a standard error of NaN is none.
  Measurement(const Estimate& estimate)  // NOLINT(google-explicit-constructor): it is one
      : value(estimate.mean),
        standard_error(std::isnan(estimate.standard_error) ? 0 : estimate.standard_error) {}

  double value;
  double standard_error;
};

/// What an objective is given: a choice of hyperparameters, `trial["lambda"]`, and what to train
/// with them.
struct Trial {
  int number = 1;     ///< counted from 1
  int candidate = 1;  ///< the number of this choice, which successive halving tries again
  int epochs = 0;     ///< how long to train, in successive halving; else 0
  Hyperparameters parameters;
  Random random{};  ///< its own, by the search's seed and the candidate alone

  /// @throws HyperparameterError for a name that the space does not have
  HyperparameterValue operator[](std::string_view name) const { return parameters[name]; }

  /// A seed by the search's seed and the candidate alone.
  std::uint64_t seed() const { return Random{random}(); }
};

/// A trial that has ended.
struct FinishedTrial {
  int number = 1;
  int candidate = 1;
  int epochs = 0;
  Hyperparameters parameters;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN if it failed
  double standard_error = 0;
  double seconds = 0;
  std::string failure{};  ///< why it has no value; empty if it has

  bool failed() const { return std::isnan(value); }
  HyperparameterValue operator[](std::string_view name) const { return parameters[name]; }
};

}  // namespace ridge
