// NaN and infinity in what is given to a run: found, named, and nothing is lost by them.
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using namespace test;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

/// Wide enough for full tiles and for what is left of them.
auto wide_network() {
  return initialized(Sequential{Linear<float>{20, 70}, ReLU{}, Linear<float>{70, 3}});
}
using Wide = decltype(wide_network());

/// Half of all inputs are zero, which products leave out.
Dataset<float, int> sparse_samples(Index samples) {
  Random random{3};
  Matrix<float> x = random_matrix(20, samples, random).cast<float>();
  for (float& each : x.reshaped())
    if (random.below(2) == 0) each = 0;
  return {std::move(x), random_labels(3, samples, random)};
}

/// With one of the inputs replaced.
Dataset<float, int> with_input(const Dataset<float, int>& data, Index feature, Index sample,
                               float value) {
  Matrix<float> x = data.inputs();
  x(feature, sample) = value;
  return {std::move(x), data.targets()};
}

TEST_CASE("validation data that are not finite are refused before the first step", "[numbers]") {
  const auto data = sparse_samples(100), wrong = with_input(data, 3, 12, nan);
  Wide net = wide_network();
  const Wide before = net;
  CHECK(message_of<ValueError>(
            [&] { fit(net, CrossEntropy{}, SGD{}, data, {}, Validate{wrong}, EarlyStopping{}); }) ==
        "Validate: Sample 12 of its dataset has nan as its feature 3. Mend it, or leave the sample "
        "out");
  CHECK(net == before);
}

TEST_CASE("fit names the sample and the feature that are not finite", "[numbers]") {
  const auto data = sparse_samples(100);
  const auto message = [](const auto& wrong, bool changes) {
    Wide net = wide_network();
    const Wide before = net;
    const auto text = message_of<DivergenceError>(
        [&] { fit(net, CrossEntropy{}, SGD{}, wrong, {.batch_size = 30, .shuffle = false}); });
    CHECK((net == before) == !changes);
    return text;
  };
  const std::string end = ". Mend it, or leave the sample out";
  CHECK(message(with_input(data, 3, 12, nan), false) ==
        "fit: epoch 1, step 1 of 4: the loss is nan. Sample 12 of the dataset has nan as its "
        "feature 3" +
            end);
  CHECK(message(with_input(data, 19, 81, nan), true) ==
        "fit: epoch 1, step 3 of 4: the loss is nan. Sample 81 of the dataset has nan as its "
        "feature 19" +
            end);
  // Into ReLUs infinity may go unnoticed until its gradient has spoilt the weights.
  CHECK(contains(message(with_input(data, 0, 99, -inf), true),
                 "Sample 99 of the dataset has -inf as its feature 0" + end));

  Matrix<double> large = data.inputs().cast<double>();
  large(5, 7) = -1e300;
  const Dataset<double, int> doubles{std::move(large), data.targets()};
  CHECK(contains(message(doubles, false),
                 "Sample 7 of the dataset has -1e+300 as its feature 5, which converted and scaled "
                 "for the network is -inf" +
                     end));
}

TEST_CASE("fit names a target that is too large for the network's scalar", "[numbers]") {
  Matrix<double> targets = Matrix<double>::Zero(2, 10);
  targets(1, 4) = 1e200;
  const Dataset<float, double> data{Matrix<float>::Random(3, 10), targets};
  Linear<float> net{3, 2};
  CHECK(message_of<DivergenceError>([&] { fit(net, MeanSquaredError{}, SGD{}, data); }) ==
        "fit: epoch 1, step 1 of 1: the loss is inf. Sample 4 of the dataset has 1e+200 as its "
        "target 1, which converted and scaled for the network is inf. Mend it, or leave the sample "
        "out");
  CHECK(net == Linear<float>{3, 2});

  // What is finite and still too much is not the dataset's NaN.
  targets(1, 4) = 1e30;
  const Dataset<float, double> squares{data.inputs(), targets};
  CHECK(message_of<DivergenceError>([&] { fit(net, MeanSquaredError{}, SGD{}, squares); }) ==
        "fit: epoch 1, step 1 of 1: the loss is inf. The batch is finite, so it or the initial "
        "weights are too large: scale them");
}

TEST_CASE("a step names what of its batch is not finite, and is not made", "[numbers]") {
  Wide net = wide_network();
  const Wide before = net;
  const auto data = sparse_samples(40);
  Matrix<float> x = data.inputs();
  x(2, 33) = nan;
  for (const double clip : {0.0, 1.0}) {
    Trainer trainer{net, CrossEntropy{}, SGD{.momentum = 0.9}, {.clip_norm = clip}};
    CHECK(message_of<DivergenceError>([&] { trainer.step(x, data.targets()); }) ==
          "the loss is nan. Sample 33 of the batch has nan as its feature 2. Mend it, or leave the "
          "sample out");
    CHECK(net == before);
    CHECK(trainer.steps() == 0);
    trainer.step(data.inputs(), data.targets());  // and it goes on
    CHECK(trainer.steps() == 1);
    CHECK(!(net == before));
    net = before;
  }
}

TEST_CASE("weights that are not finite are refused before any step", "[numbers]") {
  Wide net = wide_network();
  net.layer<2>().weight(1, 4) = nan;
  CHECK(message_of<ValueError>([&] { fit(net, CrossEntropy{}, SGD{}, sparse_samples(9)); }) ==
        "Trainer: 2.weight has nan in row 1, column 4 before any step; initialize the network or "
        "load its weights");
  net = wide_network();
  net.layer<0>().bias(69) = -inf;
  CHECK(contains(message_of<ValueError>([&] { Trainer(net, CrossEntropy{}, SGD{}); }),
                 "0.bias has -inf in row 69, column 0"));
  CHECK_THROWS_AS(save_weights("/nowhere/net.safetensors", net), ValueError);
  CHECK(message_of<ValueError>([&] { compact(net); }) ==
        "compact: 0.bias has -inf in row 69, column 0, so which neurons are dead means nothing");
}

TEST_CASE("NaN in one sample leaves the others their bits", "[numbers]") {
  const Wide net = wide_network();
  const auto data = sparse_samples(60);
  const Matrix<float> expected = predict(net, data.inputs());
  for (const Index n : {0, 1, 31, 59})
    for (const float value : {nan, inf, -inf}) {
      const Matrix<float> y = predict(net, with_input(data, n % 20, n, value).inputs());
      CHECK(y.leftCols(n) == expected.leftCols(n));
      CHECK(y.rightCols(59 - n) == expected.rightCols(59 - n));
      CHECK(y.col(n) != expected.col(n));
      CHECK((y.col(n).array().isNaN().all() || !std::isnan(value)));
    }
}

TEST_CASE("NaN has no class", "[numbers]") {
  const Wide net = wide_network();
  const auto data = with_input(sparse_samples(10), 4, 6, nan);
  CHECK(message_of<ValueError>([&] { classify(net, data.inputs()); }) ==
        "classify: an output is nan for sample 6, so it has no class; look for NaN or infinity in "
        "its features and in the weights");
  CHECK_THROWS_AS(classify(net, data.inputs().col(6)), ValueError);
  const Linear<float> one{20, 1};
  CHECK_THROWS_AS(classify(one, data.inputs(), BinaryCrossEntropy{}), ValueError);

  // In an evaluation it is none that is right, and the loss says so.
  const Dataset<float, int> alone{data.inputs().col(6), RowVector<int>{{0}}};
  const Evaluation evaluation = evaluate(net, CrossEntropy{}, alone);
  CHECK(std::isnan(evaluation.loss));
  CHECK(evaluation.accuracy == 0);
}

TEST_CASE("a weight of 0 does not hide NaN from the products", "[numbers]") {
  Wide net = wide_network();
  const Wide before = net;
  const auto data = with_input(sparse_samples(10), 4, 6, nan);
  RowVector<double> weights = RowVector<double>::Ones(10);
  weights(6) = 0;
  const std::string end =
      " has the weight 0 and nan as its feature 4: the weight leaves it out of the loss only, so "
      "mend it or leave it out altogether, with ridge::subset";
  CHECK(message_of<ValueError>([&] {
          fit(net, CrossEntropy{}, SGD{}, data.with_weights(weights), {.batch_size = 2});
        }) == "sample 6 of the dataset" + end);
  Trainer trainer(net, CrossEntropy{}, SGD{});
  CHECK(message_of<ValueError>([&] { trainer.step(data.inputs(), data.targets(), weights); }) ==
        "sample 6 of the batch" + end);
  CHECK(net == before);
}

TEST_CASE("sample weights that cannot be divided by are refused", "[numbers]") {
  const auto data = sparse_samples(3);
  const std::string many =
      ", too small or too large a number to divide by; only their ratios "
      "count, so scale them";
  CHECK(message_of<ValueError>([&] { data.with_weights(RowVector<double>::Constant(3, 1e308)); }) ==
        "Dataset: the sample weights add up to inf" + many);
  CHECK(contains(
      message_of<ValueError>([&] { data.with_weights(RowVector<double>::Constant(3, 1e-320)); }),
      many));
  Wide net = wide_network();
  Trainer trainer(net, CrossEntropy{}, SGD{});
  const RowVector<double> huge = RowVector<double>::Constant(3, 1e308);
  CHECK(message_of<ValueError>([&] { trainer.step(data.inputs(), data.targets(), huge); }) ==
        "the sample weights add up to infinity; only their ratios count, so scale them");
}
}  // namespace
