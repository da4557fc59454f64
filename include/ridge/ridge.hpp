#pragma once

// All of ridge that needs Eigen alone. Beside it stand <ridge/data/idx.hpp> and
// <ridge/data/mnist.hpp>, which need zlib, and <ridge/io/weights.hpp>, which needs nlohmann/json.

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/gradient.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/layers/activation.hpp>
#include <ridge/layers/gelu.hpp>
#include <ridge/layers/initializers.hpp>
#include <ridge/layers/leaky_relu.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/layers/relu.hpp>
#include <ridge/layers/sequential.hpp>
#include <ridge/layers/sigmoid.hpp>
#include <ridge/layers/tanh.hpp>
#include <ridge/losses/cross_entropy.hpp>
#include <ridge/losses/mean_squared_error.hpp>
#include <ridge/optimizers/sgd.hpp>
#include <ridge/penalties/l2.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/penalties/sum.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/fit.hpp>
#include <ridge/training/gradients.hpp>
#include <ridge/training/predict.hpp>
#include <ridge/training/progress.hpp>
#include <ridge/training/stored_gradients.hpp>
#include <ridge/training/trainer.hpp>
#include <ridge/training/validate.hpp>
#include <ridge/training/workspace.hpp>
#include <ridge/version.hpp>
