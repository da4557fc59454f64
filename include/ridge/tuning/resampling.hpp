#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/data/split.hpp>

namespace ridge {

/// One way of holding out samples: numbers of samples, ascending. A sample of the data that is in
/// neither part takes no part.
struct Fold {
  std::vector<Index> train, test;
  int repeat = 0;  ///< folds of one repeat hold out different samples

  friend bool operator==(const Fold&, const Fold&) = default;
};

namespace detail {

/// Those that `held_out(k)` says of the samples order[k], and the others.
template <class F>
Fold fold_of(const std::vector<Index>& order, int repeat, const F& held_out) {
  Fold fold{{}, {}, repeat};
  for (std::size_t k = 0; k < order.size(); ++k)
    (held_out(k) ? fold.test : fold.train).push_back(order[k]);
  std::sort(fold.train.begin(), fold.train.end());
  std::sort(fold.test.begin(), fold.test.end());
  return fold;
}

/// @param weights of the samples; none if they have none
/// @throws ValueError if there are no folds, or one has a sample that there is not, or nothing of a
///         weight above 0 to train with or to hold out
inline void require_folds(const char* who, const std::vector<Fold>& folds, Index samples,
                          const RowVector<double>& weights) {
  if (folds.empty())
    throw ValueError(text(who, ": there are no folds; KFold{}.split(data) makes some"));
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const auto counts = [&](const std::vector<Index>& part) {
      bool any = false;
      for (const Index n : part) {
        if (n < 0 || n >= samples)
          throw ValueError(text(who, ": fold ", k, " has sample ", n, " of ", samples));
        any = any || weights.size() == 0 || weights(n) > 0;
      }
      return any;
    };
    const bool trains = counts(folds[k].train), tests = counts(folds[k].test);
    if (!trains || !tests)
      throw ValueError(text(who, ": fold ", k, " has no sample",
                            weights.size() > 0 ? " of a weight above 0" : "", " to ",
                            tests ? "train with" : "hold out"));
  }
}

inline void require_repeats(const char* who, int repeats) {
  if (repeats < 1) throw ValueError(text(who, ": repeats must be at least 1, got ", repeats));
}

}  // namespace detail

/// k-fold cross-validation: each sample is held out by one of the folds of each repeat. The folds'
/// sizes differ by one sample at most and, for classes, so do their shares of each class.
struct KFold {
  int folds = 10;
  int repeats = 1;         ///< each with folds of its own
  bool stratified = true;  ///< by class, if the dataset has classes
  std::uint64_t seed = 0;

  /// @throws ValueError for less than 2 folds or 1 repeat, and for more folds than samples
  template <class Input, class Target>
  std::vector<Fold> split(const Dataset<Input, Target>& data) const {
    return deal(data.size(),
                [&](Random random) { return detail::random_order(data, stratified, random); });
  }
  /// The same for so many samples that have no classes, or are no `Dataset`.
  std::vector<Fold> split(Index samples) const {
    return deal(samples, [&](Random random) { return detail::random_order(samples, random); });
  }

 private:
  template <class F>
  std::vector<Fold> deal(Index samples, const F& random_order) const {
    if (folds < 2) throw ValueError(detail::text("KFold: folds must be at least 2, got ", folds));
    detail::require_repeats("KFold", repeats);
    if (samples < folds)
      throw ValueError(detail::text("KFold: ", samples, " samples cannot make ", folds, " folds"));
    std::vector<Fold> all;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const std::vector<Index> order =
          random_order(Random{seed}.split(static_cast<std::uint64_t>(repeat)));
      // Dealt like cards, class after class.
      for (int fold = 0; fold < folds; ++fold)
        all.push_back(detail::fold_of(order, repeat, [&](std::size_t k) {
          return k % static_cast<std::size_t>(folds) == static_cast<std::size_t>(fold);
        }));
    }
    return all;
  }
};

/// A share of the samples is held out, drawn at random; for classes the same share of each.
struct HoldOut {
  double share = 0.2;
  int repeats = 1;         ///< each holds out others, which may overlap
  bool stratified = true;  ///< by class, if the dataset has classes
  std::uint64_t seed = 0;

  /// @throws ValueError for a share that is not between 0 and 1 or leaves a part empty, and for
  ///         less than 1 repeat
  template <class Input, class Target>
  std::vector<Fold> split(const Dataset<Input, Target>& data) const {
    detail::require_repeats("HoldOut", repeats);
    std::vector<Fold> all;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      detail::HeldOut parts =
          detail::hold_out("HoldOut", data, share, stratified,
                           Random{seed}.split(static_cast<std::uint64_t>(repeat)));
      all.push_back({std::move(parts.rest), std::move(parts.held_out), repeat});
    }
    return all;
  }
};

/// Folds of one's own: samples of one number are held out together, for instance all that were
/// measured on one day or one patient, or those of another program's folds.
struct GivenFolds {
  std::vector<int> fold_of_sample;  ///< any numbers; the folds come in their order

  /// @throws ValueError if there is not one number a sample, or all are the same
  template <class Input, class Target>
  std::vector<Fold> split(const Dataset<Input, Target>& data) const {
    return split(data.size());
  }
  std::vector<Fold> split(Index samples) const {
    if (std::cmp_not_equal(fold_of_sample.size(), samples))
      throw ValueError(detail::text("GivenFolds: ", fold_of_sample.size(),
                                    " numbers of folds, but ", samples, " samples"));
    std::vector<int> numbers = fold_of_sample;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    if (numbers.size() < 2)
      throw ValueError("GivenFolds: all samples are in one fold, so there would be none to train");
    std::vector<Index> order(fold_of_sample.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::vector<Fold> all;
    all.reserve(numbers.size());
    for (const int number : numbers)
      all.push_back(
          detail::fold_of(order, 0, [&](std::size_t k) { return fold_of_sample[k] == number; }));
    return all;
  }
};

}  // namespace ridge
