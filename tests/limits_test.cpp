// Data that is hardly any, features that never vary, and sizes near the largest that there are.
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

constexpr int largest_int = std::numeric_limits<int>::max();
constexpr Index largest = std::numeric_limits<Index>::max();

/// With every layer that looks at a batch as a whole, or at a sample as a whole, or draws numbers.
auto network() {
  return initialized(Sequential{BatchNorm<float>{4}, Linear<float>{4, 6}, BatchNorm<float>{6},
                                ReLU{}, Dropout{0.5}, LayerNorm<float>{6}, Linear<float>{6, 3}});
}
using Net = decltype(network());

Dataset<float, int> samples(Index count) {
  Random random{1};
  return {random_matrix(4, count, random).cast<float>(), random_labels(3, count, random)};
}

bool is_finite(const Net& net) { return detail::describe_not_finite(net).empty(); }

struct StopAtOnce {
  std::vector<int>* epochs;
  void after_step(auto& run) {
    epochs->push_back(run.epoch);
    epochs->push_back(run.last_epoch());
    run.stop();
  }
};

TEST_CASE("no samples and no features are refused", "[limits]") {
  Net net = network();
  const Net before = net;
  const Dataset<float, int> empty = subset(samples(3), {});
  CHECK(message_of<ValueError>([&] { fit(net, CrossEntropy{}, SGD{}, empty); }) ==
        "the dataset is empty");
  CHECK(message_of<ValueError>([&] { evaluate(net, CrossEntropy{}, empty); }) ==
        "the dataset is empty");
  CHECK(message_of<ValueError>([&] { split(empty, 0.5, Random{}); }) ==
        "split: of 0 samples a share of 0.5 leaves a part empty");
  CHECK(predict(net, empty.inputs()).cols() == 0);
  CHECK(classify(net, empty.inputs()).cols() == 0);
  const Dataset<float, float> nothing{Matrix<float>(0, 5), Matrix<float>(0, 5)};
  CHECK(message_of<ValueError>([&] { evaluate(Tanh{}, MeanSquaredError{}, nothing); }) ==
        "the dataset's samples have no features");
  CHECK(message_of<ValueError>([&] { classify(Tanh{}, Matrix<float>(0, 5)); }) ==
        "classify: the network has no outputs");
  CHECK(net == before);
}

TEST_CASE("one sample, alone or at a time, trains", "[limits]") {
  for (const Index count : {1, 5}) {
    Net net = network();
    const Net before = net;
    const auto data = samples(count);
    for (const StepOptions& step : {StepOptions{}, StepOptions{.accumulate = 2, .clip_norm = 1}}) {
      const auto reports = fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1, .momentum = 0.9},
                               data, {.epochs = 5, .batch_size = 1, .step = step}, Validate{data});
      CHECK(std::isfinite(reports.back().train_loss));
      CHECK(std::isfinite(reports.back().validation->loss));
    }
    CHECK(is_finite(net));
    CHECK(!(net == before));
    CHECK(net.layer<0>().running_variance == before.layer<0>().running_variance);
    CHECK(predict(net, data.inputs()).allFinite());
  }
  CHECK_THROWS_AS(split(samples(1), 0.5, Random{}), ValueError);
}

TEST_CASE("one class, or one value for all targets, is learned", "[limits]") {
  const Dataset<float, int> one_class{samples(40).inputs(), RowVector<int>::Constant(40, 2)};
  const auto [rest, held_out] = split(one_class, 0.25, Random{1});
  CHECK(held_out.size() == 10);
  Net net = network();
  const auto reports =
      fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1}, rest, {.epochs = 50}, Validate{held_out});
  CHECK(reports.back().validation->accuracy == 1);
  CHECK(is_finite(net));
}

/// What never varies is 0 before it is scaled and shifted: in training, and then in use.
template <class S>
void check_constant_features(S value) {
  CAPTURE(value);
  BatchNorm<S> norm{3};
  const Matrix<S> x = Matrix<S>::Constant(3, 50, value);
  norm.shift << 1, 2, 3;
  const Matrix<S> expected = norm.shift.replicate(1, 50);
  typename BatchNorm<S>::template Cache<S> cache;
  Matrix<S> y(3, 50);
  norm.forward(x, y, cache);
  CHECK(y == expected);

  Trainer trainer(norm, MeanSquaredError{}, SGD{.learning_rate = 0});
  for (int step = 0; step < 500; ++step) trainer.step(x, expected);
  CHECK(predict(norm, x).isApprox(expected, S(1e-3)));

  LayerNorm<S> layer{3};
  layer.shift << 1, 2, 3;
  CHECK(predict(layer, x) == expected);
  typename LayerNorm<S>::template Cache<S> of_layer;
  layer.forward(x, y, of_layer);
  CHECK(y == expected);
}

TEST_CASE("normalizations take features that never vary, of any size", "[limits]") {
  for (const float value : {0.f, 0.1f, 2020.f, 1000001.f, 1.6e9f, -1e20f, 1e-42f})
    check_constant_features(value);
  check_constant_features(1e6 / 3);
}

TEST_CASE("an epsilon that the scalar cannot hold is refused", "[limits]") {
  const std::string end =
      ": epsilon must be between 1.17549435e-38 and 3.40282347e+38 for its scalar, got ";
  CHECK(message_of<ValueError>([] { BatchNorm<float>(3, 1e-50); }) == "BatchNorm" + end + "1e-50");
  CHECK(message_of<ValueError>([] { LayerNorm<float>(3, 1e-40); }) == "LayerNorm" + end + "1e-40");
  CHECK(message_of<ValueError>([] {
          LayerNorm<float>(3, std::numeric_limits<double>::infinity());
        }) == "LayerNorm" + end + "inf");
  CHECK_NOTHROW(BatchNorm<double>(3, 1e-50));
}

TEST_CASE("inputs below the normal range train and predict", "[limits]") {
  const Dataset<float, int> tiny{1e-40f * samples(20).inputs(), samples(20).targets()};
  REQUIRE((tiny.inputs().array() != 0).all());
  Net net = network();
  fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1}, tiny, {.epochs = 3, .batch_size = 8});
  CHECK(is_finite(net));
  CHECK(predict(net, tiny.inputs()).allFinite());
}

TEST_CASE("epochs are numbered to the largest int but one, and not beyond", "[limits]") {
  Net net = network();
  const auto data = samples(5);
  const auto seen = [&](int epochs, int first) {
    std::vector<int> numbers;
    fit(net, CrossEntropy{}, SGD{}, data, {.epochs = epochs, .first_epoch = first},
        StopAtOnce{&numbers}, LearningRate{CosineAnnealing{.period = 100}},
        WeightDecayStrength{StepDecay{.period = 100}, Every::step});
    return numbers;
  };
  CHECK(seen(largest_int - 1, 1) == std::vector{1, largest_int - 1});
  CHECK(seen(1, largest_int - 1) == std::vector{largest_int - 1, largest_int - 1});
  CHECK(seen(0, largest_int).empty());
  const Net before = net;
  const auto refused = [&](int epochs, int first) {
    return message_of<ValueError>([&] { seen(epochs, first); });
  };
  CHECK(refused(2, largest_int) ==
        "fit: 2 epochs from epoch 2147483647 on are more than an int counts");
  CHECK(refused(largest_int, 1) ==
        "fit: 2147483647 epochs from epoch 1 on are more than an int counts");
  CHECK(refused(1, 0) == "fit: first_epoch must be at least 1, got 0");
  CHECK(refused(1, std::numeric_limits<int>::min()) ==
        "fit: first_epoch must be at least 1, got -2147483648");
  CHECK(net == before);
}

TEST_CASE("the largest batches and the most batches for a step are the whole dataset", "[limits]") {
  Net whole = network(), largest_batch = whole, accumulated = whole;
  const auto data = samples(6);
  fit(whole, CrossEntropy{}, SGD{}, data, {.batch_size = 6});
  fit(largest_batch, CrossEntropy{}, SGD{}, data, {.batch_size = largest});
  CHECK(whole == largest_batch);
  fit(accumulated, CrossEntropy{}, SGD{}, data,
      {.batch_size = 2, .step = {.accumulate = largest_int}});
  CHECK(is_finite(accumulated));
}

TEST_CASE("images may be moved by more pixels than they have", "[limits]") {
  const Dataset<float, int> images{Matrix<float>::Ones(4, 20), RowVector<int>::Zero(20), 1, {2, 2}};
  Batches<float, decltype(images)> batches(images, 20);
  batches.shift(largest, Random{1});
  CHECK(batches[0].inputs.allFinite());
  CHECK(batches[0].inputs.sum() < 80);
}

TEST_CASE("layers of more numbers than memory can have are refused by name", "[limits]") {
  const Index half = largest / 2 + 1;
  const std::string end = " make more numbers than memory can have";
  CHECK(message_of<ValueError>([&] { Linear<float>(half, 4); }) ==
        "Linear: 4611686018427387904 inputs and 4 outputs" + end);
  CHECK(message_of<ValueError>([&] { Linear<double>(largest, largest); }) ==
        "Linear: 9223372036854775807 inputs and 9223372036854775807 outputs" + end);
  CHECK(message_of<ValueError>([&] { Linear<double>(Index{1} << 32, Index{1} << 28); }) ==
        "Linear: 4294967296 inputs and 268435456 outputs" + end);
  CHECK(message_of<ValueError>([&] { BatchNorm<float>{half}; }) ==
        "BatchNorm: 4611686018427387904 features" + end);
  CHECK(message_of<ValueError>([&] { LayerNorm<double>{largest}; }) ==
        "LayerNorm: 9223372036854775807 features" + end);
  CHECK_THROWS_AS(Linear<float>(-1, largest), ValueError);
}

TEST_CASE("a shape whose product is too large is none", "[limits]") {
  const Index root = Index{1} << 32;  // its square is 0 modulo 2^64
  const auto message = [](std::vector<Index> shape) {
    return message_of<ShapeError>(
        [&] { Dataset<float, int>(Matrix<float>(0, 1), RowVector<int>(1), 1, shape); });
  };
  CHECK(message({root, root}) == "Dataset: a sample has 0 features, but its shape makes too many");
  CHECK(message({largest, largest, 2}) ==
        "Dataset: a sample has 0 features, but its shape makes too many");
  CHECK(message({largest}) ==
        "Dataset: a sample has 0 features, but its shape makes 9223372036854775807");
}

TEST_CASE("schedules and random numbers reach to the end of their range", "[limits]") {
  constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
  CHECK(CosineAnnealing{.period = end}(end) == Approx(0).margin(1e-15));
  CHECK(StepDecay{.period = end, .factor = 0.5}(end) == 0.5);
  CHECK(OneCycle{.duration = end}(end) == OneCycle{}.end);
  CHECK(WarmUp{end}(0) == Approx(1.0 / 3));
  CHECK(WarmUp{end}(end) == 1);
  CHECK(WarmUp{0, StepDecay{.period = end}}(end) == Approx(0.1));
  CHECK(ExponentialDecay{}(end) == 0);

  Random random{1};
  std::uint64_t bits = 0;
  constexpr std::uint64_t most = ~std::uint64_t{0};
  for (int draw = 0; draw < 100; ++draw) {
    const std::uint64_t number = random.below(most);
    CHECK(number < most);
    bits |= number;
    CHECK(random.below((std::uint64_t{1} << 63) + 1) <= std::uint64_t{1} << 63);
    CHECK(random.below(std::uint64_t{1} << 32) < std::uint64_t{1} << 32);
    CHECK(random.below(1) == 0);
  }
  CHECK(bits == most);
}

}  // namespace
