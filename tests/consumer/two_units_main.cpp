// Two translation units that include every header link: nothing in one lacks `inline`.
#include "everything.hpp"

ridge::Linear<float> make_in_other_unit();

int main() {
  const ridge::Linear<float> layer = make_in_other_unit();
  return ridge::predict(layer, ridge::Vector<float, 2>::Ones())(0) == 0 ? 0 : 1;
}
