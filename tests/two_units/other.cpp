#include <ridge/data/mnist.hpp>
#include <ridge/io/checkpoint.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>
#include <ridge/testing/gradient_check.hpp>

ridge::Linear<float> make_in_other_unit() { return {2, 1}; }
