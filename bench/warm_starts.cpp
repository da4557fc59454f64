// What warm starts save along a path of 20 lambdas: the tables of docs/tuning.md.
//
//   warm_starts_benchmark data/digits
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

namespace {

using Images = ridge::Dataset<std::uint8_t, std::uint8_t>;

constexpr int most_epochs = 500, reference_epochs = 200;
constexpr double within = 1.01;  // "the same loss" is one that is at most 1 % above

auto objective_at(double lambda) { return ridge::CrossEntropy{} + ridge::L2{lambda}; }

template <class Net>
double objective_of(const Net& net, const Images& data, double lambda) {
  const auto objective = objective_at(lambda);
  return ridge::evaluate(net, objective, data).loss + objective.penalty_of(net);
}

struct StopAt {
  const Images& data;
  double lambda, least;

  template <class R>
  void after_epoch(R& run) {
    if (objective_of(run.net, data, lambda) <= least) run.stop();
  }
};

/// Trains until the objective is as small as this.
/// @return after how many epochs
template <class Net, class O>
int train_until(Net& net, const O& optimizer, const Images& data, double lambda, double least,
                std::uint64_t seed) {
  if (objective_of(net, data, lambda) <= least) return 0;
  const ridge::FitOptions options{.epochs = most_epochs, .batch_size = 64, .seed = seed};
  return static_cast<int>(
      ridge::fit(net, objective_at(lambda), optimizer, data, options, StopAt{data, lambda, least})
          .size());
}

struct Epochs {
  double warm = 0, cold = 0;
};

/// A path whose trainings end by its tolerance; and trainings from the initial weights until each
/// has the loss that the path had.
template <class Net, class O>
Epochs by_tolerance(const Net& net, const O& optimizer, const Images& data,
                    const std::vector<double>& lambdas, std::uint64_t seed) {
  const ridge::HoldOut hold_out{.share = 0.2, .seed = seed};
  const auto path =
      ridge::penalty_path(net, objective_at, optimizer, data, hold_out,
                          {.lambdas = lambdas,
                           .fit = {.epochs = most_epochs, .batch_size = 64, .seed = seed},
                           .tolerance = 0.01});
  const Images train = ridge::subset(data, hold_out.split(data)[0].train);
  Epochs epochs;
  for (const ridge::PathPoint& point : path.points()) {
    const double reached =
        point.train_loss.mean + point.lambda / 2 * point.weight_norm * point.weight_norm;
    Net cold = net;
    epochs.warm += point.epochs;
    epochs.cold += train_until(cold, optimizer, train, point.lambda, within * reached, seed);
  }
  return epochs;
}

/// Both until they have the loss of a long training from the initial weights.
template <class Net, class O>
Epochs to_a_long_one(const Net& net, const O& optimizer, const Images& data,
                     const std::vector<double>& lambdas, std::uint64_t seed) {
  Epochs epochs;
  Net warm = net;
  for (const double lambda : lambdas) {
    Net cold = net, reference = net;
    ridge::fit(reference, objective_at(lambda), optimizer, data,
               {.epochs = reference_epochs, .batch_size = 64, .seed = seed});
    const double least = within * objective_of(reference, data, lambda);
    epochs.warm += train_until(warm, optimizer, data, lambda, least, seed);
    epochs.cold += train_until(cold, optimizer, data, lambda, least, seed);
  }
  return epochs;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Net, class O>
void measure(const std::string& name, Net net, const O& optimizer, const Images& data,
             const std::vector<double>& lambdas) {
  std::printf("| %s, %g to %g |", name.c_str(), lambdas.front(), lambdas.back());
  for (const auto& count : {by_tolerance<Net, O>, to_a_long_one<Net, O>}) {
    std::vector<double> warm, cold, share;
    for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
      ridge::initialize(net, ridge::Random{seed});
      const Epochs epochs = count(net, optimizer, data, lambdas, seed);
      warm.push_back(epochs.warm);
      cold.push_back(epochs.cold);
      share.push_back(epochs.warm / epochs.cold);
    }
    std::printf(" %.0f | %.0f | %.2f |", median(cold), median(warm), median(share));
    std::fflush(stdout);
  }
  std::printf("\n");
}

template <class Net>
void measure_all(const std::string& name, const Net& net, const Images& data, double strongest,
                 double weakest) {
  const auto lambdas = ridge::log_spaced(strongest, weakest, 20);
  measure(name + ", SGD 0.1", net, ridge::SGD{.learning_rate = 0.1, .momentum = 0.9}, data,
          lambdas);
  measure(name + ", SGD 0.01", net, ridge::SGD{.learning_rate = 0.01, .momentum = 0.9}, data,
          lambdas);
  measure(name + ", Adam", net, ridge::Adam{.learning_rate = 0.001}, data, lambdas);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Images data = ridge::load_mnist(argc > 1 ? argv[1] : "data/digits").train;
    using ridge::Linear, ridge::ReLU;
    std::printf(
        "| | by tolerance: cold | path | share | as far as %d epochs: cold | path | share |\n"
        "|---|---|---|---|---|---|---|\n",
        reference_epochs);
    const Linear<float> softmax{data.features(), 10};
    const ridge::Sequential hidden{Linear<float>{data.features(), 32}, ReLU{},
                                   Linear<float>{32, 10}};
    measure_all("32 hidden neurons", hidden, data, 0.1, 1e-5);
    measure_all("softmax regression", softmax, data, 0.1, 1e-5);
    measure_all("softmax regression", softmax, data, 1, 1e-3);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
