#include "everything.hpp"

ridge::Linear<float> make_in_other_unit() { return {2, 1}; }
