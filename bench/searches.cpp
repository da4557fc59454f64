// What searches find in as many trials: the medians over 20 seeds of docs/search.md.
//
//   search_benchmark data/digits
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
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
