#pragma once

#include <algorithm>
#include <concepts>
#include <limits>

#include <Eigen/Core>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

/// How often each class was taken for each class.
///
///     const ConfusionMatrix confusion(test.targets(), classify(net, x), 10);
///     confusion.counts()(4, 9);  // how many of class 4 were taken for 9
class ConfusionMatrix {
 public:
  /// Of no samples yet.
  /// @throws ValueError if there is no class
  explicit ConfusionMatrix(Index classes) {
    if (classes < 1)
      throw ValueError(detail::text("ConfusionMatrix: expected at least 1 class, got ", classes));
    counts_.resize(classes, classes);
    std::fill_n(counts_.data(), counts_.size(), Index{0});
  }

  /// @param labels    what the samples are, one integer each
  /// @param predicted what they were taken for, as `classify` gives it
  /// @throws ShapeError if these are not as many; ValueError for one that is no class
  template <class Labels, class Predicted>
  ConfusionMatrix(const Eigen::MatrixBase<Labels>& labels,
                  const Eigen::MatrixBase<Predicted>& predicted, Index classes)
      : ConfusionMatrix(classes) {
    static_assert(
        std::integral<typename Labels::Scalar> && std::integral<typename Predicted::Scalar>,
        "ridge::ConfusionMatrix: classes are integers; of outputs take ridge::classify(net, x)");
    if (labels.size() != predicted.size())
      throw ShapeError(detail::text("ConfusionMatrix: ", labels.size(), " labels, but ",
                                    predicted.size(), " predictions"));
    for (Index n = 0; n < labels.size(); ++n)
      add(static_cast<Index>(labels(n)), static_cast<Index>(predicted(n)));
  }

  /// Counts a sample.
  /// @throws ValueError if one of both is no class
  void add(Index label, Index predicted) {
    for (const Index k : {label, predicted})
      if (k < 0 || k >= classes())
        throw ValueError(
            detail::text("ConfusionMatrix: expected classes 0 to ", classes() - 1, ", got ", k));
    ++counts_(label, predicted);
  }

  Index classes() const { return counts_.rows(); }
  const Matrix<Index>& counts() const { return counts_; }  ///< label x predicted class
  Index samples() const {
    Index all = 0;
    for (Index k = 0; k < classes(); ++k) all += labelled(k);
    return all;
  }
  Index mistakes() const { return samples() - right(); }

  /// The share of samples whose class is right; NaN without any.
  double accuracy() const { return ratio(right(), samples()); }

  /// Of the samples taken for each class the share that are of it; NaN if there are none.
  Vector<double> precision() const {
    return by_class([](Index right, Index, Index taken) { return ratio(right, taken); });
  }
  /// Of each class's samples the share that was found; NaN if there are none.
  Vector<double> recall() const {
    return by_class([](Index right, Index there, Index) { return ratio(right, there); });
  }
  /// The harmonic mean of both, 2 right / (of the class + taken for it); NaN if both are 0.
  Vector<double> f1() const {
    return by_class(
        [](Index right, Index there, Index taken) { return ratio(2 * right, there + taken); });
  }

 private:
  // Loops, since every program that includes this would wait for sums of Eigen's.
  Index labelled(Index label) const {
    Index all = 0;
    for (Index k = 0; k < classes(); ++k) all += counts_(label, k);
    return all;
  }
  Index taken_for(Index predicted) const {
    Index all = 0;
    for (Index k = 0; k < classes(); ++k) all += counts_(k, predicted);
    return all;
  }
  Index right() const {
    Index all = 0;
    for (Index k = 0; k < classes(); ++k) all += counts_(k, k);
    return all;
  }

  static double ratio(Index part, Index whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                     : std::numeric_limits<double>::quiet_NaN();
  }

  template <class F>
  Vector<double> by_class(const F& f) const {
    Vector<double> all(classes());
    for (Index k = 0; k < classes(); ++k) all(k) = f(counts_(k, k), labelled(k), taken_for(k));
    return all;
  }

  Matrix<Index> counts_;
};

}  // namespace ridge
