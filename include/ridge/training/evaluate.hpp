#pragma once

#include <optional>
#include <type_traits>

#include <ridge/data/batches.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/predict.hpp>

namespace ridge {

/// How a network does on a dataset.
struct Evaluation {
  double loss = 0;                 ///< the mean over the samples, without penalties
  std::optional<double> accuracy;  ///< share of samples whose class is right, if they have classes
  Index samples = 0;
};

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
      "ridge::evaluate: the data must be a ridge::Dataset; see docs/files.md");
  using Scalar = std::conditional_t<std::is_void_v<ScalarOf<Net>>, double, ScalarOf<Net>>;
  constexpr Index batch_size = 256;
  const auto loss = as_objective(objective).loss;
  const Index rows = net.output_size(data.features());
  loss.check(rows, data.targets());
  Batches<Scalar, Data> batches(data, batch_size);
  Matrix<Scalar> memory(rows, batch_size);
  double sum = 0;
  Index right = 0;
  for (Index k = 0; k < batches.count(); ++k) {
    const auto batch = batches[k];
    View<Scalar> outputs(memory.data(), rows, batch.inputs.cols());
    net.infer(batch.inputs, outputs);
    sum += loss.value(outputs, batch.targets) * static_cast<double>(batch.inputs.cols());
    if constexpr (Data::has_classes)
      for (Index n = 0; n < outputs.cols(); ++n) {
        Index best = 0;
        outputs.col(n).maxCoeff(&best);
        right += std::cmp_equal(best, batch.targets(n));
      }
  }
  const auto samples = static_cast<double>(data.size());
  Evaluation result{sum / samples, std::nullopt, data.size()};
  if constexpr (Data::has_classes) result.accuracy = static_cast<double>(right) / samples;
  return result;
}

}  // namespace ridge
