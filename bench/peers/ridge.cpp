// The jobs of common.hpp with ridge.

#include <cstdint>
#include <cstdio>
#include <utility>

#include <ridge/core/threads.hpp>
#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

#include "common.hpp"

namespace {

using ridge::Linear;
using ridge::ReLU;
using ridge::Sequential;

template <class Net>
void train(Net net, const peers::Job& job, const peers::Task& task) {
  const auto mnist = ridge::load_mnist(job.folder).train;
  const ridge::Dataset<std::uint8_t, std::uint8_t> data{
      mnist.inputs().leftCols(task.images), mnist.targets().leftCols(task.images), mnist.scale()};
  const ridge::SGD sgd{.learning_rate = task.learning_rate,
                       .momentum = task.momentum,
                       .weight_decay = task.weight_decay};
  ridge::initialize(net, ridge::Random{1});
  const auto reports = ridge::fit(net, ridge::CrossEntropy{}, sgd, data,
                                  {.epochs = 1 + job.lines, .batch_size = task.batch, .seed = 1});
  for (std::size_t epoch = 1; epoch < reports.size(); ++epoch)
    std::printf("%.6f\n", reports[epoch].seconds);
  peers::say_loss(reports.back().train_loss);
}

template <int Samples>
void train_tiny(const peers::Job& job) {
  Sequential net{Linear<float, 4, 16>{}, ReLU{}, Linear<float, 16, 16>{}, ReLU{},
                 Linear<float, 16, 1>{}};
  ridge::initialize(net, ridge::Random{1});
  ridge::Trainer trainer{net, ridge::MeanSquaredError{},
                         ridge::SGD{.learning_rate = peers::tiny_rate}};
  const peers::TinyBatch batch(Samples);
  const ridge::Matrix<float, 4, Samples> x(batch.inputs.data());
  const ridge::Matrix<float, 1, Samples> targets(batch.targets.data());
  peers::time_steps(job, [&] { return trainer.step(x, targets); });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    ridge::set_threads(job.threads);
    if (job.name == "classic")
      train(Sequential{Linear<float>{784, 128}, ReLU{}, Linear<float>{128, 10}}, job,
            peers::classic);
    else if (job.name == "wide")
      train(Sequential{Linear<float>{784, 1024}, ReLU{}, Linear<float>{1024, 1024}, ReLU{},
                       Linear<float>{1024, 2048}, ReLU{}, Linear<float>{2048, 10}},
            job, peers::wide);
    else if (job.name == "tiny1")
      train_tiny<1>(job);
    else if (job.name == "tiny32")
      train_tiny<32>(job);
    else
      return false;
    return true;
  });
}
