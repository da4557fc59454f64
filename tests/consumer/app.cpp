// Little, so that it can be compiled in each way that ridge comes into a project.
#include <ridge/layers/linear.hpp>
#include <ridge/training/predict.hpp>

template <class Scalar>
bool works() {
  ridge::Linear<Scalar> layer{3, 2};
  layer.weight.setConstant(2);
  return ridge::predict(layer, ridge::Matrix<Scalar>(ridge::Matrix<Scalar>::Ones(3, 5)))
      .isApproxToConstant(6);
}

int main() { return works<float>() && works<double>() ? 0 : 1; }
