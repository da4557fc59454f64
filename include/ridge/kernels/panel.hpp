#pragma once

#include <type_traits>

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// A piece of a column-major matrix. The kernels take every operand as one of these, whatever its
/// own type was, so that a program has few of them.
template <class Scalar>
using Panel = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;
template <class Scalar>
using ConstPanel = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// Sentences from the compiler for what is no piece of a column-major matrix.
template <class M>
struct InMemory {
  static_assert((M::Flags & Eigen::DirectAccessBit) != 0,
                "ridge: inputs and the factors of a product must lie in memory; evaluate the "
                "expression first, with .eval()");
  static_assert(!M::IsRowMajor || M::RowsAtCompileTime == 1, "ridge: matrices are column-major");
  static_assert(M::InnerStrideAtCompileTime == 1, "ridge: a matrix's columns are contiguous");
  static constexpr bool fits = true;
};

/// From one column of a matrix to the next, known to the compiler where it is in the type.
template <class M>
Index stride_of(const M& matrix) {
  return M::IsRowMajor ? 1 : matrix.outerStride();
}

/// A matrix as a panel.
template <class M>
auto panel(M& matrix) {
  static_assert(InMemory<M>::fits);
  using S = typename M::Scalar;
  using P = std::conditional_t<std::is_pointer_v<decltype(matrix.data())> &&
                                   std::is_const_v<std::remove_pointer_t<decltype(matrix.data())>>,
                               ConstPanel<S>, Panel<S>>;
  return P(matrix.data(), matrix.rows(), matrix.cols(), Eigen::OuterStride<>(stride_of(matrix)));
}

/// Whether an operand of a product is taken as it is or transposed.
enum class Op { as_is, transposed };

}  // namespace ridge::detail
