// The command line of `mnist`, apart from it since CLI11 takes as long to compile as a network.

#include "mnist_options.hpp"

#include <CLI/CLI.hpp>

std::optional<int> read_command_line(int argc, char** argv, Options& options) {
  CLI::App app{"Trains a multilayer perceptron on MNIST's handwritten digits."};
  app.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--data", options.data,
                 "Folder with MNIST's four files, gzipped or not; scripts/train_mnist.sh finds or "
                 "downloads it")
      ->envname("RIDGE_MNIST_DIR");
  app.add_option("--epochs", options.epochs, "How often every image is seen");
  app.add_option("--batch-size", options.batch_size, "Images a step");
  app.add_option("--optimizer", options.optimizer, "Which")
      ->check(CLI::IsMember({"sgd", "adam", "adamw"}));
  app.add_option("--learning-rate", options.learning_rate, "The optimizer's");
  app.add_option("--schedule", options.schedule, "Of the learning rate, over the whole run")
      ->check(CLI::IsMember({"constant", "step", "exponential", "cosine", "one-cycle"}));
  app.add_option("--momentum", options.momentum, "Of sgd");
  app.add_flag("--nesterov", options.nesterov, "Nesterov's momentum, for sgd");
  app.add_option("--weight-decay", options.weight_decay, "The optimizer's, on all parameters");
  app.add_option("--l2", options.l2, "The objective's penalty l2/2 * sum(w^2), on weights only");
  app.add_option("--l1", options.l1, "The objective's penalty l1 * sum(|w|), on weights only");
  app.add_option("--max-norm", options.max_norm, "Bound of the norm of each neuron's weights");
  app.add_option("--dropout", options.dropout, "Share of each hidden layer that is dropped");
  app.add_option("--input-dropout", options.input_dropout, "Share of the pixels that is dropped");
  app.add_flag("--batch-norm", options.batch_norm, "Batch normalization in each hidden layer");
  app.add_option("--label-smoothing", options.label_smoothing, "Share of a label for all classes");
  app.add_option("--clip-norm", options.clip_norm, "Bound of the gradients' norm; 0 is none");
  app.add_option("--shift", options.shift, "Pixels that images are moved by, at most");
  app.add_option("--early-stopping", options.early_stopping,
                 "Hold out a tenth of the training images, stop when so many epochs did not get "
                 "better on them, and take the best epoch's weights; 0 is never");
  app.add_flag("--compact", options.compact, "Cut dead neurons out at the end");
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
  app.add_option("--log", options.log,
                 "CSV file with a line for each epoch; with --early-stopping its accuracy is the "
                 "held-out images'");
  app.add_option("--report", options.report,
                 "Folder for a page about the run, index.html, and its numbers as CSV files");
  auto* checkpoint =
      app.add_option("--checkpoint", options.checkpoint,
                     "Folder to save the whole run in as it goes on, and when it is interrupted");
  app.add_flag("--resume", options.resume, "Go on from the newest checkpoint, if there is one")
      ->needs(checkpoint);
  app.add_option("--checkpoint-minutes", options.checkpoint_minutes, "Between two; 0 is never")
      ->capture_default_str()
      ->needs(checkpoint);
  app.add_option("--checkpoint-steps", options.checkpoint_steps, "The same in steps; 0 is never")
      ->capture_default_str()
      ->needs(checkpoint);
  app.add_flag("--quiet", options.quiet, "Print nothing but errors");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  for (const CLI::Option* option : app.get_options())
    if (const std::string value = option->count() > 0 ? CLI::detail::join(option->reduced_results())
                                                      : option->get_default_str();
        !value.empty())
      options.all.emplace_back(option->get_name(), value);
  return std::nullopt;
}
