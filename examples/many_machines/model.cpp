#include "model.hpp"

#include <ridge/ridge.hpp>

const char* instruction_set() { return Eigen::SimdInstructionSetsInUse(); }

double train() {
  ridge::Sequential net{ridge::Linear<float>{8, 32}, ridge::Tanh{}, ridge::Linear<float>{32, 1}};
  ridge::initialize(net, ridge::Random{1});
  ridge::Trainer trainer{net, ridge::MeanSquaredError{}, ridge::SGD{.learning_rate = 0.05}};
  ridge::Matrix<float> x(8, 64);
  ridge::Random random{2};
  for (float& value : x.reshaped()) value = static_cast<float>(random.uniform(-1, 1));
  const ridge::Matrix<float> target = x.colwise().sum();
  double loss = 0;
  for (int step = 0; step < 2000; ++step) loss = trainer.step(x, target);
  return loss;
}
