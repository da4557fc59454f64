// What searches find in as many trials: the medians over 20 seeds of docs/search.md.
//
//   search_benchmark [data/digits [data/mnist]]
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/random_search.hpp>

#include "../tests/test_functions.hpp"

namespace {

constexpr int trials = 40, seeds = 20;

std::string deciles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  char text[80];
  std::snprintf(text, sizeof text, "%.2g (%.2g to %.2g)", at(0.5), at(0.1), at(0.9));
  return text;
}

void measure(const std::string& name, const ridge::SearchSpace& space, double minimum,
             const std::function<double(const ridge::Trial&)>& objective) {
  std::vector<double> random, one, four;
  double seconds = 0;
  int wins = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto best = [&](const ridge::Search& search) {
      return search.run(objective).best().value - minimum;
    };
    random.push_back(best(ridge::RandomSearch{space, {.trials = trials, .seed = seed}}));
    const auto began = std::chrono::steady_clock::now();
    one.push_back(best(ridge::BayesianSearch{space, {.trials = trials, .seed = seed}}));
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    four.push_back(
        best(ridge::BayesianSearch{space, {.trials = trials, .seed = seed, .at_once = 4}}));
    wins += one.back() < random.back();
  }
  std::printf("| %s | %s | %s | %s | %d of %d | %.2f s |\n", name.c_str(), deciles(random).c_str(),
              deciles(one).c_str(), deciles(four).c_str(), wins, seeds, seconds / seeds);
}

/// How many trials it takes to come so near to the minimum.
void measure_trials(const std::string& name, const ridge::SearchSpace& space, double distance,
                    const std::function<double(const ridge::Hyperparameters&)>& value,
                    double noise) {
  constexpr int most = 60, most_random = 2000;
  std::vector<double> random, bayesian;
  int wins = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto needed = [&](const ridge::Search& search, int last) {
      const auto result = search.run([&](const ridge::Trial& trial) {
        return value(trial.parameters) + noise * ridge::Random{trial.random}.normal();
      });
      for (const ridge::FinishedTrial& trial : result.trials)
        if (value(trial.parameters) <= distance) return static_cast<double>(trial.number);
      return static_cast<double>(last + 1);
    };
    bayesian.push_back(needed(ridge::BayesianSearch{space, {.trials = most, .seed = seed}}, most));
    random.push_back(
        needed(ridge::RandomSearch{space, {.trials = most_random, .seed = seed}}, most_random));
    // What has not come so near by its last trial has not won, however long the other took.
    wins += bayesian.back() <= most && bayesian.back() < random.back();
  }
  std::printf("| %s | %g | %s | %s | %d of %d |\n", name.c_str(), distance, deciles(random).c_str(),
              deciles(bayesian).c_str(), wins, seeds);
}

/// The example's network on MNIST, 3 epochs a trial, against the same network with the defaults.
void measure_mnist(const char* folder) {
  const auto mnist = ridge::load_mnist(folder);
  const auto parts = ridge::split(mnist.train, 1.0 / 6, ridge::Random{1});
  const auto train = [&](double lambda, double rate, double dropout, int epochs,
                         std::uint64_t seed) {
    ridge::Sequential net{ridge::Linear<float>{784, 128}, ridge::ReLU{}, ridge::Dropout{dropout},
                          ridge::Linear<float>{128, 10}};
    ridge::initialize(net, ridge::Random{seed});
    ridge::fit(net, ridge::CrossEntropy{} + ridge::L2{lambda}, ridge::SGD{.learning_rate = rate},
               parts.rest, {.epochs = epochs, .batch_size = 64, .seed = seed});
    return net;
  };
  const auto error = [&](const auto& net, const auto& data) {
    return 100 * (1 - *ridge::evaluate(net, ridge::CrossEntropy{}, data).accuracy);
  };
  const auto by_default = train(1e-4, 0.01, 0, 5, 1);
  const ridge::SearchSpace space{{"lambda", ridge::LogUniform{1e-6, 1e-1}},
                                 {"learning_rate", ridge::LogUniform{1e-3, 1}},
                                 {"dropout", ridge::Uniform{0, 0.6}}};
  const ridge::BayesianSearch search{space, {.trials = 25, .seed = 1}};
  const auto result = search.run([&](const ridge::Trial& trial) {
    return error(train(trial["lambda"], trial["learning_rate"], trial["dropout"], 3, 1),
                 parts.held_out);
  });
  const auto& best = result.best();
  const auto net = train(best["lambda"], best["learning_rate"], best["dropout"], 3, 1);
  std::printf(
      "\nMNIST, held-out error: %.2f %% by default (5 epochs), %.2f %% by trial %d of 25 "
      "(3 epochs): %s; test error %.2f %%, %.2f %%\n",
      error(by_default, parts.held_out), best.value, best.number, best.parameters.text().c_str(),
      error(by_default, mnist.test), error(net, mnist.test));
}

void measure_digits(const char* folder) {
  const auto digits = ridge::load_mnist(folder);
  const auto parts = ridge::split(digits.train, 0.25, ridge::Random{1});
  const ridge::SearchSpace space{{"lambda", ridge::LogUniform{1e-6, 1e-1}},
                                 {"hidden", ridge::LogIntegers{8, 256}},
                                 {"learning_rate", ridge::LogUniform{1e-4, 1}}};
  measure("digits", space, 0, [&](const ridge::Trial& trial) {
    const int hidden = trial["hidden"];
    ridge::Sequential net{ridge::Linear<float>{64, hidden}, ridge::ReLU{},
                          ridge::Linear<float>{hidden, 10}};
    ridge::initialize(net, ridge::Random{trial.seed()});
    ridge::fit(net, ridge::CrossEntropy{} + ridge::L2{trial["lambda"]},
               ridge::SGD{.learning_rate = trial["learning_rate"], .momentum = 0.9}, parts.rest,
               {.epochs = 20, .batch_size = 32, .seed = trial.seed()});
    return ridge::evaluate(net, ridge::CrossEntropy{}, parts.held_out).loss;
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::printf(
        "| | random | Bayesian | in rounds of 4 | better than random | time "
        "|\n|---|---|---|---|---|---|\n");
    for (const test::TestFunction& function : test::test_functions())
      measure(function.name, function.space, function.minimum, function.value);
    if (argc > 1) measure_digits(argv[1]);
    std::printf(
        "\n| | within | random, trials | Bayesian, trials | fewer |\n|---|---|---|---|---|\n");
    for (const test::TestFunction& function : test::test_functions())
      if (function.name == "Branin" || function.name == "Hartmann-6")
        measure_trials(
            function.name, function.space, function.name == "Branin" ? 0.05 : 0.3,
            [&](const ridge::Hyperparameters& x) {
              ridge::Trial trial{.parameters = x};
              return function.value(trial) - function.minimum;
            },
            0);
    for (const double distance : {0.001, 0.0003, 0.0001})
      measure_trials(
          "a parabola with noise 0.1", {{"x", ridge::Uniform{0, 10}}}, distance,
          [](const ridge::Hyperparameters& x) {
            const double away = x["x"].number() - 7.3;
            return away * away;
          },
          0.1);
    if (argc > 2) measure_mnist(argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
