#pragma once

#include <cstdint>
#include <type_traits>

#include <Eigen/Core>

namespace ridge {

/// Sizes and positions, signed as Eigen's are.
using Index = Eigen::Index;

/// A size that is known only when the program runs.
inline constexpr int Dynamic = Eigen::Dynamic;

/// A column-major matrix. A batch is features x samples: a sample is one contiguous column.
template <class Scalar, int Rows = Dynamic, int Cols = Dynamic>
using Matrix = Eigen::Matrix<Scalar, Rows, Cols>;

/// A column vector.
template <class Scalar, int Rows = Dynamic>
using Vector = Eigen::Matrix<Scalar, Rows, 1>;

/// A row vector, such as one label for each sample of a batch.
template <class Scalar, int Cols = Dynamic>
using RowVector = Eigen::Matrix<Scalar, 1, Cols>;

namespace detail {

/// Whether a matrix has its sizes in the type and is small enough for the stack: up to 16 KiB.
template <class Scalar, int Rows, int Cols>
inline constexpr bool is_small = Rows != Dynamic&& Cols !=
                                 Dynamic&& static_cast<Index>(Rows) * Cols* Index{sizeof(Scalar)} <=
                                     16384;

}  // namespace detail

/// A matrix whose sizes are in the type, unless that would put too much on the stack.
template <class Scalar, int Rows, int Cols>
using SizedMatrix =
    std::conditional_t<Rows == Dynamic || Cols == Dynamic || detail::is_small<Scalar, Rows, Cols>,
                       Matrix<Scalar, Rows, Cols>,
                       Matrix<Scalar, Rows == 1 ? 1 : Dynamic, Cols == 1 ? 1 : Dynamic>>;

/// A batch in memory that somebody else owns: features x samples.
template <class Scalar, int Rows = Dynamic, int Cols = Dynamic>
using View = Eigen::Map<Matrix<Scalar, Rows, Cols>>;

namespace detail {

/// Memory for a batch that only ever grows, so that the short last batch of an epoch and the full
/// ones after it use it without an allocation.
template <class Scalar, int Rows = Dynamic>
class Buffer {
 public:
  /// A rows x cols view, its values undefined, valid until the next call.
  template <int Cols = Dynamic>
  View<Scalar, Rows, Cols> view(Index rows, Index cols) {
    if (rows * cols > storage_.size()) storage_.resize(rows * cols);
    return {storage_.data(), rows, cols};
  }

 private:
  Vector<Scalar> storage_;
};

}  // namespace detail
}  // namespace ridge
