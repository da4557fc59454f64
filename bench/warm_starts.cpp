// What warm starts save: how many epochs a lambda of a path takes to come as far as a training from
// the initial weights. The table of docs/tuning.md.
//
//   warm_starts_benchmark data/digits
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

namespace {

using Images = ridge::Dataset<std::uint8_t, std::uint8_t>;

template <class Net>
void measure(const char* name, Net net, const Images& data) {
  ridge::initialize(net, ridge::Random{1});
  const std::vector<double> lambdas = ridge::log_spaced(0.1, 1e-5, 20);
  const ridge::SGD sgd{.learning_rate = 0.1, .momentum = 0.9};
  const auto train = [&](Net& trained, double lambda, int epochs) {
    const auto objective = ridge::CrossEntropy{} + ridge::L2{lambda};
    ridge::fit(trained, objective, sgd, data, {.epochs = epochs, .batch_size = 64});
    return ridge::evaluate(trained, objective, data).loss + objective.penalty_of(trained);
  };
  for (const int epochs : {30, 60, 120}) {
    std::vector<double> cold;
    for (const double lambda : lambdas) {
      Net trained = net;
      cold.push_back(train(trained, lambda, epochs));
    }
    // The least number of epochs a lambda for which the path is nowhere behind by a thousandth.
    int least = 1;
    for (;; ++least) {
      Net trained = net;
      bool behind = false;
      for (std::size_t i = 0; i < lambdas.size() && !behind; ++i)
        // The first lambda has no other before it.
        behind = train(trained, lambdas[i], i == 0 ? epochs : least) > 1.001 * cold[i];
      if (!behind || least == epochs) break;
    }
    const auto count = static_cast<int>(lambdas.size());
    const int warm = epochs + (count - 1) * least;
    std::printf("| %s | %d | %d | %d | %d | %.2f |\n", name, epochs, least, count * epochs, warm,
                static_cast<double>(warm) / (count * epochs));
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Images data = ridge::load_mnist(argc > 1 ? argv[1] : "data/digits").train;
    using ridge::Linear, ridge::ReLU;
    std::printf(
        "| | epochs, each from the start | epochs, warm | all 20, each from the start | all 20, "
        "warm | share |\n|---|---|---|---|---|---|\n");
    measure("softmax regression", ridge::Linear<float>{data.features(), 10}, data);
    measure("32 hidden neurons",
            ridge::Sequential{Linear<float>{data.features(), 32}, ReLU{}, Linear<float>{32, 10}},
            data);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
