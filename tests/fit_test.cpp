#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <ridge/data/mnist.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

auto network() {
  Sequential net{named("fc1", Linear<float>{64, 32}), ReLU{}, named("fc2", Linear<float>{32, 10})};
  initialize(net, Random{1});
  return net;
}

const Mnist& digits() {
  static const Mnist data = load_mnist(RIDGE_DIGITS);
  return data;
}

/// Two features, three classes, five samples.
Dataset<float, int> five_samples() {
  return {Matrix<float>{{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}}, RowVector<int>{{0, 1, 2, 1, 0}}};
}
auto tiny_network() {
  Sequential net{Linear<float>{2, 4}, Tanh{}, Linear<float>{4, 3}};
  initialize(net, Random{1});
  return net;
}

TEST_CASE("a network learns the digits", "[fit]") {
  auto net = network();
  const auto reports =
      fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1, .momentum = 0.9}, digits().train,
          {.epochs = 20, .batch_size = 32, .seed = 1}, Validate{digits().test, "Test"});
  REQUIRE(reports.size() == 20);
  CHECK(reports.front().epoch == 1);
  CHECK(reports.back().epoch == 20);
  CHECK(reports.back().train_loss < 0.05);
  CHECK(reports.back().validation->accuracy.value() > 0.9);
  CHECK(reports.back().validation->samples == digits().test.size());
  CHECK(reports.back().validation_name == "Test");
  CHECK(evaluate(net, CrossEntropy{}, digits().test).accuracy ==
        reports.back().validation->accuracy);
  CHECK(evaluate(net, CrossEntropy{} + L2{1}, digits().test).loss ==
        reports.back().validation->loss);
}

TEST_CASE("a linear model learns a regression", "[fit]") {
  Matrix<double> x = Matrix<double>::Random(3, 200);
  const Matrix<double> truth{{1, -2, 3}, {0.5, 0, -1}};
  Matrix<double> t = (truth * x).colwise() + Vector<double>{{4, -4}};
  const Dataset<double, double> data{std::move(x), std::move(t)};
  Linear<double> model{3, 2};  // zero weights are fine for a single layer
  const auto reports = fit(model, MeanSquaredError{}, SGD{.learning_rate = 0.3}, data,
                           {.epochs = 100}, Validate{data});
  CHECK(model.weight.isApprox(truth, 1e-6));
  CHECK(reports.back().validation->loss < 1e-12);
  CHECK(!reports.back().validation->accuracy);
}

TEST_CASE("the same seed gives the same weights, another seed others", "[fit]") {
  const auto trained = [](FitOptions options) {
    auto net = network();
    fit(net, CrossEntropy{}, SGD{}, digits().train, options);
    return net;
  };
  const auto net = trained({.epochs = 2, .seed = 5});
  CHECK(net == trained({.epochs = 2, .seed = 5}));
  CHECK(!(net == trained({.epochs = 2, .seed = 6})));
  CHECK(!(net == trained({.epochs = 2, .shuffle = false})));
  CHECK(trained({.epochs = 1, .shuffle = false, .seed = 5}) ==
        trained({.epochs = 1, .shuffle = false, .seed = 6}));
}

TEST_CASE("each epoch has an order of its own and sees every sample once", "[fit]") {
  Matrix<float> x(1, 100);
  RowVector<int> labels(100);
  for (int i = 0; i < 100; ++i) labels(i) = i, x(0, i) = static_cast<float>(i);
  const Dataset<float, int> data{std::move(x), std::move(labels)};
  Batches<float, decltype(data)> batches(data, 30);
  const auto order = [&] {
    std::vector<int> seen;
    for (Index k = 0; k < batches.count(); ++k) {
      const auto batch = batches[k];
      CHECK(batch.inputs.cols() == (k < 3 ? 30 : 10));
      for (Index n = 0; n < batch.inputs.cols(); ++n) {
        CHECK(batch.inputs(0, n) == static_cast<float>(batch.targets(n)));
        seen.push_back(batch.targets(n));
      }
    }
    return seen;
  };
  const auto stored = order();
  CHECK(std::is_sorted(stored.begin(), stored.end()));
  batches.shuffle(Random{1});
  auto first = order();
  batches.shuffle(Random{2});
  CHECK(first != order());
  batches.shuffle(Random{1});
  CHECK(first == order());
  CHECK(first != stored);
  std::sort(first.begin(), first.end());
  CHECK(first == stored);
}

TEST_CASE("fit called again goes on from where the weights are", "[fit]") {
  auto once = network(), twice = network();
  fit(once, CrossEntropy{}, SGD{}, digits().train, {.epochs = 4, .shuffle = false});
  fit(twice, CrossEntropy{}, SGD{}, digits().train, {.epochs = 2, .shuffle = false});
  fit(twice, CrossEntropy{}, SGD{}, digits().train, {.epochs = 2, .shuffle = false});
  CHECK(once == twice);
}

TEST_CASE("the train loss is the mean over the samples, the short batch by its size", "[fit]") {
  auto net = tiny_network();
  const auto data = five_samples();
  const double expected = evaluate(net, CrossEntropy{}, data).loss;
  const auto reports = fit(net, CrossEntropy{}, SGD{.learning_rate = 0}, data, {.batch_size = 2});
  CHECK(reports[0].train_loss == Approx(expected).epsilon(1e-6));
}

TEST_CASE("a batch may be larger than the dataset", "[fit]") {
  auto net = tiny_network();
  CHECK(fit(net, CrossEntropy{}, SGD{}, five_samples(), {.batch_size = 1000}).size() == 1);
}

TEST_CASE("no epochs train nothing", "[fit]") {
  auto net = tiny_network();
  const auto before = net;
  CHECK(fit(net, CrossEntropy{}, SGD{}, five_samples(), {.epochs = 0}).empty());
  CHECK(net == before);
}

struct Recorder {
  std::string* calls;
  void begin(auto&) { *calls += "begin "; }
  void after_step(auto& run) { *calls += std::to_string(run.step) + " "; }
  void measure(auto&) { *calls += "measure "; }
  void after_epoch(auto& run) { *calls += "epoch" + std::to_string(run.epoch) + " "; }
  void end(auto&) { *calls += "end"; }
};

struct StopInSecondEpoch {
  void after_step(auto& run) {
    if (run.epoch == 2 && run.step == 1) run.stop();
  }
};

struct Fail {
  void after_step(auto&) { throw Error("mine"); }
};

TEST_CASE("callbacks are called in their order", "[fit]") {
  auto net = tiny_network();
  std::string calls;
  fit(net, CrossEntropy{}, SGD{}, five_samples(), {.epochs = 2, .batch_size = 3}, Recorder{&calls},
      [&](const EpochReport& report) { calls += "report" + std::to_string(report.epoch) + " "; });
  CHECK(calls == "begin 1 2 measure epoch1 report1 1 2 measure epoch2 report2 end");
}

TEST_CASE("a callback can stop the run", "[fit]") {
  auto net = tiny_network();
  std::string calls;
  const auto reports = fit(net, CrossEntropy{}, SGD{}, five_samples(),
                           {.epochs = 5, .batch_size = 2}, StopInSecondEpoch{}, Recorder{&calls});
  CHECK(reports.size() == 2);
  CHECK(calls == "begin 1 2 3 measure epoch1 1 measure epoch2 end");
}

TEST_CASE("end is called after an error too", "[fit]") {
  auto net = tiny_network();
  std::string calls;
  CHECK(message_of<Error>([&] {
          fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, Fail{}, Recorder{&calls});
        }) == "mine");
  CHECK(calls == "begin end");
}

TEST_CASE("a loss that is no number stops the run, naming epoch and step", "[fit]") {
  auto net = tiny_network();
  const auto message = message_of<DivergenceError>([&] {
    fit(net, CrossEntropy{}, SGD{.learning_rate = 1e300}, five_samples(),
        {.epochs = 3, .batch_size = 2});
  });
  CHECK(contains(message, "fit: epoch 1, step 2 of 3: the loss is nan. "));
  CHECK(contains(message, "Try a smaller learning rate"));
}

TEST_CASE("weights that overflow in the last step of all are noticed", "[fit]") {
  auto net = tiny_network();
  const auto message = message_of<DivergenceError>([&] {
    fit(net, CrossEntropy{}, SGD{.learning_rate = 1e300}, five_samples(), {.batch_size = 5});
  });
  CHECK(contains(message, "fit: epoch 1, step 1 of 1: 0.weight has become NaN or infinite"));
}

TEST_CASE("a NaN among the inputs stops the first step and leaves the weights", "[fit]") {
  auto net = tiny_network();
  const auto before = net;
  Matrix<float> x = five_samples().inputs();
  x(0, 3) = std::numeric_limits<float>::quiet_NaN();
  const Dataset<float, int> data{x, five_samples().targets()};
  const auto message = message_of<DivergenceError>([&] { fit(net, CrossEntropy{}, SGD{}, data); });
  CHECK(contains(message, "the loss is nan. Sample 3 of the dataset has nan as its feature 0"));
  CHECK(net == before);
}

TEST_CASE("bad options are refused before any weight changes", "[fit]") {
  auto net = tiny_network();
  const auto before = net;
  const auto data = five_samples();
  const auto message = [&](SGD sgd, FitOptions options) {
    return message_of<ValueError>([&] { fit(net, CrossEntropy{}, sgd, data, options); });
  };
  CHECK(message({}, {.batch_size = 0}) == "batch_size must be at least 1, got 0");
  CHECK(message({}, {.batch_size = -64}) == "batch_size must be at least 1, got -64");
  CHECK(message({}, {.epochs = -1}) == "fit: epochs must be at least 0, got -1");
  const std::string wrong = " must be a finite number >= 0, got ";
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(message({.learning_rate = -0.1}, {}) == "SGD: learning_rate" + wrong + "-0.1");
  CHECK(message({.learning_rate = nan}, {}) == "SGD: learning_rate" + wrong + "nan");
  CHECK(message({.learning_rate = inf}, {}) == "SGD: learning_rate" + wrong + "inf");
  CHECK(message({.momentum = -1}, {}) == "SGD: momentum" + wrong + "-1");
  CHECK(message({.momentum = nan}, {}) == "SGD: momentum" + wrong + "nan");
  CHECK(message({.dampening = nan}, {}) == "SGD: dampening" + wrong + "nan");
  CHECK(message({.weight_decay = -1e-4}, {}) == "SGD: weight_decay" + wrong + "-0.0001");
  CHECK(message({.nesterov = true}, {}) ==
        "SGD: Nesterov's momentum needs momentum > 0 and dampening 0, got 0 and 0");
  CHECK(message({.momentum = 0.9, .dampening = 0.5, .nesterov = true}, {}) ==
        "SGD: Nesterov's momentum needs momentum > 0 and dampening 0, got 0.9 and 0.5");
  CHECK(net == before);
}

TEST_CASE("network, loss and dataset that do not fit are refused", "[fit]") {
  auto net = tiny_network();
  const Dataset<float, int> outside{five_samples().inputs(), RowVector<int>{{0, 1, 3, 1, 0}}};
  CHECK(message_of<ValueError>([&] { fit(net, CrossEntropy{}, SGD{}, outside); }) ==
        "CrossEntropy: label 3 of sample 2 is outside the network's 3 classes 0 to 2");
  const Dataset<float, int> negative{five_samples().inputs(), RowVector<int>{{0, 1, 2, 1, -1}}};
  CHECK(message_of<ValueError>([&] { evaluate(net, CrossEntropy{}, negative); }) ==
        "CrossEntropy: label -1 of sample 4 is outside the network's 3 classes 0 to 2");
  const Dataset<float, int> tall{Matrix<float>::Zero(3, 5), five_samples().targets()};
  CHECK(message_of<ShapeError>([&] { fit(net, CrossEntropy{}, SGD{}, tall); }) ==
        "fit: the network takes 2 inputs, but each sample of the dataset has 3 features");
  const Dataset<float, float> numbers{five_samples().inputs(), Matrix<float>::Zero(2, 5)};
  CHECK(message_of<ShapeError>([&] { fit(net, MeanSquaredError{}, SGD{}, numbers); }) ==
        "MeanSquaredError: the network has 3 outputs, but the targets have 2 rows; the last layer "
        "has an output for each");
  Matrix<float> targets = Matrix<float>::Zero(3, 5);
  targets(1, 4) = std::numeric_limits<float>::infinity();
  const Dataset<float, float> infinite{five_samples().inputs(), targets};
  CHECK(message_of<ValueError>([&] { fit(net, MeanSquaredError{}, SGD{}, infinite); }) ==
        "MeanSquaredError: target 1 of sample 4 is inf, but must be finite");
  const Dataset<float, int> empty{Matrix<float>(2, 0), RowVector<int>(0)};
  CHECK(message_of<ValueError>([&] { fit(net, CrossEntropy{}, SGD{}, empty); }) ==
        "the dataset is empty");
}

TEST_CASE("a dataset checks itself", "[fit]") {
  using Data = Dataset<float, int>;
  CHECK(message_of<ShapeError>([] { Data(Matrix<float>(2, 5), RowVector<int>(4)); }) ==
        "Dataset: 5 samples, but 4 labels; each sample, a column of the inputs, has one");
  CHECK(message_of<ShapeError>([] { Data(Matrix<float>(5, 2), RowVector<int>(5)); }) ==
        "Dataset: 2 samples, but 5 labels; inputs are features x samples, one sample a column: "
        "transpose them");
  CHECK(message_of<ShapeError>(
            [] { Dataset<float, float>(Matrix<float>(2, 5), Matrix<float>(5, 1)); }) ==
        "Dataset: 5 samples, but 1 targets; targets have one column for each sample: transpose "
        "them");
  CHECK(message_of<ShapeError>([] { Data(Matrix<float>(2, 5), Matrix<int>(3, 5)); }) ==
        "Dataset: expected 1 row of labels, got 3 x 5; of one-hot columns take the row of each "
        "one's 1, and to learn several numbers a sample take float or double as the type of "
        "targets");
  const RowVector<int> labels{{3, 1, 2}};
  const Matrix<int> row = labels, column = labels.transpose();
  CHECK(Data(Matrix<float>(2, 3), row).targets() == labels);
  CHECK(Data(Matrix<float>(2, 3), column).targets() == labels);
  CHECK(Data(Matrix<float>(2, 3), (row.array() + 1).matrix()).targets()(0) == 4);
  CHECK(message_of<ShapeError>([] {
          Data(Matrix<float>(6, 5), RowVector<int>(5), 1, {2, 2});
        }) == "Dataset: a sample has 6 features, but its shape makes 4");
  CHECK(message_of<ValueError>([] { five_samples().sample<float>(5); }) ==
        "Dataset: sample 5 of 5");
  CHECK(five_samples().sample<double>(1) == Vector<double>{{2, 4}});
  const Dataset<std::uint8_t, int> bytes{Matrix<std::uint8_t>{{0, 255}}, RowVector<int>{{0, 1}},
                                         1.0 / 255};
  CHECK(bytes.sample<double>(1)(0) == Approx(1));
}

TEST_CASE("a network of zeros cannot learn and is refused", "[fit]") {
  Sequential net{Linear<float>{2, 4}, ReLU{}, Linear<float>{4, 3}};
  CHECK(contains(message_of<ValueError>([&] { fit(net, CrossEntropy{}, SGD{}, five_samples()); }),
                 "call ridge::initialize(net, ridge::Random{seed}) first"));
}

TEST_CASE("hyperparameters change between steps, and momentum is kept", "[fit]") {
  auto net = tiny_network(), same = net;
  const auto data = five_samples();
  const SGD first{.learning_rate = 0.1, .momentum = 0.9},
      then{.learning_rate = 0.01, .momentum = 0.9};
  Trainer trainer{net, CrossEntropy{}, first};
  trainer.step(data.inputs(), data.targets());
  trainer.set_optimizer(then);
  CHECK(trainer.optimizer() == then);
  const auto before = net;
  trainer.step(data.inputs(), data.targets());
  CHECK(trainer.steps() == 2);

  // The same two steps with a trainer of its own for the second forget the velocity.
  Trainer{same, CrossEntropy{}, first}.step(data.inputs(), data.targets());
  CHECK(same == before);
  Trainer{same, CrossEntropy{}, then}.step(data.inputs(), data.targets());
  CHECK(!(same == net));
  CHECK(message_of<ValueError>([&] { trainer.set_optimizer({.learning_rate = -1}); }) ==
        "SGD: learning_rate must be a finite number >= 0, got -1");
}

TEST_CASE("a trainer of one's own keeps its momentum from fit to fit", "[fit]") {
  const SGD sgd{.learning_rate = 0.1, .momentum = 0.9};
  auto once = tiny_network(), twice = once, forgets = once;
  const auto data = five_samples();
  fit(once, CrossEntropy{}, sgd, data, {.epochs = 4, .batch_size = 2, .seed = 3});

  Trainer trainer{twice, CrossEntropy{}, sgd};
  fit(trainer, data, {.epochs = 1, .batch_size = 2, .seed = 3});
  const auto reports =
      fit(trainer, data, {.epochs = 3, .batch_size = 2, .seed = 3, .first_epoch = 2});
  CHECK(once == twice);
  CHECK(reports.front().epoch == 2);

  fit(forgets, CrossEntropy{}, sgd, data, {.epochs = 1, .batch_size = 2, .seed = 3});
  fit(forgets, CrossEntropy{}, sgd, data,
      {.epochs = 3, .batch_size = 2, .seed = 3, .first_epoch = 2});
  CHECK(!(once == forgets));
}

struct HalvesTheRate {
  void after_epoch(auto& run) {
    SGD sgd = run.trainer.optimizer();
    sgd.learning_rate /= 2;
    run.trainer.set_optimizer(sgd);
  }
};

TEST_CASE("a callback can change the learning rate", "[fit]") {
  auto net = tiny_network(), constant = net;
  Trainer trainer{net, CrossEntropy{}, SGD{.learning_rate = 0.8}};
  fit(trainer, five_samples(), {.epochs = 3}, HalvesTheRate{});
  CHECK(trainer.optimizer().learning_rate == 0.1);
  fit(constant, CrossEntropy{}, SGD{.learning_rate = 0.8}, five_samples(), {.epochs = 3});
  CHECK(!(net == constant));
}

TEST_CASE("as many epochs as one likes, until a callback stops", "[fit]") {
  auto net = tiny_network();
  CHECK(fit(net, CrossEntropy{}, SGD{}, five_samples(),
            {.epochs = std::numeric_limits<int>::max() - 1, .batch_size = 2}, StopInSecondEpoch{})
            .size() == 2);
}

TEST_CASE("validation data that does not fit is refused before any weight changes", "[fit]") {
  auto net = tiny_network();
  const auto before = net;
  const Dataset<float, int> outside{five_samples().inputs(), RowVector<int>{{0, 1, 3, 1, 0}}};
  CHECK(message_of<ValueError>(
            [&] { fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, Validate{outside}); }) ==
        "Validate: CrossEntropy: label 3 of sample 2 is outside the network's 3 classes 0 to 2");
  const Dataset<float, int> tall{Matrix<float>::Zero(3, 5), five_samples().targets()};
  CHECK_THROWS_AS(fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, Validate{tall}), ShapeError);
  const Dataset<float, int> empty{Matrix<float>(2, 0), RowVector<int>(0)};
  CHECK(message_of<ValueError>([&] {
          fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, Validate{empty});
        }) == "Validate: the dataset is empty");
  CHECK(net == before);
}

struct FailsAtTheEnd {
  void end(auto&) { throw Error("at the end"); }
};

TEST_CASE("an end that throws does not keep the others from theirs", "[fit]") {
  auto net = tiny_network();
  std::string calls;
  CHECK(message_of<Error>([&] {
          fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, FailsAtTheEnd{}, Recorder{&calls});
        }) == "at the end");
  CHECK(calls == "begin 1 measure epoch1 end");
  CHECK(message_of<Error>([&] {
          fit(net, CrossEntropy{}, SGD{}, five_samples(), {}, Fail{}, FailsAtTheEnd{});
        }) == "mine");
}

TEST_CASE("a step checks what it is given and changes nothing if it does not fit", "[fit]") {
  auto net = tiny_network();
  const auto before = net;
  Trainer trainer{net, CrossEntropy{}, SGD{}};
  const Matrix<float> x = five_samples().inputs();
  CHECK(message_of<ValueError>([&] {
          trainer.step(x, RowVector<int>{{0, 1, 1000, 1, 0}});
        }) == "CrossEntropy: label 1000 of sample 2 is outside the network's 3 classes 0 to 2");
  CHECK(message_of<ShapeError>([&] {
          trainer.step(x, RowVector<int>{{0, 1, 2}});
        }) ==
        "the batch has 5 samples, but 3 targets; each column of inputs has its column of "
        "targets");
  CHECK(message_of<ValueError>([&] { trainer.step(x.leftCols(0).eval(), RowVector<int>(0)); }) ==
        "the batch is empty: it has no column, so no sample");
  StoredGradients<decltype(net)> stored;
  CHECK_THROWS_AS(gradient(net, CrossEntropy{}, x, RowVector<int>{{0, 1, 2}}, stored), ShapeError);
  CHECK(message_of<ShapeError>([&] { trainer.apply(stored); }) ==
        "Trainer: the stored gradient of 0.weight is 0 x 0, but it is 4 x 2");
  CHECK(net == before);
  trainer.apply(StoredGradients<decltype(net)>(net));  // all zero
  CHECK(net == before);
  CHECK(trainer.steps() == 1);
}

/// A layer that hands over its gradient as often as it is told, of as many columns as it is told.
struct Careless {
  using Scalar = float;
  Vector<float> factor = Vector<float>::Ones(2);
  int times = 1;
  Index cols = 1;

  Index output_size(Index rows) const { return rows; }
  auto parameters() { return std::tuple{as_scale(factor)}; }
  auto parameters() const { return std::tuple{as_scale(factor)}; }
  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y = factor.asDiagonal() * x;
  }
  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    infer(x, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = factor.asDiagonal() * dy;
    for (int i = 0; i < times; ++i)
      gradients((dy.array() * x.array()).rowwise().sum().replicate(1, cols));
  }
  template <class Initializer>
  void initialize(const Initializer& initializer, Random& random) {
    initialize_parameter(as_scale(factor), {1, 1}, initializer, random);
  }
};

TEST_CASE("what a layer of one's own hands over is checked", "[fit]") {
  const Dataset<float, float> data{five_samples().inputs(), five_samples().inputs()};
  const auto train = [&](Careless layer) { fit(layer, MeanSquaredError{}, SGD{}, data); };
  train({});
  CHECK(message_of<Error>([&] { train({.times = 0}); }) ==
        "the backward of one of the network's layers did not hand over its gradients");
  CHECK(message_of<Error>([&] { train({.times = 2}); }) ==
        "a layer's backward handed over the gradient of its weight twice");
  CHECK(message_of<ShapeError>([&] { train({.cols = 3}); }) ==
        "a layer's backward handed over a 2 x 3 gradient for its 2 x 1 weight");
}

/// A layer that hands over a weight's gradient of the first sample of x with all those of dy.
struct Forgetful : Linear<float> {
  using Linear<float>::Linear;
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx.noalias() = weight.transpose() * dy;
    gradients(outer_product(dy, x.leftCols(1)), dy.rowwise().sum());
  }
};

TEST_CASE("a weight's gradient is over the samples of one batch", "[fit]") {
  const Dataset<float, float> data{five_samples().inputs(), five_samples().inputs()};
  Forgetful layer{2, 2};
  CHECK(message_of<ShapeError>([&] { fit(layer, MeanSquaredError{}, SGD{}, data); }) ==
        "the factors of an outer_product have 5 and 1 samples");
}

TEST_CASE("scales begin at one, whatever the initializer", "[fit]") {
  Careless layer;
  layer.factor.setZero();
  initialize(layer, Random{1}, HeNormal{});
  CHECK(layer.factor == Vector<float>::Ones(2));
}

TEST_CASE("a network without parameters can be evaluated", "[fit]") {
  const Dataset<double, double> data{Matrix<double>{{0.0, 0.0}}, Matrix<double>{{0.5, 0.5}}};
  CHECK(evaluate(Sigmoid{}, MeanSquaredError{}, data).loss == 0);
}

TEST_CASE("a dataset refuses a scale or a shape that means nothing", "[fit]") {
  using Data = Dataset<float, int>;
  CHECK(message_of<ValueError>([] { Data(Matrix<float>(4, 1), RowVector<int>(1), nan); }) ==
        "Dataset: scale must be a finite number, got nan");
  CHECK_THROWS_AS(Data(Matrix<float>(4, 1), RowVector<int>(1), 1, {-2, -2}), ShapeError);
}

}  // namespace
