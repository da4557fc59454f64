// Two translation units that include everything link: nothing in a header lacks `inline`.
#include <ridge/data/mnist.hpp>
#include <ridge/io/checkpoint.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>
#include <ridge/testing/gradient_check.hpp>

ridge::Linear<float> make_in_other_unit();

int main() {
  const ridge::Linear<float> layer = make_in_other_unit();
  return ridge::predict(layer, ridge::Vector<float, 2>::Ones())(0) == 0 ? 0 : 1;
}
