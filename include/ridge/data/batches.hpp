#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/kernels/convert.hpp>
#include <ridge/kernels/prefetch.hpp>

namespace ridge {

/// A dataset in batches: each is gathered, converted and scaled into one matrix. While one is
/// worked on, the next one is gathered by threads that have nothing else to do.
///
/// @tparam Scalar of the batches, float or double
/// @tparam Rows   of a sample, if known at compile time
template <class Scalar, class Data, int Rows = Dynamic>
class Batches {
  using Targets = typename Data::Targets::PlainObject;

 public:
  /// One batch, in memory of its `Batches`.
  struct Batch {
    View<Scalar, Rows> inputs;              ///< features x samples
    Eigen::Map<Targets> targets;            ///< targets x samples
    Eigen::Map<RowVector<double>> weights;  ///< one a sample; none if the dataset has none
  };

  /// In the order of the dataset, which must outlive it. The last batch may be short.
  /// @throws ValueError if the batch size is below 1, or there are no samples or no features
  Batches(const Data& data, Index batch_size)
      : data_(&data),
        batch_size_(std::min(batch_size, data.size())),
        order_(static_cast<std::size_t>(data.size())) {
    if (batch_size < 1)
      throw ValueError(detail::text("batch_size must be at least 1, got ", batch_size));
    if (data.size() == 0) throw ValueError("the dataset is empty");
    if (data.features() == 0) throw ValueError("the dataset's samples have no features");
    for (Memory& memory : memory_) {
      memory.inputs.resize(data.features() * batch_size_);
      memory.targets.resize(data.targets().rows(), batch_size_);
      if (data.weights().size() > 0) memory.weights.resize(batch_size_);
    }
    std::iota(order_.begin(), order_.end(), Index{0});
  }
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;
  ~Batches() = default;

  /// Puts the samples into an order that depends on the generator alone.
  void shuffle(Random random) {
    background_.finish();
    begun_ = none;
    std::iota(order_.begin(), order_.end(), Index{0});
    random.shuffle(order_);
  }

  /// From now on each image is moved by up to so many pixels in both directions, at random.
  /// @throws ValueError if it is negative, or samples have no rows and columns
  void shift(Index pixels, Random random) {
    background_.finish();
    begun_ = none;
    if (pixels < 0) throw ValueError(detail::text("shift must be at least 0 pixels, got ", pixels));
    if (pixels > 0 && data_->shape().size() < 2)
      throw ValueError("shift: the dataset's samples have no rows and columns; give it a shape");
    shift_ = pixels;
    shifts_ = random;
  }

  /// How many batches there are.
  Index count() const { return (data_->size() + batch_size_ - 1) / batch_size_; }

  /// The k-th batch, in memory that the next call but one uses again.
  Batch operator[](Index k) {
    if (begun_ != k) begin(k, present_);
    background_.finish();
    present_ = next_.memory;
    Memory& memory = memory_[present_];
    Batch batch{{memory.inputs.data(), data_->features(), next_.size},
                {memory.targets.data(), data_->targets().rows(), next_.size},
                {memory.weights.data(), memory.weights.size() > 0 ? next_.size : 0}};
    if (k + 1 < count())
      begin(k + 1, 1 - present_);
    else
      begun_ = none;
    return batch;
  }

 private:
  using Input = typename Data::Inputs::Scalar;
  static constexpr Index none = -1;
  static constexpr int parts = 8;  // that a batch is gathered in

  struct Memory {
    Vector<Scalar> inputs;
    Targets targets;
    RowVector<double> weights;
  };

  /// The batch that is being gathered.
  struct Next {
    Batches* batches;
    Index first = 0, size = 0;
    int memory = 0;

    /// Gathers one part of it.
    void operator()(int part) const {
      const Data& data = *batches->data_;
      Memory& to = batches->memory_[memory];
      const Index features = data.features();
      const auto scale = static_cast<Scalar>(data.scale());
      const auto sample = [&](Index n) {
        return batches->order_[static_cast<std::size_t>(first + n)];
      };
      const auto stored = [&](Index n) { return data.inputs().data() + sample(n) * features; };
      constexpr Index ahead = 2;
      const Index end = size * (part + 1) / parts;
      for (Index n = size * part / parts; n < end; ++n) {
        if (n + ahead < size)
          detail::prefetch(stored(n + ahead), static_cast<std::size_t>(features) * sizeof(Input));
        if (batches->shift_ == 0)
          detail::convert(stored(n), to.inputs.data() + n * features, features, scale);
        else
          convert_shifted(stored(n), to.inputs.data() + n * features, sample(n), scale);
        to.targets.col(n) = data.targets().col(sample(n));
        if (to.weights.size() > 0) to.weights(n) = data.weights()(sample(n));
      }
    }

    /// By pixels that depend on the generator and the sample alone.
    void convert_shifted(const Input* from, Scalar* sample_to, Index sample, Scalar scale) const {
      const auto& shape = batches->data_->shape();
      const Index rows = shape[shape.size() - 2], cols = shape.back(), most = batches->shift_;
      Random random = batches->shifts_.split(static_cast<std::uint64_t>(sample));
      const auto draw = [&](Index extent) {
        const Index range = std::min(most, extent);
        return static_cast<Index>(random.below(static_cast<std::uint64_t>(2 * range + 1))) - range;
      };
      const Index down = draw(rows), right = draw(cols);
      detail::convert_shifted(from, sample_to, batches->data_->features(), rows, cols, down, right,
                              scale);
    }
  };

  void begin(Index k, int memory) {
    background_.finish();
    const Index first = k * batch_size_;
    next_ = {this, first, std::min(batch_size_, data_->size() - first), memory};
    begun_ = k;
    background_.start(parts, next_);
  }

  const Data* data_;
  Index batch_size_;
  std::vector<Index> order_;
  Index shift_ = 0;
  Random shifts_;
  Memory memory_[2];
  int present_ = 0;
  Index begun_ = none;
  Next next_{this};
  detail::Team::Background background_;  // destroyed first: it works on the others
};

}  // namespace ridge
