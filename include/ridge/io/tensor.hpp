#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

static_assert(std::endian::native == std::endian::little,
              "ridge: model files are little-endian and are read and written as memory holds them");

/// The types of a tensor's elements, by their sizes: those of safetensors that are whole bytes.
enum class DType { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

/// A scalar whose values a Tensor can be made of and read as: float, double and the integers.
template <class T>
concept TensorScalar = std::same_as<T, float> || std::same_as<T, double> ||
    (std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8);

namespace detail {

/// `text` as a JSON string, in its quotes; what is not UTF-8 in it is replaced.
inline std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline constexpr std::array<std::string_view, 13> dtype_names{
    "BOOL", "U8", "I8", "U16", "I16", "F16", "BF16", "U32", "I32", "F32", "U64", "I64", "F64"};

}  // namespace detail

/// As the file format writes it, e.g. "F32".
constexpr std::string_view name_of(DType dtype) {
  return detail::dtype_names[static_cast<std::size_t>(dtype)];
}

/// Of one element, in bytes.
constexpr std::size_t size_of(DType dtype) {
  return dtype <= DType::i8 ? 1 : dtype <= DType::bf16 ? 2 : dtype <= DType::f32 ? 4 : 8;
}

/// The type with this name, if there is one.
constexpr std::optional<DType> find_dtype(std::string_view name) {
  for (std::size_t i = 0; i < detail::dtype_names.size(); ++i)
    if (detail::dtype_names[i] == name) return static_cast<DType>(i);
  return std::nullopt;
}

/// The type that holds a C++ scalar as it is.
template <TensorScalar T>
constexpr DType dtype_of() {
  if constexpr (std::floating_point<T>) return sizeof(T) == 4 ? DType::f32 : DType::f64;
  constexpr bool sign = std::signed_integral<T>;
  if constexpr (sizeof(T) == 1) return sign ? DType::i8 : DType::u8;
  if constexpr (sizeof(T) == 2) return sign ? DType::i16 : DType::u16;
  if constexpr (sizeof(T) == 4) return sign ? DType::i32 : DType::u32;
  return sign ? DType::i64 : DType::u64;
}

namespace detail {

/// Row-major elements, where their bytes are, as a matrix; T is const if the bytes are.
template <class T, class Bytes>
auto map_of(Bytes& bytes, Index rows, Index cols) {
  using RowMajor = Eigen::Matrix<std::remove_const_t<T>, Dynamic, Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<std::conditional_t<std::is_const_v<T>, const RowMajor, RowMajor>>;
  return Map(reinterpret_cast<T*>(bytes.data()), rows, cols);
}

/// A vector has one extent, every other matrix two.
template <class M>
std::vector<Index> shape_of(const Eigen::MatrixBase<M>& values) {
  if constexpr (M::ColsAtCompileTime == 1)
    return {values.rows()};
  else
    return {values.rows(), values.cols()};
}

inline std::string shape_text(const std::vector<Index>& shape, std::string_view separator = ", ") {
  std::string out;
  for (const Index extent : shape) out += text(out.empty() ? "[" : separator, extent);
  return out.empty() ? "[]" : out + "]";
}

/// What a tensor takes in bytes, unless that is no number of 64 bits.
inline std::optional<std::uint64_t> bytes_of(DType dtype, const std::vector<Index>& shape) {
  std::uint64_t bytes = size_of(dtype);
  for (const Index extent : shape) {
    const auto factor = static_cast<std::uint64_t>(extent);
    if (extent < 0 || (factor > 0 && bytes > std::numeric_limits<std::uint64_t>::max() / factor))
      return std::nullopt;
    bytes *= factor;
  }
  return bytes;
}

}  // namespace detail

/// A named array of any rank, as a model file holds it: row-major, the last extent the fastest.
struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<Index> shape;      ///< outermost first; none for a single number
  std::vector<std::byte> bytes;  ///< the elements, little-endian

  friend bool operator==(const Tensor&, const Tensor&) = default;

  /// From a vector (one column at compile time) a tensor of one extent, else rows x columns.
  template <class Derived>
  requires TensorScalar<typename Derived::Scalar>
  static Tensor from(std::string name, const Eigen::MatrixBase<Derived>& values) {
    using T = typename Derived::Scalar;
    Tensor tensor{std::move(name), dtype_of<T>(), detail::shape_of(values), {}};
    tensor.bytes.resize(static_cast<std::size_t>(values.size()) * sizeof(T));
    detail::map_of<T>(tensor.bytes, values.rows(), values.cols()) = values;
    return tensor;
  }

  /// A tensor of two extents, rows x columns.
  /// @throws ShapeError if it has not two, ValueError if its elements are not of type T
  template <TensorScalar T>
  Matrix<T> matrix() const {
    require<T>();
    if (shape.size() != 2) throw ShapeError(description() + " is not a matrix");
    return detail::map_of<const T>(bytes, shape[0], shape[1]);
  }

  /// A tensor of one extent.
  /// @throws ShapeError if it has not one, ValueError if its elements are not of type T
  template <TensorScalar T>
  Vector<T> vector() const {
    require<T>();
    if (shape.size() != 1) throw ShapeError(description() + " is not a vector");
    return detail::map_of<const T>(bytes, shape[0], 1);
  }

  /// The elements of a tensor of any shape, row-major.
  /// @throws ValueError if they are not of type T
  template <TensorScalar T>
  Vector<T> elements() const {
    require<T>();
    return detail::map_of<const T>(bytes, static_cast<Index>(bytes.size() / sizeof(T)), 1);
  }

  /// For messages, e.g. `tensor "fc1.weight" of F32 [128, 784]`.
  std::string description() const {
    return detail::text("tensor ", detail::json_string(name), " of ", name_of(dtype), " ",
                        detail::shape_text(shape));
  }

  /// @throws ShapeError unless there are as many bytes as the type and the shape make
  void require_consistent() const {
    if (detail::bytes_of(dtype, shape) != bytes.size())
      throw ShapeError(detail::text(description(), " cannot have ", bytes.size(), " bytes"));
  }

 private:
  template <TensorScalar T>
  void require() const {
    require_consistent();
    if (dtype != dtype_of<T>())
      throw ValueError(detail::text(description(), " cannot be read as ", name_of(dtype_of<T>())));
  }
};

}  // namespace ridge
