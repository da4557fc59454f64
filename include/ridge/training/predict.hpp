#pragma once

#include <concepts>
#include <type_traits>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/losses/cross_entropy.hpp>
#include <ridge/losses/decide.hpp>

namespace ridge {

/// A network's outputs for one sample (a vector) or for a batch (inputs x samples). The network is
/// not changed and keeps nothing, so that several threads can use one.
/// @return outputs x samples
/// @throws ShapeError if x has the wrong number of rows
template <Layer Net, class X>
auto predict(const Net& net, const Eigen::MatrixBase<X>& x) {
  using Scalar = typename X::Scalar;
  static_assert(
      std::is_void_v<ScalarOf<Net>> || std::same_as<ScalarOf<Net>, Scalar>,
      "ridge::predict: the input's scalar is not the network's; convert it: x.cast<float>() "
      "or x.cast<double>()");
  constexpr int rows = X::RowsAtCompileTime, cols = X::ColsAtCompileTime;
  const Eigen::Ref<const Matrix<Scalar, rows, cols>> inputs(x.derived());
  SizedMatrix<Scalar, detail::fixed_outputs<Net, rows>(), cols> outputs(net.output_size(x.rows()),
                                                                        x.cols());
  net.infer(inputs, outputs);
  return outputs;
}

/// A network's outputs for all samples of a dataset, converted and scaled as in training.
/// @return outputs x samples, in the network's scalar
/// @throws ShapeError if the samples have the wrong number of features, ValueError if there are
/// none
template <Layer Net, class Input, class Target>
auto predict(const Net& net, const Dataset<Input, Target>& data) {
  using Scalar = std::conditional_t<std::is_void_v<ScalarOf<Net>>, double, ScalarOf<Net>>;
  const Index rows = net.output_size(data.features());
  Batches<Scalar, Dataset<Input, Target>> batches(data, 256);
  Matrix<Scalar> outputs(rows, data.size());
  Index done = 0;
  for (Index k = 0; k < batches.count(); ++k) {
    const auto batch = batches[k];
    View<Scalar> part(outputs.data() + done * rows, rows, batch.inputs.cols());
    net.infer(batch.inputs, part);
    done += batch.inputs.cols();
  }
  return outputs;
}

/// The class that a network holds most likely, the first of equals: for one sample its number, for
/// a batch a row of numbers.
/// @throws ShapeError if x has the wrong number of rows, ValueError if an output is NaN
/// @param loss that the network was trained by: one with a single output for two classes decides by
///        its sign
template <Layer Net, class X, Loss L = CrossEntropy>
auto classify(const Net& net, const Eigen::MatrixBase<X>& x, const L& loss = {}) {
  const auto outputs = predict(net, x);
  if constexpr (!requires { L::decide(outputs.col(0)); })
    if (outputs.rows() == 1)
      throw ValueError(
          "classify: the network has one output, so the largest is always the first; give the loss "
          "that decides: classify(net, x, BinaryCrossEntropy{})");
  if (outputs.rows() == 0) throw ValueError("classify: the network has no outputs");
  RowVector<Index, X::ColsAtCompileTime> classes(outputs.cols());
  for (Index n = 0; n < outputs.cols(); ++n) {
    const auto decided = detail::decide(loss, outputs.col(n));
    if (!decided)
      throw ValueError(detail::text(
          "classify: an output is nan for sample ", n,
          ", so it has no class; look for NaN or infinity in its features and in the weights"));
    classes(n) = *decided;
  }
  if constexpr (X::ColsAtCompileTime == 1)
    return classes(0);
  else
    return classes;
}

}  // namespace ridge
