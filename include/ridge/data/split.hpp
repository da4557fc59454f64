#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/data/large_pages.hpp>

namespace ridge {

/// Some samples of a dataset, copied, in the order of `indices`.
/// @throws ValueError for an index that is no sample
template <class Input, class Target>
typename Dataset<Input, Target>::Owner subset(const Dataset<Input, Target>& data,
                                              const std::vector<Index>& indices) {
  using Data = typename Dataset<Input, Target>::Owner;
  const auto count = static_cast<Index>(indices.size());
  typename Data::Inputs inputs(data.features(), count);
  detail::prefer_large_pages(inputs.data(), static_cast<std::size_t>(inputs.size()) *
                                                sizeof(typename Data::Inputs::Scalar));
  typename Data::Targets targets(data.targets().rows(), count);
  RowVector<double> weights(data.weights().size() > 0 ? count : 0);
  for (Index n = 0; n < count; ++n) {
    const Index from = indices[static_cast<std::size_t>(n)];
    if (from < 0 || from >= data.size())
      throw ValueError(detail::text("subset: sample ", from, " of ", data.size()));
    inputs.col(n) = data.inputs().col(from);
    targets.col(n) = data.targets().col(from);
    if (weights.size() > 0) weights(n) = data.weights()(from);
  }
  Data part(std::move(inputs), std::move(targets), data.scale(), data.shape());
  return weights.size() > 0 ? part.with_weights(weights) : part;
}

/// Two parts of a dataset.
template <class Data>
struct Split {
  Data rest, held_out;
};

namespace detail {

/// So many samples in a random order.
inline std::vector<Index> random_order(Index samples, Random random) {
  std::vector<Index> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), Index{0});
  random.shuffle(order);
  return order;
}

/// The samples in a random order; by class if they have classes and `by_class`.
template <class Input, class Target>
std::vector<Index> random_order(const Dataset<Input, Target>& data, bool by_class, Random random) {
  std::vector<Index> order = random_order(data.size(), random);
  if constexpr (Dataset<Input, Target>::has_classes)
    if (by_class)
      std::stable_sort(order.begin(), order.end(),
                       [&](Index a, Index b) { return data.targets()(a) < data.targets()(b); });
  return order;
}

struct HeldOut {
  std::vector<Index> rest, held_out;  // ascending
};

/// A share of the samples, evenly along a random order: sample k is held out where the count of
/// k shares passes an integer.
template <class Data>
HeldOut hold_out(const char* who, const Data& data, double share, bool by_class, Random random) {
  if (!(share > 0 && share < 1))
    throw ValueError(text(who, ": the share must be between 0 and 1, got ", share));
  const std::vector<Index> order = random_order(data, by_class, random);
  HeldOut parts;
  // A sum of shares would miss an integer where it is rounded down.
  const auto count = [&](std::size_t k) {
    return std::floor(share * static_cast<double>(k) + 0.5);
  };
  for (std::size_t k = 0; k < order.size(); ++k)
    (count(k + 1) > count(k) ? parts.held_out : parts.rest).push_back(order[k]);
  if (parts.rest.empty() || parts.held_out.empty())
    throw ValueError(
        text(who, ": of ", data.size(), " samples a share of ", share, " leaves a part empty"));
  std::sort(parts.rest.begin(), parts.rest.end());
  std::sort(parts.held_out.begin(), parts.held_out.end());
  return parts;
}

}  // namespace detail

/// Holds out a share of a dataset's samples, drawn at random: `const auto [rest, held_out] =
/// split(data, 0.1, Random{1})`. For classes the same share of each class, to a sample.
/// @throws ValueError if the share is not between 0 and 1, or a part would be empty
template <class Input, class Target>
Split<typename Dataset<Input, Target>::Owner> split(const Dataset<Input, Target>& data,
                                                    double share, Random random) {
  const detail::HeldOut parts = detail::hold_out("split", data, share, true, random);
  return {subset(data, parts.rest), subset(data, parts.held_out)};
}

}  // namespace ridge
