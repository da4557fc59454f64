#pragma once

#include <type_traits>
#include <utility>

#include <ridge/data/batches.hpp>
#include <ridge/losses/decide.hpp>
#include <ridge/penalties/objective.hpp>

namespace ridge {

/// How a network does on each sample of a dataset.
struct SampleLosses {
  RowVector<double> losses;  ///< of each sample alone, whatever its weight and its class's
  RowVector<bool> right;     ///< whether its class is right; empty unless the samples have classes
};

/// The loss of each sample, whose mean `evaluate` gives.
/// @param objective a loss, or loss + penalty, of which the loss counts
/// @throws ShapeError or ValueError if network, loss and dataset do not fit each other
template <Layer Net, class O, class Data>
SampleLosses sample_losses(const Net& net, const O& objective, const Data& data) {
  using Scalar = std::conditional_t<std::is_void_v<ScalarOf<Net>>, double, ScalarOf<Net>>;
  constexpr Index batch_size = 256;
  const auto loss = as_objective(objective).loss;
  const Index rows = net.output_size(data.features());
  loss.check(rows, data.targets());
  Batches<Scalar, Data> batches(data, batch_size);
  Matrix<Scalar> memory(rows, batch_size);
  SampleLosses all{RowVector<double>(data.size()),
                   RowVector<bool>(Data::has_classes ? data.size() : 0)};
  for (Index k = 0; k < batches.count(); ++k) {
    const auto batch = batches[k];
    View<Scalar> outputs(memory.data(), rows, batch.inputs.cols());
    net.infer(batch.inputs, outputs);
    for (Index n = 0; n < outputs.cols(); ++n) {
      all.losses(k * batch_size + n) = loss.value(outputs.col(n), batch.targets.col(n));
      if constexpr (Data::has_classes) {
        const auto decided = detail::decide(loss, outputs.col(n));
        all.right(k * batch_size + n) = decided && std::cmp_equal(*decided, batch.targets(n));
      }
    }
  }
  return all;
}

}  // namespace ridge
