#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/data/idx.hpp>

namespace ridge {

/// What the four files of MNIST, or of a set in its format such as Fashion-MNIST, hold.
struct Mnist {
  Dataset<std::uint8_t, std::uint8_t> train;
  Dataset<std::uint8_t, std::uint8_t> test;
};

namespace detail {

inline constexpr std::size_t image_dimensions = 3;
inline constexpr std::size_t label_dimensions = 1;

/// One file of bytes, which must have as many dimensions as its content needs.
inline Idx<std::uint8_t> read_mnist_file(const std::filesystem::path& path,
                                         std::size_t dimensions) {
  ByteReader in(path);
  IdxHeader header = read_idx_header(in);
  const std::size_t got = header.shape.size();
  if (header.type != IdxType::uint8 || got != dimensions) {
    const bool images = dimensions == image_dimensions;
    const bool swapped =
        header.type == IdxType::uint8 && got == (images ? label_dimensions : image_dimensions);
    throw FormatError(in.path(), 0,
                      text("expected magic ", idx_magic(IdxType::uint8, dimensions), " for ",
                           images ? "images" : "labels", ", got ", idx_magic(header.type, got),
                           swapped ? ": are images and labels swapped?" : ""));
  }
  return read_idx_values<std::uint8_t>(in, std::move(header.shape));
}

/// The file that holds `stem`, e.g. train-images, under any of the names that are in use.
inline std::filesystem::path find_mnist_file(const std::filesystem::path& folder,
                                             std::string_view stem, std::size_t dimensions) {
  for (const char* place : {"", "MNIST/raw", "raw"}) {  // torchvision's folders
    for (const char* separator : {"-", "."}) {
      for (const char* ending : {"", ".gz"}) {
        const auto name = text(stem, separator, "idx", dimensions, "-ubyte", ending);
        const auto file = folder / place / name;
        std::error_code ignored;
        for (const auto& candidate : {file, file / name})  // Kaggle unpacks into folders
          if (std::filesystem::is_regular_file(candidate, ignored)) return candidate;
      }
    }
  }
  throw FileError(folder.string(),
                  text("holds no ", stem, "; tried ", stem, "{-,.}idx", dimensions,
                       "-ubyte{,.gz} here, in MNIST/raw, in raw, and in a folder of that name"));
}

}  // namespace detail

/// Reads images and their labels, two IDX files of bytes, gzipped or not.
///
/// An image is a column of height * width pixels, row by row, with the shape {height, width}; the
/// scale is 1/255, so that a network sees 0 to 1.
/// @throws FileError   if a file cannot be opened or read
/// @throws FormatError if a file is not IDX, is damaged, does not hold what it should, or no pixels
/// @throws ShapeError  if there are not as many images as labels
inline Dataset<std::uint8_t, std::uint8_t> load_labeled_images(
    const std::filesystem::path& images_path, const std::filesystem::path& labels_path) {
  auto [shape, pixels] = detail::read_mnist_file(images_path, detail::image_dimensions);
  if (pixels.size() == 0)
    throw FormatError(
        images_path.string(), 4,
        "expected at least one image of at least one pixel, got " + detail::idx_extents(shape));
  const auto labels = detail::read_mnist_file(labels_path, detail::label_dimensions).values;
  if (labels.cols() != pixels.cols())
    throw ShapeError(detail::text(images_path.string(), " holds ", pixels.cols(), " images, but ",
                                  labels_path.string(), " ", labels.cols(),
                                  " labels: do they belong together?"));
  return {std::move(pixels), RowVector<std::uint8_t>(labels), 1.0 / 255, {shape[1], shape[2]}};
}

/// Reads MNIST, or a set in its format, from a folder that holds its four files, gzipped or not.
///
/// The files may have any of their usual names (train-images-idx3-ubyte, train-images.idx3-ubyte)
/// and lie as torchvision (in MNIST/raw) or Kaggle (each in a folder of its own name) puts them.
/// @throws FileError   if the folder or a file is missing
/// @throws FormatError as `load_labeled_images`
/// @throws ShapeError  as `load_labeled_images`, or if the test images have another size
inline Mnist load_mnist(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    throw FileError(folder.string(),
                    "is no folder (looked for " +
                        std::filesystem::absolute(folder, error).string() +
                        "); give the one that holds MNIST's four files, gzipped or not: ridge's "
                        "scripts/download_mnist.sh gets them");
  const auto load = [&](const std::string& part) {
    using namespace detail;
    const auto images = find_mnist_file(folder, part + "-images", image_dimensions);
    const auto labels = find_mnist_file(folder, part + "-labels", label_dimensions);
    return load_labeled_images(images, labels);
  };
  // Side by side: inflating the training images takes as long as an epoch.
  std::optional<Dataset<std::uint8_t, std::uint8_t>> parts[2];
  std::exception_ptr failures[2];
  detail::Team::shared().run(2, [&](int part) {
    try {
      parts[part] = load(part == 0 ? "train" : "t10k");
    } catch (...) {
      failures[part] = std::current_exception();
    }
  });
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  Mnist mnist{std::move(*parts[0]), std::move(*parts[1])};
  const auto &train = mnist.train.shape(), &test = mnist.test.shape();
  if (train != test)
    throw ShapeError(detail::text(folder.string(), ": the training images are ",
                                  detail::idx_extents(train), " pixels, but the test images ",
                                  detail::idx_extents(test)));
  return mnist;
}

}  // namespace ridge
