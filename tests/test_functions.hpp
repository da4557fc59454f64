// Functions whose minima are known, which searches are measured by.
#pragma once

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include <ridge/tuning/search_space.hpp>
#include <ridge/tuning/trial.hpp>

namespace test {

using namespace ridge;

struct TestFunction {
  std::string name;
  SearchSpace space;
  double minimum;
  std::function<double(const Trial&)> value;
};

/// Branin, Hartmann-6, a sphere, Rosenbrock's and Ackley's functions, and one of numbers of all
/// kinds and choices, as of a network's hyperparameters.
inline std::vector<TestFunction> test_functions() {
  using std::numbers::pi;
  const auto box = [](int dimensions, double low, double high) {
    std::vector<Hyperparameter> all;
    for (int i = 0; i < dimensions; ++i)
      all.push_back({"x" + std::to_string(i), Uniform{low, high}});
    return SearchSpace{all};
  };
  const auto branin = [](const Trial& t) {
    const double x = t["x"], y = t["y"], root = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return root * root + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
  };
  const auto hartmann = [](const Trial& t) {
    constexpr double weights[] = {1, 1.2, 3, 3.2};
    constexpr double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                {0.05, 10, 17, 0.1, 8, 14},
                                {3, 3.5, 1.7, 10, 17, 8},
                                {17, 8, 0.05, 10, 0.1, 14}};
    constexpr double p[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      double exponent = 0;
      for (std::size_t j = 0; j < 6; ++j)
        exponent += a[i][j] * std::pow(t.parameters.point()[j] - p[i][j], 2);
      sum -= weights[i] * std::exp(-exponent);
    }
    return sum;
  };
  const auto sphere = [](const Trial& t) {
    double sum = 0;
    for (const double x : t.parameters.point()) sum += (x - 0.7) * (x - 0.7);
    return sum;
  };
  const auto rosenbrock = [](const Trial& t) {
    const double x = t["x0"], y = t["x1"];
    return std::pow(1 - x, 2) + 100 * std::pow(y - x * x, 2);
  };
  const auto ackley = [](const Trial& t) {
    double squares = 0, waves = 0;
    const auto& point = t.parameters.point();
    for (const double x : point) squares += x * x, waves += std::cos(2 * pi * x);
    const auto n = static_cast<double>(point.size());
    return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(waves / n) + 20 +
           std::numbers::e;
  };
  const auto network = [](const Trial& t) {
    const double rate = std::log10(t["learning_rate"].number()),
                 decay = std::log10(t["weight_decay"].number()),
                 hidden = std::log2(t["hidden"].number());
    const int layers = t["layers"];
    const double best_rate = t["optimizer"] == "adam" ? -3 : -1.5;
    const double activation = t["activation"] == "relu"   ? 0
                              : t["activation"] == "gelu" ? 0.02
                                                          : 0.2;
    return 0.1 * std::pow(rate - best_rate, 2) + 0.02 * std::pow(decay + 4, 2) +
           0.03 * std::pow(hidden - 7, 2) + 0.05 * std::abs(layers - 2) + activation +
           (t["optimizer"] == "adam" ? 0 : 0.05);
  };
  return {{"Branin", {{"x", Uniform{-5, 10}}, {"y", Uniform{0, 15}}}, 0.397887357729738, branin},
          {"Hartmann-6", box(6, 0, 1), -3.32236801141551, hartmann},
          {"sphere, 4", box(4, -1, 2), 0, sphere},
          {"Rosenbrock", box(2, -2, 2), 0, rosenbrock},
          {"Ackley, 3", box(3, -5, 6), 0, ackley},
          {"network, 6",
           {{"learning_rate", LogUniform{1e-5, 1}},
            {"weight_decay", LogUniform{1e-7, 1e-1}},
            {"hidden", LogIntegers{8, 1024}},
            {"layers", Integers{1, 5}},
            {"optimizer", Choice{"sgd", "adam"}},
            {"activation", Choice{"tanh", "relu", "gelu"}}},
           0,
           network}};
}

}  // namespace test
