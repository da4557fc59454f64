// Datasets in memory that the caller owns: nothing is copied, and the bits are those of a copy.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <ridge/linear/ridge_regression.hpp>
#include <ridge/ridge.hpp>
#include <ridge/tuning/cross_validate.hpp>
#include <ridge/tuning/penalty_path.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

// What a view is used for must take it, and a copy of samples owns them.
static_assert(DatasetView<float, int>::has_classes);
static_assert(!DatasetView<float, double>::has_classes);
static_assert(DatasetView<float, int>::is_view);
static_assert(!Dataset<float, int>::is_view);
static_assert(std::is_same_v<DatasetView<float, int>::Owner, Dataset<float, int>>);
static_assert(std::is_copy_assignable_v<DatasetView<float, int>>);
static_assert(!std::is_constructible_v<Dataset<float, int>, std::span<const float>, Index,
                                       std::span<const int>>);

/// 60 samples of three features and two classes, one after another.
struct Arrays {
  std::vector<float> inputs = std::vector<float>(180);
  std::vector<int> labels = std::vector<int>(60);
  std::vector<double> numbers = std::vector<double>(120);  // two a sample

  Arrays() {
    Random random{3};
    for (std::size_t n = 0; n < 60; ++n) {
      labels[n] = static_cast<int>(n % 2);
      for (std::size_t i = 0; i < 3; ++i)
        inputs[3 * n + i] = static_cast<float>(random.normal() + labels[n]);
      numbers[2 * n] = inputs[3 * n] + 0.1 * random.normal();
      numbers[2 * n + 1] = 1 - inputs[3 * n + 2];
    }
  }
  DatasetView<float, int> classes() const { return {inputs, 3, labels, 0.5}; }
  DatasetView<float, double> regression() const { return {inputs, 3, numbers, 0.5}; }
};

template <class Input, class Target>
typename Dataset<Input, Target>::Owner copy_of(const Dataset<Input, Target>& data) {
  return {data.inputs(), data.targets(), data.scale(), data.shape()};
}

template <class Data, class Objective>
Matrix<float> trained(const Data& data, const Objective& objective) {
  Linear<float> net{3, 2};
  initialize(net, Random{1});
  fit(net, objective, SGD{.learning_rate = 0.1, .momentum = 0.9}, data,
      {.epochs = 3, .batch_size = 7});
  return net.weight;
}

TEST_CASE("a view has the caller's memory and none of its own", "[dataset_view]") {
  const Arrays arrays;
  Eigen::internal::set_is_malloc_allowed(false);
  const DatasetView<float, int> data = arrays.classes();
  const DatasetView<float, int> again = data;
  Eigen::internal::set_is_malloc_allowed(true);
  for (const auto& view : {data, again}) {
    CHECK(view.inputs().data() == arrays.inputs.data());
    CHECK(view.targets().data() == arrays.labels.data());
    CHECK(view.size() == 60);
    CHECK(view.features() == 3);
    CHECK(view.shape() == std::vector<Index>{3});
    CHECK(view.sample<float>(1) ==
          0.5f * Vector<float>{{arrays.inputs[3], arrays.inputs[4], arrays.inputs[5]}});
  }
  const auto regression = arrays.regression();
  CHECK(regression.targets().data() == arrays.numbers.data());
  CHECK(regression.targets().rows() == 2);
  CHECK(regression.targets()(1, 1) == arrays.numbers[3]);
}

TEST_CASE("a view sees what its owner changes, and a copy of it does not", "[dataset_view]") {
  Arrays arrays;
  const auto view = arrays.classes();
  const auto copy = copy_of(view);
  arrays.inputs[4] = 7;
  CHECK(view.inputs()(1, 1) == 7);
  CHECK(copy.inputs()(1, 1) != 7);
}

TEST_CASE("to assign a view is to look elsewhere", "[dataset_view]") {
  const Arrays arrays;
  const std::vector<float> before = arrays.inputs;
  const std::vector<float> inputs{1, 2, 3, 4};
  const std::vector<int> labels{1, 0};
  DatasetView<float, int> data = arrays.classes();
  data = {inputs, 2, labels};
  CHECK(data.inputs().data() == inputs.data());
  CHECK(data.targets().data() == labels.data());
  CHECK(data.size() == 2);
  CHECK(data.features() == 2);
  CHECK(arrays.inputs == before);
}

TEST_CASE("views are of Eigen's matrices too", "[dataset_view]") {
  Matrix<std::uint8_t> x = Matrix<std::uint8_t>::Constant(4, 6, 3);
  Vector<int> labels = Vector<int>::LinSpaced(6, 0, 5);  // a column
  const DatasetView<std::uint8_t, int> whole{x, labels, 1.0 / 255, {2, 2}};
  CHECK(whole.inputs().data() == x.data());
  CHECK(whole.targets().data() == labels.data());
  CHECK(whole.size() == 6);
  CHECK(whole.shape() == std::vector<Index>{2, 2});

  const DatasetView<std::uint8_t, int> last{x.rightCols(2), labels.tail(2)};
  CHECK(last.inputs().data() == x.data() + 16);
  CHECK(last.targets()(1) == 5);

  const DatasetView<std::uint8_t, int> mapped{
      Eigen::Map<Matrix<std::uint8_t>>(x.data(), 2, 12).leftCols(6), labels};
  CHECK(mapped.features() == 2);

  // As NumPy has it: samples x features, row by row.
  Eigen::Matrix<float, Dynamic, Dynamic, Eigen::RowMajor> rows(2, 3);
  rows << 1, 2, 3, 4, 5, 6;
  const RowVector<int> two{{0, 1}};
  const DatasetView<float, int> by_rows{rows.transpose(), two};
  CHECK(by_rows.inputs().data() == rows.data());
  CHECK(by_rows.sample<float>(1) == Vector<float>{{4, 5, 6}});

  const Matrix<float> targets = Matrix<float>::Random(2, 6);
  const Matrix<float> inputs = Matrix<float>::Random(3, 6);
  const DatasetView<float, float> numbers{inputs, targets};
  CHECK(numbers.targets().data() == targets.data());
}

TEST_CASE("training, evaluation and prediction give the bits of a copy", "[dataset_view]") {
  const Arrays arrays;
  const auto view = arrays.classes();
  const auto copy = copy_of(view);
  CHECK(trained(view, CrossEntropy{}) == trained(copy, CrossEntropy{}));
  CHECK(trained(arrays.regression(), MeanSquaredError{}) ==
        trained(copy_of(arrays.regression()), MeanSquaredError{}));

  const RowVector<double> weights = RowVector<double>::LinSpaced(60, 0.1, 2);
  const auto weighted = view.with_weights(weights);
  CHECK(weighted.weights() == view.with_weights(weights.transpose()).weights());
  CHECK(weighted.inputs().data() == arrays.inputs.data());
  CHECK(trained(weighted, CrossEntropy{}) == trained(copy.with_weights(weights), CrossEntropy{}));

  Linear<float> net{3, 2};
  initialize(net, Random{2});
  CHECK(predict(net, view) == predict(net, copy));
  CHECK(evaluate(net, CrossEntropy{}, view).loss == evaluate(net, CrossEntropy{}, copy).loss);
  CHECK(sample_losses(net, CrossEntropy{}, view).losses ==
        sample_losses(net, CrossEntropy{}, copy).losses);
  fit(net, CrossEntropy{}, SGD{}, view, {}, Validate{view});
}

TEST_CASE("parts of a view, and what standardizes it, own their samples", "[dataset_view]") {
  const Arrays arrays;
  const auto view = arrays.classes();
  const auto copy = copy_of(view);
  const auto [rest, held_out] = split(view, 0.25, Random{1});
  const auto expected = split(copy, 0.25, Random{1});
  STATIC_REQUIRE(
      std::is_same_v<decltype(split(view, 0.25, Random{1})), Split<Dataset<float, int>>>);
  CHECK(rest.inputs() == expected.rest.inputs());
  CHECK(held_out.targets() == expected.held_out.targets());

  const Dataset<float, int> standard = Standardizer(view)(view);
  CHECK(standard.inputs() == Standardizer(copy)(copy).inputs());
}

TEST_CASE("whole numbers are standardized as float, in a dataset and in a matrix",
          "[dataset_view]") {
  Matrix<int> x(1, 4);
  x << 0, 1, 2, 10;
  const Standardizer standardize(x);
  const Matrix<float> standard = standardize(x);
  CHECK(standard ==
        standardize(Dataset<int, int>{x, RowVector<int>{RowVector<int>::Zero(4)}}).inputs());
  CHECK(standard(0, 1) < 0);
  CHECK(standardize.inverse(standard).isApprox(x.cast<float>()));
}

TEST_CASE("a view is cross-validated and fitted by linear models", "[dataset_view]") {
  const Arrays arrays;
  const auto view = arrays.classes();
  const auto copy = copy_of(view);
  const auto learn = [](const auto& train, Random) {
    Linear<float> net{3, 2};
    fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1}, train);
    return [net](const auto& test) { return evaluate(net, CrossEntropy{}, test); };
  };
  CHECK(cross_validate(view, KFold{.folds = 3}, learn).loss.mean ==
        cross_validate(copy, KFold{.folds = 3}, learn).loss.mean);

  const auto objective = [](double lambda) { return CrossEntropy{} + L2{lambda}; };
  const auto refitted = [&](const auto& data) {
    const auto path = penalty_path(Linear<float>{3, 2}, objective, SGD{}, data, KFold{.folds = 2},
                                   {.lambdas = {0.1, 0.01}});
    return path.refit(data, path.lambda_min()).weight;
  };
  CHECK(refitted(view) == refitted(copy));

  const auto numbers = arrays.regression();
  CHECK(RidgeRegression(numbers).fit(0.1).weight ==
        RidgeRegression(copy_of(numbers)).fit(0.1).weight);
}

TEST_CASE("sizes that do not agree are refused", "[dataset_view]") {
  const std::vector<float> x(12);
  const std::vector<int> labels(4);
  const std::vector<float> numbers(6);
  using Classes = DatasetView<float, int>;
  using Numbers = DatasetView<float, float>;
  const auto message = [](const auto& make) { return message_of<ShapeError>(make); };
  CHECK(message([&] { Classes(x, 5, labels); }) ==
        "Dataset: 12 numbers are no whole samples of 5 features");
  CHECK(message([&] { Classes(x, 4, labels); }) ==
        "Dataset: 3 samples, but 4 labels; inputs are features x samples, one sample a column: "
        "transpose them");
  CHECK(message([&] { Numbers(x, 3, numbers); }) ==
        "Dataset: 4 samples, but 6 targets, which is no multiple of it");
  CHECK(message([&] { Numbers({}, 3, numbers); }) ==
        "Dataset: 0 samples, but 6 targets, which is no multiple of it");
  CHECK(contains(message([&] { Classes(x, 3, labels, 1.0, {2, 2}); }), "its shape makes 4"));
  for (const Index features : {0, -3})
    CHECK(message_of<ValueError>([&] { Classes(x, features, labels); }) ==
          detail::text("Dataset: features must be at least 1, got ", features));
  CHECK(Numbers({}, 3, {}).size() == 0);
}

TEST_CASE("weights of samples are one for each, a row or a column", "[dataset_view]") {
  const Arrays arrays;
  const auto view = arrays.classes();
  const auto shape = [&](const auto& weights) {
    return message_of<ShapeError>([&] { view.with_weights(weights); });
  };
  CHECK(shape(RowVector<double>::Ones(59)) == "Dataset: 60 samples, but 59 sample weights");
  CHECK(shape(Matrix<double>::Ones(59, 1)) == "Dataset: 60 samples, but 59 sample weights");
  CHECK(shape(Matrix<double>::Ones(2, 30)) ==
        "Dataset: sample weights are a row or a column, got 2 x 30 of them");
  CHECK(shape(Matrix<double>::Ones(2, 60)) ==
        "Dataset: sample weights are a row or a column, got 2 x 60 of them");
  CHECK(view.with_weights(Matrix<double>::Ones(60, 1)).weights() == RowVector<double>::Ones(60));
  CHECK(view.with_weights(Eigen::VectorXi::LinSpaced(60, 0, 59).reverse()).weights()(59) == 0);
  const auto value = [&](double weight) {
    RowVector<double> weights = RowVector<double>::Zero(60);
    weights(7) = weight;
    return message_of<ValueError>([&] { view.with_weights(weights); });
  };
  CHECK(contains(value(-1), "got -1 for sample 7"));
  CHECK(contains(value(0), "every sample weight is 0"));
  CHECK(contains(value(1e-310), "add up to"));
}

TEST_CASE("null pointers and negative sizes are refused", "[dataset_view]") {
  const std::vector<float> x(12);
  const std::vector<int> labels(4);
  using Classes = DatasetView<float, int>;
  const float* const nothing = nullptr;
  CHECK(message_of<ValueError>([&] {
          Classes({nothing, 12}, 3, labels);
        }) == "Dataset: a null pointer was given for a matrix of 3 x 4");
  CHECK(message_of<ValueError>([&] {
          Classes({x.data(), 3, 4}, {nullptr, 1, 4});
        }) == "Dataset: a null pointer was given for a matrix of 1 x 4");
  CHECK(message_of<ValueError>([&] {
          Classes({x.data(), 3, -4}, {labels.data(), 1, 4});
        }) == "Dataset: sizes must be at least 0, got a matrix of 3 x -4");
  CHECK(Classes({x.data(), 3, 4}, {labels.data(), 1, 4}).size() == 4);
}

TEST_CASE("numbers with gaps between them are refused", "[dataset_view]") {
  const Matrix<float> x = Matrix<float>::Zero(4, 6);
  const RowVector<int> labels = RowVector<int>::Zero(6), more = RowVector<int>::Zero(12);
  using Classes = DatasetView<float, int>;
  CHECK(message_of<ShapeError>([&] { Classes(x.topRows(3), labels); }) ==
        "Dataset: the matrix's columns begin 4 numbers apart, but have 3; a view needs them one "
        "after another, so copy it");
  CHECK(message_of<ShapeError>([&] {
          Classes(x, Eigen::Map<const RowVector<int>, 0, Eigen::InnerStride<2>>(more.data(), 6));
        }) ==
        "Dataset: the vector's numbers are 2 apart; a view needs them one after another, so copy "
        "it");
  const Matrix<int> square = Matrix<int>::Zero(6, 6);
  CHECK(message_of<ShapeError>([&] { Classes(x, square); }) ==
        "Dataset: expected 1 row of labels, got 6");
}

}  // namespace
