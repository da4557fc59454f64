// The jobs of common.hpp with dlib's networks: the calls that its trainer makes, without the
// trainer's thread.

#include <algorithm>
#include <cstddef>
#include <dlib/dnn.h>
#include <vector>

#include "common.hpp"

namespace {

using dlib::fc;
using dlib::relu;
using Input = dlib::input<dlib::matrix<float>>;
using Classic = dlib::loss_multiclass_log<fc<10, relu<fc<128, Input>>>>;
using Wide =
    dlib::loss_multiclass_log<fc<10, relu<fc<2048, relu<fc<1024, relu<fc<1024, Input>>>>>>>>;
using Tiny = dlib::loss_mean_squared<fc<1, relu<fc<16, relu<fc<16, Input>>>>>>;

/// Tells a network that each sample becomes one sample of its tensors, which `forward` must know.
template <class Net>
void prepare(Net& net, int features) {
  const dlib::matrix<float> sample = dlib::zeros_matrix<float>(features, 1);
  dlib::resizable_tensor x;
  net.to_tensor(&sample, &sample + 1, x);
}

template <class Net>
void train(const peers::Job& job) {
  const peers::Task& task = peers::task_of(job);
  const peers::Images images(job, task.images);
  peers::Order order(task.images);
  Net net;
  std::vector<dlib::sgd> solvers(Net::num_computational_layers,
                                 dlib::sgd(task.weight_decay, task.momentum));
  const int pixels = task.sizes.front();
  prepare(net, pixels);
  dlib::resizable_tensor x;
  std::vector<unsigned long> labels(static_cast<std::size_t>(task.batch));
  peers::time_epochs(job, [&] {
    const std::vector<int>& shuffled = order.shuffle();
    double loss = 0;
    for (int first = 0; first < task.images; first += task.batch) {
      const int samples = std::min(task.batch, task.images - first);
      x.set_size(samples, 1, pixels);
      float* to = x.host_write_only();
      for (int n = 0; n < samples; ++n, to += pixels) {
        const int image = shuffled[static_cast<std::size_t>(first + n)];
        std::copy_n(images[image], pixels, to);
        labels[n] = static_cast<unsigned long>(images.labels[image]);
      }
      loss += net.compute_parameter_gradients(x, labels.begin()) * samples;
      net.update_parameters(solvers, task.learning_rate);
    }
    return loss / task.images;
  });
}

void train_tiny(const peers::Job& job, int samples) {
  const peers::TinyBatch batch(static_cast<std::size_t>(samples));
  Tiny net;
  std::vector<dlib::sgd> solvers(Tiny::num_computational_layers, dlib::sgd(0, 0));
  prepare(net, 4);
  dlib::resizable_tensor x(samples, 1, 4);
  std::ranges::copy(batch.inputs, x.host_write_only());
  peers::time_steps(job, [&] {
    const double loss = net.compute_parameter_gradients(x, batch.targets.begin());
    net.update_parameters(solvers, 2 * peers::tiny_rate);  // its gradient is of loss / 2
    return loss;
  });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    if (job.is_tiny())
      train_tiny(job, job.name == "tiny1" ? 1 : 32);
    else if (job.name == "wide")
      train<Wide>(job);
    else
      train<Classic>(job);
    return true;
  });
}
