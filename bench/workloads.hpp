#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

// The data and the networks of the jobs that are timed.
namespace bench {

using namespace ridge;
using Images = Dataset<std::uint8_t, std::uint8_t>;

/// MNIST's folder, if $RIDGE_MNIST_DIR names one.
inline std::optional<std::filesystem::path> mnist_folder() {
  const char* const folder = std::getenv("RIDGE_MNIST_DIR");
  return folder ? std::optional<std::filesystem::path>(folder) : std::nullopt;
}

/// MNIST's training images, or as many random ones of which as many pixels are zero.
inline const Images& images() {
  static const Images all = [] {
    if (const auto folder = mnist_folder()) return load_mnist(*folder).train;
    Matrix<std::uint8_t> pixels(784, 60000);
    RowVector<std::uint8_t> labels(60000);
    Random random{1};
    for (auto& pixel : pixels.reshaped()) {
      const auto value = random.below(5 * 255);
      pixel = value < 255 ? static_cast<std::uint8_t>(value + 1) : std::uint8_t{0};
    }
    for (auto& label : labels.reshaped()) label = static_cast<std::uint8_t>(random.below(10));
    return Images(std::move(pixels), std::move(labels), 1.0 / 255);
  }();
  return all;
}

inline auto classic() {
  Sequential net{Linear<float>{784, 128}, ReLU{}, Linear<float>{128, 10}};
  initialize(net, Random{1});
  return net;
}
inline auto wide() {
  Sequential net{Linear<float>{784, 1024},  ReLU{}, Linear<float>{1024, 1024}, ReLU{},
                 Linear<float>{1024, 2048}, ReLU{}, Linear<float>{2048, 10}};
  initialize(net, Random{1});
  return net;
}

}  // namespace bench
