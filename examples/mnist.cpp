// Trains a multilayer perceptron on MNIST, or on any images in its format, and shows each epoch's
// loss and test accuracy. It uses the public interface only: read it as the tutorial.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/io/checkpoint.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/report/classifier_report.hpp>
#include <ridge/ridge.hpp>

#include "mnist_options.hpp"

namespace {

using ridge::BatchNorm;
using ridge::Dropout;
using ridge::Index;
using ridge::Linear;
using ridge::named;
using ridge::ReLU;
using ridge::Sequential;

using Images = ridge::Dataset<std::uint8_t, std::uint8_t>;
using Optimizer = ridge::OneOf<ridge::SGD, ridge::Adam>;

Optimizer optimizer_of(const Options& o) {
  if (o.optimizer != "sgd")
    return ridge::Adam{
        .learning_rate = o.learning_rate,
        .weight_decay = o.weight_decay,
        .decay = o.optimizer == "adamw" ? ridge::Decay::decoupled : ridge::Decay::coupled};
  return ridge::SGD{.learning_rate = o.learning_rate,
                    .momentum = o.momentum,
                    .weight_decay = o.weight_decay,
                    .nesterov = o.nesterov};
}

/// The learning rate's factor in step t of `steps`.
std::function<double(std::int64_t)> schedule_of(const std::string& name, std::int64_t steps) {
  steps = std::max<std::int64_t>(steps, 2);
  if (name == "step")
    return ridge::StepDecay{.period = std::max<std::int64_t>(steps / 3, 1), .factor = 0.1};
  if (name == "exponential")  // to a hundredth
    return ridge::ExponentialDecay{std::pow(0.01, 1.0 / static_cast<double>(steps))};
  if (name == "cosine") {
    const std::int64_t warm_up = steps / 10;
    return ridge::WarmUp{warm_up, ridge::CosineAnnealing{.period = steps - warm_up}};
  }
  if (name == "one-cycle") return ridge::OneCycle{.duration = steps};
  return [](std::int64_t) { return 1.0; };
}

/// Comma-separated values: a line for each epoch, written as soon as it ends, with what it takes to
/// repeat the run. Of a resumed run the lines of its earlier epochs are written again.
class Log {
 public:
  Log(const std::string& path, std::uint64_t seed)
      : path_(path), seed_(seed), file_(std::fopen(path.c_str(), "a")) {
    if (!file_) throw ridge::FileError(path, std::strerror(errno));
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() {
    if (file_) std::fclose(file_);
  }

  /// The run has begun, and nothing can be refused any more: an older log goes now.
  void record(auto& run) {
    if (std::exchange(begun_, true)) return;
    file_ = std::freopen(path_.c_str(), "w", file_);
    if (!file_) throw ridge::FileError(path_, std::strerror(errno));
    write("%s\n", "epoch,train_loss,penalty,objective,test_accuracy,train_seconds,seed,build");
    for (const ridge::EpochReport& report : run.reports) line(report);
  }
  void after_epoch(auto& run) { line(run.report); }

 private:
  void line(const ridge::EpochReport& e) {
    const double accuracy = e.validation ? e.validation->accuracy.value_or(NAN) : NAN;
    write("%d,%.9g,%.9g,%.9g,%.4f,%.6f,%llu,\"%s\"\n", e.epoch, e.train_loss, e.penalty,
          e.objective, accuracy, e.seconds, static_cast<unsigned long long>(seed_),
          ridge::build_description().c_str());
  }

  template <class... Values>
  void write(const char* format, Values... values) {
    if (std::fprintf(file_, format, values...) < 0 || std::fflush(file_) != 0)
      throw ridge::FileError(path_, std::strerror(errno));
  }

  std::string path_;
  std::uint64_t seed_;
  std::FILE* file_;
  bool begun_ = false;
};

/// Saves a run's initial weights, if they are asked for, once it has begun.
struct SaveInitial {
  std::string path;

  void record(auto& run) {
    if (!path.empty() && !run.resumed) ridge::save_weights(path, run.net);
    path.clear();
  }
};

/// Keeps the reports of all epochs, of a run that fails too.
struct KeepReports {
  std::vector<ridge::EpochReport>& reports;

  void end(auto& run) { reports = run.reports; }
};

/// A layer that is there or not.
auto when(bool present, const auto& make) { return present ? std::optional(make()) : std::nullopt; }

/// A perceptron with one to three hidden layers. What is not asked for is absent, as if it were not
/// written, so that all of them are one type, which is compiled once.
auto perceptron(Index inputs, Index classes, const Options& options) {
  const std::vector<Index>& sizes = options.hidden;
  const std::size_t hidden = sizes.size();
  const auto linear = [&](std::size_t k) {
    return when(k < hidden, [&] { return Linear<float>{sizes[k - 1], sizes[k]}; });
  };
  const auto batch_norm = [&](std::size_t k) {
    return when(k < hidden && options.batch_norm, [&] { return BatchNorm<float>{sizes[k]}; });
  };
  const auto relu = [&](std::size_t k) { return when(k < hidden, [] { return ReLU{}; }); };
  // All or none of them, since layers without a name are named by their number.
  const bool drops = options.batch_norm || options.dropout > 0 || options.input_dropout > 0;
  const auto dropout = [&](std::size_t k, double rate) {
    return when(k < hidden && drops, [&] { return Dropout{rate}; });
  };
  return Sequential{dropout(0, options.input_dropout),
                    named("fc1", Linear<float>{inputs, sizes[0]}),
                    batch_norm(0),
                    ReLU{},
                    dropout(0, options.dropout),
                    named("fc2", linear(1)),
                    batch_norm(1),
                    relu(1),
                    dropout(1, options.dropout),
                    named("fc3", linear(2)),
                    batch_norm(2),
                    relu(2),
                    dropout(2, options.dropout),
                    named("fc" + std::to_string(hidden + 1), Linear<float>{sizes.back(), classes})};
}

/// Trains a network as the options say. Names and shapes of its weights are those of the same
/// network in PyTorch: fc1.weight, fc1.bias, fc2.weight, ...
/// @return the signal that has interrupted it, or 0
int train(const Options& options, const ridge::Mnist& data) {
  auto net = perceptron(data.train.features(), 10, options);
  if (options.initial_weights.empty())
    ridge::initialize(net, ridge::Random{options.seed});
  else
    ridge::load_weights(options.initial_weights, net);
  if (!options.save.empty()) ridge::AtomicFile{options.save};  // a wrong path fails now, not later
  std::optional<ridge::ReportFolder> report;
  if (!options.report.empty()) report.emplace(options.report);
  std::optional<Log> log;
  if (!options.log.empty()) log.emplace(options.log, options.seed);

  const auto objective = ridge::CrossEntropy{.label_smoothing = options.label_smoothing} +
                         ridge::L1{options.l1} + ridge::L2{options.l2} +
                         ridge::MaxNorm{options.max_norm};
  const ridge::FitOptions fit_options{.epochs = options.epochs,
                                      .batch_size = options.batch_size,
                                      .shuffle = !options.no_shuffle,
                                      .seed = options.seed,
                                      .shift = options.shift,
                                      .step = {.clip_global_norm = options.clip_norm}};
  const auto started = std::chrono::steady_clock::now();
  const bool stops_early = options.early_stopping > 0;
  std::optional<ridge::Split<Images>> parts;
  if (stops_early) parts.emplace(ridge::split(data.train, 0.1, ridge::Random{options.seed}));
  const Images& samples = stops_early ? parts->rest : data.train;
  const Index in_batch = std::max<Index>(options.batch_size, 1);
  const std::int64_t steps = options.epochs * ((samples.size() + in_batch - 1) / in_batch);

  // Callbacks that are not asked for are none.
  std::optional<ridge::EarlyStopping> stopping;
  if (stops_early)
    stopping.emplace(ridge::EarlyStopping::Options{.patience = options.early_stopping});
  std::optional<ridge::StopOnSignal> stop_on_signal;
  std::optional<ridge::Checkpoint> checkpoint;
  if (!options.checkpoint.empty()) {
    stop_on_signal.emplace();
    checkpoint.emplace(options.checkpoint,
                       ridge::Checkpoint::Options{.every_steps = options.checkpoint_steps,
                                                  .every_minutes = options.checkpoint_minutes,
                                                  .resume = options.resume});
  }
  std::vector<ridge::EpochReport> epochs;
  const auto write_report = [&](const std::string& failure) {
    if (!report) return;
    ridge::write_report(*report,
                        {.title = "A multilayer perceptron on " + options.data,
                         .epochs = epochs,
                         .best_epoch = stops_early ? stopping->best_epoch() : 0,
                         .failure = failure,
                         .outputs = ridge::predict(net, data.test).cast<double>(),
                         .weights = ridge::weights_of(net),
                         .options = options.all},
                        data.test);
  };
  try {
    ridge::fit(net, objective, optimizer_of(options), samples, fit_options,
               ridge::LearningRate{schedule_of(options.schedule, steps), ridge::Every::step},
               stops_early ? ridge::Validate{parts->held_out, "Validation"}
                           : ridge::Validate{data.test, "Test"},
               ridge::Progress{options.quiet ? nullptr : stdout}, stopping, stop_on_signal,
               checkpoint, SaveInitial{options.save_initial}, log, KeepReports{epochs});
  } catch (const ridge::DivergenceError& divergence) {
    write_report(divergence.what());
    throw;
  }
  if (stop_on_signal && stop_on_signal->signal() != 0) {
    std::fprintf(stderr, "Run the same command with --resume to go on.\n");
    return stop_on_signal->signal();
  }
  const auto test_accuracy = [&] {
    return 100 * ridge::evaluate(net, ridge::CrossEntropy{}, data.test).accuracy.value();
  };
  if (stops_early && !options.quiet)
    std::printf("Best epoch: %d, Test Accuracy: %.2f%%\n", stopping->best_epoch(), test_accuracy());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  if (!options.quiet) std::printf("Time: %.2f s\n", taken.count());

  if (!options.quiet && options.l1 > 0)
    for (const auto& weight : ridge::sparsity(net))
      std::printf("%s: %.1f%% zeros\n", weight.name.c_str(), 100 * weight.share());
  if (options.compact) {
    const Index cut = ridge::compact(net);
    if (!options.quiet)
      std::printf("Neurons cut: %lld, Test Accuracy: %.2f%%\n", static_cast<long long>(cut),
                  test_accuracy());
  }
  if (!options.save.empty())
    ridge::save_weights(
        options.save, net,
        {{"seed", std::to_string(options.seed)}, {"build", ridge::build_description()}});
  write_report("");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto exit_code = read_command_line(argc, argv, options)) return *exit_code;
  try {
    ridge::set_threads(options.threads);
    const int signal = train(options, ridge::load_mnist(options.data));
    return signal == 0 ? 0 : 128 + signal;
  } catch (const ridge::Error& error) {
    std::fprintf(stderr, "mnist: %s\n", error.what());
    return 1;
  }
}
