#pragma once

#include <algorithm>

#include <ridge/core/gradient.hpp>
#include <ridge/core/types.hpp>
#include <ridge/kernels/product.hpp>

namespace ridge::detail {

/// The whole gradient, stored.
template <class M, class DY, class X>
void store_gradient(const OuterProduct<DY, X>& gradient, M& stored) {
  stored.setZero(gradient.dy.rows(), gradient.x.rows());
  add_product<Op::as_is, Op::transposed>(stored, gradient.dy, gradient.x);
}
template <class M, class Expression>
void store_gradient(const Eigen::MatrixBase<Expression>& gradient, M& stored) {
  stored = gradient;
}

/// Computes a parameter's gradient tile by tile and calls `f(tile, g)` for each: g is an array of
/// the gradient's values, and `tile(m)` the same tile of a matrix m of the parameter's shape, as an
/// array. Whatever f does to the weights there, it does while they and g are in the cache; the
/// whole gradient is never stored.
template <class Scalar, class DY, class X, class F>
void for_each_tile(const OuterProduct<DY, X>& gradient, Vector<Scalar>& scratch, F&& f) {
  constexpr int fixed_rows = DY::RowsAtCompileTime, fixed_cols = X::RowsAtCompileTime;
  if constexpr (is_small<Scalar, fixed_rows, fixed_cols>) {
    Matrix<Scalar, fixed_rows, fixed_cols> g;
    store_gradient(gradient, g);
    f([](auto& m) { return m.array(); }, g.array());
  } else {
    constexpr Index most_rows = 128, most_cols = 256;
    const Index outputs = gradient.dy.rows(), inputs = gradient.x.rows();
    const Index samples = gradient.x.cols();
    if (scratch.size() < most_rows * most_cols) scratch.resize(most_rows * most_cols);
    for (Index j = 0; j < inputs; j += most_cols) {
      const Index cols = std::min(most_cols, inputs - j);
      for (Index i = 0; i < outputs; i += most_rows) {
        const Index rows = std::min(most_rows, outputs - i);
        View<Scalar> g(scratch.data(), rows, cols);
        g.setZero();
        add_product_of_panels<Op::as_is, Op::transposed, Scalar>(
            panel(g), panel(gradient.dy, i, 0, rows, samples),
            panel(gradient.x, j, 0, cols, samples));
        f([=](auto& m) { return panel(m, i, j, rows, cols).array(); }, g.array());
      }
    }
  }
}

/// A gradient that is no product: evaluated once, as one tile.
template <class Scalar, class Expression, class F>
void for_each_tile(const Eigen::MatrixBase<Expression>& gradient, Vector<Scalar>& scratch, F&& f) {
  if (scratch.size() < gradient.size()) scratch.resize(gradient.size());
  View<Scalar> g(scratch.data(), gradient.rows(), gradient.cols());
  g = gradient;
  f([](auto& m) { return panel(m).array(); }, g.array());
}

}  // namespace ridge::detail
