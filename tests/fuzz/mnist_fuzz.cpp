// Any bytes as a file of images and one of labels: the first two bytes say how long the first is.
// Memory: what the files' contents may be, of the labels twice, since they are made a row.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <ridge/data/mnist.hpp>

#include "file_of.hpp"
#include "loads.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const fuzz::Bytes both(data + 2, size - 2);
  const std::size_t split = std::min<std::size_t>(data[0] + 256u * data[1], both.size());
  const fuzz::Bytes images = both.first(split), labels = both.subspan(split);
  const std::string images_path = fuzz::file_of(images, "images");
  const std::string labels_path = fuzz::file_of(labels, "labels");

  std::optional<ridge::Dataset<std::uint8_t, std::uint8_t>> set;
  const std::size_t most =
      2 * fuzz::idx_overhead + fuzz::longest_content(images) + 2 * fuzz::longest_content(labels);
  if (!fuzz::loads(most, [&] { set = ridge::load_labeled_images(images_path, labels_path); }))
    return 0;
  fuzz::require(set->size() > 0 && set->size() == set->targets().cols() && set->features() > 0 &&
                    set->shape().size() == 2 &&
                    set->shape()[0] * set->shape()[1] == set->features(),
                "a set of images has as many labels, and pixels as its shape says");
  return 0;
}
