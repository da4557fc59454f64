#pragma once

#include <algorithm>
#include <cassert>
#include <type_traits>

#include <ridge/core/gradient.hpp>
#include <ridge/kernels/epilogues.hpp>
#include <ridge/kernels/multiply.hpp>
#include <ridge/kernels/small.hpp>

namespace ridge::detail {

/// Whether a product with a weight is so small that the compiler lays out the whole of it: a weight
/// of fixed size, and a single sample.
template <class W, class X>
inline constexpr bool is_single_and_small =
    X::ColsAtCompileTime == 1 &&
    is_small<typename W::Scalar, W::RowsAtCompileTime, W::ColsAtCompileTime>;

/// Where a forward product's sums break in two, 0 if they do not: where its inputs are many and its
/// weights few enough for the caches. A thread then works on the same inputs and weights on the way
/// forward and in the update, and only outputs, which are fewer, go from one cache to another. A
/// single thread breaks them too, so that they are the same.
template <class S>
Index middle_of(Index outputs, Index inputs) {
  constexpr Index unit = 64, cache = 2 << 20;
  static_assert(unit % bits == 0);
  const bool breaks =
      inputs >= 4 * unit && inputs >= outputs && inputs * outputs * Index{sizeof(S)} <= cache;
  return breaks ? inputs / 2 / unit * unit : 0;
}

/// Columns [first, last) of W x, of which the sums break at `middle`, handed to an epilogue.
/// @param halves  memory for both halves of their sums
template <class S>
void forward_columns(ConstPanel<S> w, ConstPanel<S> x, Index first, Index last, Index middle,
                     const Epilogue<S>& epilogue, S* halves, const ThreadMemory<S>& memory,
                     int threads) {
  const Index rows = w.rows(), depth = w.cols(), cols = last - first;
  const S* const inputs = x.data() + first * x.outerStride();
  // All columns for one half of the depth, and then for the other.
  const Index units = (cols + stripe - 1) / stripe;
  share_among(threads, 2 * units, 1, [&](int thread, Index begin, Index end) {
    for (const Index half : {0, 1}) {
      const Index j = std::max(begin - half * units, Index{0}) * stripe;
      const Index j_end = std::min(std::min(end - half * units, units) * stripe, cols);
      if (j >= j_end) continue;
      const Index from = half == 0 ? 0 : middle, size = half == 0 ? middle : depth - middle;
      const Epilogue<S> sums{halves + half * rows * cols, rows,
                             half == 0 ? epilogue.start : nullptr};
      const Block<Op::as_is, S> block(
          {{w.data() + from * w.outerStride(), rows, size, Eigen::OuterStride<>(w.outerStride())},
           Op::as_is},
          {inputs + from, size, cols, Eigen::OuterStride<>(x.outerStride())}, sums, memory, thread);
      block.compute(0, rows, j, j_end);
    }
  });
  share(cols, 1, 20 * work_of(rows, 1, cols), [&](int, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) {
      S* const sums = halves + j * rows;
      Run<S, Dynamic>(sums, rows) += Run<const S, Dynamic>(sums + rows * cols, rows);
      finish(epilogue, (first + j) * epilogue.stride, sums, rows, rows, 1);
    }
  });
}

/// W x, handed to an epilogue.
template <class S>
void forward_product(ConstPanel<S> w, ConstPanel<S> x, const Epilogue<S>& epilogue) {
  const Index rows = w.rows(), depth = w.cols(), cols = x.cols();
  const Index middle = middle_of<S>(rows, depth);
  if (middle == 0) {
    multiply<Op::as_is, S>({w, Op::as_is}, x, epilogue);
    return;
  }
  const int threads = workers(work_of(rows, depth, cols));
  // So many columns at a time that the halves of their sums stay in a cache.
  constexpr Index near = (1 << 20) / Index{sizeof(S)}, least = 12;
  const Index most = std::max(near / std::max<Index>(2 * rows, 1) / stripe, least) * stripe;
  S* const halves = scratch<struct Halves, S>(2 * rows * std::min(most, cols));
  const ThreadMemory<S> memory(threads, Op::as_is, LeftFactor<S>{w, Op::as_is}.copies_rows(), rows,
                               depth - middle);
  for (Index j = 0; j < cols; j += most)
    forward_columns(w, x, j, std::min(j + most, cols), middle, epilogue, halves, memory, threads);
}

/// y = f(W x + bias), column by column.
template <class W, class B, class X, class Y, class F = Identity>
void affine(const W& weight, const B& bias, const X& x, Y& y, const F& activation = {}) {
  using S = typename Y::Scalar;
  if constexpr (is_tiny<S, W::RowsAtCompileTime, W::ColsAtCompileTime>) {
    small_product<Op::as_is>(weight, x, bias.data(),
                             Activated<S, F>{{y.data()}, stride_of(y), activation});
  } else if constexpr (is_single_and_small<W, X>) {
    const auto z = (weight.lazyProduct(x) + bias).eval();
    y.array() = activation.value(z.array());
  } else {
    Panel<S> to = panel(y);
    if constexpr (std::is_same_v<F, Identity>) {
      forward_product<S>(panel(weight), panel(x), stored_in(to, bias.data()));
    } else {
      const Activated<S, F> activated{{to.data()}, to.outerStride(), activation};
      forward_product<S>(panel(weight), panel(x), activated.epilogue(bias.data()));
    }
  }
}

/// dX = W^T dY; with an activation f, of which the inputs are the values, (W^T dY) f'(X).
template <class W, class DY, class X, class DX, class F = Identity>
void input_gradient(const W& weight, const DY& dy, [[maybe_unused]] const X& x, DX& dx,
                    [[maybe_unused]] const F& activation = {}) {
  using S = typename DX::Scalar;
  if constexpr (is_tiny<S, W::RowsAtCompileTime, W::ColsAtCompileTime>) {
    if constexpr (std::is_same_v<F, Identity>) {
      small_product<Op::transposed>(weight, dy, nullptr,
                                    Activated<S, F>{{dx.data()}, stride_of(dx), activation});
    } else {
      assert(stride_of(x) == stride_of(dx));
      small_product<Op::transposed>(
          weight, dy, nullptr,
          TimesDerivative<S, F>(dx.data(), stride_of(dx), x.data(), activation));
    }
  } else if constexpr (is_single_and_small<W, DY>) {
    dx.noalias() = weight.transpose().lazyProduct(dy);
    if constexpr (!std::is_same_v<F, Identity>) dx.array() *= activation.derivative(x.array());
  } else {
    Panel<S> to = panel(dx);
    if constexpr (std::is_same_v<F, Identity>) {
      multiply<Op::as_is, S>({panel(weight), Op::transposed}, panel(dy), stored_in(to));
    } else {
      const auto values = panel(x);
      assert(values.outerStride() == to.outerStride());
      const TimesDerivative<S, F> scaled(to.data(), to.outerStride(), values.data(), activation);
      multiply<Op::as_is, S>({panel(weight), Op::transposed}, panel(dy), scaled.epilogue());
    }
  }
}

/// Evaluates an expression into memory, column by column. It is compiled once for an expression,
/// whatever the type of what has that memory.
template <class S, class Expression>
void evaluate_to(S* to, const Eigen::MatrixBase<Expression>& expression) {
  View<S>(to, expression.rows(), expression.cols()) = expression;
}

/// The whole gradient, stored.
template <class M, class DY, class X>
void store_gradient(const OuterProduct<DY, X>& gradient, M& stored) {
  using S = typename M::Scalar;
  constexpr int rows = M::RowsAtCompileTime, cols = M::ColsAtCompileTime;
  if constexpr (is_tiny<S, rows, cols>) {
    small_gradient<rows, cols>(gradient, Activated<S, Identity>{{stored.data()}, rows, {}});
    return;
  }
  stored.resize(gradient.dy.rows(), gradient.x.rows());
  multiply<Op::transposed, S>({panel(gradient.dy), Op::as_is}, panel(gradient.x),
                              stored_in<S>(panel(stored)));
}
template <class M, class Expression>
void store_gradient(const Eigen::MatrixBase<Expression>& gradient, M& stored) {
  static_assert(!M::IsRowMajor || M::RowsAtCompileTime == 1, "ridge: parameters are column-major");
  if constexpr (M::SizeAtCompileTime != Dynamic) {
    stored = gradient;
  } else {
    stored.resize(gradient.rows(), gradient.cols());
    evaluate_to(stored.data(), gradient);
  }
}

/// Hands the gradient of a weight of type W to an `Update`, stripe by stripe: it is never stored as
/// a whole.
template <class W, class DY, class X, class U>
void apply_gradient(const OuterProduct<DY, X>& gradient, const U& update) {
  using S = typename DY::Scalar;
  constexpr int rows = W::RowsAtCompileTime, cols = W::ColsAtCompileTime;
  if constexpr (is_tiny<S, rows, cols>) {
    small_gradient<rows, cols>(gradient, update);
  } else if constexpr (X::ColsAtCompileTime == 1 && is_small<S, rows, cols>) {
    const Matrix<S, rows, cols> g = gradient.dy.lazyProduct(gradient.x.transpose());
    finish_run<rows * cols>(update, 0, g.data());
  } else {
    multiply<Op::transposed, S>({panel(gradient.dy), Op::as_is}, panel(gradient.x),
                                update.epilogue());
  }
}

/// A gradient that is no product: evaluated once.
template <class W, class Expression, class U>
void apply_gradient(const Eigen::MatrixBase<Expression>& gradient, const U& update) {
  using S = typename Expression::Scalar;
  constexpr int rows = W::RowsAtCompileTime, cols = W::ColsAtCompileTime;
  if constexpr (is_small<S, rows, cols>) {
    const Matrix<S, rows, cols> g = gradient;
    finish_run<rows * cols>(update, 0, g.data());
  } else {
    S* const g = scratch<struct Evaluated, S>(gradient.size());
    evaluate_to(g, gradient);
    finish(update.epilogue(), 0, g, gradient.size(), gradient.size(), 1);
  }
}

}  // namespace ridge::detail
