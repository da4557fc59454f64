#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <ridge/io/png.hpp>

#include "catch.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

using ridge::Color;
using ridge::encode_png;
using ridge::Image;
using ridge::Index;
using ridge::ShapeError;
using ridge::ValueError;

namespace {

std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t k = 0; k < 4; ++k) value = value * 256 + static_cast<std::uint8_t>(bytes[k]);
  return value;
}

/// What a file holds, and which filters its rows have.
struct Decoded {
  Image image;
  std::set<int> filters;
};

/// Checks the structure and the checksums of what `encode_png` may write, and undoes its filters by
/// the specification's own formulas.
Decoded decode(std::string_view file) {
  REQUIRE(file.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  std::string packed, order;
  Decoded result;
  Image& image = result.image;
  int type = -1;
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t size = number(file.substr(at));
    REQUIRE(at + 12 + size <= file.size());
    const std::string_view name = file.substr(at + 4, 4), content = file.substr(at + 8, size);
    CHECK(number(file.substr(at + 8 + size)) ==
          crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(size + 4)));
    at += 12 + size;
    order.append(name).append(" ");
    if (name == "IHDR") {
      REQUIRE(size == 13);
      image.width = static_cast<Index>(number(content));
      image.height = static_cast<Index>(number(content.substr(4)));
      CHECK(content[8] == 8);
      type = content[9];
      CHECK(content.substr(10) == std::string_view("\0\0\0", 3));
    } else if (name == "PLTE") {
      for (std::size_t k = 0; k < size; k += 3)
        image.palette.push_back({static_cast<std::uint8_t>(content[k]),
                                 static_cast<std::uint8_t>(content[k + 1]),
                                 static_cast<std::uint8_t>(content[k + 2])});
    } else if (name == "IDAT") {
      packed = content;
    }
  }
  CHECK(order == (type == 3 ? "IHDR PLTE IDAT IEND " : "IHDR IDAT IEND "));
  image.channels = type == 2 ? 3 : 1;
  const auto n = static_cast<std::size_t>(image.channels),
             row = static_cast<std::size_t>(image.width) * n,
             height = static_cast<std::size_t>(image.height);
  std::vector<std::uint8_t> raw((row + 1) * height);
  uLongf size = raw.size();
  REQUIRE(uncompress(raw.data(), &size, reinterpret_cast<const Bytef*>(packed.data()),
                     packed.size()) == Z_OK);
  REQUIRE(size == raw.size());
  image.pixels.resize(row * height);
  const auto pixel = [&](std::size_t y, std::size_t k, std::size_t up, std::size_t left) -> int {
    return y < up || k < left ? 0 : image.pixels[(y - up) * row + k - left];
  };
  for (std::size_t y = 0; y < height; ++y) {
    const int filter = raw[y * (row + 1)];
    result.filters.insert(filter);
    for (std::size_t k = 0; k < row; ++k) {
      const int a = pixel(y, k, 0, n), b = pixel(y, k, 1, 0), c = pixel(y, k, 1, n);
      int prediction = 0;
      if (filter == 1) prediction = a;
      if (filter == 2) prediction = b;
      if (filter == 3) prediction = (a + b) >> 1;
      if (filter == 4) {
        const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
        prediction = c;
        if (pb <= pc) prediction = b;
        if (pa <= pb && pa <= pc) prediction = a;
      }
      image.pixels[y * row + k] =
          static_cast<std::uint8_t>(raw[y * (row + 1) + 1 + k] + prediction);
    }
  }
  return result;
}

Image noise(Index width, Index height, int channels, std::uint64_t bound = 256) {
  Image image{width, height, channels, {}, {}};
  ridge::Random random{3};
  for (Index k = 0; k < width * height * channels; ++k)
    image.pixels.push_back(static_cast<std::uint8_t>(random.below(bound)));
  return image;
}

/// x and y steps of brightness, and a little noise, as in a photograph.
Image slope(int x_step, int y_step, std::uint64_t bound) {
  Image image = noise(40, 30, 1, bound);
  for (Index y = 0; y < 30; ++y)
    for (Index x = 0; x < 40; ++x) {
      auto& pixel = image.pixels[static_cast<std::size_t>(y * 40 + x)];
      pixel = static_cast<std::uint8_t>(pixel + 128 + x * x_step + y * y_step);
    }
  return image;
}

void check_returns(const Image& image) {
  const Image back = decode(encode_png(image)).image;
  CHECK(back.width == image.width);
  CHECK(back.height == image.height);
  CHECK(back.channels == image.channels);
  CHECK(back.pixels == image.pixels);
  CHECK(back.palette == image.palette);
}

}  // namespace

TEST_CASE("a PNG has the pixels that it was made of") {
  const auto size = GENERATE(Index{1}, Index{2}, Index{28}, Index{333});
  check_returns(noise(size, 5, 1));
  check_returns(noise(5, size, 3));
  check_returns(noise(size, size, 3));
}

TEST_CASE("a PNG of a palette has places in it") {
  Image image = noise(17, 9, 1, 5);
  image.palette = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {1, 2, 3}, {254, 253, 252}};
  check_returns(image);
  image = noise(20, 20, 1);
  for (int k = 0; k < 256; ++k) image.palette.push_back({static_cast<std::uint8_t>(k), 7, 9});
  check_returns(image);
  CHECK(decode(encode_png(image)).filters == std::set<int>{0});
}

TEST_CASE("a PNG's rows have the filter that suits them") {
  Image image{40, 1, 1, std::vector<std::uint8_t>(40, 0), {}};
  CHECK(decode(encode_png(image)).filters == std::set<int>{0});
  CHECK(decode(encode_png(slope(3, 0, 1))).filters.count(2) == 1);
  CHECK(decode(encode_png(slope(0, 60, 1))).filters ==
        std::set<int>{1, 4});  // 4 for its first pixel
  std::set<int> all;
  for (const Image& each : {slope(0, 60, 2), slope(3, 5, 9), slope(9, 5, 3), slope(5, 9, 30),
                            noise(40, 30, 1, 40), noise(40, 30, 3)}) {
    check_returns(each);
    all.merge(decode(encode_png(each)).filters);
  }
  CHECK(all == std::set<int>{0, 1, 2, 3, 4});
}

TEST_CASE("filters make a PNG of a slope small") {
  const Image image = slope(3, 5, 1);
  CHECK(encode_png(image).size() < 200);  // of 1200 pixels
}

TEST_CASE("a PNG is written as a file") {
  const test::TemporaryFolder folder;
  const Image image = noise(8, 8, 3);
  ridge::write_png(folder / "image.png", image);
  CHECK(test::read_file(folder / "image.png") == encode_png(image));
  CHECK(test::contains(test::message_of<ridge::FileError>(
                           [&] { ridge::write_png(folder / "none" / "image.png", image); }),
                       "none"));
}

TEST_CASE("what is no image is refused") {
  const auto message = [](const Image& image) {
    return test::message_of<ValueError>([&] { encode_png(image); });
  };
  CHECK(message({}) == "png: width and height must be 1 to 65535, got 0 x 0");
  CHECK(message({.width = 3, .height = -1}) ==
        "png: width and height must be 1 to 65535, got 3 x -1");
  CHECK(message({.width = std::numeric_limits<Index>::max(), .height = 1}) ==
        "png: width and height must be 1 to 65535, got 9223372036854775807 x 1");
  CHECK(message({.width = 1, .height = 1, .channels = 2}) ==
        "png: channels must be 1 (gray, palette) or 3 (RGB), got 2");
  CHECK(message({.width = 65535, .height = 65535}) ==
        "png: 65535 x 65535 pixels of 1 bytes are more than 268435456; make the picture smaller");
  CHECK(test::message_of<ShapeError>([] {
          encode_png({.width = 2, .height = 2, .channels = 3, .pixels = {1, 2, 3}});
        }) == "png: 2 x 2 pixels of 3 bytes are 12 bytes, got 3");

  Image image = noise(2, 1, 1, 2);
  image.palette = std::vector<Color>(257);
  CHECK(message(image) ==
        "png: a palette has up to 256 colors for 1 channel, got 257 colors for 1 channels");
  image.palette = std::vector<Color>(2);
  image.pixels = {1, 2};
  CHECK(message(image) == "png: pixel 1 is color 2 of 2; the first is 0");
  image = noise(1, 1, 3);
  image.palette = std::vector<Color>(2);
  CHECK(test::contains(message(image), "2 colors for 3 channels"));
}
