#pragma once

#include <optional>
#include <type_traits>

#include <ridge/data/batches.hpp>
#include <ridge/losses/decide.hpp>
#include <ridge/losses/weighted.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/predict.hpp>

namespace ridge {

/// How a network does on a dataset.
struct Evaluation {
  double loss = 0;                 ///< the mean over the samples, without penalties
  std::optional<double> accuracy;  ///< share of samples whose class is right, if they have classes
  Index samples = 0;
};

namespace detail {

/// @throws ShapeError if a network that says how many inputs it takes takes others than a dataset
/// has
template <Layer Net>
void require_features(const char* who, const Net& net, Index features) {
  if constexpr (requires { net.input_size(); })
    if (const Index inputs = net.input_size(); inputs != features)
      throw ShapeError(text(who, ": the network takes ", inputs,
                            " inputs, but each sample of the dataset has ", features, " features"));
}

/// Calls f(batch, outputs, first) for one batch of a dataset after another, with the network's
/// outputs and the number of the batch's first sample.
/// @throws ShapeError or ValueError if network, loss and dataset do not fit each other
template <Layer Net, Loss L, class Data, class F>
void for_each_output(const Net& net, const L& loss, const Data& data, const F& f) {
  using Scalar = std::conditional_t<std::is_void_v<ScalarOf<Net>>, double, ScalarOf<Net>>;
  constexpr Index batch_size = 256;
  const Index rows = net.output_size(data.features());
  loss.check(rows, data.targets());
  Batches<Scalar, Data> batches(data, batch_size);
  Matrix<Scalar> memory(rows, batch_size);
  for (Index k = 0; k < batches.count(); ++k) {
    const auto batch = batches[k];
    View<Scalar> outputs(memory.data(), rows, batch.inputs.cols());
    net.infer(batch.inputs, outputs);
    f(batch, outputs, k * batch_size);
  }
}

}  // namespace detail

/// The loss of a network on a whole dataset and, for classes, its accuracy.
/// @param objective a loss, or loss + penalty, of which the loss counts
/// @throws ShapeError or ValueError if network, loss and dataset do not fit each other
template <Layer Net, class O, class Data>
Evaluation evaluate(const Net& net, const O& objective, const Data& data) {
  static_assert(
      requires { as_objective(objective); },
      "ridge::evaluate: the second argument is a loss, or loss + penalty");
  static_assert(
      requires { typename Data::Targets; },
      "ridge::evaluate: the data must be a ridge::Dataset; see docs/your_data.md");
  const auto loss = as_objective(objective).loss;
  const bool weighted = data.weights().size() > 0;
  if (weighted) detail::refuse_class_weights(loss);
  double sum = 0, weight = 0, right = 0, counted = 0;
  detail::for_each_output(net, loss, data, [&](const auto& batch, const auto& outputs, Index) {
    const detail::OptionalWeights<decltype(batch.weights)> weights{weighted ? &batch.weights
                                                                            : nullptr};
    const double batch_weight = detail::batch_weight(loss, batch.targets, weights);
    sum += batch_weight * (weighted
                               ? detail::weighted_value(loss, outputs, batch.targets, batch.weights)
                               : loss.value(outputs, batch.targets));
    weight += batch_weight;
    if constexpr (Data::has_classes)
      for (Index n = 0; n < outputs.cols(); ++n) {
        const double each = weighted ? batch.weights(n) : 1.0;
        counted += each;
        const auto decided = detail::decide(loss, outputs.col(n));
        if (decided && std::cmp_equal(*decided, batch.targets(n))) right += each;
      }
  });
  Evaluation result{weight > 0 ? sum / weight : 0, std::nullopt, data.size()};
  if constexpr (Data::has_classes) result.accuracy = counted > 0 ? right / counted : 0;
  return result;
}

}  // namespace ridge
