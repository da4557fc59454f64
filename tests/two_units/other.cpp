#include <ridge/data/mnist.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>

ridge::Linear<float> make_in_other_unit() { return {2, 1}; }
