// The jobs of common.hpp with PyTorch's C++ interface.

#include <algorithm>
#include <cstdint>
#include <torch/torch.h>
#include <vector>

#include "common.hpp"

namespace {

namespace nn = torch::nn;

nn::Sequential network(const std::vector<int>& sizes) {
  nn::Sequential net;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    if (i > 1) net->push_back(nn::ReLU());
    net->push_back(nn::Linear(sizes[i - 1], sizes[i]));
  }
  return net;
}

/// What zero_grad(set_to_none=True) is in Python: new gradients are then not added to zeros.
void forget_gradients(torch::optim::SGD& sgd) {
  for (torch::Tensor& parameter : sgd.param_groups()[0].params()) parameter.mutable_grad().reset();
}

void train(const peers::Job& job) {
  const peers::Task& task = peers::task_of(job);
  const peers::Images images(job, task.images);
  const auto pixels = torch::from_blob(const_cast<float*>(images[0]), {task.images, task.sizes[0]});
  const auto labels =
      torch::from_blob(const_cast<int*>(images.labels.data()), {task.images}, torch::kInt)
          .to(torch::kLong);
  nn::Sequential net = network(task.sizes);
  torch::optim::SGD sgd(net->parameters(), torch::optim::SGDOptions(task.learning_rate)
                                               .momentum(task.momentum)
                                               .weight_decay(task.weight_decay));
  peers::time_epochs(job, [&] {
    double sum = 0;
    for (const auto& batch : torch::randperm(task.images, torch::kLong).split(task.batch)) {
      const auto loss = torch::cross_entropy_loss(net->forward(pixels.index_select(0, batch)),
                                                  labels.index_select(0, batch));
      forget_gradients(sgd);
      loss.backward();
      sgd.step();
      sum += loss.item<double>() * static_cast<double>(batch.size(0));
    }
    return sum / task.images;
  });
}

void train_tiny(const peers::Job& job, int samples) {
  peers::TinyBatch batch(static_cast<std::size_t>(samples));
  const auto x = torch::from_blob(batch.inputs.data(), {samples, 4});
  const auto targets = torch::from_blob(batch.targets.data(), {samples, 1});
  nn::Sequential net = network({4, 16, 16, 1});
  torch::optim::SGD sgd(net->parameters(), torch::optim::SGDOptions(peers::tiny_rate));
  peers::time_steps(job, [&] {
    const auto loss = torch::mse_loss(net->forward(x), targets);
    forget_gradients(sgd);
    loss.backward();
    sgd.step();
    return loss.item<float>();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    torch::set_num_threads(job.threads);
    torch::manual_seed(1);
    if (job.is_tiny())
      train_tiny(job, job.name == "tiny1" ? 1 : 32);
    else
      train(job);
    return true;
  });
}
