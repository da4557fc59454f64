#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>

/// What `mnist` is asked to do.
struct Options {
  std::string data = "data/mnist", initial_weights, save_initial, save, log, checkpoint, report;
  std::vector<ridge::Index> hidden{128};
  int epochs = 5;
  ridge::Index batch_size = 64;
  std::string optimizer = "sgd", schedule = "constant";
  double learning_rate = 0.01, momentum = 0, weight_decay = 1e-4;
  bool nesterov = false;
  double l1 = 0, l2 = 0, max_norm = std::numeric_limits<double>::infinity();
  double input_dropout = 0, dropout = 0, label_smoothing = 0, clip_norm = 0;
  bool batch_norm = false, compact = false;
  ridge::Index shift = 0;
  int early_stopping = 0;
  std::int64_t checkpoint_steps = 0;
  double checkpoint_minutes = 1;
  bool resume = false;
  std::uint64_t seed = 1;
  int threads = ridge::threads();
  bool no_shuffle = false, quiet = false;
  std::vector<std::pair<std::string, std::string>> all{};  // by name, as they were given
};

/// Reads the command line, and prints its help or what is wrong with it.
/// @return the program's exit code, if that was all
std::optional<int> read_command_line(int argc, char** argv, Options& options);
