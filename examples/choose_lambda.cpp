// Chooses how strongly to penalize a network's weights: by cross-validation along a path of
// lambdas, and by a Bayesian search that chooses the learning rate and dropout with it. Writes what
// it has seen as pictures and tables.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ridge/data/mnist.hpp>
#include <ridge/report/folder.hpp>
#include <ridge/report/html.hpp>
#include <ridge/report/path_plots.hpp>
#include <ridge/report/search_plots.hpp>
#include <ridge/ridge.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/path_progress.hpp>
#include <ridge/tuning/search_progress.hpp>

namespace {

using ridge::Dropout;
using ridge::Index;
using ridge::Linear;
using ridge::ReLU;
using ridge::Sequential;

using Images = ridge::Dataset<std::uint8_t, std::uint8_t>;
using Net = Sequential<Linear<float>, ReLU, Dropout, Linear<float>>;

struct Options {
  std::string data = "data/mnist", penalty = "l2", report;
  Index samples = 1000;
  int lambdas = 12, folds = 5, epochs = 20, trials = 24, threads = 0;
  double strongest = 0.3, weakest = 1e-5;
  std::uint64_t seed = 1;
};

Options read_options(int argc, char** argv) {
  Options options;
  CLI::App app{"Chooses lambda for a network on a few of MNIST's handwritten digits."};
  app.option_defaults()->always_capture_default();
  app.add_option("--data", options.data, "Folder with MNIST's four files, gzipped or not")
      ->envname("RIDGE_MNIST_DIR");
  app.add_option("--samples", options.samples, "Images to choose by, the first ones")
      ->check(CLI::PositiveNumber);
  app.add_option("--penalty", options.penalty, "Of the weights")
      ->check(CLI::IsMember({"l1", "l2"}));
  app.add_option("--lambdas", options.lambdas, "How many to try");
  app.add_option("--strongest", options.strongest, "The first lambda");
  app.add_option("--weakest", options.weakest, "The last lambda");
  app.add_option("--folds", options.folds, "Of cross-validation");
  app.add_option("--epochs", options.epochs, "Of each training");
  app.add_option("--trials", options.trials, "Of the Bayesian search; 0: no search");
  app.add_option("--seed", options.seed, "Of weights, folds, orders and proposals");
  app.add_option("--threads", options.threads, "Trainings at once; 0: one a processor");
  app.add_option("--report", options.report, "Folder for an HTML page and tables");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return options;
}

Net network(Index features, double dropout, ridge::Random random) {
  constexpr Index hidden = 64, classes = 10;
  Net net{Linear<float>{features, hidden}, ReLU{}, Dropout{dropout},
          Linear<float>{hidden, classes}};
  ridge::initialize(net, random);
  return net;
}

auto objective(const Options& options, double lambda) {
  return ridge::CrossEntropy{} + ridge::L1{options.penalty == "l1" ? lambda : 0} +
         ridge::L2{options.penalty == "l2" ? lambda : 0};
}

ridge::SGD sgd(double learning_rate) { return {.learning_rate = learning_rate, .momentum = 0.9}; }

ridge::FitOptions fit_options(const Options& options) {
  return {.epochs = options.epochs, .batch_size = 32, .seed = options.seed};
}

double test_error(const Net& net, const Images& test) {
  return 100 * (1 - ridge::evaluate(net, ridge::CrossEntropy{}, test).accuracy.value());
}

void print(const ridge::LambdaPath& path) {
  std::printf("%10s %12s %24s %12s %7s\n", "Lambda", "Train error", "Validation error",
              "Weight norm", "Zeros");
  for (const ridge::PathPoint& p : path.points())
    std::printf("%10.3g %11.2f%% %14.2f%% +- %5.2f%% %12.2f %6.1f%%%s%s\n", p.lambda,
                100 * p.train_error->mean, 100 * p.validation_error->mean,
                100 * p.validation_error->standard_error, p.weight_norm, 100 * p.zeros,
                p.lambda == path.lambda_min() ? "  min" : "",
                p.lambda == path.lambda_1se() ? "  1se" : "");
}

/// The lambdas that a path tries, and how each does in every fold.
auto find_path(const Options& options, const Images& data) {
  return ridge::penalty_path(
      network(data.features(), 0, ridge::Random{options.seed}),
      [&](double lambda) { return objective(options, lambda); }, sgd(0.02), data,
      ridge::KFold{.folds = options.folds, .seed = options.seed},
      {.lambdas = ridge::log_spaced(options.strongest, options.weakest, options.lambdas),
       .fit = fit_options(options),
       .choose_by = ridge::PathMeasure::error,
       .stops_on_signal = true,
       .progress = ridge::PathProgress{stderr}});
}

/// Of lambda together with what it depends on.
ridge::BayesianSearch search_of(const Options& options) {
  const ridge::SearchSpace space{{"lambda", ridge::LogUniform{options.weakest, options.strongest}},
                                 {"learning rate", ridge::LogUniform{0.002, 0.1}},
                                 {"dropout", ridge::Uniform{0, 0.6}}};
  return ridge::BayesianSearch{space,
                               {.trials = options.trials, .seed = options.seed, .at_once = 2}};
}

/// Each trial is the mean loss over the folds.
ridge::SearchResult run_search(const ridge::BayesianSearch& search, const Options& options,
                               const Images& data, ridge::StopOnSignal& stop) {
  return search.run(
      [&](const ridge::Trial& trial) -> ridge::Measurement {
        const auto learn = [&](const Images& train, ridge::Random random) {
          Net net = network(train.features(), trial["dropout"], random);
          ridge::fit(net, objective(options, trial["lambda"]), sgd(trial["learning rate"]), train,
                     fit_options(options));
          return [net](const Images& held_out) {
            return ridge::evaluate(net, ridge::CrossEntropy{}, held_out);
          };
        };
        return ridge::cross_validate(data,
                                     ridge::KFold{.folds = options.folds, .seed = options.seed},
                                     learn, {.seed = options.seed})
            .loss;
      },
      ridge::SearchProgress{stdout, ridge::SearchProgress::Lines::notable}, stop);
}

std::string pictures(const std::vector<ridge::Plot>& plots, const ridge::ReportFolder& folder,
                     const std::string& name) {
  std::vector<std::string> svgs;
  for (const ridge::Plot& plot : plots) {
    svgs.push_back(plot.svg());
    folder.write(name + "_" + std::to_string(svgs.size()) + ".svg", svgs.back());
  }
  return ridge::html_plots(svgs);
}

/// @return whether it was interrupted
bool choose(const Options& options) {
  std::optional<ridge::ReportFolder> folder;  // made first: it would be late to fail at the end
  if (!options.report.empty()) folder.emplace(options.report);
  std::optional<ridge::BayesianSearch> search;
  if (options.trials != 0) search.emplace(search_of(options));
  if (options.threads > 0) ridge::set_threads(options.threads);
  const ridge::Mnist mnist = ridge::load_mnist(options.data);
  if (options.samples > mnist.train.size())
    throw ridge::ValueError("--samples " + std::to_string(options.samples) + ": there are " +
                            std::to_string(mnist.train.size()) + " images");
  std::vector<Index> first(static_cast<std::size_t>(options.samples));
  std::iota(first.begin(), first.end(), Index{0});
  const Images data = ridge::subset(mnist.train, first);
  ridge::Page page("Choosing lambda");
  const auto show = [&](const char* heading, const std::string& warning,
                        const std::vector<ridge::Plot>& plots, const std::string& name) {
    if (!warning.empty()) std::printf("%s\n", warning.c_str());
    if (!folder) return;
    const std::string intro = warning.empty() ? "" : ridge::html_paragraph(warning);
    page.section(heading, intro + pictures(plots, *folder, name));
    folder->write(ridge::ReportFolder::page, page.html());
  };

  const auto path = find_path(options, data);
  print(path);
  if (folder) folder->write("path.csv", path.csv());
  show("Path of lambdas",
       path.interrupted() ? "Interrupted: these are the lambdas that were done in time."
                          : path.edge_warning(),
       ridge::path_plots(path), "path");
  if (path.interrupted()) return true;
  std::vector<std::vector<std::string>> table{{"Trained on all images with", "Test error"}};
  const auto report = [&](const std::string& chosen, const Net& net) {
    char error[32];
    std::snprintf(error, sizeof error, "%.2f%%", test_error(net, mnist.test));
    std::printf("Trained on all %lld images with %s: test error %s\n",
                static_cast<long long>(data.size()), chosen.c_str(), error);
    table.push_back({chosen, error});
  };
  for (const double lambda : std::set{path.lambda_min(), path.lambda_1se()}) {
    char chosen[64];
    std::snprintf(chosen, sizeof chosen, "lambda = %.3g", lambda);
    report(chosen, path.refit(data, lambda));
  }
  if (folder) {
    page.section("Choices", ridge::html_table(table));
    folder->write(ridge::ReportFolder::page, page.html());
  }
  if (!search) return false;

  ridge::StopOnSignal stop;
  const ridge::SearchResult found = run_search(*search, options, data, stop);
  if (folder) found.write_csv(folder->path() / "search.csv");
  show("Bayesian search", found.edge_warning(), ridge::search_plots(found), "search");
  if (found.interrupted) return true;
  const ridge::FinishedTrial& best = found.best();
  Net net = network(data.features(), best["dropout"], ridge::Random{options.seed});
  ridge::fit(net, objective(options, best["lambda"]), sgd(best["learning rate"]), data,
             fit_options(options));
  table.resize(1);
  report(best.parameters.text(), net);
  if (folder) {
    page.section("The best of " + std::to_string(found.trials.size()) + " trials",
                 ridge::html_table(table));
    folder->write(ridge::ReportFolder::page, page.html());
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  try {
    if (!choose(options)) return 0;
  } catch (const ridge::Interrupted&) {
  } catch (const ridge::Error& error) {
    std::fprintf(stderr, "choose_lambda: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "choose_lambda: interrupted; what was done is above%s\n",
               options.report.empty() ? "" : " and in the report");
  return 130;  // as after a Ctrl-C that ends a process
}
