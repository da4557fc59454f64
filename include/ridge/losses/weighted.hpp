#pragma once

#include <cmath>
#include <string_view>
#include <type_traits>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>

/// Any loss with a weight for each sample: with l_n for the loss of sample n alone,
///
///     sum_n w_n l_n / sum_n w_n
///
/// so weight 2 is the sample twice, and weight 0 is the sample left out. Weights are a row, one for
/// each sample. If all of a batch are 0, the value is 0 and so is the gradient.
namespace ridge::detail {

/// What a loss takes the mean over: `loss.total_weight(targets)`, else the number of samples. Means
/// of several batches are joined by it.
template <Loss L, class Targets>
double total_weight(const L& loss, const Targets& targets) {
  if constexpr (requires { loss.total_weight(targets); })
    return loss.total_weight(targets);
  else
    return static_cast<double>(targets.cols());
}

/// Weights of samples that may have none, which is known at run time alone: one step is compiled
/// for both.
template <class Weights>
struct OptionalWeights {
  const Weights* weights;  // null if each sample counts the same
};

/// The weight of a batch beside others.
template <Loss L, class Targets>
double batch_weight(const L& loss, const Targets& targets) {
  return total_weight(loss, targets);
}
template <Loss L, class Targets, class Weights>
double batch_weight(const L&, const Targets&, const Weights& weights) {
  return weights.template cast<double>().sum();
}
template <Loss L, class Targets, class Weights>
double batch_weight(const L& loss, const Targets& targets,
                    const OptionalWeights<Weights>& optional) {
  return optional.weights ? batch_weight(loss, targets, *optional.weights)
                          : batch_weight(loss, targets);
}

/// Whether a matrix is a map of columns that lie one after another.
template <class M>
inline constexpr bool is_contiguous_map = false;
template <class P, int Options>
inline constexpr bool is_contiguous_map<Eigen::Map<P, Options, Eigen::Stride<0, 0>>> = true;

/// The n-th column, of the matrix's own type if that is a map without strides: what is compiled for
/// a batch serves for one sample too.
template <class M>
decltype(auto) column_of(M& matrix, Index n) {
  using Plain = std::remove_const_t<M>;
  constexpr bool has_columns = !M::IsRowMajor || M::RowsAtCompileTime == 1;
  if constexpr (is_contiguous_map<Plain> && has_columns && M::ColsAtCompileTime == Dynamic) {
    // Of a matrix that is const the column is too, which a map has in its type alone.
    using Column = std::conditional_t<std::is_const_v<M>, const Plain, Plain>;
    auto* const data = const_cast<typename Plain::PointerType>(matrix.data());
    return static_cast<Column>(Plain(data + n * matrix.rows(), matrix.rows(), 1));
  } else {
    return matrix.col(n);
  }
}

/// The mean of a single sample cancels its class weight.
template <Loss L>
void refuse_class_weights(const L& loss) {
  if constexpr (requires { loss.class_weights.empty(); })
    if (!loss.class_weights.empty())
      throw ValueError(
          "sample weights and a loss with class_weights cannot be used together: multiply each "
          "sample's weight by the weight of its class");
}

/// @throws ShapeError if there is not one weight a sample; ValueError for one that is negative,
///         infinite or NaN, and for a loss with class weights
template <Loss L, class Weights>
void check_sample_weights(const L& loss, Index samples, const Weights& weights) {
  refuse_class_weights(loss);
  if (weights.rows() != 1 || weights.cols() != samples)
    throw ShapeError(text("expected a row of ", samples, " sample weights, got ", weights.rows(),
                          " x ", weights.cols()));
  double sum = 0;
  for (Index n = 0; n < samples; ++n) {
    const auto weight = static_cast<double>(weights(n));
    if (!(weight >= 0 && std::isfinite(weight)))
      throw ValueError(
          text("sample weights must be finite numbers >= 0, got ", weight, " for sample ", n));
    sum += weight;
  }
  if (!std::isfinite(sum))
    throw ValueError(
        "the sample weights add up to infinity; only their ratios count, so scale them");
}

template <Loss L, class Weights>
void check_sample_weights(const L& loss, Index samples, const OptionalWeights<Weights>& optional) {
  if (optional.weights) check_sample_weights(loss, samples, *optional.weights);
}

template <class Inputs, class Weights>
void require_left_out_finite(std::string_view whole, const Inputs& inputs,
                             const OptionalWeights<Weights>& optional) {
  if (optional.weights) require_left_out_finite(whole, inputs, *optional.weights);
}

/// The weighted mean over the batch, of weights that have been checked.
/// @throws ValueError for a loss with class weights
template <Loss L, class Y, class Targets, class Weights>
double weighted_value(const L& loss, const Y& outputs, const Targets& targets,
                      const Weights& weights) {
  refuse_class_weights(loss);
  const double total = weights.template cast<double>().sum();
  double sum = 0;
  for (Index n = 0; n < outputs.cols(); ++n)
    if (const auto weight = static_cast<double>(weights(n)); weight != 0)
      sum += weight * loss.value(column_of(outputs, n), column_of(targets, n));
  return total == 0 ? 0 : sum / total;
}

/// The same, and dy = its gradient.
template <Loss L, class Y, class Targets, class Weights, class DY>
double weighted_value_and_gradient(const L& loss, const Y& outputs, const Targets& targets,
                                   const Weights& weights, DY& dy) {
  refuse_class_weights(loss);
  const double total = weights.template cast<double>().sum();
  double sum = 0;
  for (Index n = 0; n < outputs.cols(); ++n) {
    auto gradient = column_of(dy, n);
    if (const auto weight = static_cast<double>(weights(n)); weight != 0) {
      sum +=
          weight * loss.value_and_gradient(column_of(outputs, n), column_of(targets, n), gradient);
      gradient *= static_cast<typename DY::Scalar>(weight / total);
    } else {
      gradient.setZero();
    }
  }
  return total == 0 ? 0 : sum / total;
}
template <Loss L, class Y, class Targets, class Weights, class DY>
double weighted_value_and_gradient(const L& loss, const Y& outputs, const Targets& targets,
                                   const OptionalWeights<Weights>& optional, DY& dy) {
  return optional.weights
             ? weighted_value_and_gradient(loss, outputs, targets, *optional.weights, dy)
             : loss.value_and_gradient(outputs, targets, dy);
}

}  // namespace ridge::detail
