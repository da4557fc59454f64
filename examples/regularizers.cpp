// Trains one network on a few images under one regularizer after the other, and shows side by side
// what each does to its errors and to its weights.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

namespace {

using ridge::Dropout;
using ridge::Index;
using ridge::Linear;
using ridge::ReLU;
using ridge::Sequential;

using Images = ridge::Dataset<std::uint8_t, std::uint8_t>;

struct Options {
  std::string data = "data/mnist";
  Index samples = 1000;
  int epochs = 100;
  std::uint64_t seed = 1;
};

/// One line of the table. What has no strength does nothing, so that one type serves all.
struct Regularizer {
  const char* name;
  double l2 = 0, l1 = 0, group_lasso = 0;
  double max_norm = std::numeric_limits<double>::infinity();
  double input_dropout = 0, dropout = 0;
  Index shift = 0;   // pixels
  int patience = 0;  // epochs; 0: train to the end
};

/// The strengths are the best of a few on the held-out images of MNIST, not on its test images.
const Regularizer regularizers[]{
    {.name = "none"},
    {.name = "L2", .l2 = 6e-3},
    {.name = "L1", .l1 = 1e-4},
    {.name = "group lasso", .group_lasso = 1e-4},
    {.name = "dropout", .input_dropout = 0.2, .dropout = 0.5},
    {.name = "dropout, max-norm", .max_norm = 3, .input_dropout = 0.2, .dropout = 0.5},
    {.name = "shifts", .shift = 2},
    {.name = "early stopping", .patience = 10},
};

struct Parts {
  Images train, held_out, test;
};

/// The first images to train on, as many of the next to watch, and all test images.
Parts load(const Options& options) {
  const ridge::Mnist data = ridge::load_mnist(options.data);
  const auto images = [&](Index first) {
    std::vector<Index> indices(static_cast<std::size_t>(std::max<Index>(options.samples, 0)));
    std::iota(indices.begin(), indices.end(), first);
    return ridge::subset(data.train, indices);
  };
  return {images(0), images(options.samples), data.test};
}

/// Everything begins with the same weights and takes the images in the same order.
void compare(const Regularizer& r, const Options& options, const Parts& data) {
  const Index inputs = data.train.features(), hidden = 128, classes = 10;
  Sequential net{Dropout{r.input_dropout}, Linear<float>{inputs, hidden}, ReLU{},
                 Dropout{r.dropout}, Linear<float>{hidden, classes}};
  ridge::initialize(net, ridge::Random{options.seed});

  const auto objective = ridge::CrossEntropy{} + ridge::L2{r.l2} + ridge::L1{r.l1} +
                         ridge::GroupLasso{r.group_lasso} + ridge::MaxNorm{r.max_norm};
  const ridge::SGD sgd{.learning_rate = 0.02, .momentum = 0.9};
  const ridge::FitOptions fit_options{
      .epochs = options.epochs, .batch_size = 32, .seed = options.seed, .shift = r.shift};
  if (r.patience > 0)
    ridge::fit(net, objective, sgd, data.train, fit_options, ridge::Validate{data.held_out},
               ridge::EarlyStopping{{.patience = r.patience}});
  else
    ridge::fit(net, objective, sgd, data.train, fit_options);

  const auto error = [&](const Images& images) {
    return 100 * (1 - ridge::evaluate(net, ridge::CrossEntropy{}, images).accuracy.value());
  };
  double squares = 0, zeros = 0, size = 0;
  ridge::for_each_parameter(net, [&](const std::string&, const auto& parameter) {
    if (parameter.role == ridge::Role::weight) squares += parameter.value.squaredNorm();
  });
  for (const ridge::Sparsity& weight : ridge::sparsity(net)) {
    zeros += static_cast<double>(weight.zeros);
    size += static_cast<double>(weight.size);
  }
  auto smaller = net;
  const Index left = hidden - ridge::compact(smaller);
  std::printf("%-17s %10.2f%% %13.2f%% %9.2f%% %11.2f %6.1f%% %7lld\n", r.name, error(data.train),
              error(data.held_out), error(data.test), std::sqrt(squares), 100 * zeros / size,
              static_cast<long long>(left));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Compares regularizers on a few of MNIST's handwritten digits."};
  app.option_defaults()->always_capture_default();
  app.add_option("--data", options.data, "Folder with MNIST's four files, gzipped or not")
      ->envname("RIDGE_MNIST_DIR");
  app.add_option("--samples", options.samples, "Images to train on, and as many to hold out");
  app.add_option("--epochs", options.epochs, "How often every image is seen, at most");
  app.add_option("--seed", options.seed, "Of the initial weights and the order of the images");
  CLI11_PARSE(app, argc, argv);

  try {
    const Parts data = load(options);
    std::printf("%-17s %11s %14s %10s %11s %7s %7s\n", "Regularizer", "Train error",
                "Held-out error", "Test error", "Weight norm", "Zeros", "Neurons");
    for (const Regularizer& regularizer : regularizers) compare(regularizer, options, data);
  } catch (const ridge::Error& error) {
    std::fprintf(stderr, "regularizers: %s\n", error.what());
    return 1;
  }
}
