#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/random.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/tuning/at_once.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/resampling.hpp>

namespace ridge {

/// How a way of learning does on samples that it has not seen.
struct CrossValidation {
  Estimate loss;
  std::optional<Estimate> error;  ///< share of wrong classes, if the samples have classes
  std::vector<Evaluation> folds;  ///< each fold's, of the samples that it held out
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
/// @param seed       of the generators
/// @throws what `resampling` and `learn` throw
template <class Data, class Resampling, class Learn>
CrossValidation cross_validate(const Data& data, const Resampling& resampling, const Learn& learn,
                               std::uint64_t seed = 0) {
  static_assert(
      requires { typename Data::Targets; },
      "ridge::cross_validate: the data must be a ridge::Dataset; see docs/your_data.md");
  static_assert(
      requires {
        { resampling.split(data) } -> std::same_as<std::vector<Fold>>;
      },
      "ridge::cross_validate: the second argument says how to hold out samples: KFold, HoldOut or "
      "GivenFolds");
  static_assert(std::invocable<const Learn&, const typename Data::Owner&, Random>,
                "ridge::cross_validate: the third argument is a function of the training part and "
                "a Random; see docs/tuning.md");
  const std::vector<Fold> folds = resampling.split(data);
  detail::require_weights("cross_validate", data.weights(), folds);
  std::vector<Evaluation> evaluations(folds.size());
  std::vector<double> weights(folds.size());
  detail::at_once(static_cast<int>(folds.size()), [&](int k) {
    const auto i = static_cast<std::size_t>(k);
    const auto learned = [&] {
      return learn(subset(data, folds[i].train), Random{seed}.split(static_cast<std::uint64_t>(k)));
    }();
    static_assert(
        std::is_invocable_r_v<Evaluation, decltype(learned), const typename Data::Owner&>,
        "ridge::cross_validate: what learning returns must be a function that evaluates what was "
        "learned on a dataset: [=](const auto& test) { return evaluate(net, CrossEntropy{}, test); "
        "}");
    const auto test = subset(data, folds[i].test);
    evaluations[i] = learned(test);
    weights[i] =
        test.weights().size() > 0 ? test.weights().sum() : static_cast<double>(test.size());
  });
  const auto estimate = [&](const auto& of) {
    std::vector<detail::FoldValue> values;
    for (std::size_t i = 0; i < folds.size(); ++i)
      values.push_back({of(evaluations[i]), weights[i], std::nan(""), folds[i].repeat});
    return detail::estimate(values);
  };
  CrossValidation result{estimate([](const Evaluation& e) { return e.loss; }), {}, {}};
  if constexpr (Data::has_classes)
    result.error = estimate([](const Evaluation& e) { return 1 - e.accuracy.value_or(NAN); });
  result.folds = std::move(evaluations);
  return result;
}

}  // namespace ridge
