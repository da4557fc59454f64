#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/io/atomic_file.hpp>

namespace ridge {

/// Red, green, blue.
using Color = std::array<std::uint8_t, 3>;

/// A picture of bytes, row by row from the top.
struct Image {
  Index width = 0, height = 0;
  int channels = 1;  ///< of a pixel: 1 is gray, or a place in the palette, 3 is RGB
  std::vector<std::uint8_t> pixels{};  ///< width * height * channels
  std::vector<Color> palette{};        ///< up to 256 colors; none: the pixels are gray or RGB
};

namespace detail {

inline constexpr Index largest_side = 65535;         // of an image
inline constexpr Index most_bytes = Index{1} << 28;  // of its pixels

/// @throws ValueError, ShapeError for an image that is none, or too large
inline void require_image(const Image& image) {
  const Index w = image.width, h = image.height, n = image.channels;
  if (w < 1 || h < 1 || w > largest_side || h > largest_side)
    throw ValueError(
        text("png: width and height must be 1 to ", largest_side, ", got ", w, " x ", h));
  if (n != 1 && n != 3)
    throw ValueError(text("png: channels must be 1 (gray, palette) or 3 (RGB), got ", n));
  if (w * h * n > most_bytes)
    throw ValueError(text("png: ", w, " x ", h, " pixels of ", n, " bytes are more than ",
                          most_bytes, "; make the picture smaller"));
  if (static_cast<Index>(image.pixels.size()) != w * h * n)
    throw ShapeError(text("png: ", w, " x ", h, " pixels of ", n, " bytes are ", w * h * n,
                          " bytes, got ", image.pixels.size()));
  const std::size_t colors = image.palette.size();
  if (colors == 0) return;
  if (n != 1 || colors > 256)
    throw ValueError(text("png: a palette has up to 256 colors for 1 channel, got ", colors,
                          " colors for ", n, " channels"));
  for (std::size_t k = 0; k < image.pixels.size(); ++k)
    if (image.pixels[k] >= colors)
      throw ValueError(text("png: pixel ", k, " is color ", int{image.pixels[k]}, " of ", colors,
                            "; the first is 0"));
}

inline void append_big_endian(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

/// Length, type, content, and the checksum of the last two.
inline void append_png_chunk(std::string& out, std::string_view type, std::string_view content) {
  append_big_endian(out, content.size());
  const std::size_t start = out.size();
  out.append(type).append(content);
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + start);
  append_big_endian(out, crc32(0, bytes, static_cast<uInt>(out.size() - start)));
}

/// What a PNG filter takes a byte for: a the byte to the left of it, b above, c above the left one
/// (PNG specification, section 9).
inline int png_prediction(int filter, int a, int b, int c) {
  switch (filter) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return (a + b) / 2;
    case 4: {  // Paeth's: the nearest to a + b - c
      const int pa = std::abs(b - c), pb = std::abs(a - c), pc = std::abs(a + b - 2 * c);
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    default:
      return 0;
  }
}

/// The rows, each after the number of its filter: of the five the one whose differences, as signed
/// bytes, have the smallest sum of sizes. Places in a palette are left as they are, since their
/// differences mean little (both as the specification advises, section 12.8).
inline std::string filter_png_rows(const Image& image) {
  const auto step = static_cast<std::size_t>(image.channels);
  const std::size_t row = static_cast<std::size_t>(image.width) * step;
  const std::vector<std::uint8_t> zeros(row, 0);
  const std::uint8_t* above = zeros.data();
  const int filters = image.palette.empty() ? 5 : 1;
  std::string out, best, tried(row + 1, '\0');
  out.reserve((row + 1) * static_cast<std::size_t>(image.height));
  for (Index y = 0; y < image.height; ++y) {
    const std::uint8_t* now = image.pixels.data() + static_cast<std::size_t>(y) * row;
    std::size_t smallest = ~std::size_t{0};
    for (int filter = 0; filter < filters; ++filter) {
      tried[0] = static_cast<char>(filter);
      std::size_t sum = 0;
      for (std::size_t k = 0; k < row; ++k) {
        const bool first = k < step;
        const int a = first ? 0 : now[k - step], c = first ? 0 : above[k - step];
        const int byte = (now[k] - png_prediction(filter, a, above[k], c)) & 0xff;
        tried[k + 1] = static_cast<char>(byte);
        sum += static_cast<std::size_t>(byte < 128 ? byte : 256 - byte);
      }
      if (sum >= smallest) continue;
      smallest = sum;
      best = tried;
    }
    out += best;
    above = now;
  }
  return out;
}

}  // namespace detail

/// An image as the bytes of a PNG file, the same for the same pixels and version of zlib.
/// @throws ValueError if a side is not 1 to 65535, the pixels are more than 2^28 bytes, the
/// channels
///         not 1 or 3, or a pixel is not in the palette; ShapeError if there are not as many pixels
inline std::string encode_png(const Image& image) {
  detail::require_image(image);
  const bool indexed = !image.palette.empty();
  std::string out = "\x89PNG\r\n\x1a\n", header;
  detail::append_big_endian(header, static_cast<std::size_t>(image.width));
  detail::append_big_endian(header, static_cast<std::size_t>(image.height));
  header += '\x08';  // bits a channel
  header += indexed ? '\x03' : image.channels == 3 ? '\x02' : '\x00';
  header.append(3, '\0');  // deflate, the five filters, not interlaced
  detail::append_png_chunk(out, "IHDR", header);
  if (indexed) {
    std::string colors;
    for (const Color& color : image.palette)
      for (const std::uint8_t part : color) colors += static_cast<char>(part);
    detail::append_png_chunk(out, "PLTE", colors);
  }
  const std::string rows = detail::filter_png_rows(image);
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                reinterpret_cast<const Bytef*>(rows.data()), static_cast<uLong>(rows.size()),
                Z_BEST_COMPRESSION) != Z_OK)
    throw std::bad_alloc();
  detail::append_png_chunk(out, "IDAT", std::string_view(packed).substr(0, size));
  detail::append_png_chunk(out, "IEND", "");
  return out;
}

/// Writes an image as a PNG file.
/// @throws FileError if it cannot be written, and what `encode_png` throws
inline void write_png(const std::filesystem::path& path, const Image& image) {
  write_file(path, encode_png(image));
}

}  // namespace ridge
