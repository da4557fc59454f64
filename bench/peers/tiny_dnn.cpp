// The jobs of common.hpp but wide, of which an epoch takes minutes, with tiny-dnn. By one thread:
// it would start its threads anew for each layer and batch, or sample, and on two cores took 1.5
// (classic) to 100 times (tiny32) as long with them.

#define CNN_USE_AVX
#define CNN_SINGLE_THREAD

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tiny_dnn/tiny_dnn.h>
#include <utility>
#include <vector>

#include "common.hpp"

namespace {

using tiny_dnn::vec_t;
using Net = tiny_dnn::network<tiny_dnn::sequential>;

/// Layers of these sizes, with ReLU between them and `Last` at the end.
template <class Last>
Net network(const std::vector<int>& sizes) {
  using namespace tiny_dnn;
  Net net;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const auto in = static_cast<serial_size_t>(sizes[i - 1]);
    const auto out = static_cast<serial_size_t>(sizes[i]);
    if (i + 1 < sizes.size())
      net << fully_connected_layer<activation::relu>(in, out);
    else
      net << fully_connected_layer<Last>(in, out);
  }
  return net;
}

void train(const peers::Job& job) {
  const peers::Task& task = peers::classic;
  const peers::Images images(job, task.images);
  std::vector<vec_t> x;
  for (int n = 0; n < task.images; ++n) x.emplace_back(images[n], images[n] + task.sizes.front());
  std::vector<tiny_dnn::label_t> labels(images.labels.begin(), images.labels.end());
  Net net = network<tiny_dnn::activation::softmax>(task.sizes);
  tiny_dnn::gradient_descent sgd;
  sgd.alpha = task.learning_rate;
  sgd.lambda = task.weight_decay;
  std::mt19937 random(1);
  peers::time_epochs(job, [&] {
    for (std::size_t n = x.size(); n > 1; --n) {
      const std::size_t other = random() % n;
      std::swap(x[n - 1], x[other]);
      std::swap(labels[n - 1], labels[other]);
    }
    double loss = 0;
    std::size_t first = 0;
    const auto add_loss = [&] {
      const auto outputs = net[net.layer_size() - 1]->output()[0];
      for (const vec_t& probabilities : outputs) loss -= std::log(probabilities[labels[first++]]);
    };
    net.train<tiny_dnn::cross_entropy_multiclass>(
        sgd, x, labels, static_cast<std::size_t>(task.batch), 1, add_loss, [] {});
    return loss / task.images;
  });
}

void train_tiny(const peers::Job& job, std::size_t samples) {
  const peers::TinyBatch batch(samples);
  std::vector<vec_t> x, targets;
  for (std::size_t n = 0; n < samples; ++n) {
    x.emplace_back(&batch.inputs[4 * n], &batch.inputs[4 * n] + 4);
    targets.emplace_back(1, batch.targets[n]);
  }
  Net net = network<tiny_dnn::activation::identity>({4, 16, 16, 1});
  tiny_dnn::gradient_descent sgd;
  sgd.alpha = peers::tiny_rate;
  peers::time_runs(job, [&](int steps) {
    net.fit<tiny_dnn::mse>(sgd, x, targets, samples, steps);
    const double mean = net.get_loss<tiny_dnn::mse>(x, targets) / static_cast<double>(samples);
    return mean * steps;
  });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    if (job.name == "wide" || job.threads > 1) return false;
    if (job.is_tiny())
      train_tiny(job, job.name == "tiny1" ? 1 : 32);
    else
      train(job);
    return true;
  });
}
