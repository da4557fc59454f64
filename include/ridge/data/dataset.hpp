#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/sizes.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

/// Samples and what is to be learned of them, in the types that they were stored in.
///
/// @tparam Input  of the samples' features, e.g. `std::uint8_t` for images: they are converted and
///                scaled a batch at a time, so 60,000 images of bytes stay 47 MB
/// @tparam Target an integer type for classes (a row of labels 0, 1, ...), a floating-point type
///                for regression (a matrix, targets x samples)
template <class Input, class Target>
class Dataset {
 public:
  static constexpr bool has_classes = std::integral<Target>;
  using Inputs = Matrix<Input>;
  using Targets = std::conditional_t<has_classes, RowVector<Target>, Matrix<Target>>;

  /// @param inputs  features x samples
  /// @param targets one column for each sample
  /// @param scale   what a stored input is multiplied by on its way into a batch, e.g. 1.0 / 255
  /// @param shape   of one sample, outermost first, e.g. {28, 28}; {features} unless given
  /// @throws ShapeError if there are not as many targets as samples, or `shape` has another size
  Dataset(Inputs inputs, Targets targets, double scale = 1.0, std::vector<Index> shape = {})
      : inputs_(std::move(inputs)),
        targets_(std::move(targets)),
        scale_(scale),
        shape_(std::move(shape)) {
    if (inputs_.cols() != targets_.cols())
      throw ShapeError(detail::text("Dataset: ", inputs_.cols(), " samples, but ", targets_.cols(),
                                    has_classes ? " labels" : " targets", transposed()));
    if (shape_.empty()) shape_ = {inputs_.rows()};
    if (!std::isfinite(scale_))
      throw ValueError(detail::text("Dataset: scale must be a finite number, got ", scale_));
    Index features = 1;  // -1: more than can be
    for (const Index extent : shape_)
      if (features >= 0) features = detail::product_of_sizes(features, std::max<Index>(extent, 0));
    if (features != inputs_.rows())
      throw ShapeError(detail::text("Dataset: a sample has ", inputs_.rows(),
                                    " features, but its shape makes ",
                                    features < 0 ? "too many" : std::to_string(features)));
  }

  /// The same samples with a weight for each: the losses of training and evaluation are weighted
  /// means.
  /// @throws ShapeError if there is not one weight a sample, ValueError for one that is negative,
  ///         infinite or NaN, and for a sum that is 0 or no normal number
  template <class Weights>
  Dataset with_weights(const Eigen::MatrixBase<Weights>& given) const {
    RowVector<double> weights = given.template cast<double>();
    if (weights.cols() != size())
      throw ShapeError(
          detail::text("Dataset: ", size(), " samples, but ", weights.cols(), " sample weights"));
    for (Index n = 0; n < size(); ++n)
      if (!(weights(n) >= 0 && std::isfinite(weights(n))))
        throw ValueError(detail::text("Dataset: sample weights must be finite numbers >= 0, got ",
                                      weights(n), " for sample ", n));
    const double sum = weights.sum();
    if (size() > 0 && sum == 0)
      throw ValueError("Dataset: every sample weight is 0, so there is nothing to learn");
    if (size() > 0 && !(sum >= std::numeric_limits<double>::min() && std::isfinite(sum)))
      throw ValueError(detail::text("Dataset: the sample weights add up to ", sum,
                                    ", too small or too large a number to divide by; only their "
                                    "ratios count, so scale them"));
    Dataset weighted = *this;
    weighted.weights_ = std::move(weights);
    return weighted;
  }

  Index size() const { return inputs_.cols(); }
  Index features() const { return inputs_.rows(); }
  const Inputs& inputs() const { return inputs_; }
  const Targets& targets() const { return targets_; }
  const RowVector<double>& weights() const { return weights_; }  ///< empty: each counts the same
  double scale() const { return scale_; }
  const std::vector<Index>& shape() const { return shape_; }

  /// One sample as a network sees it: converted and scaled.
  /// @throws ValueError if there is no such sample
  template <std::floating_point Scalar>
  Vector<Scalar> sample(Index index) const {
    if (index < 0 || index >= size())
      throw ValueError(detail::text("Dataset: sample ", index, " of ", size()));
    return inputs_.col(index).template cast<Scalar>() * static_cast<Scalar>(scale_);
  }

 private:
  /// What to do if one sample a row was given, else nothing.
  const char* transposed() const {
    if (inputs_.rows() == targets_.cols())
      return "; inputs are features x samples, one sample a column: transpose them";
    if (inputs_.cols() == targets_.rows())
      return "; targets have one column for each sample: transpose them";
    return "";
  }

  Inputs inputs_;
  Targets targets_;
  RowVector<double> weights_;
  double scale_;
  std::vector<Index> shape_;
};

}  // namespace ridge
