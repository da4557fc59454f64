#pragma once

#include <ridge/layers/linear.hpp>

/// A layer that adds up its inputs.
ridge::Linear<double> make_sum(ridge::Index inputs);
