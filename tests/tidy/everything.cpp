// Never run: it instantiates what clang-tidy is to look at, once each and on the types that are the
// cheapest to look at, since it hardly looks at a template that nobody uses.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <ridge/data/csv.hpp>
#include <ridge/data/mnist.hpp>
#include <ridge/io/checkpoint.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/linear/cross_validate_elastic_net.hpp>
#include <ridge/linear/ridge_regression.hpp>
#include <ridge/report/classifier_report.hpp>
#include <ridge/report/elastic_net_plots.hpp>
#include <ridge/report/path_plots.hpp>
#include <ridge/report/search_plots.hpp>
#include <ridge/ridge.hpp>
#include <ridge/testing/gradient_check.hpp>
#include <ridge/tuning/bayesian_search.hpp>
#include <ridge/tuning/grid_search.hpp>
#include <ridge/tuning/path_progress.hpp>
#include <ridge/tuning/random_search.hpp>
#include <ridge/tuning/search_file.hpp>
#include <ridge/tuning/search_progress.hpp>
#include <ridge/tuning/successive_halving.hpp>

#if __has_include(<LBFGS.h>)
#include <ridge/training/lbfgs.hpp>
#endif

namespace tidy {

using namespace ridge;

using Images = Dataset<std::uint8_t, std::uint8_t>;
using Net = Sequential<Linear<double>, BatchNorm<double>, ReLU, Dropout, Linear<double>>;

void train(Net& net, const Images& data, const Images& held_out) {
  fit(net, CrossEntropy{} + L1{0.1} + MaxNorm{2}, SGD{.weight_decay = 0.1}, data, {.shift = 1},
      LearningRate{WarmUp{2, CosineAnnealing{.period = 9}}, Every::step},
      WeightDecayStrength{StepDecay{.period = 2}}, PenaltyStrength{OneCycle{.duration = 9}},
      Validate{held_out}, Progress{}, ReduceOnPlateau{}, EarlyStopping{},
      WeightAverage::exponential(), StopOnSignal{}, Checkpoint{"run"});
}

using Small = Sequential<Linear<float, 4, 16>, ReLU, Linear<float, 16, 3>>;

template <int Samples>
double train_small(Small& net, const Matrix<float, 4, Samples>& x,
                   const Matrix<float, 3, Samples>& targets) {
  return Trainer{net, MeanSquaredError{} + L2{0.1}, SGD{}}.step(x, targets);
}
double train_small_on_one(Small& net, const Vector<float, 4>& x, const Vector<float, 3>& targets) {
  return train_small<1>(net, x, targets);
}
double train_small_on_many(Small& net, const Matrix<float, 4>& x, const Matrix<float, 3>& targets) {
  return train_small<Dynamic>(net, x, targets);
}

void use_net(Net& net, const Matrix<double>& x) {
  initialize(net, Random{1}, HeNormal{});
  predict(net, x);
  classify(net, x);
  sparsity(net);
  decay_report(net, CrossEntropy{} + L2{0.1}, SGD{.weight_decay = 0.1});
  compact(net);
}

void use_optional(
    Sequential<std::optional<Dropout>, Linear<double>, std::optional<BatchNorm<double>>,
               std::optional<ReLU>, std::optional<Linear<double>>>& net,
    const Images& data) {
  fit(net, CrossEntropy{} + L2{0.1}, SGD{}, data, {}, Checkpoint{"run"});
  compact(net);
}

void report(const Net& net, const Images& test, const RowVector<int>& classes) {
  const ConfusionMatrix confusion(test.targets(), classes, 10);
  write_report(ReportFolder("report"), {.outputs = predict(net, test), .weights = weights_of(net)},
               test);
}

void read(const std::vector<double>& inputs, const std::vector<double>& targets) {
  const auto rows = read_csv_inputs<double>("rows.csv");
  const auto table = read_csv<double, int>("table.csv", {.target = "class"});
  const DatasetView<double, double> view(inputs, 3, targets);
  split(view, 0.1, Random{1});
}

void choose(const Net& net, const Images& data) {
  const auto objective = [](double lambda) { return CrossEntropy{} + L2{lambda}; };
  const auto path = penalty_path(net, objective, SGD{}, data, KFold{},
                                 {.lambdas = {1}, .progress = PathProgress{}});
  path_plots(path);
  path.refit(data, path.lambda_1se());
  cross_validate(data, HoldOut{}, [&](const Images&, Random) {
    return [&](const Images& test) { return evaluate(net, CrossEntropy{}, test); };
  });
  Standardizer{data}(data);
}

void use_linear_models(const Matrix<double>& x, const RowVector<double>& y,
                       const RowVector<int>& labels, const std::vector<Fold>& folds) {
  RidgeRegression(x, y).best_lambda({1});
  path_plots(cross_validate_elastic_net(x, y, folds));
  elastic_net_path(x.sparseView(), labels).classify(0, x);
}

void search() {
  const SearchSpace space{{"lambda", LogUniform{1e-6, 1}}, {"how", Choice{"a", "b"}}};
  const auto objective = [](const Trial& trial) {
    const double lambda = trial["lambda"];
    return trial["how"] == "a" ? lambda : trial["lambda"].number();
  };
  BayesianSearch{space}.run(objective, StopOnSignal{}, SearchProgress{}, SearchFile{"search"});
  RandomSearch{space}.run(objective, [](const FinishedTrial&) {}).write_csv("table");
  search_plots(GridSearch{space}.run(objective));
  SuccessiveHalving{space}.run(objective);
  Hyperband{space}.run(objective);
}

void use_files(Net& net, const char* path) {
  save_weights(path, net);
  load_weights(path, net);
  split(load_mnist(path).train, 0.1, Random{1});
  write_idx(path, Idx<float>{});
  read_idx(path);
}

template <class... Layers>
void use_layers(Matrix<double>& x, const Layers&... layers) {
  const auto use = [&]<class L>(const L& layer) {
    CacheOf<L, double> cache{};
    detail::AnyReceiver receiver;
    layer.infer(std::as_const(x), x);
    layer.forward(std::as_const(x), x, cache);
    layer.backward(std::as_const(x), std::as_const(x), std::as_const(x), x, cache,
                   detail::AnyGradients<L>(receiver));
  };
  (use(layers), ...);
}
void use_all_layers(Matrix<double>& x) {
  use_layers(x, BatchNorm<double>{8}, LayerNorm<double>{8}, GELU{}, GaussianNoise{0.1}, Sigmoid{},
             LeakyReLU{});
}

template <class... Os>
void use_optimizers(Eigen::ArrayXXd& w, const ParameterInfo& info, const Os&... optimizers) {
  const auto use = [&]<class O>(const O& optimizer) {
    optimizer.validate();
    const auto rule = optimizer.template rule<double>(0, info);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      rule(w, std::as_const(w), (static_cast<void>(I), w)...);
    }
    (std::make_index_sequence<O::memory_arrays>{});
  };
  (use(optimizers), ...);
}

template <class... Ps>
void use_penalties(Eigen::ArrayXXd& w, const ParameterInfo& info, const Ps&... penalties) {
  const auto use = [&](const auto& penalty) {
    const auto term = penalty.at(info);
    term.value(w);
    w = term.gradient(w);
    if constexpr (requires { term.prox(w, w); }) term.prox(w, w);
    if constexpr (requires { term.prox_groups(w, w); }) term.prox_groups(w, w);
    if constexpr (requires { term.project(w); }) term.project(w);
    if constexpr (requires { term.project_groups(w); }) term.project_groups(w);
  };
  (use(penalties), ...);
}

void use_rules(Eigen::ArrayXXd& w, const ParameterInfo& info) {
  use_optimizers(w, info, AdamW{}, RMSprop{}, Adagrad{}, OneOf<SGD, Adam>{Adam{}});
  use_penalties(w, info, ElasticNet{0.1, 0.1}, SubgradientL1{0.1}, GroupLasso{0.1}, UnitNorm{},
                NonNegative{});
}

template <class L, class Targets>
double use_loss(const L& loss, Matrix<double>& y, const Targets& targets) {
  return loss.value(y, targets) + loss.value_and_gradient(std::as_const(y), targets, y);
}
double use_losses(Matrix<double>& y, const RowVector<int>& labels) {
  return use_loss(MulticlassHinge{}, y, labels) + use_loss(BinaryCrossEntropy{}, y, y) +
         use_loss(Huber{}, y, y) + use_loss(MeanAbsoluteError{}, y, y);
}

void check(const Matrix<double>& x) {
  check_layer(Linear<double>{3, 2}, 3, 4);
  check_penalty(L2{0.1}, 3, 4);
  check_loss(MeanSquaredError{}, x, x);
}

#if __has_include(<LBFGS.h>)
void solve(Linear<double>& net, const Dataset<double, double>& data) {
  minimize(net, MeanSquaredError{} + L2{0.1}, data);
}
#endif

}  // namespace tidy
