#pragma once

#include <cstddef>
#include <utility>

#include <ridge/core/types.hpp>

namespace ridge {

/// The gradient of a weight, sum over the batch of dy_n x_n^T = dY X^T, handed over as its two thin
/// factors. Whoever receives it decides whether the product is ever stored.
template <class DY, class X>
struct OuterProduct {
  const DY& dy;  ///< outputs x samples
  const X& x;    ///< inputs x samples
};

/// dY X^T, not yet computed.
template <class DY, class X>
OuterProduct<DY, X> outer_product(const DY& dy, const X& x) {
  return {dy, x};
}

/// The value that a statistic takes, handed over in the place of a gradient.
template <class Expression>
struct NewValue {
  const Expression& value;
};
/// The same of an expression: `gradients(new_value(0.9 * mean + 0.1 * x.rowwise().mean()))`.
template <class Expression>
NewValue<Expression> new_value(const Eigen::MatrixBase<Expression>& value) {
  return {value.derived()};
}

/// Stands where a gradient is not wanted, as that of a network's own input in training: what is
/// assigned to it is an Eigen expression, which is then never computed.
struct NotWanted {
  NotWanted& noalias() { return *this; }
  NotWanted& array() { return *this; }
  NotWanted& matrix() { return *this; }
  NotWanted& row(Index) { return *this; }
  NotWanted& col(Index) { return *this; }
  NotWanted& setZero() { return *this; }
  template <class Expression>
  NotWanted& operator=(const Expression&) {
    return *this;
  }
  template <class Expression>
  NotWanted& operator+=(const Expression&) {
    return *this;
  }
  template <class Expression>
  NotWanted& operator-=(const Expression&) {
    return *this;
  }
  template <class Expression>
  NotWanted& operator*=(const Expression&) {
    return *this;
  }
};

/// Where a layer's `backward` hands over its parameters' gradients: one call with one gradient for
/// each of its parameters, in the order of its `parameters()`. A gradient is an `OuterProduct` or
/// an Eigen expression of the parameter's shape; for a statistic it is its `new_value(...)`.
///
/// @tparam Receiver  has `receive<I>(gradient)` for the network's I-th parameter
/// @tparam First     the position of the layer's first parameter in the network
/// @tparam Count     how many parameters the layer has
template <class Receiver, std::size_t First, std::size_t Count>
class Gradients {
 public:
  explicit Gradients(Receiver& receiver) : receiver_(&receiver) {}

  template <class... G>
  void operator()(const G&... gradients) {
    static_assert(sizeof...(G) == Count,
                  "ridge: a layer's backward must hand over exactly one gradient for each of its "
                  "parameters, in the order of its parameters(); see docs/extending.md");
    deliver(std::make_index_sequence<Count>{}, gradients...);
  }

  /// The same for the `PartCount` parameters that begin at `Offset`: a layer within this one.
  template <std::size_t Offset, std::size_t PartCount>
  Gradients<Receiver, First + Offset, PartCount> part() const {
    static_assert(Offset + PartCount <= Count);
    return Gradients<Receiver, First + Offset, PartCount>(*receiver_);
  }

 private:
  template <std::size_t... I, class... G>
  void deliver(std::index_sequence<I...>, const G&... gradients) {
    (receiver_->template receive<First + I>(gradients), ...);
  }

  Receiver* receiver_;
};

}  // namespace ridge
