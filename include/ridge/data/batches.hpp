#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/kernels/prefetch.hpp>

namespace ridge {

/// A dataset in batches: each is gathered, converted and scaled into one matrix that they share.
///
/// @tparam Scalar of the batches, float or double
/// @tparam Rows   of a sample, if known at compile time
template <class Scalar, class Data, int Rows = Dynamic>
class Batches {
 public:
  struct Batch {
    View<Scalar, Rows> inputs;                   ///< features x samples
    Eigen::Map<typename Data::Targets> targets;  ///< targets x samples
  };

  /// In the order of the dataset, which must outlive it. The last batch may be short.
  /// @throws ValueError if the batch size is below 1 or the dataset empty
  Batches(const Data& data, Index batch_size)
      : data_(&data),
        batch_size_(std::min(batch_size, data.size())),
        order_(static_cast<std::size_t>(data.size())) {
    if (batch_size < 1)
      throw ValueError(detail::text("batch_size must be at least 1, got ", batch_size));
    if (data.size() == 0) throw ValueError("the dataset is empty");
    inputs_.resize(data.features() * batch_size_);
    targets_.resize(data.targets().rows(), batch_size_);
    std::iota(order_.begin(), order_.end(), Index{0});
  }

  /// Puts the samples into an order that depends on the generator alone.
  void shuffle(Random random) {
    std::iota(order_.begin(), order_.end(), Index{0});
    random.shuffle(order_);
  }

  /// How many batches there are.
  Index count() const { return (data_->size() + batch_size_ - 1) / batch_size_; }

  /// The k-th batch, in memory that the next call uses again.
  Batch operator[](Index k) {
    const Index first = k * batch_size_;
    const Index size = std::min(batch_size_, data_->size() - first);
    const Index features = data_->features();
    const auto scale = static_cast<Scalar>(data_->scale());
    Batch batch{{inputs_.data(), features, size}, {targets_.data(), data_->targets().rows(), size}};
    const auto stored = [&](Index n) {
      return data_->inputs().data() + order_[static_cast<std::size_t>(first + n)] * features;
    };
    constexpr Index ahead = 2;
    for (Index n = 0; n < size; ++n) {
      if (n + ahead < size)
        detail::prefetch(stored(n + ahead), static_cast<std::size_t>(features) * sizeof(Input));
      const auto* from = stored(n);
      auto* to = inputs_.data() + n * features;
      for (Index i = 0; i < features; ++i) to[i] = static_cast<Scalar>(from[i]) * scale;
      batch.targets.col(n) = data_->targets().col(order_[static_cast<std::size_t>(first + n)]);
    }
    return batch;
  }

 private:
  using Input = typename Data::Inputs::Scalar;

  const Data* data_;
  Index batch_size_;
  std::vector<Index> order_;
  Vector<Scalar> inputs_;
  typename Data::Targets targets_;
};

}  // namespace ridge
