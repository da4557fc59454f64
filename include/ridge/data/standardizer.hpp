#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/state.hpp>
#include <ridge/data/dataset.hpp>

namespace ridge {

/// Gives each feature the mean 0 and the standard deviation 1 that it has over certain samples:
/// those of training, while others are only moved and scaled as these were.
///
///     const Standardizer standardize(train);
///     fit(net, MeanSquaredError{}, SGD{}, standardize(train));
///     evaluate(net, MeanSquaredError{}, standardize(test));
class Standardizer {
  template <class X>
  using Standardized =
      std::conditional_t<std::is_floating_point_v<typename X::Scalar>, typename X::PlainObject,
                         Matrix<float, X::RowsAtCompileTime, X::ColsAtCompileTime>>;

 public:
  /// @throws ValueError for no samples, for NaN or infinity among their features, and for a feature
  ///         whose variance is no normal number in double precision
  template <class Input, class Target>
  explicit Standardizer(const Dataset<Input, Target>& samples) {
    if (samples.size() == 0)
      throw ValueError("Standardizer: the dataset has no samples to learn means from");
    if constexpr (std::is_floating_point_v<Input>)
      if (const std::string found = detail::describe_not_finite<double>(
              "the dataset", samples.inputs(), samples.scale(), RowVector<int>());
          !found.empty())
        throw ValueError("Standardizer: " + found);
    const RowVector<double>& weights = samples.weights();
    const bool weighted = weights.size() > 0;
    const double total = weighted ? weights.sum() : static_cast<double>(samples.size());
    // The weighted mean over the samples of a function of each.
    const auto mean = [&](const auto& of) {
      Vector<double> sum = Vector<double>::Zero(samples.features());
      for (Index n = 0; n < samples.size(); ++n)
        sum += (weighted ? weights(n) / total : 1 / total) * of(samples.template sample<double>(n));
      return sum;
    };
    mean_ = mean([](const Vector<double>& x) { return x; });
    // A second pass finds what rounding took from the first.
    mean_ += mean([&](const Vector<double>& x) { return (x - mean_).eval(); });
    const Vector<double> variance =
        mean([&](const Vector<double>& x) { return (x - mean_).cwiseAbs2().eval(); });
    const auto counts = [&](Index n) { return !weighted || weights(n) > 0; };
    Index first = 0;
    while (!counts(first)) ++first;
    scale_ = Vector<double>::Ones(samples.features());
    const Vector<double> example = samples.template sample<double>(first);
    for (Index i = 0; i < scale_.size(); ++i) {
      bool varies = false;
      for (Index n = first; n < samples.size() && !varies; ++n)
        varies = counts(n) && samples.inputs()(i, n) != samples.inputs()(i, first);
      if (!varies) {
        mean_(i) = example(i);
        continue;
      }
      scale_(i) = std::sqrt(variance(i));
      if (!std::isnormal(variance(i)) || !std::isfinite(mean_(i)))
        throw ValueError(detail::text(
            "Standardizer: feature ", i, " varies, but the mean square of by how much is ",
            variance(i), " in double precision; multiply it by a constant"));
    }
  }

  /// Of a matrix, features x samples: for the targets of a regression, for instance.
  /// @throws as the same of a dataset
  template <class X>
  explicit Standardizer(const Eigen::MatrixBase<X>& samples)
      : Standardizer(
            Dataset<typename X::Scalar, double>(samples, Matrix<double>(0, samples.cols()))) {}

  /// Of no feature, for `load_state` to fill.
  Standardizer() = default;

  /// With means and scales that were kept.
  /// @throws ShapeError if they are not as many, ValueError for one that is not finite, or a scale
  ///         that is not above 0
  Standardizer(Vector<double> mean, Vector<double> scale)
      : mean_(std::move(mean)), scale_(std::move(scale)) {
    if (mean_.size() != scale_.size())
      throw ShapeError(
          detail::text("Standardizer: ", mean_.size(), " means, but ", scale_.size(), " scales"));
    for (Index i = 0; i < mean_.size(); ++i)
      if (!std::isfinite(mean_(i)) || !(scale_(i) > 0) || !std::isfinite(scale_(i)))
        throw ValueError(detail::text("Standardizer: feature ", i, " has the mean ", mean_(i),
                                      " and the scale ", scale_(i)));
  }

  /// For `save_state` and `load_state`, which keep it in a file beside the network's weights.
  void visit_state(StateVisitor& visit) {
    visit("mean", mean_);
    visit("scale", scale_);
    if (visit.reads()) *this = Standardizer(std::move(mean_), std::move(scale_));  // checks them
  }

  const Vector<double>& mean() const { return mean_; }

  /// Standard deviations, the sum of squares divided by the number of samples; 1 for a feature that
  /// is constant.
  const Vector<double>& scale() const { return scale_; }

  /// The same samples with (x - mean) / scale for each feature, as float if they were integers.
  /// @throws ShapeError if they have another number of features
  template <class Input, class Target,
            class Scalar = std::conditional_t<std::is_floating_point_v<Input>,
                                              std::remove_const_t<Input>, float>,
            class Standard = Dataset<Scalar, std::remove_const_t<Target>>>
  Standard operator()(const Dataset<Input, Target>& samples) const {
    require_features(samples.features());
    Matrix<Scalar> inputs(samples.features(), samples.size());
    for (Index n = 0; n < samples.size(); ++n)
      inputs.col(n) = ((samples.template sample<double>(n) - mean_).array() / scale_.array())
                          .template cast<Scalar>();
    Standard standard(std::move(inputs), samples.targets(), 1.0, samples.shape());
    return samples.weights().size() > 0 ? standard.with_weights(samples.weights()) : standard;
  }

  /// (x - mean) / scale of one sample or several, features x samples, as float if they were
  /// integers.
  /// @throws ShapeError if they have another number of features
  template <class X>
  Standardized<X> operator()(const Eigen::MatrixBase<X>& x) const {
    require_features(x.rows());
    return ((x.template cast<double>().colwise() - mean_).array().colwise() / scale_.array())
        .template cast<typename Standardized<X>::Scalar>();
  }

  /// x scale + mean: what standardized numbers were.
  /// @throws ShapeError if they have another number of features
  template <class X>
  Standardized<X> inverse(const Eigen::MatrixBase<X>& standardized) const {
    require_features(standardized.rows());
    return ((standardized.template cast<double>().array().colwise() * scale_.array()).colwise() +
            mean_.array())
        .template cast<typename Standardized<X>::Scalar>();
  }

 private:
  void require_features(Index features) const {
    if (mean_.size() == 0)
      throw ShapeError(
          "Standardizer: it has not been made from a dataset yet, nor loaded; make it by "
          "Standardizer{train}");
    if (features != mean_.size())
      throw ShapeError(
          detail::text("Standardizer: expected ", mean_.size(), " features, got ", features));
  }

  Vector<double> mean_, scale_;
};

}  // namespace ridge
