// The jobs of common.hpp with Eigen's products and expressions. A batch is features x samples.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include "common.hpp"

namespace {

using Eigen::MatrixXf;
using Eigen::VectorXf;

struct Layer {
  MatrixXf weight;
  VectorXf bias;
  MatrixXf y, dy, gradient;  // dy is the gradient before the activation
  MatrixXf weight_velocity;
  VectorXf bias_velocity;

  Layer(int in, int out, unsigned seed)
      : weight(MatrixXf::Map(peers::initial(static_cast<std::size_t>(in) * out, in, seed).data(),
                             out, in)),
        bias(VectorXf::Map(peers::initial(out, in, seed + 1).data(), out)),
        weight_velocity(MatrixXf::Zero(out, in)),
        bias_velocity(VectorXf::Zero(out)) {}
};

class Net {
 public:
  explicit Net(const peers::Task& task) : task_(task) {
    unsigned seed = 3;
    for (std::size_t i = 1; i < task.sizes.size(); ++i, seed += 2)
      layers_.emplace_back(task.sizes[i - 1], task.sizes[i], seed);
  }

  /// One step on the images of `order`, `samples` of them. Returns the sum of their losses.
  double step(const peers::Images& images, const int* order, int samples) {
    x_.resize(images.pixels.rows(), samples);
    for (int n = 0; n < samples; ++n) x_.col(n) = images.pixels.col(order[n]);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& l = layers_[i];
      l.y.noalias() = l.weight * input(i);
      l.y.colwise() += l.bias;
      if (i + 1 < layers_.size()) l.y = l.y.cwiseMax(0);
    }
    const double loss = softmax(images, order, samples);
    for (std::size_t i = layers_.size(); i-- > 0;) {
      if (i > 0) {
        Layer& before = layers_[i - 1];
        before.dy.noalias() = layers_[i].weight.transpose() * layers_[i].dy;
        before.dy = (before.y.array() > 0).select(before.dy, 0);
      }
      update(i);
    }
    return loss;
  }

 private:
  const MatrixXf& input(std::size_t i) const { return i == 0 ? x_ : layers_[i - 1].y; }

  /// The sum of the losses; the last layer's dy is that of their mean.
  double softmax(const peers::Images& images, const int* order, int samples) {
    Layer& l = layers_.back();
    const Eigen::RowVectorXf most = l.y.colwise().maxCoeff();
    l.dy = (l.y.rowwise() - most).array().exp();
    const Eigen::RowVectorXf total = l.dy.colwise().sum();
    l.dy.array().rowwise() /= total.array() * static_cast<float>(samples);
    double loss = (total.array().log() + most.array()).sum();
    for (int n = 0; n < samples; ++n) {
      const int label = images.labels[order[n]];
      loss -= l.y(label, n);
      l.dy(label, n) -= 1.0f / static_cast<float>(samples);
    }
    return loss;
  }

  void update(std::size_t i) {
    Layer& l = layers_[i];
    const float rate = task_.learning_rate, decay = task_.weight_decay;
    l.gradient.noalias() = l.dy * input(i).transpose();
    if (task_.momentum == 0) {
      l.weight -= rate * (l.gradient + decay * l.weight);
      l.bias -= rate * (l.dy.rowwise().sum() + decay * l.bias);
    } else {
      l.weight_velocity = task_.momentum * l.weight_velocity + l.gradient + decay * l.weight;
      l.weight -= rate * l.weight_velocity;
      l.bias_velocity = task_.momentum * l.bias_velocity + l.dy.rowwise().sum() + decay * l.bias;
      l.bias -= rate * l.bias_velocity;
    }
  }

  peers::Task task_;
  std::vector<Layer> layers_;
  MatrixXf x_;
};

void train(const peers::Job& job) {
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
}

template <int Samples>
void train_tiny(const peers::Job& job) {
  auto initial = [seed = 3u]<class M>(M& parameter, int fan_in) mutable {
    parameter = M::Map(peers::initial(parameter.size(), fan_in, seed++).data());
  };
  Eigen::Matrix<float, 16, 4> w1;
  Eigen::Matrix<float, 16, 16> w2;
  Eigen::Matrix<float, 1, 16> w3;
  Eigen::Vector<float, 16> b1, b2;
  Eigen::Vector<float, 1> b3;
  initial(w1, 4), initial(b1, 4), initial(w2, 16), initial(b2, 16), initial(w3, 16),
      initial(b3, 16);
  const peers::TinyBatch batch(Samples);
  const Eigen::Matrix<float, 4, Samples> x(batch.inputs.data());
  const Eigen::Matrix<float, 1, Samples> targets(batch.targets.data());
  Eigen::Matrix<float, 16, Samples> h1, h2, dz1, dz2;
  Eigen::Matrix<float, 1, Samples> y, dy;

  peers::time_steps(job, [&] {
    h1.noalias() = w1 * x;
    h1 = (h1.colwise() + b1).cwiseMax(0);
    h2.noalias() = w2 * h1;
    h2 = (h2.colwise() + b2).cwiseMax(0);
    y.noalias() = w3 * h2;
    dy = y.array() + b3(0) - targets.array();
    const float loss = dy.squaredNorm() / Samples;
    dy *= 2.0f / Samples;
    dz2.noalias() = w3.transpose() * dy;
    dz2 = (h2.array() > 0).select(dz2, 0);
    dz1.noalias() = w2.transpose() * dz2;
    dz1 = (h1.array() > 0).select(dz1, 0);
    w3.noalias() -= peers::tiny_rate * dy * h2.transpose();
    w2.noalias() -= peers::tiny_rate * dz2 * h1.transpose();
    w1.noalias() -= peers::tiny_rate * dz1 * x.transpose();
    b3(0) -= peers::tiny_rate * dy.sum();
    b2 -= peers::tiny_rate * dz2.rowwise().sum();
    b1 -= peers::tiny_rate * dz1.rowwise().sum();
    return loss;
  });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    Eigen::setNbThreads(job.threads);
    if (!job.is_tiny())
      train(job);
    else if (job.name == "tiny1")
      train_tiny<1>(job);
    else
      train_tiny<32>(job);
    return true;
  });
}
