#include <cstdio>

#include <ridge/ridge.hpp>

int main() {
  const ridge::Dataset<double, double> line{ridge::Matrix<double>{{0, 1, 2, 3}},
                                            ridge::Matrix<double>{{1, 3, 5, 7}}};
  ridge::Linear<double> model{1, 1};
  ridge::fit(model, ridge::MeanSquaredError{}, ridge::SGD{.learning_rate = 0.1}, line,
             {.epochs = 500, .batch_size = 4});
  std::printf("%.3f x + %.3f\n", model.weight(0, 0), model.bias(0));
  return model.weight.isApproxToConstant(2, 1e-3) ? 0 : 1;
}
