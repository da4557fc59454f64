#pragma once

#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/kernels/mask.hpp>

namespace ridge {

/// In training each element becomes 0 with the probability `rate`, and the others are divided by
/// 1 - rate, so that means stay the same (Srivastava et al., 2014; "inverted"). In use nothing
/// happens. As the first layer of a network it drops inputs.
///
/// What is dropped depends on the generator that the trainer gives it and not on the number of
/// threads: `fit` draws it from the seed and the epoch.
class Dropout {
 public:
  static constexpr bool elementwise = true;

  /// @throws ValueError if the rate is not in [0, 1)
  explicit Dropout(double rate) : rate_(rate) {
    if (!(rate >= 0 && rate < 1))
      throw ValueError(detail::text("Dropout: the rate must be in [0, 1), got ", rate));
  }

  double rate() const { return rate_; }
  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }

  /// What a batch is multiplied by, and where that comes from.
  template <class S>
  class Cache {
   public:
    void reseed(Random random) { random_ = random; }
    void visit_state(StateVisitor& visit) { visit("random", random_); }

   private:
    friend Dropout;
    Random random_;
    detail::Buffer<S> mask_;
  };

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = x;
  }

  template <class X, class Y, class S>
  void forward(const X& x, Y& y, Cache<S>& cache) const {
    if (rate_ == 0) {
      y = x;
      return;
    }
    auto mask = cache.mask_.view(x.rows(), x.cols());
    detail::fill_mask(mask.data(), mask.size(), rate_, static_cast<S>(1 / (1 - rate_)),
                      cache.random_);
    y.array() = x.array() * mask.array();
  }

  template <class X, class Y, class DY, class DX, class S, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, Cache<S>& cache, G&& gradients) const {
    if (rate_ == 0)
      dx.array() = dy.array();
    else
      dx.array() = dy.array() * cache.mask_.view(x.rows(), x.cols()).array();  // dx = dy mask
    gradients();
  }

  friend bool operator==(const Dropout&, const Dropout&) = default;

 private:
  double rate_;
};

}  // namespace ridge
