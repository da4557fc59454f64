#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/byte_reader.hpp>
#include <ridge/data/byte_writer.hpp>
#include <ridge/data/large_pages.hpp>

namespace ridge {

/// The element types of IDX, the format of MNIST's files, by their codes in the file.
enum class IdxType : std::uint8_t {
  uint8 = 0x08,
  int8 = 0x09,
  int16 = 0x0b,
  int32 = 0x0c,
  float32 = 0x0d,
  float64 = 0x0e
};

/// A type that IDX has a code for.
template <class T>
concept IdxElement = std::same_as<T, std::uint8_t> || std::same_as<T, std::int8_t> ||
    std::same_as<T, std::int16_t> || std::same_as<T, std::int32_t> || std::same_as<T, float> ||
    std::same_as<T, double>;

/// An array of any number of dimensions, as an IDX file holds it.
template <IdxElement T>
struct Idx {
  /// The extents, outermost first, e.g. {60000, 28, 28}; none for a single value.
  std::vector<Index> shape;
  /// The values in the file's order: one column for each entry of the outermost dimension.
  Matrix<T> values;
};

/// An array of whichever type the file has.
using AnyIdx = std::variant<Idx<std::uint8_t>, Idx<std::int8_t>, Idx<std::int16_t>,
                            Idx<std::int32_t>, Idx<float>, Idx<double>>;

namespace detail {

template <IdxElement T>
inline constexpr IdxType idx_type = std::same_as<T, std::uint8_t>   ? IdxType::uint8
                                    : std::same_as<T, std::int8_t>  ? IdxType::int8
                                    : std::same_as<T, std::int16_t> ? IdxType::int16
                                    : std::same_as<T, std::int32_t> ? IdxType::int32
                                    : std::same_as<T, float>        ? IdxType::float32
                                                                    : IdxType::float64;

/// E.g. `uint8`; empty if there is no such type.
constexpr std::string_view idx_type_name(IdxType type) {
  constexpr std::string_view names[] = {"uint8", "int8", "", "int16", "int32", "float", "double"};
  const unsigned index = static_cast<unsigned>(type) - 0x08u;
  return index < std::size(names) ? names[index] : "";
}

struct IdxHeader {
  IdxType type;
  std::vector<Index> shape;
};

/// A file's first four bytes in words, e.g. `0x00000803 (uint8, 3 dimensions)`.
inline std::string idx_magic(IdxType type, std::size_t dimensions) {
  char magic[16];
  std::snprintf(magic, sizeof magic, "0x0000%02x%02x", static_cast<unsigned>(type),
                static_cast<unsigned>(dimensions));
  return text(magic, " (", idx_type_name(type), ", ", dimensions, " dimension",
              dimensions == 1 ? ")" : "s)");
}

inline std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

inline std::uint64_t idx_size(const std::vector<Index>& shape) {
  std::uint64_t size = 1;
  for (const Index extent : shape)
    size = saturating_product(size, static_cast<std::uint64_t>(extent));
  return size;
}

/// E.g. `60000 x 28 x 28`.
inline std::string idx_extents(const std::vector<Index>& shape) {
  constexpr std::size_t most = 8;
  std::string out = shape.empty() ? "1" : std::to_string(shape[0]);
  for (std::size_t i = 1; i < std::min(shape.size(), most); ++i) out += text(" x ", shape[i]);
  if (shape.size() > most) out += text(" x ... (", shape.size(), " dimensions)");
  return out;
}

/// From the file's big-endian order to the machine's, or back.
template <class T>
void swap_big_endian(std::span<T> values) {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) {
    auto* bytes = reinterpret_cast<unsigned char*>(values.data());
    for (std::size_t i = 0; i < values.size(); ++i, bytes += sizeof(T))
      std::reverse(bytes, bytes + sizeof(T));
  }
}

inline IdxHeader read_idx_header(ByteReader& in) {
  std::array<unsigned char, 4> magic;
  in.read(magic.data(), magic.size(), "the IDX magic number");
  const auto type = static_cast<IdxType>(magic[2]);
  if (magic[0] != 0 || magic[1] != 0 || idx_type_name(type).empty()) {
    char got[16];
    std::snprintf(got, sizeof got, "%02x %02x %02x %02x", magic[0], magic[1], magic[2], magic[3]);
    throw FormatError(in.path(), 0,
                      text("not an IDX file: expected the bytes 00 00, a type of 08, 09, 0b, 0c, ",
                           "0d or 0e, and the number of dimensions, got ", got,
                           "; if it was downloaded, it may be an error page"));
  }
  std::array<unsigned char, std::size_t{4} * 255> extents;
  in.read(extents.data(), std::size_t{4} * magic[3],
          text("the extents of ", magic[3], " dimensions"));
  IdxHeader header{type, std::vector<Index>(magic[3])};
  const unsigned char* byte = extents.data();
  for (Index& extent : header.shape)
    for (int i = 0; i < 4; ++i) extent = extent << 8 | *byte++;
  return header;
}

/// The rest of the file. Nothing is allocated for more values than the file can hold.
template <IdxElement T>
Idx<T> read_idx_values(ByteReader& in, std::vector<Index> shape) {
  const std::uint64_t size = idx_size(shape), bytes = saturating_product(size, sizeof(T));
  const std::string promise = text(idx_extents(shape), " values of ", idx_type_name(idx_type<T>));
  const auto refuse = [&](const std::string& why) {
    return FormatError(in.path(), 4,
                       text("the header promises ", promise, ", ", bytes, " bytes, but ", why));
  };
  if (bytes > in.remaining_at_most())
    throw refuse(text("at most ", in.remaining_at_most(), " can follow it: the file is truncated ",
                      "or damaged; copy or download it again"));
  Idx<T> idx;
  const Index columns = shape.empty() ? 1 : shape[0];
  try {
    idx.values.resize(columns == 0 ? 0 : static_cast<Index>(size) / columns, columns);
  } catch (const std::bad_alloc&) {
    throw refuse("there is not enough memory");
  }
  idx.shape = std::move(shape);
  prefer_large_pages(idx.values.data(), static_cast<std::size_t>(bytes));
  in.read(idx.values.data(), static_cast<std::size_t>(bytes), promise);
  in.expect_end();
  swap_big_endian(std::span(idx.values.data(), static_cast<std::size_t>(size)));
  return idx;
}

}  // namespace detail

/// Reads an IDX file, gzipped or not, whose elements are T.
/// @throws FileError   if it cannot be opened or read
/// @throws FormatError if its elements are of another type, or it is not exactly one IDX array
template <IdxElement T>
Idx<T> read_idx(const std::filesystem::path& path) {
  detail::ByteReader in(path);
  detail::IdxHeader header = detail::read_idx_header(in);
  if (header.type != detail::idx_type<T>)
    throw FormatError(
        in.path(), 2,
        detail::text("expected elements of ", detail::idx_type_name(detail::idx_type<T>), ", got ",
                     detail::idx_type_name(header.type), "; read_idx(path) reads any type"));
  return detail::read_idx_values<T>(in, std::move(header.shape));
}

/// Reads an IDX file, gzipped or not, of any element type.
/// @throws FileError, FormatError as `read_idx<T>`
inline AnyIdx read_idx(const std::filesystem::path& path) {
  detail::ByteReader in(path);
  auto [type, shape] = detail::read_idx_header(in);
  switch (type) {
    case IdxType::uint8:
      return detail::read_idx_values<std::uint8_t>(in, std::move(shape));
    case IdxType::int8:
      return detail::read_idx_values<std::int8_t>(in, std::move(shape));
    case IdxType::int16:
      return detail::read_idx_values<std::int16_t>(in, std::move(shape));
    case IdxType::int32:
      return detail::read_idx_values<std::int32_t>(in, std::move(shape));
    case IdxType::float32:
      return detail::read_idx_values<float>(in, std::move(shape));
    case IdxType::float64:
      break;
  }
  return detail::read_idx_values<double>(in, std::move(shape));
}

/// Writes an IDX file, gzipped if its name ends in ".gz"; the same array makes the same bytes.
/// @throws ShapeError if IDX has no such shape, or it does not make as many values as there are
/// @throws FileError  if the file cannot be written, and then an older file is what it was
template <IdxElement T>
void write_idx(const std::filesystem::path& path, const Idx<T>& idx) {
  using detail::text;
  const auto& [shape, values] = idx;
  if (shape.size() > 255)
    throw ShapeError(text("write_idx: IDX has at most 255 dimensions, got ", shape.size()));
  std::vector<unsigned char> header{0, 0, static_cast<unsigned char>(detail::idx_type<T>),
                                    static_cast<unsigned char>(shape.size())};
  for (const Index extent : shape) {
    if (extent < 0 || extent > 0xffffffff)
      throw ShapeError(text("write_idx: an extent of IDX is 0 to 4294967295, got ", extent));
    for (const int shift : {24, 16, 8, 0})
      header.push_back(static_cast<unsigned char>(extent >> shift & 0xff));
  }
  if (detail::idx_size(shape) != static_cast<std::uint64_t>(values.size()))
    throw ShapeError(text("write_idx: the shape ", detail::idx_extents(shape), " makes ",
                          detail::idx_size(shape), " values, got ", values.size()));

  detail::ByteWriter out(path);
  out.write(std::as_bytes(std::span(header)));
  std::array<T, 4096> chunk;
  for (Index begin = 0, size = 0; begin < values.size(); begin += size) {
    size = std::min<Index>(chunk.size(), values.size() - begin);
    std::copy_n(values.data() + begin, size, chunk.data());
    const auto part = std::span(chunk).first(static_cast<std::size_t>(size));
    detail::swap_big_endian(part);
    out.write(std::as_bytes(part));
  }
  out.commit();
}

}  // namespace ridge
