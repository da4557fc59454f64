#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace ridge {

/// A mean and how far chance may have moved it.
struct Estimate {
  double mean = 0;
  double standard_error = 0;  ///< NaN where there is nothing to tell it by

  friend bool operator==(const Estimate&, const Estimate&) = default;
};

namespace detail {

/// What came of one fold.
struct FoldValue {
  double value;
  double weight;          // of the samples that it is the mean of
  double standard_error;  // over these samples, or NaN
  int repeat;
};

/// The weighted mean over folds; one of weight 0 is as if it were absent. The standard error is
/// that of `cv.glmnet`,
///
///     sqrt(sum_k w_k (m_k - m)^2 / sum_k w_k / (K - 1))
///
/// over the K folds of a repeat, and the one over the samples where a repeat has one fold; of
/// several repeats, which see the same samples, the quadratic mean.
inline Estimate estimate(const std::vector<FoldValue>& folds) {
  struct Repeat {
    int number;
    double weight = 0, sum = 0, squares = 0, within = 0;
    int folds = 0;
  };
  std::vector<Repeat> repeats;
  const auto repeat_of = [&](const FoldValue& fold) -> Repeat& {
    for (Repeat& repeat : repeats)
      if (repeat.number == fold.repeat) return repeat;
    repeats.push_back({fold.repeat});
    return repeats.back();
  };
  for (const FoldValue& fold : folds) {
    if (fold.weight == 0) continue;
    Repeat& repeat = repeat_of(fold);
    repeat.weight += fold.weight;
    repeat.sum += fold.weight * fold.value;
    repeat.within = fold.standard_error;
    ++repeat.folds;
  }
  double weight = 0, sum = 0, variance = 0;
  for (const Repeat& repeat : repeats) {
    weight += repeat.weight;
    sum += repeat.sum;
  }
  for (const FoldValue& fold : folds) {
    if (fold.weight == 0) continue;
    Repeat& repeat = repeat_of(fold);
    const double away = fold.value - repeat.sum / repeat.weight;
    repeat.squares += fold.weight * away * away;
  }
  for (const Repeat& repeat : repeats)
    variance += repeat.folds > 1 ? repeat.squares / repeat.weight / (repeat.folds - 1)
                                 : repeat.within * repeat.within;
  return {sum / weight, std::sqrt(variance / static_cast<double>(repeats.size()))};
}

}  // namespace detail
}  // namespace ridge
