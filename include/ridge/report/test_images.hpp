#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/io/png.hpp>

namespace ridge::detail {

/// What a report needs of the test images, whatever they are stored in.
struct TestImages {
  RowVector<Index> labels;
  Index height = 0, width = 0;  ///< 0 x 0 unless samples have both
  std::function<Image(Index)> image = {};

  bool are_pictures() const { return height > 0 && width > 0; }
};

/// Bytes are shades of gray as they are; other numbers are, scaled, between 0 for black and 1.
template <class Input, class Target>
TestImages test_images(const Dataset<Input, Target>& test) {
  static_assert(Dataset<Input, Target>::has_classes,
                "ridge::write_report: the report is of classes; targets of regression have none");
  const std::vector<Index>& shape = test.shape();
  TestImages images{test.targets().template cast<Index>()};
  if (shape.size() == 2) images.height = shape[0], images.width = shape[1];
  images.image = [&test](Index n) {
    Image image{.width = test.shape()[1], .height = test.shape()[0]};
    image.pixels.resize(static_cast<std::size_t>(test.features()));
    for (Index k = 0; k < test.features(); ++k) {
      auto& pixel = image.pixels[static_cast<std::size_t>(k)];
      if constexpr (std::is_same_v<std::remove_const_t<Input>, std::uint8_t>) {
        pixel = test.inputs()(k, n);
      } else {
        const double shade = static_cast<double>(test.inputs()(k, n)) * test.scale();
        pixel = static_cast<std::uint8_t>(shade > 0 ? std::lround(255 * std::min(shade, 1.0)) : 0);
      }
    }
    return image;
  };
  return images;
}

}  // namespace ridge::detail
