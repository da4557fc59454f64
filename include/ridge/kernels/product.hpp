#pragma once

#include <algorithm>
#include <concepts>

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// A piece of a column-major matrix. The kernels take every operand as one of these, whatever its
/// own type was, so that a program has few of them.
template <class Scalar>
using Panel = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;
template <class Scalar>
using ConstPanel = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// The rows x cols panel of a matrix that begins at (row, col).
template <class M>
auto panel(M& matrix, Index row, Index col, Index rows, Index cols) {
  static_assert((M::Flags & Eigen::DirectAccessBit) != 0,
                "ridge: inputs and the factors of a product must lie in memory; evaluate the "
                "expression first, with .eval()");
  static_assert(!M::IsRowMajor || M::RowsAtCompileTime == 1, "ridge: matrices are column-major");
  static_assert(M::InnerStrideAtCompileTime == 1, "ridge: a matrix's columns are contiguous");
  using S = typename M::Scalar;
  using P = std::conditional_t<std::is_pointer_v<decltype(matrix.data())> &&
                                   std::is_const_v<std::remove_pointer_t<decltype(matrix.data())>>,
                               ConstPanel<S>, Panel<S>>;
  const Index stride = M::IsRowMajor ? 1 : matrix.outerStride();
  return P(matrix.data() + row + col * stride, rows, cols, Eigen::OuterStride<>(stride));
}
template <class M>
auto panel(M& matrix) {
  return panel(matrix, 0, 0, matrix.rows(), matrix.cols());
}

/// Whether an operand of a product is taken as it is or transposed.
enum class Op { as_is, transposed };

template <Op O, class P>
auto apply(const P& operand) {
  if constexpr (O == Op::as_is)
    return operand;
  else
    return operand.transpose();
}

/// c += A B, A = a or a^T and B = b or b^T, without touching the heap.
///
/// Eigen packs blocks of A and B, on the stack while they are under a limit and else on the heap,
/// so it is given pieces of the product that stay under it.
template <Op OpA, Op OpB, class S>
void add_product_of_panels(Panel<S> c, ConstPanel<S> a, ConstPanel<S> b) {
  constexpr Index most = 128;
  constexpr Index most_deep = std::max<Index>(
      16, EIGEN_STACK_ALLOCATION_LIMIT / (most * static_cast<Index>(sizeof(S))) / 16 * 16);
  const auto lhs = apply<OpA>(a);
  const auto rhs = apply<OpB>(b);
  const Index pieces = std::max<Index>(1, (lhs.cols() + most_deep - 1) / most_deep);
  const Index piece = (lhs.cols() + pieces - 1) / pieces;  // of the same depth, as near as can be
  for (Index k = 0; k < lhs.cols(); k += piece) {
    const Index depth = std::min(piece, lhs.cols() - k);
    for (Index j = 0; j < c.cols(); j += most) {
      const Index cols = std::min(most, c.cols() - j);
      for (Index i = 0; i < c.rows(); i += most) {
        const Index rows = std::min(most, c.rows() - i);
        c.block(i, j, rows, cols).noalias() +=
            lhs.block(i, k, rows, depth) * rhs.block(k, j, depth, cols);
      }
    }
  }
}

template <class M>
inline constexpr bool is_small_matrix =
    is_small<typename M::Scalar, M::RowsAtCompileTime, M::ColsAtCompileTime>;

/// c += A B, A = a or a^T and B = b or b^T.
template <Op OpA = Op::as_is, Op OpB = Op::as_is, class C, class A, class B>
void add_product(C& c, const A& a, const B& b) {
  if constexpr (is_small_matrix<A> && is_small_matrix<B> && is_small_matrix<C>)
    c.noalias() += apply<OpA>(a) * apply<OpB>(b);  // the compiler lays out the whole of it
  else
    add_product_of_panels<OpA, OpB, typename C::Scalar>(panel(c), panel(a), panel(b));
}

}  // namespace ridge::detail
