#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/sizes.hpp>
#include <ridge/core/types.hpp>

namespace ridge {
namespace detail {

/// A matrix M in memory that somebody else owns, read only. To assign one is to look elsewhere,
/// where Eigen's assignment would copy numbers.
template <class M>
class ViewOf : public Eigen::Map<const M> {
  using Map = Eigen::Map<const M>;

 public:
  using Scalar = typename M::Scalar;

  /// @throws ValueError for sizes below 0, and for a null pointer unless there is nothing to see
  ViewOf(const Scalar* data, Index rows, Index cols) : Map(checked(data, rows, cols), rows, cols) {}

  /// Of a matrix, a map, whole columns of one, or the transpose of one by rows.
  /// @throws ShapeError if its numbers do not lie one after another
  template <class X>
  requires requires { typename std::remove_cvref_t<X>::PlainObject; }
  ViewOf(X&& x)  // NOLINT(google-explicit-constructor): where a matrix is given, a view is taken
      : ViewOf(data_of(x), rows_of(x), x.size() == 0 ? x.cols() : x.size() / rows_of(x)) {
    using Given = std::remove_cvref_t<X>;
    static_assert(
        std::is_lvalue_reference_v<X> || !std::is_base_of_v<Eigen::PlainObjectBase<Given>, Given>,
        "ridge::Dataset: a view of a temporary matrix would outlive it; give it a name");
  }

  ViewOf(const ViewOf&) = default;
  ViewOf& operator=(const ViewOf& other) {
    new (this) ViewOf(other);  // as Eigen's manual has it
    return *this;
  }
  ~ViewOf() = default;

 private:
  static constexpr bool is_row = M::RowsAtCompileTime == 1;

  static const Scalar* checked(const Scalar* data, Index rows, Index cols) {
    if (rows < 0 || cols < 0)
      throw ValueError(
          text("Dataset: sizes must be at least 0, got a matrix of ", rows, " x ", cols));
    if (!data && rows > 0 && cols > 0)
      throw ValueError(
          text("Dataset: a null pointer was given for a matrix of ", rows, " x ", cols));
    return data;
  }

  /// A vector of labels is a row, however it was written.
  template <class X>
  static Index rows_of(const X& x) {
    return is_row && X::ColsAtCompileTime == 1 ? 1 : x.rows();
  }

  template <class X>
  static const Scalar* data_of(const X& x) {
    static_assert(std::is_same_v<typename X::Scalar, Scalar>,
                  "ridge::Dataset: a view converts nothing: its types must be the matrix's own");
    static_assert(!X::IsRowMajor || X::IsVectorAtCompileTime,
                  "ridge::Dataset: a batch is features x samples by columns. A matrix of samples x "
                  "features by rows is the same memory: give its transpose(), which moves nothing");
    if (is_row && rows_of(x) != 1)
      throw ShapeError(text("Dataset: expected 1 row of labels, got ", x.rows()));
    const bool apart = x.cols() > 1 && x.rows() > 0 && x.outerStride() != x.rows();
    if (!X::IsVectorAtCompileTime && (apart || x.innerStride() != 1))
      throw ShapeError(text("Dataset: the matrix's columns begin ", x.outerStride(),
                            " numbers apart, but have ", x.rows(),
                            "; a view needs them one after another, so copy it"));
    if (X::IsVectorAtCompileTime && x.size() > 1 && x.innerStride() != 1)
      throw ShapeError(text("Dataset: the vector's numbers are ", x.innerStride(),
                            " apart; a view needs them one after another, so copy it"));
    return x.data();
  }
};

/// A container that a view of `Element` cannot look into: of other numbers, or a temporary one.
template <class C, class Element>
concept NotForView = requires(C& c) {
  typename std::remove_cvref_t<C>::value_type;
  c.data();
}
&&!requires { typename std::remove_cvref_t<C>::element_type; }  // a span's, which owns nothing
&&(!std::is_lvalue_reference_v<C> ||
   !std::is_same_v<typename std::remove_cvref_t<C>::value_type, std::remove_const_t<Element>>);

/// A matrix of other numbers than a dataset's.
template <class M, class Number>
concept OfOtherNumbers = requires {
  typename M::Scalar;
  typename M::PlainObject;
}
&&!std::is_same_v<typename M::Scalar, std::remove_const_t<Number>>;

}  // namespace detail

/// Samples and what is to be learned of them, in the types that they were stored in.
///
/// @tparam Input  of the samples' features, e.g. `std::uint8_t` for images: they are converted and
///                scaled a batch at a time, so 60,000 images of bytes stay 47 MB
/// @tparam Target an integer type for classes (a row of labels 0, 1, ...), a floating-point type
///                for regression (a matrix, targets x samples)
///
/// `Dataset<const Input, const Target>`, a `DatasetView`, holds no numbers but pointers to the
/// caller's, who keeps them where they are, unchanged, as long as the view or a copy of it is used.
template <class Input, class Target>
class Dataset {
  static_assert(std::is_const_v<Input> == std::is_const_v<Target>,
                "ridge::Dataset: either both types are const, for a view, or neither");
  using PlainInputs = Matrix<std::remove_const_t<Input>>;
  using Label = std::remove_const_t<Target>;
  using PlainTargets = std::conditional_t<std::integral<Label>, RowVector<Label>, Matrix<Label>>;

 public:
  static constexpr bool has_classes = std::integral<Target>;
  static constexpr bool is_view = std::is_const_v<Input>;
  using Inputs = std::conditional_t<is_view, detail::ViewOf<PlainInputs>, PlainInputs>;
  using Targets = std::conditional_t<is_view, detail::ViewOf<PlainTargets>, PlainTargets>;
  using Owner = Dataset<std::remove_const_t<Input>, Label>;  ///< what a copy of samples makes

  /// @param inputs  features x samples
  /// @param targets one column for each sample
  /// @param scale   what a stored input is multiplied by on its way into a batch, e.g. 1.0 / 255
  /// @param shape   of one sample, outermost first, e.g. {28, 28}; {features} unless given
  /// @throws ShapeError if there are not as many targets as samples, or `shape` has another size;
  ///         of a view also if numbers do not lie one after another, and ValueError for a null
  ///         pointer
  Dataset(Inputs inputs, Targets targets, double scale = 1.0, std::vector<Index> shape = {})
      : inputs_(std::move(inputs)),
        targets_(std::move(targets)),
        scale_(scale),
        shape_(std::move(shape)) {
    if (inputs_.cols() != targets_.cols())
      throw ShapeError(detail::text("Dataset: ", inputs_.cols(), " samples, but ", targets_.cols(),
                                    has_classes ? " labels" : " targets", transposed()));
    if (shape_.empty()) shape_ = {inputs_.rows()};
    if (!std::isfinite(scale_))
      throw ValueError(detail::text("Dataset: scale must be a finite number, got ", scale_));
    Index features = 1;  // -1: more than can be
    for (const Index extent : shape_)
      if (features >= 0) features = detail::product_of_sizes(features, std::max<Index>(extent, 0));
    if (features != inputs_.rows())
      throw ShapeError(detail::text("Dataset: a sample has ", inputs_.rows(),
                                    " features, but its shape makes ",
                                    features < 0 ? "too many" : std::to_string(features)));
  }

  /// Labels in a matrix, which must have one row or one column.
  /// @throws ShapeError if it has several of both; else as above
  template <class T>
  requires(!is_view && std::integral<Target> && std::is_same_v<typename T::Scalar, Label> &&
           T::RowsAtCompileTime != 1 && T::ColsAtCompileTime != 1)
      Dataset(Inputs inputs, const Eigen::MatrixBase<T>& labels, double scale = 1.0,
              std::vector<Index> shape = {})
      : Dataset(std::move(inputs), row_of(labels), scale, std::move(shape)) {}

  /// A view of arrays: sample after sample, as in C's `float x[samples][features]` and in NumPy.
  /// @param inputs  the samples' features, e.g. a `std::vector<float>`, or `{pointer, count}`
  /// @param targets the samples' labels or, for regression, as many numbers for each sample
  /// @throws ShapeError if these are no whole samples, or not as many of both; ValueError if
  ///         `features` is below 1, or for a null pointer
  Dataset(std::span<Input> inputs, Index features, std::span<Target> targets, double scale = 1.0,
          std::vector<Index> shape = {}) requires is_view
      : Dataset(columns(inputs, features), columns_for(targets, inputs, features), scale,
                std::move(shape)) {}

  /// What would not be seen, or no longer: a sentence from the compiler.
  template <class I, class T>
  requires(is_view && (detail::NotForView<I, Input> || detail::NotForView<T, Target>))
      Dataset(I&&, Index, T&&, double = 1.0, const std::vector<Index>& = {})
      : Dataset(std::span<Input>(), 1, std::span<Target>()) {
    static_assert(std::is_lvalue_reference_v<I> && std::is_lvalue_reference_v<T>,
                  "ridge::Dataset: a view of a temporary would outlive it; give it a name");
    static_assert(!std::is_lvalue_reference_v<I> || !std::is_lvalue_reference_v<T> ||
                      !(detail::NotForView<I, Input> || detail::NotForView<T, Target>),
                  "ridge::Dataset: a view converts nothing: its types must be those of the "
                  "containers, DatasetView<float, int> for std::vector<float> and <int>");
  }

  /// Numbers of another type: a sentence from the compiler.
  template <class X, class T>
  requires(!is_view && (detail::OfOtherNumbers<X, Input> || detail::OfOtherNumbers<T, Target>))
      Dataset(const X&, const T&, double = 1.0, const std::vector<Index>& = {}) {
    static_assert(!detail::OfOtherNumbers<X, Input>,
                  "ridge::Dataset: the inputs have another type than the dataset's; convert them, "
                  "inputs.cast<float>(), or take their type for Dataset<Input, Target>");
    static_assert(!detail::OfOtherNumbers<T, Target>,
                  "ridge::Dataset: the targets have another type than the dataset's: an integer "
                  "for classes, float or double for regression; convert them: labels.cast<int>()");
  }

  /// The same samples with a weight for each: the losses of training and evaluation are weighted
  /// means.
  /// @throws ShapeError if there is not one weight a sample, ValueError for one that is negative,
  ///         infinite or NaN, and for a sum that is 0 or no normal number
  template <class Weights>
  Dataset with_weights(const Eigen::MatrixBase<Weights>& given) const {
    if (given.rows() != 1 && given.cols() != 1 && given.size() > 0)
      throw ShapeError(detail::text("Dataset: sample weights are a row or a column, got ",
                                    given.rows(), " x ", given.cols(), " of them"));
    if (given.size() != size())
      throw ShapeError(
          detail::text("Dataset: ", size(), " samples, but ", given.size(), " sample weights"));
    const Matrix<double> values = given.template cast<double>();
    RowVector<double> weights = Eigen::Map<const RowVector<double>>(values.data(), size());
    for (Index n = 0; n < size(); ++n)
      if (!(weights(n) >= 0 && std::isfinite(weights(n))))
        throw ValueError(detail::text("Dataset: sample weights must be finite numbers >= 0, got ",
                                      weights(n), " for sample ", n));
    const double sum = weights.sum();
    if (size() > 0 && sum == 0)
      throw ValueError("Dataset: every sample weight is 0, so there is nothing to learn");
    if (size() > 0 && !(sum >= std::numeric_limits<double>::min() && std::isfinite(sum)))
      throw ValueError(detail::text("Dataset: the sample weights add up to ", sum,
                                    ", too small or too large a number to divide by; only their "
                                    "ratios count, so scale them"));
    Dataset weighted = *this;
    weighted.weights_ = std::move(weights);
    return weighted;
  }

  Index size() const { return inputs_.cols(); }
  Index features() const { return inputs_.rows(); }
  const Inputs& inputs() const { return inputs_; }
  const Targets& targets() const { return targets_; }
  const RowVector<double>& weights() const { return weights_; }  ///< empty: each counts the same
  double scale() const { return scale_; }
  const std::vector<Index>& shape() const { return shape_; }

  /// One sample as a network sees it: converted and scaled.
  /// @throws ValueError if there is no such sample
  template <std::floating_point Scalar>
  Vector<Scalar> sample(Index index) const {
    if (index < 0 || index >= size())
      throw ValueError(detail::text("Dataset: sample ", index, " of ", size()));
    return inputs_.col(index).template cast<Scalar>() * static_cast<Scalar>(scale_);
  }

 private:
  template <class T>
  static Targets row_of(const Eigen::MatrixBase<T>& labels) {
    if (labels.rows() != 1 && labels.cols() != 1)
      throw ShapeError(detail::text(
          "Dataset: expected 1 row of labels, got ", labels.rows(), " x ", labels.cols(),
          "; of one-hot columns take the row of each one's 1, and to learn several numbers a "
          "sample take float or double as the type of targets"));
    Targets row(labels.size());
    for (Index n = 0; n < row.size(); ++n)
      row(n) = labels.rows() == 1 ? labels(0, n) : labels(n, 0);
    return row;
  }

  static Inputs columns(std::span<Input> inputs, Index features) {
    if (features < 1)
      throw ValueError(detail::text("Dataset: features must be at least 1, got ", features));
    const auto count = static_cast<Index>(inputs.size());
    if (count % features != 0)
      throw ShapeError(detail::text("Dataset: ", count, " numbers are no whole samples of ",
                                    features, " features"));
    return {inputs.data(), features, count / features};
  }

  static Targets columns_for(std::span<Target> targets, std::span<Input> inputs, Index features) {
    const auto count = static_cast<Index>(targets.size());
    if constexpr (has_classes) return {targets.data(), 1, count};
    const Index samples = columns(inputs, features).cols();
    if (samples == 0 ? count > 0 : count % samples != 0)
      throw ShapeError(detail::text("Dataset: ", samples, " samples, but ", count,
                                    " targets, which is no multiple of it"));
    return {targets.data(), samples == 0 ? 0 : count / samples, samples};
  }

  /// What to do if one sample a row was given, else nothing.
  const char* transposed() const {
    if (inputs_.rows() == targets_.cols())
      return "; inputs are features x samples, one sample a column: transpose them";
    if (inputs_.cols() == targets_.rows())
      return "; targets have one column for each sample: transpose them";
    return has_classes ? "; each sample, a column of the inputs, has one"
                       : "; each sample, a column of the inputs, has its column of them";
  }

  Inputs inputs_;
  Targets targets_;
  RowVector<double> weights_;
  double scale_;
  std::vector<Index> shape_;
};

/// A dataset in memory that somebody else owns, to be trained on, evaluated, split and tuned with
/// as any other: nothing is copied. See `Dataset`.
template <class Input, class Target>
using DatasetView = Dataset<const Input, const Target>;

}  // namespace ridge
