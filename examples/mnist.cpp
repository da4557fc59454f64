// Trains a multilayer perceptron on MNIST, or on any images in its format, and shows each epoch's
// loss and test accuracy. It uses the public interface only: read it as the tutorial.

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ridge/data/mnist.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>

namespace {

using ridge::Index;
using ridge::Linear;
using ridge::named;
using ridge::ReLU;
using ridge::Sequential;

struct Options {
  std::string data = "data/mnist", initial_weights, save_initial, save, log;
  std::vector<Index> hidden{128};
  int epochs = 5;
  Index batch_size = 64;
  ridge::SGD sgd{.learning_rate = 0.01, .weight_decay = 1e-4};
  double l2 = 0;
  std::uint64_t seed = 1;
  int threads = ridge::threads();
  bool no_shuffle = false, quiet = false;
};

/// A line of comma-separated values for each epoch, written as soon as the epoch ends.
class Log {
 public:
  explicit Log(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "w")) {
    if (!file_) throw ridge::FileError(path, std::strerror(errno));
    write("%s\n", "epoch,train_loss,penalty,objective,test_accuracy,train_seconds");
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { std::fclose(file_); }

  void operator()(const ridge::EpochReport& e) {
    write("%d,%.9g,%.9g,%.9g,%.4f,%.6f\n", e.epoch, e.train_loss, e.penalty, e.objective,
          e.validation->accuracy.value(), e.seconds);
  }

 private:
  template <class... Values>
  void write(const char* format, Values... values) {
    if (std::fprintf(file_, format, values...) < 0 || std::fflush(file_) != 0)
      throw ridge::FileError(path_, std::strerror(errno));
  }

  std::string path_;
  std::FILE* file_;
};

/// Trains one network as the options say. Names and shapes of its weights are those of the same
/// network in PyTorch: fc1.weight, fc1.bias, fc2.weight, ...
template <class Net>
void train(Net net, const Options& options, const ridge::Mnist& data) {
  if (options.initial_weights.empty())
    ridge::initialize(net, ridge::Random{options.seed});
  else
    ridge::load_weights(options.initial_weights, net);
  if (!options.save_initial.empty()) ridge::save_weights(options.save_initial, net);
  if (!options.save.empty()) ridge::AtomicFile{options.save};  // a wrong path fails now, not later
  std::optional<Log> log;
  if (!options.log.empty()) log.emplace(options.log);

  const auto objective = ridge::CrossEntropy{} + ridge::L2{options.l2};
  const auto started = std::chrono::steady_clock::now();
  ridge::fit(net, objective, options.sgd, data.train,
             {.epochs = options.epochs,
              .batch_size = options.batch_size,
              .shuffle = !options.no_shuffle,
              .seed = options.seed},
             ridge::Validate{data.test, "Test"}, ridge::Progress{options.quiet ? nullptr : stdout},
             [&](const ridge::EpochReport& report) {
               if (log) (*log)(report);
             });
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  if (!options.quiet) std::printf("Time: %.2f s\n", taken.count());

  if (!options.save.empty()) ridge::save_weights(options.save, net);
}

/// The perceptron's shape is part of its type, so each number of hidden layers is a type of its
/// own.
void train_network(const Options& options, const ridge::Mnist& data) {
  const Index inputs = data.train.features(), classes = 10;
  const std::vector<Index>& h = options.hidden;
  switch (h.size()) {
    case 1:
      return train(Sequential{named("fc1", Linear<float>{inputs, h[0]}), ReLU{},
                              named("fc2", Linear<float>{h[0], classes})},
                   options, data);
    case 2:
      return train(Sequential{named("fc1", Linear<float>{inputs, h[0]}), ReLU{},
                              named("fc2", Linear<float>{h[0], h[1]}), ReLU{},
                              named("fc3", Linear<float>{h[1], classes})},
                   options, data);
    default:
      return train(Sequential{named("fc1", Linear<float>{inputs, h[0]}), ReLU{},
                              named("fc2", Linear<float>{h[0], h[1]}), ReLU{},
                              named("fc3", Linear<float>{h[1], h[2]}), ReLU{},
                              named("fc4", Linear<float>{h[2], classes})},
                   options, data);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Trains a multilayer perceptron on MNIST's handwritten digits."};
  app.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--data", options.data,
                 "Folder with MNIST's four files, gzipped or not; scripts/train_mnist.sh finds or "
                 "downloads it")
      ->envname("RIDGE_MNIST_DIR");
  app.add_option("--epochs", options.epochs, "How often every image is seen");
  app.add_option("--batch-size", options.batch_size, "Images a step");
  app.add_option("--learning-rate", options.sgd.learning_rate, "Of stochastic gradient descent");
  app.add_option("--momentum", options.sgd.momentum, "Of stochastic gradient descent");
  app.add_flag("--nesterov", options.sgd.nesterov, "Nesterov's momentum");
  app.add_option("--weight-decay", options.sgd.weight_decay, "The optimizer's, on all parameters");
  app.add_option("--l2", options.l2, "The objective's penalty l2/2 * sum(w^2), on weights only");
  app.add_option("--hidden", options.hidden, "Neurons of one to three hidden layers: N[,N[,N]]")
      ->delimiter(',')
      ->expected(1, 3)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app.add_option("--threads", options.threads, "At most so many; the results are the same");
  app.add_option("--seed", options.seed, "Of the initial weights and the order of the images");
  app.add_flag("--no-shuffle", options.no_shuffle, "Take the images in the files' order");
  app.option_defaults()->always_capture_default(false);
  app.add_option("--initial-weights", options.initial_weights, "Safetensors file to start from");
  app.add_option("--save-initial", options.save_initial, "Where to write the initial weights");
  app.add_option("--save", options.save, "Where to write the trained weights");
  app.add_option("--log", options.log, "CSV file with a line for each epoch");
  app.add_flag("--quiet", options.quiet, "Print nothing but errors");
  CLI11_PARSE(app, argc, argv);

  try {
    ridge::set_threads(options.threads);
    train_network(options, ridge::load_mnist(options.data));
  } catch (const ridge::Error& error) {
    std::fprintf(stderr, "mnist: %s\n", error.what());
    return 1;
  }
}
