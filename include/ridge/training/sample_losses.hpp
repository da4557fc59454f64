#pragma once

#include <utility>

#include <ridge/losses/decide.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/evaluate.hpp>

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
  const auto loss = as_objective(objective).loss;
  SampleLosses all{RowVector<double>(data.size()),
                   RowVector<bool>(Data::has_classes ? data.size() : 0)};
  detail::for_each_output(
      net, loss, data, [&](const auto& batch, const auto& outputs, Index first) {
        for (Index n = 0; n < outputs.cols(); ++n) {
          all.losses(first + n) = loss.value(outputs.col(n), batch.targets.col(n));
          if constexpr (Data::has_classes) {
            const auto decided = detail::decide(loss, outputs.col(n));
            all.right(first + n) = decided && std::cmp_equal(*decided, batch.targets(n));
          }
        }
      });
  return all;
}

}  // namespace ridge
