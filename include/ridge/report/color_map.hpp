#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/io/png.hpp>

namespace ridge {

/// `count` colors from dark blue over gray to bright yellow: the map cividis (Nunez, Anderton and
/// Renslow, 2018), made to look the same to people of every color sight. It gets lighter all the
/// way, so it is read without colors too.
/// @throws ValueError if `count` is not 2 to 256
inline std::vector<Color> cividis(int count) {
  if (count < 2 || count > 256)
    throw ValueError(detail::text("cividis: count must be 2 to 256, got ", count));
  constexpr std::array<Color, 9> stops{{{0, 34, 78},
                                        {26, 56, 111},
                                        {67, 78, 108},
                                        {97, 101, 111},
                                        {125, 124, 120},
                                        {155, 148, 118},
                                        {188, 174, 108},
                                        {222, 201, 88},
                                        {254, 232, 56}}};
  std::vector<Color> colors;
  for (int k = 0; k < count; ++k) {
    const double at = 8.0 * k / (count - 1);
    const std::size_t left = std::min<std::size_t>(static_cast<std::size_t>(at), 7);
    const double share = at - static_cast<double>(left);
    Color color{};
    for (std::size_t c = 0; c < 3; ++c)
      color[c] = static_cast<std::uint8_t>(
          std::lround((1 - share) * stops[left][c] + share * stops[left + 1][c]));
    colors.push_back(color);
  }
  return colors;
}

/// Numbers as a picture in `cividis`: gray is 0, yellow is `largest` and more, dark blue the same
/// below 0. NaN is gray.
/// @param values  height * width, row by row, as a neuron's weights of an image's pixels
/// @param largest of what is shown; pictures to be compared have the same
/// @throws ShapeError if there are not height * width values, ValueError if `largest` is not a
///         finite number above 0
inline Image signed_image(const Eigen::Ref<const Vector<double>>& values, Index height, Index width,
                          double largest) {
  constexpr int half = 32;  // a palette of 65 colors makes small files
  if (height < 1 || width < 1 || values.size() != height * width)
    throw ShapeError(detail::text("signed_image: ", height, " x ", width, " pixels, but ",
                                  values.size(), " values"));
  if (!(largest > 0 && std::isfinite(largest)))
    throw ValueError(
        detail::text("signed_image: largest must be a finite number above 0, got ", largest));
  Image image{.width = width, .height = height, .palette = cividis(2 * half + 1)};
  for (const double v : values) {
    const double share = std::isnan(v) ? 0 : std::clamp(v / largest, -1.0, 1.0);
    image.pixels.push_back(static_cast<std::uint8_t>(half + std::lround(half * share)));
  }
  return image;
}

}  // namespace ridge
