#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>

#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/types.hpp>

// Where NaN and infinity are: looked for only once something has gone wrong.
namespace ridge::detail {

/// Whether all of so many numbers are finite. A loop, since it compiles in far less time than
/// Eigen's `allFinite`, which looks no faster.
template <class S>
bool all_finite(const S* first, Index count) {
  bool all = true;
  for (Index i = 0; i < count; ++i) all &= std::isfinite(first[i]);
  return all;
}

/// The first sample of which a number, as a network of the scalar S is given it, is NaN or
/// infinite, as a sentence; "" if there is none.
/// @param whole what the samples are of, "the dataset"
template <class S, class Inputs, class Targets>
std::string describe_not_finite(std::string_view whole, const Inputs& inputs, double scale,
                                const Targets& targets) {
  const auto sentence = [&](Index n, const auto& stored, S given, std::string_view what, Index i) {
    std::string found =
        text("Sample ", n, " of ", whole, " has ", stored, " as its ", what, " ", i);
    if (std::isfinite(static_cast<double>(stored)))
      found += text(", which converted and scaled for the network is ", given);
    return found + ". Mend it, or leave the sample out";
  };
  for (Index n = 0; n < inputs.cols(); ++n) {
    for (Index i = 0; i < inputs.rows(); ++i)
      if (const S given = static_cast<S>(inputs(i, n)) * static_cast<S>(scale);
          !std::isfinite(given))
        return sentence(n, inputs(i, n), given, "feature", i);
    if constexpr (std::is_floating_point_v<typename Targets::Scalar>)
      for (Index i = 0; i < targets.rows(); ++i)
        if (const S given = static_cast<S>(targets(i, n)); !std::isfinite(given))
          return sentence(n, targets(i, n), given, "target", i);
  }
  return {};
}

/// The first parameter that is NaN or infinite somewhere, as the beginning of a sentence; "" if
/// there is none.
template <class Net>
std::string describe_not_finite(const Net& net) {
  std::string found;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    const auto& value = parameter.value;
    if (!found.empty() || all_finite(value.data(), value.size())) return;
    for (Index col = 0; col < value.cols(); ++col)
      for (Index row = 0; row < value.rows(); ++row)
        if (found.empty() && !std::isfinite(value(row, col)))
          found = text(name, " has ", value(row, col), " in row ", row, ", column ", col);
  });
  return found;
}

/// The same error where training on a dataset ran into it: with what the dataset has that is not
/// finite in the place of its advice, if there is something.
template <class S, class Data>
DivergenceError located(const DivergenceError& error, const std::string& where, const Data& data) {
  const std::string culprit =
      describe_not_finite<S>("the dataset", data.inputs(), data.scale(), data.targets());
  return DivergenceError(where + error.finding(), culprit.empty() ? error.advice() : culprit);
}

/// A sample of weight 0 is left out of the loss, but in the products 0 times NaN is NaN.
/// @throws ValueError for such a sample with NaN or infinity among its features
template <class Inputs, class Weights>
void require_left_out_finite(std::string_view whole, const Inputs& inputs, const Weights& weights) {
  if constexpr (std::is_floating_point_v<typename Inputs::Scalar>)
    for (Index n = 0; n < weights.size(); ++n)
      if (weights(n) == 0 && !inputs.col(n).allFinite())
        for (Index i = 0; i < inputs.rows(); ++i)
          if (!std::isfinite(inputs(i, n)))
            throw ValueError(
                text("sample ", n, " of ", whole, " has the weight 0 and ", inputs(i, n),
                     " as its feature ", i,
                     ": the weight leaves it out of the loss only, so mend it or leave "
                     "it out altogether, with ridge::subset"));
}

}  // namespace ridge::detail
