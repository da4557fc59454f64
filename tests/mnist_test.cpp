#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <ridge/data/mnist.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
using ridge::FileError;
using ridge::FormatError;
using ridge::Idx;
using ridge::Index;
using ridge::load_labeled_images;
using ridge::load_mnist;
using ridge::ShapeError;
using test::contains;
using test::message_of;

namespace {

/// Pixels and labels count up from `first`.
template <class T = std::uint8_t>
Idx<T> counting(std::vector<Index> shape, int first = 0) {
  Index size = 1;
  for (const Index extent : shape) size *= extent;
  const Index columns = shape[0];
  Idx<T> idx{shape, ridge::Matrix<T>(columns == 0 ? 0 : size / columns, columns)};
  for (Index i = 0; i < size; ++i) idx.values(i) = static_cast<T>(first + i);
  return idx;
}

/// Three images of 2 x 4 pixels for training, and two for testing.
void write_mnist(const fs::path& train_images, const fs::path& train_labels,
                 const fs::path& test_images, const fs::path& test_labels) {
  for (const auto& path : {train_images, train_labels, test_images, test_labels})
    fs::create_directories(path.parent_path());
  ridge::write_idx(train_images, counting({3, 2, 4}));
  ridge::write_idx(train_labels, counting({3}, 5));
  ridge::write_idx(test_images, counting({2, 2, 4}, 100));
  ridge::write_idx(test_labels, counting({2}, 7));
}

void write_mnist(const test::TemporaryFolder& folder) {
  write_mnist(folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte",
              folder / "t10k-images-idx3-ubyte", folder / "t10k-labels-idx1-ubyte");
}

void check_mnist(const fs::path& folder) {
  const auto [train, test] = load_mnist(folder);
  CHECK(train.size() == 3);
  CHECK(train.features() == 8);
  CHECK(train.shape() == std::vector<Index>{2, 4});
  CHECK(train.scale() == 1.0 / 255);
  CHECK(train.inputs()(0, 0) == 0);
  CHECK(train.inputs()(7, 0) == 7);
  CHECK(train.inputs()(0, 2) == 16);
  CHECK(train.targets()(0) == 5);
  CHECK(train.targets()(2) == 7);
  CHECK(test.size() == 2);
  CHECK(test.inputs()(7, 1) == 115);
  CHECK(test.targets()(1) == 8);
  CHECK(test.sample<double>(0)(3) == 103 * (1.0 / 255));
}

}  // namespace

TEST_CASE("the digits that come with ridge load") {
  const auto [train, test] = load_mnist(RIDGE_DIGITS);
  CHECK(train.size() == 1415);
  CHECK(test.size() == 382);
  for (const auto& part : {train, test}) {
    CHECK(part.shape() == std::vector<Index>{8, 8});
    CHECK(part.features() == 64);
    CHECK(part.inputs().minCoeff() == 0);
    CHECK(part.inputs().maxCoeff() == 255);
    CHECK(part.targets().minCoeff() == 0);
    CHECK(part.targets().maxCoeff() == 9);
    for (int label = 0; label <= 9; ++label) {
      const double share =
          static_cast<double>((part.targets().cast<int>().array() == label).count()) /
          static_cast<double>(part.size());
      CHECK(std::abs(share - 0.1) < 0.01);
    }
  }
  CHECK(train.targets().head(3) == ridge::RowVector<std::uint8_t, 3>(0, 1, 2));
  // The first image's first two rows, 0 0 5 13 9 1 0 0 and 0 0 13 15 10 15 5 0 of 16.
  CHECK(train.inputs().col(0).head(16).cast<int>() ==
        ridge::Vector<int, 16>{{0, 0, 80, 207, 143, 16, 0, 0, 0, 0, 207, 239, 159, 239, 80, 0}});
}

TEST_CASE("the four files are found under each of their usual names") {
  const test::TemporaryFolder folder;
  const std::string place = GENERATE("", "MNIST/raw", "raw");
  const std::string separator = GENERATE("-", "."), ending = GENERATE("", ".gz");
  const bool kaggle = GENERATE(false, true);
  const auto path = [&](const std::string& stem, const std::string& idx) {
    const std::string name = stem + separator + idx + ending;
    return kaggle ? folder / place / name / name : folder / place / name;
  };
  write_mnist(path("train-images", "idx3-ubyte"), path("train-labels", "idx1-ubyte"),
              path("t10k-images", "idx3-ubyte"), path("t10k-labels", "idx1-ubyte"));
  check_mnist(folder.path());
}

TEST_CASE("names may be mixed, and a file goes before its gzipped copy") {
  const test::TemporaryFolder folder;
  write_mnist(folder / "train-images-idx3-ubyte", folder / "raw" / "train-labels.idx1-ubyte.gz",
              folder / "t10k-images.idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte");
  test::write_file(folder / "train-images-idx3-ubyte.gz", "cut off");
  check_mnist(folder.path());
}

TEST_CASE("a missing folder says where it was looked for") {
  const test::TemporaryFolder folder;
  const auto here = fs::current_path() / "no-such-folder";
  const std::string message = message_of<FileError>([] { load_mnist("no-such-folder"); });
  CHECK(contains(message, "no-such-folder: is no folder (looked for " + here.string() + ")"));
  CHECK(contains(message, "give the one that holds MNIST's four files"));

  test::write_file(folder / "file", "");
  CHECK(contains(message_of<FileError>([&] { load_mnist(folder / "file"); }), "is no folder"));
  CHECK(contains(message_of<FileError>([] { load_mnist(""); }), "is no folder"));
}

TEST_CASE("a missing file says which names were tried") {
  const test::TemporaryFolder folder;
  const auto refusal = [&] { return message_of<FileError>([&] { load_mnist(folder.path()); }); };
  CHECK(
      contains(refusal(), folder.path().string() + ": holds no train-images; tried train-images"));
  write_mnist(folder);
  check_mnist(folder.path());
  fs::remove(folder / "t10k-labels-idx1-ubyte");
  CHECK(contains(refusal(),
                 ": holds no t10k-labels; tried t10k-labels{-,.}idx1-ubyte{,.gz} here, in "
                 "MNIST/raw, in raw, and in a folder of that name"));
}

TEST_CASE("images and labels that are not what they should be are refused") {
  const test::TemporaryFolder folder;
  const auto images = folder / "images", labels = folder / "labels";
  ridge::write_idx(images, counting({3, 2, 4}));
  ridge::write_idx(labels, counting({3}));
  CHECK(load_labeled_images(images, labels).size() == 3);

  CHECK(
      contains(message_of<FormatError>([&] { load_labeled_images(labels, images); }),
               "labels: at byte 0: expected magic 0x00000803 (uint8, 3 dimensions) for images, got "
               "0x00000801 (uint8, 1 dimension): are images and labels swapped?"));
  CHECK(
      contains(message_of<FormatError>([&] { load_labeled_images(images, images); }),
               "images: at byte 0: expected magic 0x00000801 (uint8, 1 dimension) for labels, got "
               "0x00000803 (uint8, 3 dimensions): are images and labels swapped?"));

  ridge::write_idx(folder / "floats", counting<float>({3, 2, 4}));
  const std::string floats =
      message_of<FormatError>([&] { load_labeled_images(folder / "floats", labels); });
  CHECK(contains(floats, "for images, got 0x00000d03 (float, 3 dimensions)"));
  CHECK_FALSE(contains(floats, "swapped"));
}

TEST_CASE("as many labels as images are needed, and at least one") {
  const test::TemporaryFolder folder;
  const auto images = folder / "images", labels = folder / "labels";
  ridge::write_idx(images, counting({3, 2, 4}));
  ridge::write_idx(labels, counting({2}));
  const std::string counts = message_of<ShapeError>([&] { load_labeled_images(images, labels); });
  CHECK(contains(counts, images.string() + " holds 3 images, but " + labels.string() +
                             " 2 labels: do they belong together?"));

  const std::vector<Index> shape = GENERATE(as<std::vector<Index>>{}, std::vector<Index>{0, 28, 28},
                                            std::vector<Index>{3, 0, 28});
  ridge::write_idx(images, counting(shape));
  CHECK(contains(message_of<FormatError>([&] { load_labeled_images(images, labels); }),
                 "images: at byte 4: expected at least one image of at least one pixel, got " +
                     ridge::detail::idx_extents(shape)));
}

TEST_CASE("training and test images have the same size") {
  const test::TemporaryFolder folder;
  write_mnist(folder);
  ridge::write_idx(folder / "t10k-images-idx3-ubyte", counting({2, 4, 2}));
  CHECK(contains(message_of<ShapeError>([&] { load_mnist(folder.path()); }),
                 "the training images are 2 x 4 pixels, but the test images 4 x 2"));
}

TEST_CASE("a damaged file is named") {
  const test::TemporaryFolder folder;
  const auto images = folder / "images", labels = folder / "labels";
  ridge::write_idx(images, counting({3, 2, 4}));
  test::write_file(labels, test::read_file(images).substr(0, 2));
  CHECK(contains(message_of<FormatError>([&] { load_labeled_images(images, labels); }),
                 labels.string() + ": at byte 2: the file ends after 2 of the 4 bytes"));
}
