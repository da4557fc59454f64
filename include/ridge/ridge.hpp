#pragma once

// All of ridge that most programs use and that needs Eigen alone. Beside it stand:
//   <ridge/data/idx.hpp>, <ridge/data/mnist.hpp>, <ridge/io/png.hpp>      need zlib
//   <ridge/io/weights.hpp>, <ridge/io/checkpoint.hpp>,
//   <ridge/tuning/search_file.hpp>                                        need nlohmann/json too
//   <ridge/training/lbfgs.hpp>                                            needs LBFGS++
//   <ridge/data/csv.hpp>
//   <ridge/linear/ridge_regression.hpp>, <ridge/linear/elastic_net_path.hpp>, ...
//   <ridge/tuning/bayesian_search.hpp> and the other searches
//   <ridge/plot/plot.hpp> and the other pictures, <ridge/report/...>
//   <ridge/testing/gradient_check.hpp>

#include <ridge/constraints/max_norm.hpp>
#include <ridge/constraints/non_negative.hpp>
#include <ridge/constraints/unit_norm.hpp>
#include <ridge/core/build.hpp>
#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/gradient.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/selection.hpp>
#include <ridge/core/state.hpp>
#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/data/split.hpp>
#include <ridge/data/standardizer.hpp>
#include <ridge/layers/activation.hpp>
#include <ridge/layers/batch_norm.hpp>
#include <ridge/layers/compact.hpp>
#include <ridge/layers/dropout.hpp>
#include <ridge/layers/gaussian_noise.hpp>
#include <ridge/layers/gelu.hpp>
#include <ridge/layers/initializers.hpp>
#include <ridge/layers/layer_norm.hpp>
#include <ridge/layers/leaky_relu.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/layers/relu.hpp>
#include <ridge/layers/sequential.hpp>
#include <ridge/layers/sigmoid.hpp>
#include <ridge/layers/tanh.hpp>
#include <ridge/losses/binary_cross_entropy.hpp>
#include <ridge/losses/cross_entropy.hpp>
#include <ridge/losses/huber.hpp>
#include <ridge/losses/mean_absolute_error.hpp>
#include <ridge/losses/mean_squared_error.hpp>
#include <ridge/losses/multiclass_hinge.hpp>
#include <ridge/losses/softmax.hpp>
#include <ridge/optimizers/adagrad.hpp>
#include <ridge/optimizers/adam.hpp>
#include <ridge/optimizers/adamw.hpp>
#include <ridge/optimizers/one_of.hpp>
#include <ridge/optimizers/rmsprop.hpp>
#include <ridge/optimizers/sgd.hpp>
#include <ridge/optimizers/weight_decay.hpp>
#include <ridge/penalties/elastic_net.hpp>
#include <ridge/penalties/group_lasso.hpp>
#include <ridge/penalties/l1.hpp>
#include <ridge/penalties/l2.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/penalties/sum.hpp>
#include <ridge/schedules/constant_factor.hpp>
#include <ridge/schedules/cosine_annealing.hpp>
#include <ridge/schedules/exponential_decay.hpp>
#include <ridge/schedules/one_cycle.hpp>
#include <ridge/schedules/plateau.hpp>
#include <ridge/schedules/schedule.hpp>
#include <ridge/schedules/step_decay.hpp>
#include <ridge/schedules/warm_up.hpp>
#include <ridge/training/confusion_matrix.hpp>
#include <ridge/training/early_stopping.hpp>
#include <ridge/training/evaluate.hpp>
#include <ridge/training/fit.hpp>
#include <ridge/training/gradients.hpp>
#include <ridge/training/most_mistaken.hpp>
#include <ridge/training/predict.hpp>
#include <ridge/training/progress.hpp>
#include <ridge/training/reports.hpp>
#include <ridge/training/run.hpp>
#include <ridge/training/sample_losses.hpp>
#include <ridge/training/schedule.hpp>
#include <ridge/training/snapshot.hpp>
#include <ridge/training/step_options.hpp>
#include <ridge/training/stop_on_signal.hpp>
#include <ridge/training/stored_gradients.hpp>
#include <ridge/training/trainer.hpp>
#include <ridge/training/validate.hpp>
#include <ridge/training/weight_average.hpp>
#include <ridge/training/workspace.hpp>
#include <ridge/tuning/cross_validate.hpp>
#include <ridge/tuning/estimate.hpp>
#include <ridge/tuning/lambda_path.hpp>
#include <ridge/tuning/log_spaced.hpp>
#include <ridge/tuning/penalty_path.hpp>
#include <ridge/tuning/resampling.hpp>
#include <ridge/tuning/select_lambda.hpp>
#include <ridge/version.hpp>
