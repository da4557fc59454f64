#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

/// What losses ask of their targets.
namespace ridge::detail {

/// What is wrong with labels of which some are no class, if it is usual.
template <class Labels>
const char* label_hint(Index classes, const Labels& labels) {
  long long least = static_cast<long long>(labels(0)), most = least;
  bool signs = true;
  for (Index n = 0; n < labels.cols(); ++n) {
    const auto label = static_cast<long long>(labels(n));
    least = std::min(least, label);
    most = std::max(most, label);
    signs = signs && (label == -1 || label == 1);
  }
  if (signs && least < most)
    return "; labels start at 0: of -1 and 1 make 0 and 1, (label + 1) / 2";
  if (classes == 1 && least >= 0 && most == 1)
    return "; one output for labels 0 and 1 is for BinaryCrossEntropy";
  if (least == 1 && most == classes)
    return "; labels start at 0, and these at 1: subtract 1 from each";
  return "";
}

/// @throws ShapeError if the targets are not one row, ValueError for a label that is no class
template <class Labels>
void check_labels(std::string_view loss, Index classes, const Labels& labels) {
  if (labels.rows() != 1)
    throw ShapeError(text(loss, ": expected 1 label a sample, got ", labels.rows()));
  for (Index n = 0; n < labels.cols(); ++n)
    if (const auto label = static_cast<long long>(labels(n)); label < 0 || label >= classes)
      throw ValueError(text(loss, ": label ", label, " of sample ", n, " is outside the network's ",
                            classes, " classes 0 to ", classes - 1, label_hint(classes, labels)));
}

/// @throws ShapeError if there are not as many targets as outputs, ValueError for NaN or infinity
template <class Targets>
void check_numbers(std::string_view loss, Index outputs, const Targets& targets) {
  if (targets.rows() != outputs)
    throw ShapeError(text(loss, ": the network has ", outputs, " outputs, but the targets have ",
                          targets.rows(), " rows; the last layer has an output for each"));
  using S = typename Targets::Scalar;
  if ((targets.array() * S(0)).sum() == S(0)) return;  // 0 times NaN or infinity is NaN
  for (Index n = 0; n < targets.cols(); ++n) {
    for (Index i = 0; i < targets.rows(); ++i)
      if (!std::isfinite(targets(i, n)))
        throw ValueError(text(loss, ": target ", i, " of sample ", n, " is ", targets(i, n),
                              ", but must be finite"));
  }
}

/// Rejects a label smoothing outside [0, 1).
inline void check_smoothing(std::string_view loss, double smoothing) {
  if (!(smoothing >= 0 && smoothing < 1))
    throw ValueError(
        text(loss, ": label_smoothing must be at least 0 and below 1, got ", smoothing));
}

/// Rejects a hyperparameter that is not positive, infinite or NaN.
inline void check_positive(double value, std::string_view name) {
  if (!(value > 0 && value <= 1.7976931348623157e308))
    throw ValueError(text(name, " must be a finite number > 0, got ", value));
}

}  // namespace ridge::detail
