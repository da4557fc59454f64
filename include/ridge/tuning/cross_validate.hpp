#pragma once

#include <atomic>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/stop_on_signal.hpp>
#include <ridge/tuning/at_once.hpp>
#include <ridge/tuning/count_trainings.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/resampling.hpp>

namespace ridge {

/// How `cross_validate` goes about it.
struct CrossValidationOptions {
  std::uint64_t seed = 0;        ///< of the generators that `learn` is given
  bool stops_on_signal = false;  ///< on Ctrl-C and the like, and keeps what is done
  /// Is told how many folds are done, of how many, as that of `PathOptions`: `PathProgress{}`.
  std::function<void(int done, int all)> progress{};
};

/// How a way of learning does on samples that it has not seen.
struct CrossValidation {
  Estimate loss;
  std::optional<Estimate> error;  ///< share of wrong classes, if the samples have classes
  std::vector<Evaluation> folds;  ///< each fold's, of the samples that it held out
  bool interrupted = false;       ///< by a signal, so these are not all folds
};

/// Learns from each fold's training part and evaluates what was learned on the part held out.
///
///     const auto result = cross_validate(data, KFold{.folds = 5}, [](const auto& train, Random
///     random) {
///       const Standardizer standardize(train);
///       Linear<double> net{8, 3};
///       initialize(net, random);
///       fit(net, CrossEntropy{} + L2{1e-3}, SGD{}, standardize(train), {.epochs = 20});
///       return [=](const auto& test) { return evaluate(net, CrossEntropy{}, standardize(test)); };
///     });
///     result.error->mean;
///
/// Folds are learned at once, on as many threads as `threads()` says: what `learn` writes to must
/// be its own. Results do not depend on it.
///
/// @param resampling KFold, HoldOut or GivenFolds
/// @param learn      (train, random): is given the training part alone, so that whatever it
///                   fits - scalers, early stopping with a part that it holds out itself - cannot
///                   see the other one, and a generator of its own; returns a function that
///                   evaluates what was learned on a dataset, an `Evaluation`
/// @throws what `resampling` and `learn` throw; Interrupted if `options.stops_on_signal` and there
///         was a signal before a fold was through. Folds that it came into do not count, so `learn`
///         may leave its training with a `StopOnSignal` of its own, or throw `Interrupted`, which
///         ends all of it as a signal does.
template <class Data, class Resampling, class Learn>
CrossValidation cross_validate(const Data& data, const Resampling& resampling, const Learn& learn,
                               const CrossValidationOptions& options = {}) {
  static_assert(
      requires { typename Data::Targets; },
      "ridge::cross_validate: the data must be a ridge::Dataset; see docs/your_data.md");
  static_assert(
      requires {
        { resampling.split(data) } -> std::same_as<std::vector<Fold>>;
      },
      "ridge::cross_validate: the second argument says how to hold out samples: KFold{.folds = 5}, "
      "HoldOut{} or GivenFolds{...}, not a number");
  static_assert(std::invocable<const Learn&, const typename Data::Owner&, Random>,
                "ridge::cross_validate: the third argument is a function of the training part and "
                "a Random; see docs/tuning.md");
  const std::vector<Fold> folds = resampling.split(data);
  detail::require_folds("cross_validate", folds, data.size(), data.weights());
  std::vector<std::optional<Evaluation>> evaluations(folds.size());
  std::vector<double> weights(folds.size());
  detail::CountTrainings count(options.progress, static_cast<int>(folds.size()));
  const detail::WatchSignals watch(options.stops_on_signal);
  std::atomic<bool> interrupted = false;
  const auto stops = [&] {
    if (options.stops_on_signal && detail::Signals::received() != 0) interrupted = true;
    return interrupted.load();
  };
  detail::at_once(static_cast<int>(folds.size()), [&](int k) {
    if (stops()) return;
    const auto i = static_cast<std::size_t>(k);
    using Learned = std::invoke_result_t<const Learn&, const typename Data::Owner&, Random>;
    static_assert(
        std::is_invocable_r_v<Evaluation, const Learned&, const typename Data::Owner&>,
        "ridge::cross_validate: what learning returns must be a function that evaluates what was "
        "learned on a dataset: [=](const auto& test) { return evaluate(net, CrossEntropy{}, test); "
        "}");
    try {
      const Learned learned = learn(subset(data, folds[i].train),
                                    Random{options.seed}.split(static_cast<std::uint64_t>(k)));
      const auto test = subset(data, folds[i].test);
      const Evaluation evaluation = learned(test);
      if (stops()) return;
      evaluations[i] = evaluation;
      weights[i] =
          test.weights().size() > 0 ? test.weights().sum() : static_cast<double>(test.size());
      count.add();
    } catch (const Interrupted&) {
      interrupted = true;
    }
  });
  CrossValidation result;
  result.interrupted = interrupted;
  for (const std::optional<Evaluation>& evaluation : evaluations)
    if (evaluation) result.folds.push_back(*evaluation);
  if (result.folds.empty()) throw Interrupted{};
  const auto estimate = [&](const auto& of) {
    std::vector<detail::FoldValue> values;
    for (std::size_t i = 0; i < folds.size(); ++i)
      if (evaluations[i])
        values.push_back({of(*evaluations[i]), weights[i], std::nan(""), folds[i].repeat});
    return detail::estimate(values);
  };
  result.loss = estimate([](const Evaluation& e) { return e.loss; });
  if constexpr (Data::has_classes)
    result.error = estimate([](const Evaluation& e) { return 1 - e.accuracy.value_or(NAN); });
  return result;
}

}  // namespace ridge
