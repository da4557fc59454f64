#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/losses/weighted.hpp>

namespace ridge {

namespace detail {

/// Throws what is wrong with a gradient: its shape, or else that it has come before. Apart, so that
/// the check is short enough for every compiler to put it where it is called.
[[noreturn]] inline void refuse_gradient(Index rows, Index cols, Index its_rows, Index its_cols,
                                         std::string_view name) {
  if (rows != its_rows || cols != its_cols)
    throw ShapeError(text("a layer's backward handed over a ", rows, " x ", cols,
                          " gradient for its ", its_rows, " x ", its_cols, " ", name));
  throw Error(text("a layer's backward handed over the gradient of its ", name, " twice"));
}

/// Passes gradients on to a receiver, each once and in its parameter's shape; those without
/// elements it keeps to itself.
template <class Net, class Receiver>
class CheckedReceiver {
 public:
  CheckedReceiver(const Net& net, Receiver& receiver) : net_(&net), receiver_(&receiver) {}

  template <std::size_t I, class DY, class X>
  void receive(const OuterProduct<DY, X>& gradient) {
    require_trained<I>();
    const bool present = check<I>(gradient.dy.rows(), gradient.x.rows());
    if (gradient.dy.cols() != gradient.x.cols())
      throw ShapeError(text("the factors of an outer_product have ", gradient.dy.cols(), " and ",
                            gradient.x.cols(), " samples"));
    if (present) receiver_->template receive<I>(gradient);
  }
  template <std::size_t I, class Expression>
  void receive(const Eigen::DenseBase<Expression>& gradient) {
    require_trained<I>();
    if (check<I>(gradient.rows(), gradient.cols()))
      receiver_->template receive<I>(gradient.derived().matrix());
  }

  template <std::size_t I, class E>
  void receive(const NewValue<E>& statistic) {
    static_assert(!is_trained<Net, I>,
                  "ridge: a layer's backward hands over a new_value only for its statistics");
    if (check<I>(statistic.value.rows(), statistic.value.cols()))
      receiver_->template receive<I>(statistic);
  }

  void require_all() const {
    for_each_present(*net_, [&](auto i, const auto&, std::size_t) {
      if (!given_[i])
        throw Error("the backward of one of the network's layers did not hand over its gradients");
    });
  }

 private:
  template <std::size_t I>
  static constexpr void require_trained() {
    static_assert(is_trained<Net, I>,
                  "ridge: a layer's backward hands over new_value(...) for its statistics, and "
                  "not a gradient");
  }
  /// @return whether the parameter has elements
  template <std::size_t I>
  bool check(Index rows, Index cols) {
    const auto parameter = std::get<I>(net_->parameters());
    const Index its_rows = parameter.value.rows(), its_cols = parameter.value.cols();
    if (rows != its_rows || cols != its_cols || given_[I])
      refuse_gradient(rows, cols, its_rows, its_cols, parameter.name);
    given_[I] = true;
    return parameter.present();
  }

  const Net* net_;
  Receiver* receiver_;
  std::array<bool, parameter_count<Net>> given_{};
};

}  // namespace detail

/// A batch's way through a network and back: everything that it leaves behind, kept from batch to
/// batch so that only the first one allocates.
template <Layer Net>
class Workspace {
 public:
  using Scalar = ScalarOf<Net>;

  /// The mean loss over the batch; `receiver.receive<I>(gradient)` gets the loss's gradient with
  /// respect to the I-th parameter. With a loss that is not finite nothing is handed over.
  /// @param weights of the samples, a row, or none
  /// @throws ShapeError or ValueError if network, x, loss, targets and weights do not fit each
  /// other
  template <class L, class X, class Targets, class Receiver, class... Weights>
  double loss_and_gradients(const Net& net, const L& loss, const X& x, const Targets& targets,
                            Receiver& receiver, const Weights&... weights) {
    static_assert(sizeof...(Weights) <= 1);
    const Index rows = output_size<X::RowsAtCompileTime>(net, x.rows());
    if (x.cols() == 0) throw ValueError("the batch is empty: it has no column, so no sample");
    if (x.cols() != targets.cols())
      throw ShapeError(detail::text("the batch has ", x.cols(), " samples, but ", targets.cols(),
                                    " targets; each column of inputs has its column of targets"));
    loss.check(rows, targets);
    (detail::check_sample_weights(loss, x.cols(), weights), ...);
    (detail::require_left_out_finite("the batch", x, weights), ...);
    auto y = outputs_.template view<X::ColsAtCompileTime>(rows, x.cols());
    auto dy = gradient_.template view<X::ColsAtCompileTime>(rows, x.cols());
    net.forward(x, y, cache_);
    double value = 0;
    if constexpr (sizeof...(Weights) == 0)
      value = loss.value_and_gradient(y, targets, dy);
    else
      value = detail::weighted_value_and_gradient(loss, y, targets, weights..., dy);
    if (std::isfinite(value)) hand_over_gradients(net, x, y, dy, receiver);
    return value;
  }

  /// Layers that draw random numbers in training draw those of this generator from now on.
  void reseed(Random random) {
    if constexpr (requires { cache_.reseed(random); }) cache_.reseed(random);
  }

  void visit_state(StateVisitor& visit) { detail::visit_cache(visit, cache_); }

 private:
  template <class X, class Y, class Receiver>
  void hand_over_gradients(const Net& net, const X& x, const Y& y, const Y& dy,
                           Receiver& receiver) {
    using Checked = detail::CheckedReceiver<Net, Receiver>;
    Checked checked(net, receiver);
    NotWanted dx;
    net.backward(x, y, dy, dx, cache_, Gradients<Checked, 0, parameter_count<Net>>(checked));
    checked.require_all();
  }

  /// Rows of the network's outputs: no question where types answer it.
  template <int Rows>
  static Index output_size(const Net& net, Index rows) {
    if constexpr (Rows != Dynamic && rows_ != Dynamic && Rows == detail::fixed_inputs<Net>())
      return rows_;
    else
      return net.output_size(rows);
  }

  static constexpr int rows_ = detail::fixed_outputs<Net, detail::fixed_inputs<Net>()>();

  CacheOf<Net, Scalar> cache_;
  detail::Buffer<Scalar, rows_> outputs_;
  detail::Buffer<Scalar, rows_> gradient_;
};

}  // namespace ridge
