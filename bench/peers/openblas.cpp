// The jobs classic and wide of common.hpp by hand over OpenBLAS. Everything is row-major as in
// PyTorch: a batch is samples x features, a weight outputs x inputs.

#include <algorithm>
#include <cblas.h>
#include <cmath>
#include <cstddef>
#include <vector>

#include "common.hpp"

namespace {

struct Layer {
  int inputs, outputs;
  std::vector<float> weight, bias;
  std::vector<float> weight_velocity{}, bias_velocity{};  // empty without momentum
  std::vector<float> y{}, dy{};  // samples x outputs; dy is the gradient before the activation
};

class Net {
 public:
  explicit Net(const peers::Task& task) : task_(task) {
    unsigned seed = 3;
    const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * b; };
    for (std::size_t i = 1; i < task.sizes.size(); ++i) {
      const int in = task.sizes[i - 1], out = task.sizes[i];
      Layer layer{in, out, peers::initial(size(in, out), in, seed),
                  peers::initial(out, in, seed + 1)};
      seed += 2;
      if (task.momentum != 0) {
        layer.weight_velocity.resize(layer.weight.size());
        layer.bias_velocity.resize(layer.bias.size());
      }
      layer.y.resize(size(task.batch, out));
      layer.dy.resize(size(task.batch, out));
      layers_.push_back(std::move(layer));
    }
    x_.resize(size(task.batch, task.sizes.front()));
  }

  /// One step on the images of `order`, `samples` of them. Returns the sum of their losses.
  double step(const peers::Images& images, const int* order, int samples) {
    const int pixels = task_.sizes.front();
    for (int n = 0; n < samples; ++n)
      std::copy_n(images[order[n]], pixels, &x_[static_cast<std::size_t>(n) * pixels]);
    for (std::size_t i = 0; i < layers_.size(); ++i) forward(i, samples);
    const double loss = softmax(images, order, samples);
    for (std::size_t i = layers_.size(); i-- > 0;) {
      if (i > 0) backward(i, samples);
      update(i, samples);
    }
    return loss;
  }

 private:
  const float* input(std::size_t i) const { return i == 0 ? x_.data() : layers_[i - 1].y.data(); }

  /// y = f(x W^T + b), f ReLU but in the last layer.
  void forward(std::size_t i, int samples) {
    Layer& l = layers_[i];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, samples, l.outputs, l.inputs, 1, input(i),
                l.inputs, l.weight.data(), l.inputs, 0, l.y.data(), l.outputs);
    const float least = i + 1 < layers_.size() ? 0 : -INFINITY;
    for (int n = 0; n < samples; ++n) {
      float* y = &l.y[static_cast<std::size_t>(n) * l.outputs];
      for (int j = 0; j < l.outputs; ++j) {
        const float z = y[j] + l.bias[j];
        y[j] = z > least ? z : least;
      }
    }
  }

  /// The sum of the losses; the last layer's dy is that of their mean.
  double softmax(const peers::Images& images, const int* order, int samples) {
    Layer& l = layers_.back();
    double loss = 0;
    for (int n = 0; n < samples; ++n) {
      const float* y = &l.y[static_cast<std::size_t>(n) * l.outputs];
      float* dy = &l.dy[static_cast<std::size_t>(n) * l.outputs];
      const int label = images.labels[order[n]];
      const float most = *std::max_element(y, y + l.outputs);
      float total = 0;
      for (int j = 0; j < l.outputs; ++j) total += dy[j] = std::exp(y[j] - most);
      for (int j = 0; j < l.outputs; ++j) dy[j] /= total * samples;
      dy[label] -= 1.0f / samples;
      loss += std::log(total) + most - y[label];
    }
    return loss;
  }

  /// The dy of the layer before: dy W, where that layer's ReLU let something through.
  void backward(std::size_t i, int samples) {
    const Layer& l = layers_[i];
    Layer& before = layers_[i - 1];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, samples, l.inputs, l.outputs, 1,
                l.dy.data(), l.outputs, l.weight.data(), l.inputs, 0, before.dy.data(), l.inputs);
    const std::size_t count = static_cast<std::size_t>(samples) * l.inputs;
    for (std::size_t k = 0; k < count; ++k) before.dy[k] = before.y[k] > 0 ? before.dy[k] : 0;
  }

  /// The gradient of a weight is dy^T x. It is added to what it changes and never stored itself.
  void update(std::size_t i, int samples) {
    Layer& l = layers_[i];
    const float rate = task_.learning_rate, decay = task_.weight_decay;
    const auto add_gradient = [&](float factor, float kept, std::vector<float>& w,
                                  std::vector<float>& b) {
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l.outputs, l.inputs, samples, factor,
                  l.dy.data(), l.outputs, input(i), l.inputs, kept, w.data(), l.inputs);
      for (float& bias : b) bias *= kept;
      for (int n = 0; n < samples; ++n)
        for (int j = 0; j < l.outputs; ++j)
          b[j] += factor * l.dy[static_cast<std::size_t>(n) * l.outputs + j];
    };
    if (task_.momentum == 0) {
      add_gradient(-rate, 1 - rate * decay, l.weight, l.bias);
      return;
    }
    add_gradient(1, task_.momentum, l.weight_velocity, l.bias_velocity);
    const auto move = [&](std::vector<float>& w, std::vector<float>& v) {
      const auto count = static_cast<std::ptrdiff_t>(w.size());
#pragma omp parallel for simd if (count > 10000)
      for (std::ptrdiff_t k = 0; k < count; ++k) {
        v[k] += decay * w[k];
        w[k] -= rate * v[k];
      }
    };
    move(l.weight, l.weight_velocity);
    move(l.bias, l.bias_velocity);
  }

  peers::Task task_;
  std::vector<Layer> layers_;
  std::vector<float> x_;
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    if (job.name != "classic" && job.name != "wide") return false;
    const peers::Task& task = peers::task_of(job);
    const peers::Images images(job, task.images);
    peers::Order order(task.images);
    Net net(task);
    peers::time_epochs(job, [&] {
      const std::vector<int>& shuffled = order.shuffle();
      double loss = 0;
      for (int first = 0; first < task.images; first += task.batch)
        loss += net.step(images, &shuffled[first], std::min(task.batch, task.images - first));
      return loss / task.images;
    });
    return true;
  });
}
