#include <model.hpp>

#include <ridge/training/predict.hpp>

int main() {
  const ridge::Vector<double> x{{1, 2, 3}};
  return ridge::predict(make_sum(3), x)(0) == 6 ? 0 : 1;
}
