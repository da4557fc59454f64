// Choosing a strength by cross-validation.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <functional>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

/// Two classes of 60 samples; the first two of eight features say which, somewhat.
Dataset<double, int> two_classes(Index samples = 60, std::uint64_t seed = 5) {
  Matrix<double> x = test::random_matrix(8, samples, seed);
  RowVector<int> labels(samples);
  Random random{seed + 1};
  for (Index n = 0; n < samples; ++n)
    labels(n) = x(0, n) - 0.5 * x(1, n) + 0.7 * random.normal() > 0 ? 1 : 0;
  return {std::move(x), std::move(labels)};
}

Linear<double> linear(std::uint64_t seed = 1) {
  return test::initialized(Linear<double>{8, 2}, seed);
}
const auto with_l2 = [](double lambda) { return CrossEntropy{} + L2{lambda}; };
const auto with_l1 = [](double lambda) { return CrossEntropy{} + L1{lambda}; };
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Sets the number of threads while it lives.
struct Threads {
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(before); }
  int before = threads();
};

PathOptions options(std::vector<double> lambdas, int epochs = 4) {
  PathOptions all;
  all.lambdas = std::move(lambdas);
  all.fit = {.epochs = epochs, .batch_size = 10};
  return all;
}

bool same(const std::vector<PathPoint>& a, const std::vector<PathPoint>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].lambda != b[i].lambda || a[i].train_loss != b[i].train_loss ||
        a[i].validation_loss != b[i].validation_loss || a[i].train_error != b[i].train_error ||
        a[i].validation_error != b[i].validation_error || a[i].weight_norm != b[i].weight_norm ||
        a[i].zeros != b[i].zeros)
      return false;
  return true;
}

TEST_CASE("numbers are spaced by a factor", "[tuning]") {
  const auto numbers = log_spaced(100, 0.01, 5);
  REQUIRE(numbers.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(numbers[i] == Approx(std::pow(10.0, 2.0 - static_cast<double>(i))).epsilon(1e-14));
  CHECK(numbers.front() == 100);
  CHECK(numbers.back() == 0.01);
  for (const auto& [first, last] : {std::pair(1e200, 1e-200), std::pair(1e-200, 1e200)}) {
    const auto wide = log_spaced(first, last, 3);  // whose ratio is no number
    CHECK(wide.front() == first);
    CHECK(wide[1] == Approx(1));
    CHECK(wide.back() == last);
  }
  CHECK(message_of<ValueError>([] { log_spaced(0, 1, 3); }) ==
        "log_spaced: the ends must be finite numbers > 0, got 0 and 1");
  CHECK_THROWS_AS(log_spaced(1, INFINITY, 3), ValueError);
  CHECK(message_of<ValueError>([] { log_spaced(1, 2, 1); }) ==
        "log_spaced: count must be at least 2, got 1");
}

TEST_CASE("the standard error over folds is cv.glmnet's", "[tuning]") {
  // By hand: weights 2, 1, 1; mean (2*1 + 3 + 7)/4 = 3; (2*4 + 0 + 16)/4 / 2 = 3.
  const Estimate one = detail::estimate({{1, 2, nan, 0}, {3, 1, nan, 0}, {7, 1, nan, 0}});
  CHECK(one.mean == 3);
  CHECK(one.standard_error == Approx(std::sqrt(3.0)).epsilon(1e-15));
  // Repeats see the same samples: they do not make the error smaller.
  const Estimate two =
      detail::estimate({{1, 1, nan, 0}, {3, 1, nan, 0}, {1, 1, nan, 1}, {3, 1, nan, 1}});
  CHECK(two.mean == 2);
  CHECK(two.standard_error == 1);
  // Nor does it count how far the repeats are from each other.
  const Estimate apart =
      detail::estimate({{1, 1, nan, 0}, {3, 1, nan, 0}, {6, 1, nan, 1}, {8, 1, nan, 1}});
  CHECK(apart.mean == 4.5);
  CHECK(apart.standard_error == 1);
  const Estimate held_out = detail::estimate({{1, 5, 0.25, 0}});
  CHECK(held_out.mean == 1);
  CHECK(held_out.standard_error == 0.25);
  CHECK(std::isnan(detail::estimate({{1, 5, nan, 0}}).standard_error));
  // A fold without weight is none.
  const Estimate without = detail::estimate({{1, 5, 0.25, 0}, {nan, 0, nan, 0}});
  CHECK(without.mean == 1);
  CHECK(without.standard_error == 0.25);
}

TEST_CASE("a standardizer learns from its samples alone", "[tuning]") {
  Matrix<int> x(3, 4);
  x << 1, 2, 3, 6,  //
      5, 5, 5, 5,   //
      0, 0, 0, 8;
  const Dataset<int, int> data{x, RowVector<int>::Zero(4), 0.5};
  const Standardizer standardize(data);
  CHECK(standardize.mean().isApprox(Vector<double>{{1.5, 2.5, 1}}));
  CHECK(standardize.scale()(0) == Approx(std::sqrt(14.0) / 4));  // population
  CHECK(standardize.scale()(1) == 1);
  const Dataset<float, int> standard = standardize(data);
  CHECK(standard.inputs().rowwise().mean().norm() < 1e-6);
  CHECK(standard.inputs().row(0).squaredNorm() == Approx(4));
  CHECK(standard.inputs().row(1).norm() == 0);
  // The same samples of weights, and repeated: the same.
  const Dataset<int, int> weighted = subset(data, {0, 3}).with_weights(RowVector<double>{{1, 3}});
  const Standardizer by_weight(weighted), by_count(subset(data, {0, 3, 3, 3}));
  CHECK(by_weight.mean().isApprox(by_count.mean()));
  CHECK(by_weight.scale().isApprox(by_count.scale()));
  CHECK(by_weight(weighted).weights() == weighted.weights());
  const Standardizer kept(standardize.mean(), standardize.scale());
  CHECK(kept(data).inputs() == standard.inputs());
}

TEST_CASE("a standardizer moves and scales matrices, and back", "[tuning]") {
  const Matrix<double> x{{1, 2, 3, 6}, {5, 5, 5, 5}};
  const Standardizer standardize(x);
  CHECK(standardize.mean() == Vector<double>{{3, 5}});
  const Matrix<double> standard = standardize(x);
  CHECK(standard.rowwise().mean().norm() < 1e-15);
  CHECK(standard.row(0).squaredNorm() == Approx(4));
  CHECK(standardize.inverse(standard).isApprox(x));
  const Dataset<double, int> data{x, RowVector<int>::Zero(4)};
  CHECK(standardize(data).inputs() == standard);
  CHECK(standardize(x.col(2)) == standard.col(2));  // one sample
  const Vector<float> back = standardize.inverse(Vector<float>{{0, 1}});
  CHECK(back == Vector<float>{{3, 6}});
  const Standardizer of_row(RowVector<float>{{1, 2, 3, 6}});
  CHECK(of_row.inverse(of_row(RowVector<float>{{7}}))(0) == Approx(7));
  CHECK(message_of<ShapeError>([&] { standardize.inverse(x.topRows(1)); }) ==
        "Standardizer: expected 2 features, got 1");
  CHECK(contains(message_of<ShapeError>([&] { Standardizer{}(x); }), "it has not been made"));
}

TEST_CASE("a standardizer refuses what it cannot learn from", "[tuning]") {
  Matrix<double> x = Matrix<double>::Ones(2, 3);
  const Dataset<double, int> fine{x, RowVector<int>::Zero(3)};
  x(1, 2) = nan;
  const Dataset<double, int> wrong{x, RowVector<int>::Zero(3)};
  CHECK(message_of<ValueError>([&] { Standardizer{wrong}; }) ==
        "Standardizer: Sample 2 of the dataset has nan as its feature 1. Mend it, or leave the "
        "sample out");
  const Dataset<double, int> none{Matrix<double>(2, 0), RowVector<int>(0)};
  CHECK(contains(message_of<ValueError>([&] { Standardizer{none}; }), "no samples"));
  const Standardizer standardize(fine);
  const Dataset<double, int> other{Matrix<double>::Ones(3, 1), RowVector<int>::Zero(1)};
  CHECK(message_of<ShapeError>([&] { standardize(other); }) ==
        "Standardizer: expected 2 features, got 3");
  CHECK_THROWS_AS((Standardizer{Vector<double>::Zero(2), Vector<double>::Ones(3)}), ShapeError);
  CHECK(message_of<ValueError>([] {
          Standardizer{Vector<double>::Zero(2), Vector<double>{{1.0, 0.0}}};
        }) == "Standardizer: feature 1 has the mean 0 and the scale 0");
  // As small as its variance may be, or as far from 0: what varies is scaled, and to 1.
  Matrix<double> numbers(3, 1000);
  Random random{3};
  for (Index n = 0; n < 1000; ++n)
    numbers.col(n) << 1.7e9 + random.uniform(), 1e-120 * random.uniform(), 1e120 * random.uniform();
  const Dataset<double, int> varied{numbers, RowVector<int>::Zero(1000), 1, {3, 1}};
  const Dataset<double, int> standard = Standardizer(varied)(varied);
  CHECK(standard.shape() == std::vector<Index>{3, 1});
  for (Index i = 0; i < 3; ++i) {
    CHECK(std::abs(standard.inputs().row(i).mean()) < 1e-6);
    CHECK(standard.inputs().row(i).squaredNorm() == Approx(1000).epsilon(1e-6));
  }
  for (const double unit : {1e200, 1e-200}) {
    const Dataset<double, int> extreme{unit * Matrix<double>{{1, 2, 3}}, RowVector<int>::Zero(3)};
    CHECK(contains(message_of<ValueError>([&] { Standardizer{extreme}; }),
                   "Standardizer: feature 0 varies, but the mean square of by how much is "));
  }
  // Rounding does not make a constant vary.
  const Dataset<double, int> tenths{Matrix<double>::Constant(1, 1000, 0.1),
                                    RowVector<int>::Zero(1000)};
  CHECK(Standardizer(tenths).scale()(0) == 1);
}

TEST_CASE("the losses of samples have the mean that evaluate gives", "[tuning]") {
  const auto data = two_classes(300);
  const auto net = linear();
  const SampleLosses each = sample_losses(net, CrossEntropy{} + L2{1}, data);
  const Evaluation all = evaluate(net, CrossEntropy{}, data);
  CHECK(each.losses.mean() == Approx(all.loss).epsilon(1e-13));
  CHECK(each.right.cast<double>().mean() == Approx(*all.accuracy));
  const Dataset<double, double> numbers{data.inputs(), data.inputs().topRows(2)};
  const SampleLosses of_numbers = sample_losses(net, MeanSquaredError{}, numbers);
  CHECK(of_numbers.losses.mean() ==
        Approx(evaluate(net, MeanSquaredError{}, numbers).loss).epsilon(1e-13));
  CHECK(of_numbers.right.size() == 0);
}

TEST_CASE("cross_validate gives learning the training part alone", "[tuning]") {
  const auto data = two_classes(40);
  const auto folds = KFold{.folds = 4, .repeats = 2, .seed = 2}.split(data);
  const auto learn = [&](const Dataset<double, int>& train, Random random) {
    Linear<double> net = linear(random());
    fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1}, train, {.epochs = 2});
    return [net](const Dataset<double, int>& test) { return evaluate(net, CrossEntropy{}, test); };
  };
  const CrossValidation result =
      cross_validate(data, KFold{.folds = 4, .repeats = 2, .seed = 2}, learn, {.seed = 9});
  REQUIRE(result.folds.size() == 8);
  double sum = 0, wrong = 0;
  for (std::size_t k = 0; k < 8; ++k) {
    const auto net = learn(subset(data, folds[k].train), Random{9}.split(k));
    const Evaluation expected = net(subset(data, folds[k].test));
    CHECK(result.folds[k].loss == expected.loss);
    CHECK(result.folds[k].samples == 10);
    sum += expected.loss;
    wrong += 1 - *expected.accuracy;
  }
  CHECK(result.loss.mean == Approx(sum / 8));
  REQUIRE(result.error);
  CHECK(result.error->mean == Approx(wrong / 8));
  CHECK(result.loss.standard_error > 0);
}

TEST_CASE("cross_validate weights folds by their samples, and knows repeats", "[tuning]") {
  const auto data = two_classes(41);
  RowVector<double> weights = RowVector<double>::LinSpaced(41, 1, 5);
  const auto by_size = [](const Dataset<double, int>&, Random) {
    return [](const Dataset<double, int>& test) {
      return Evaluation{test.inputs()(0, 0), 0.5, test.size()};
    };
  };
  const KFold resampling{.folds = 3, .repeats = 2};
  for (const auto& samples : {data, data.with_weights(weights)}) {
    std::vector<detail::FoldValue> values;
    for (const Fold& fold : resampling.split(samples)) {
      const auto test = subset(samples, fold.test);
      values.push_back(
          {test.inputs()(0, 0),
           test.weights().size() > 0 ? test.weights().sum() : static_cast<double>(test.size()), nan,
           fold.repeat});
    }
    CHECK(cross_validate(samples, resampling, by_size).loss == detail::estimate(values));
  }
}

TEST_CASE("threads change no bit of a cross-validation", "[tuning]") {
  const auto data = two_classes(60);
  const auto learn = [](const Dataset<double, int>& train, Random random) {
    Linear<double> net = linear(random());
    fit(net, CrossEntropy{}, SGD{.learning_rate = 0.1}, train, {.epochs = 2});
    return [net](const Dataset<double, int>& test) { return evaluate(net, CrossEntropy{}, test); };
  };
  const auto run = [&](int count) {
    const Threads some(count);
    return cross_validate(data, KFold{.folds = 5}, learn, {.seed = 3}).loss;
  };
  CHECK(run(2) == run(1));
  CHECK(run(4) == run(1));
}

TEST_CASE("a fold without weight is refused by name", "[tuning]") {
  RowVector<double> weights = RowVector<double>::Ones(60);
  weights.head(20).setZero();
  const auto data = two_classes(60).with_weights(weights);
  std::vector<int> numbers(60, 1);
  std::fill_n(numbers.begin(), 10, 0);
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), with_l2, SGD{}, data, GivenFolds{numbers}, options({1}));
        }) == "penalty_path: fold 0 has no sample of a weight above 0 to hold out");
  std::fill_n(numbers.begin() + 10, 10, 0);
  std::fill_n(numbers.begin() + 20, 40, 2);
  CHECK(contains(message_of<ValueError>([&] {
                   cross_validate(data, GivenFolds{numbers}, [](const auto&, Random) {
                     return [](const Dataset<double, int>&) { return Evaluation{}; };
                   });
                 }),
                 "cross_validate: fold 0 has no sample of a weight above 0 to hold out"));
}

/// Holds out as it is told to.
struct Told {
  std::vector<Fold> folds;
  std::vector<Fold> split(const Dataset<double, int>&) const { return folds; }
};

TEST_CASE("folds that cannot be are refused by name", "[tuning]") {
  const auto data = two_classes(10);
  const auto refused = [&](std::vector<Fold> folds) {
    const Told told{std::move(folds)};
    const std::string message = message_of<ValueError>(
        [&] { penalty_path(linear(), with_l2, SGD{}, data, told, options({1})); });
    const auto learn = [](const auto&, Random) {
      return [](const Dataset<double, int>&) { return Evaluation{}; };
    };
    CHECK("penalty_path" +
              message_of<ValueError>([&] { cross_validate(data, told, learn); }).substr(14) ==
          message);
    return message;
  };
  CHECK(refused({}) == "penalty_path: there are no folds; KFold{}.split(data) makes some");
  CHECK(refused({{{0, 1}, {2}}, {{}, {2}}}) == "penalty_path: fold 1 has no sample to train with");
  CHECK(refused({{{0, 1}, {}}}) == "penalty_path: fold 0 has no sample to hold out");
  CHECK(refused({{{0, 1}, {10}}}) == "penalty_path: fold 0 has sample 10 of 10");
  CHECK(refused({{{-1, 1}, {3}}}) == "penalty_path: fold 0 has sample -1 of 10");
}

TEST_CASE("samples and folds that weigh nothing count for nothing", "[tuning]") {
  const auto data = two_classes(12);
  std::vector<int> numbers(12, 0);
  std::fill_n(numbers.begin() + 6, 6, 1);
  Matrix<double> x = data.inputs();
  x.col(7) *= 1e200;  // its loss is infinite
  const Dataset<double, double> numeric{x, x.row(2) / 2};
  RowVector<double> weights = RowVector<double>::Ones(12);
  weights(7) = 0;
  const auto squares = [](double lambda) { return MeanSquaredError{} + L2{lambda}; };
  const Linear<double> net = test::initialized(Linear<double>{8, 1}, 1);
  std::vector<Index> others(12);
  std::iota(others.begin(), others.end(), 0);
  others.erase(others.begin() + 7);
  const auto path = penalty_path(net, squares, SGD{.learning_rate = 0.01},
                                 numeric.with_weights(weights), GivenFolds{numbers}, options({1}));
  std::vector<int> numbers_of_others = numbers;
  numbers_of_others.erase(numbers_of_others.begin() + 7);
  const auto without =
      penalty_path(net, squares, SGD{.learning_rate = 0.01}, subset(numeric, others),
                   GivenFolds{numbers_of_others}, options({1}));
  CHECK(path.points()[0].validation_loss.mean ==
        Approx(without.points()[0].validation_loss.mean).epsilon(1e-12));
  CHECK(path.points()[0].validation_loss.standard_error ==
        Approx(without.points()[0].validation_loss.standard_error).epsilon(1e-12));

  // A fold of a class that weighs nothing.
  RowVector<int> labels(12);
  labels << 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1;
  numbers = {0, 0, 1, 1, 0, 1, 0, 1, 2, 2, 2, 2};
  const auto by_class = [](double lambda) {
    return CrossEntropy{.class_weights = {1, 0}} + L2{lambda};
  };
  const Dataset<double, int> classes{data.inputs(), labels};
  CHECK(std::isfinite(
      penalty_path(linear(), by_class, SGD{}, classes, GivenFolds{numbers}, options({1}))
          .points()[0]
          .validation_loss.mean));
}

TEST_CASE("a progress that throws ends a path, and is told no more", "[tuning]") {
  const auto data = two_classes();
  int told = 0;
  PathOptions wild = options({1, 0.1}, 1);
  wild.progress = [&](int, int) {
    ++told;
    throw ValueError("enough");
  };
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), with_l2, SGD{}, data, KFold{.folds = 2}, wild);
        }) == "enough");
  CHECK(told == 1);
  // At the end of a path that has failed nobody could catch it.
  wild.progress = [&](int done, int) {
    if (done == 0) throw ValueError("never seen");
  };
  const auto fails = [](double) -> decltype(CrossEntropy{} + L2{1}) { throw ValueError("not I"); };
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), fails, SGD{}, data, KFold{.folds = 2}, wild);
        }) == "not I");
}

TEST_CASE("cross_validate passes on what goes wrong", "[tuning]") {
  const auto data = two_classes(40);
  const auto fails = [](const auto&,
                        Random) -> std::function<Evaluation(const Dataset<double, int>&)> {
    throw ValueError("not today");
  };
  CHECK(message_of<ValueError>([&] { cross_validate(data, KFold{}, fails); }) == "not today");
}

TEST_CASE("a path is a training after another", "[tuning]") {
  const auto data = two_classes();
  const auto start = linear();
  const SGD sgd{.learning_rate = 0.2, .momentum = 0.5};
  // In any order, and each once.
  const auto path = penalty_path(start, with_l2, sgd, data, KFold{.folds = 3, .seed = 4},
                                 options({0.01, 1, 0.1, 0.1}));
  REQUIRE(path.points().size() == 3);
  const auto folds = KFold{.folds = 3, .seed = 4}.split(data);
  std::vector<Linear<double>> nets(3, start);
  std::size_t best = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double lambda = std::vector{1.0, 0.1, 0.01}[i];
    double loss = 0, train_loss = 0, error = 0, norm = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      fit(nets[k], CrossEntropy{} + L2{lambda}, sgd, subset(data, folds[k].train),
          {.epochs = 4, .batch_size = 10});
      const Evaluation test = evaluate(nets[k], CrossEntropy{}, subset(data, folds[k].test));
      loss += test.loss / 3;
      error += (1 - *test.accuracy) / 3;
      train_loss += evaluate(nets[k], CrossEntropy{}, subset(data, folds[k].train)).loss / 3;
      norm += std::get<0>(nets[k].parameters()).value.norm() / 3;
    }
    const PathPoint& point = path.points()[i];
    CHECK(point.lambda == lambda);
    CHECK(point.validation_loss.mean == Approx(loss).epsilon(1e-12));
    CHECK(point.validation_error->mean == Approx(error).epsilon(1e-12));
    CHECK(point.train_loss.mean == Approx(train_loss).epsilon(1e-12));
    CHECK(point.weight_norm == Approx(norm).epsilon(1e-12));
    CHECK(point.zeros == 0);
    if (loss < path.points()[best].validation_loss.mean) best = i;
  }
  CHECK(path.lambda_min() == path.points()[best].lambda);
  CHECK(!path.interrupted());

  Linear<double> whole = start;
  for (const double lambda : {1.0, 0.1})
    fit(whole, CrossEntropy{} + L2{lambda}, sgd, data, {.epochs = 4, .batch_size = 10});
  CHECK(path.refit(data, 0.1) == whole);
  CHECK(!(path.refit(data, 0.2) == whole));
}

TEST_CASE("a path without warm starts begins each training anew", "[tuning]") {
  const auto data = two_classes();
  const auto start = linear();
  PathOptions cold = options({1, 0.1});
  cold.warm_starts = false;
  const auto path =
      penalty_path(start, with_l2, SGD{.learning_rate = 0.2}, data, KFold{.folds = 2}, cold);
  const auto alone = penalty_path(start, with_l2, SGD{.learning_rate = 0.2}, data,
                                  KFold{.folds = 2}, options({0.1}));
  CHECK(path.points()[1].validation_loss == alone.points()[0].validation_loss);
  CHECK(path.refit(data, 0.1) == alone.refit(data, 0.1));
  const auto warm = penalty_path(start, with_l2, SGD{.learning_rate = 0.2}, data, KFold{.folds = 2},
                                 options({1, 0.1}));
  CHECK(warm.points()[1].validation_loss != alone.points()[0].validation_loss);
}

TEST_CASE("a path of L1 has exact zeros, fewer for weaker lambdas", "[tuning]") {
  const auto path = penalty_path(linear(), with_l1, SGD{.learning_rate = 0.5}, two_classes(),
                                 KFold{.folds = 3}, options({1, 0.05, 0.0001}, 20));
  CHECK(path.points()[0].zeros == 1);
  CHECK(path.points()[0].weight_norm == 0);
  CHECK(path.points()[1].zeros > 0.2);
  CHECK(path.points()[1].zeros < 1);
  CHECK(path.points()[2].zeros < path.points()[1].zeros);
}

TEST_CASE("a path may be one of weight decay", "[tuning]") {
  const auto data = two_classes();
  const auto start = linear();
  const auto decay = [](double lambda) {
    return SGD{.learning_rate = 0.1, .weight_decay = lambda, .decays = Role::weight};
  };
  const auto by_decay =
      penalty_path(start, CrossEntropy{}, decay, data, KFold{.folds = 2}, options({1, 0.1}));
  const auto by_penalty = penalty_path(start, with_l2, SGD{.learning_rate = 0.1}, data,
                                       KFold{.folds = 2}, options({1, 0.1}));
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(by_decay.points()[i].validation_loss.mean ==
          Approx(by_penalty.points()[i].validation_loss.mean).epsilon(1e-12));
}

TEST_CASE("an emptied network begins anew with the next lambda", "[tuning]") {
  const auto data = two_classes();
  Sequential net{Linear<double>{8, 6}, ReLU{}, Linear<double>{6, 2}};
  initialize(net, Random{3});
  const auto path = penalty_path(net, with_l1, SGD{.learning_rate = 0.3}, data, KFold{.folds = 2},
                                 options({10, 0.001}, 20));
  CHECK(path.points()[0].zeros == 1);
  CHECK(path.points()[1].zeros < 0.9);
  CHECK(path.points()[1].train_loss.mean < 0.9 * path.points()[0].train_loss.mean);
  CHECK(path.lambda_min() == 0.001);
}

/// A loss that may be below 0, as that of a density may be.
struct Below : CrossEntropy {
  template <class Z, class Labels>
  double value(const Z& z, const Labels& labels) const {
    return CrossEntropy::value(z, labels) - 100;
  }
  template <class Z, class Labels, class DZ>
  double value_and_gradient(const Z& z, const Labels& labels, DZ& dz) const {
    return CrossEntropy::value_and_gradient(z, labels, dz) - 100;
  }
};

TEST_CASE("a loss below 0 has warm starts too", "[tuning]") {
  const auto path = [](const auto& loss) {
    return penalty_path(
        linear(), [=](double lambda) { return loss + L2{lambda}; }, SGD{.learning_rate = 0.1},
        two_classes(), KFold{.folds = 2}, options({1, 0.1, 0.01}));
  };
  const auto above = path(CrossEntropy{});
  const auto below = path(Below{});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(below.points()[i].validation_loss.mean + 100 ==
          Approx(above.points()[i].validation_loss.mean).epsilon(1e-9));
}

TEST_CASE("threads change no bit of a path", "[tuning]") {
  const auto data = two_classes();
  const auto run = [&](int count) {
    const Threads some(count);
    return penalty_path(linear(), with_l2, Adam{}, data, KFold{.folds = 5},
                        options({1, 0.1, 0.01}));
  };
  const auto one = run(1);
  CHECK(same(run(2).points(), one.points()));
  CHECK(same(run(4).points(), one.points()));
  CHECK(run(3).refit(data, 0.1) == one.refit(data, 0.1));
}

TEST_CASE("a lambda that diverges is never chosen, and spoils no other", "[tuning]") {
  const auto data = two_classes();
  const auto wild = [](double lambda) {
    return SGD{.learning_rate = lambda == 1 ? 1e300 : 0.1, .weight_decay = lambda};
  };
  const auto path =
      penalty_path(linear(), CrossEntropy{}, wild, data, KFold{.folds = 2}, options({1, 0.1}));
  REQUIRE(path.points().size() == 2);
  CHECK(std::isnan(path.points()[0].validation_loss.mean));
  CHECK(std::isnan(path.points()[0].validation_error->mean));
  CHECK(path.lambda_min() == 0.1);
  CHECK(path.lambda_1se() == 0.1);
  const auto alone =
      penalty_path(linear(), CrossEntropy{}, wild, data, KFold{.folds = 2}, options({0.1}));
  CHECK(path.points()[1].validation_loss == alone.points()[0].validation_loss);
  CHECK(path.refit(data, 0.1) == alone.refit(data, 0.1));
  CHECK_THROWS_AS(path.refit(data, 1), DivergenceError);
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), CrossEntropy{}, wild, data, KFold{.folds = 2}, options({1}));
        }) ==
        "penalty_path: there is no lambda with a finite loss in every fold. In fold 0: fit: epoch "
        "1, step 3 of 3: the loss is nan. Try a smaller learning rate, or scale the inputs");
  // In one fold alone: the one that trains with the sample that is too large.
  Matrix<double> large = data.inputs();
  large.col(41).setConstant(1.7e308);
  std::vector<int> numbers(60, 0);
  std::fill(numbers.begin() + 40, numbers.end(), 1);
  CHECK(contains(message_of<ValueError>([&] {
                   penalty_path(linear(), with_l2, SGD{},
                                Dataset<double, int>{large, data.targets()}, GivenFolds{numbers},
                                options({1}));
                 }),
                 "penalty_path: there is no lambda with a finite loss in every fold. In fold 0: "
                 "fit: epoch "));
  Matrix<double> x = data.inputs();
  x(3, 41) = nan;
  const Dataset<double, int> spoilt{x, data.targets()};
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), with_l2, SGD{}, spoilt, KFold{.folds = 2}, options({1}));
        }) ==
        "penalty_path: Sample 41 of the dataset has nan as its feature 3. Mend it, or leave "
        "the sample out");
}

TEST_CASE("a lambda too strong for the steps spoils no other", "[tuning]") {
  // The weights grow by a factor of 5 a step, but the loss stays finite.
  const auto data = two_classes();
  Sequential net{Linear<double>{8, 6}, ReLU{}, Linear<double>{6, 2}};
  initialize(net, Random{3});
  const auto run = [&](std::vector<double> lambdas) {
    return penalty_path(net, with_l2, SGD{.learning_rate = 0.1}, data, KFold{.folds = 2},
                        options(std::move(lambdas), 3));
  };
  const auto path = run({30, 0.1, 0.01}), alone = run({0.1, 0.01});
  CHECK(path.points()[0].train_loss.mean > 1e3);
  CHECK(path.points()[1].validation_loss == alone.points()[0].validation_loss);
  CHECK(path.points()[2].validation_loss == alone.points()[1].validation_loss);
  CHECK(path.refit(data, 0.01) == alone.refit(data, 0.01));
}

TEST_CASE("a hold-out has the standard error over its samples", "[tuning]") {
  const auto data = two_classes();
  const auto path = penalty_path(linear(), with_l2, SGD{.learning_rate = 0.2}, data,
                                 HoldOut{.share = 0.3}, options({0.1}));
  const auto net = [&] {
    auto trained = linear();
    fit(trained, CrossEntropy{} + L2{0.1}, SGD{.learning_rate = 0.2},
        subset(data, HoldOut{.share = 0.3}.split(data)[0].train), {.epochs = 4, .batch_size = 10});
    return trained;
  }();
  const auto held_out = subset(data, HoldOut{.share = 0.3}.split(data)[0].test);
  const SampleLosses each = sample_losses(net, CrossEntropy{}, held_out);
  const double n = 18, mean = each.losses.mean();
  CHECK(path.min().validation_loss.mean == Approx(mean));
  CHECK(path.min().validation_loss.standard_error ==
        Approx(std::sqrt((each.losses.array() - mean).square().sum() / (n - 1) / n)));
  const double wrong = 1 - each.right.cast<double>().mean();
  CHECK(path.min().validation_error->standard_error ==
        Approx(std::sqrt(wrong * (1 - wrong) / (n - 1))));
}

TEST_CASE("weights of samples and classes count in a path", "[tuning]") {
  const auto data = two_classes(40);
  RowVector<double> weights = RowVector<double>::Ones(40);
  weights.head(20).setConstant(3);
  const auto folds = HoldOut{.share = 0.5}.split(data);
  const auto held_out = subset(data.with_weights(weights), folds[0].test);
  const auto path = penalty_path(linear(), with_l2, SGD{.learning_rate = 1e-9},
                                 data.with_weights(weights), HoldOut{.share = 0.5}, options({0}));
  CHECK(path.min().validation_loss.mean ==
        Approx(evaluate(linear(), CrossEntropy{}, held_out).loss).epsilon(1e-6));
  const CrossEntropy by_class{.class_weights = {1, 5}};
  const auto of_classes = penalty_path(
      linear(), [&](double lambda) { return by_class + L2{lambda}; }, SGD{.learning_rate = 1e-9},
      data, HoldOut{.share = 0.5}, options({0}));
  const Evaluation expected = evaluate(linear(), by_class, subset(data, folds[0].test));
  CHECK(of_classes.min().validation_loss.mean == Approx(expected.loss).epsilon(1e-6));
  // Which classes are wrong is counted without them.
  CHECK(of_classes.min().validation_error->mean == Approx(1 - *expected.accuracy));
}

TEST_CASE("a path of regression has no errors of classes", "[tuning]") {
  const auto samples = two_classes();
  const Dataset<double, double> data{samples.inputs(), samples.inputs().topRows(2)};
  PathOptions chosen = options({1, 0.1});
  const auto path = penalty_path(
      linear(), [](double lambda) { return MeanSquaredError{} + L2{lambda}; },
      SGD{.learning_rate = 0.1}, data, KFold{.folds = 3}, chosen);
  CHECK(!path.min().validation_error);
  CHECK(!path.min().train_error);
  CHECK(path.lambda_min() == 0.1);
  CHECK(contains(path.csv(), ",,,,,"));
  chosen.choose_by = PathMeasure::error;
  CHECK(contains(message_of<ValueError>([&] {
                   penalty_path(
                       linear(), [](double lambda) { return MeanSquaredError{} + L2{lambda}; },
                       SGD{.learning_rate = 0.1}, data, KFold{.folds = 3}, chosen);
                 }),
                 "only samples with classes have an error"));
}

TEST_CASE("with a tolerance trainings of a path end when they gain no more", "[tuning]") {
  const auto data = two_classes();
  const SGD sgd{.learning_rate = 0.1};
  PathOptions chosen = options({1, 0.3, 0.1, 0.03}, 300);
  chosen.fit.shuffle = false;
  const auto find = [&] { return penalty_path(linear(), with_l2, sgd, data, HoldOut{}, chosen); };
  const auto objective = [](const PathPoint& p) {
    return p.train_loss.mean + p.lambda / 2 * p.weight_norm * p.weight_norm;
  };
  const auto whole = find();
  chosen.tolerance = 1e-3;
  const auto short_path = find();
  chosen.warm_starts = false;
  const auto cold = find();
  double warm_epochs = 0, cold_epochs = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(whole.points()[i].epochs == 300);
    CHECK(short_path.points()[i].epochs >= 2);
    CHECK(short_path.points()[i].epochs < 60);
    CHECK(objective(short_path.points()[i]) < 1.02 * objective(whole.points()[i]));
    warm_epochs += short_path.points()[i].epochs;
    cold_epochs += cold.points()[i].epochs;
  }
  CHECK(warm_epochs < cold_epochs);

  // A training without a path has as many epochs.
  const Fold fold = HoldOut{}.split(data)[0];
  chosen.lambdas = {0.1};
  const auto one = find();
  CHECK(one.points()[0].epochs == cold.points()[2].epochs);
  auto net = linear();
  const auto train = subset(data, fold.train);
  chosen.fit.epochs = static_cast<int>(one.points()[0].epochs);
  fit(net, with_l2(0.1), sgd, train, chosen.fit);
  CHECK(one.refit(train, 0.1).weight == net.weight);
}

Objective<CrossEntropy, L2> l2_at(double lambda) { return CrossEntropy{} + L2{lambda}; }

TEST_CASE("a path may be given a function by its name", "[tuning]") {
  const auto data = two_classes();
  const auto find = [&](const auto& objective) {
    return penalty_path(linear(), objective, SGD{}, data, HoldOut{}, options({1, 0.1})).points();
  };
  CHECK(same(find(l2_at), find(with_l2)));
}

TEST_CASE("progress is told of each training", "[tuning]") {
  PathOptions told = options({1, 0.1, 0.01}, 1);
  std::vector<int> seen;
  told.progress = [&](int done, int all) {
    CHECK(all == 6);
    seen.push_back(done);
  };
  penalty_path(linear(), with_l2, SGD{}, two_classes(), KFold{.folds = 2}, told);
  CHECK(seen == std::vector{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a cross-validation tells its progress as a path does", "[tuning]") {
  const auto data = two_classes();
  std::vector<int> seen;
  bool fails = false;
  const auto validate = [&] {
    seen.clear();
    cross_validate(data, KFold{.folds = 3},
                   [&](const auto&, Random) {
                     if (fails) throw ValueError("not today");
                     return [](const auto&) { return Evaluation{1, 1.0, 20}; };
                   },
                   {.progress = [&](int done, int all) {
                     CHECK(all == 3);
                     seen.push_back(done);
                   }});
  };
  validate();
  CHECK(seen == std::vector{1, 2, 3});
  fails = true;
  CHECK_THROWS_AS(validate(), ValueError);
  CHECK(seen == std::vector{0});
}

#ifdef __unix__
TEST_CASE("an interrupted path keeps what is done", "[tuning]") {
  const int before = threads();
  set_threads(1);
  PathOptions stopped = options({1, 0.1, 0.01}, 2);
  stopped.stops_on_signal = true;
  const auto whole =
      penalty_path(linear(), with_l2, SGD{}, two_classes(), KFold{.folds = 3}, stopped);
  CHECK(!whole.interrupted());
  const auto stop_after = [&](int count) {
    stopped.progress = [=](int done, int) {
      if (done == count) std::raise(SIGINT);
    };
    return penalty_path(linear(), with_l2, SGD{}, two_classes(), KFold{.folds = 3}, stopped);
  };
  // In the first fold: the lambdas that it has done.
  const auto early = stop_after(2);
  CHECK(early.interrupted());
  REQUIRE(early.points().size() == 2);
  CHECK(early.points()[1].lambda == 0.1);
  // In the third: the first two.
  const auto late = stop_after(7);
  CHECK(late.interrupted());
  REQUIRE(late.points().size() == 3);
  // After the last training: it is known all the same.
  const auto last = stop_after(9);
  CHECK(last.interrupted());
  CHECK(same(last.points(), whole.points()));
  // Before the first lambda is done there is nothing, and nothing after one that diverged.
  const auto stopped_in_first = [&](double diverging) {
    bool raised = false;  // a second one would end the process
    const auto objective = [&raised](double lambda) {
      if (lambda == 0.1 && !std::exchange(raised, true)) std::raise(SIGINT);
      return CrossEntropy{} + L2{lambda};
    };
    const auto wild = [=](double lambda) {
      return SGD{.learning_rate = lambda == diverging ? 1e300 : 0.1};
    };
    PathOptions some = options(diverging == 0 ? std::vector{0.1} : std::vector{1.0, 0.1}, 2);
    some.stops_on_signal = true;
    return penalty_path(linear(), objective, wild, two_classes(), KFold{.folds = 3}, some);
  };
  CHECK_THROWS_AS(stopped_in_first(0), Interrupted);
  CHECK_THROWS_AS(stopped_in_first(1), Interrupted);
  const double three = whole.points()[0].validation_loss.mean;
  CHECK(late.points()[0].validation_loss.mean != three);
  CHECK(late.points()[0].validation_loss.mean == Approx(three).epsilon(0.3));
  set_threads(before);
}

TEST_CASE("a path that ends early says so to its progress", "[tuning]") {
  PathOptions told = options({1, 0.1}, 1);
  told.stops_on_signal = true;
  std::vector<int> seen;
  told.progress = [&](int done, int) {
    seen.push_back(done);
    if (done == 1) std::raise(SIGTERM);
  };
  const Threads one(1);
  penalty_path(linear(), with_l2, SGD{}, two_classes(), KFold{.folds = 2}, told);
  CHECK(seen == std::vector{1, 0});
}

TEST_CASE("an interrupted cross-validation keeps the folds that are through", "[tuning]") {
  const Threads one(1);
  const auto data = two_classes();
  const auto interrupted_in = [&](int fold) {
    int begun = 0;
    return cross_validate(data, KFold{.folds = 4},
                          [&](const auto&, Random random) {
                            if (++begun == fold) std::raise(SIGINT);
                            return [loss = random.normal()](const auto&) {
                              return Evaluation{loss, 1.0, 15};
                            };
                          },
                          {.stops_on_signal = true});
  };
  const CrossValidation whole = interrupted_in(5);
  CHECK(!whole.interrupted);
  REQUIRE(whole.folds.size() == 4);
  int begun = 0;
  const CrossValidation thrown = cross_validate(data, KFold{.folds = 4}, [&](const auto&, Random) {
    if (++begun == 3) throw Interrupted{};
    return [](const auto&) { return Evaluation{1, 1.0, 15}; };
  });
  CHECK(thrown.interrupted);
  CHECK(thrown.folds.size() == 2);
  const CrossValidation part = interrupted_in(3);
  CHECK(part.interrupted);
  REQUIRE(part.folds.size() == 2);
  CHECK(part.loss.mean == (whole.folds[0].loss + whole.folds[1].loss) / 2);
  CHECK(part.error->mean == 0);
  CHECK_THROWS_AS(interrupted_in(1), Interrupted);
}

TEST_CASE("a refit that is interrupted gives no network", "[tuning]") {
  const auto data = two_classes();
  bool signals = false;
  const auto objective = [&](double lambda) {
    if (signals && lambda == 0.1) std::raise(SIGINT);
    return CrossEntropy{} + L2{lambda};
  };
  PathOptions stopped = options({1, 0.1, 0.01}, 2);
  stopped.stops_on_signal = true;
  const auto path = penalty_path(linear(), objective, SGD{}, data, KFold{.folds = 2}, stopped);
  CHECK_NOTHROW(path.refit(data, 0.01));
  signals = true;
  CHECK_THROWS_AS(path.refit(data, 0.01), Interrupted);
}
#endif

TEST_CASE("a lambda may be chosen by wrong classes", "[tuning]") {
  const std::vector<PathPoint> points{
      {1, {0, 0}, {2, 0.1}, Estimate{}, Estimate{0.1, 0.01}, 0, 0},
      {0.1, {0, 0}, {1, 0.1}, Estimate{}, Estimate{0.2, 0.01}, 0, 0}};
  CHECK(LambdaPath(points, PathMeasure::loss, false).lambda_min() == 0.1);
  CHECK(LambdaPath(points, PathMeasure::error, false).lambda_min() == 1);
}

TEST_CASE("a path says when its best lambda is the last one", "[tuning]") {
  const auto path = [](std::vector<double> losses) {
    std::vector<PathPoint> points;
    for (const double loss : losses)
      points.push_back({1.0 / (1 << points.size()), {}, {loss, 0}, {}, {}, 0, 0, 0});
    return LambdaPath(points, PathMeasure::loss, false);
  };
  CHECK(path({2, 1, 3}).edge_warning() == "");
  CHECK(path({2}).edge_warning() == "");
  const std::vector<PathPoint> to_zero{{1, {}, {2, 0}, {}, {}, 0, 0, 0},
                                       {0, {}, {1, 0}, {}, {}, 0, 0, 0}};
  CHECK(LambdaPath(to_zero, PathMeasure::loss, false).edge_warning() == "");
  CHECK(path({1, 2, 3}).edge_warning() ==
        "The best lambda, 1, is the strongest that was tried: a stronger one may be better.");
  CHECK(path({3, 2, 1}).edge_warning() ==
        "The best lambda, 0.25, is the weakest that was tried: a weaker one may be better.");
}

TEST_CASE("a network of two layers has one norm, and repeats are told apart", "[tuning]") {
  const auto data = two_classes(40);
  Sequential net{Linear<double>{8, 3}, Tanh{}, Linear<double>{3, 2}};
  initialize(net, Random{3});
  const KFold resampling{.folds = 2, .repeats = 3};
  const auto path =
      penalty_path(net, with_l2, SGD{.learning_rate = 1e-9}, data, resampling, options({0}, 1));
  double square = 0;
  for_each_parameter(net, [&](const std::string&, const auto& parameter) {
    if (parameter.role == Role::weight) square += parameter.value.squaredNorm();
  });
  CHECK(path.min().weight_norm == Approx(std::sqrt(square)).epsilon(1e-6));
  std::vector<detail::FoldValue> values;
  for (const Fold& fold : resampling.split(data))
    values.push_back({evaluate(net, CrossEntropy{}, subset(data, fold.test)).loss,
                      static_cast<double>(fold.test.size()), nan, fold.repeat});
  CHECK(path.min().validation_loss.standard_error ==
        Approx(detail::estimate(values).standard_error).epsilon(1e-6));
}

TEST_CASE("of an interrupted path counts what all have done", "[tuning]") {
  const auto point = [](double loss) {
    detail::FoldPoint p = detail::FoldPoint::none(0);
    p.validation_loss = {loss, 1, nan, 0};
    return p;
  };
  const std::vector<double> lambdas{1, 0.1, 0.01};
  using Folds = std::vector<std::vector<detail::FoldPoint>>;
  const auto means = [&](const Folds& folds) {
    std::vector<double> all;
    Folds kept = folds;
    detail::keep_comparable(kept, lambdas.size());
    const LambdaPath path = detail::lambda_path(lambdas, kept, false, PathMeasure::loss, true);
    for (const PathPoint& p : path.points()) all.push_back(p.validation_loss.mean);
    return all;
  };
  // None is through: the lambdas that both have done.
  CHECK(means({{point(1), point(2)}, {point(3)}, {}}) == std::vector<double>{2});
  // One is: that one.
  CHECK(means({{point(1), point(2), point(3)}, {point(3)}, {}}) == std::vector<double>{1, 2, 3});
  const auto any = [&](Folds folds) {
    detail::keep_comparable(folds, lambdas.size());
    return detail::any_finite(folds);
  };
  CHECK(any({{point(1)}, {point(nan), point(2)}}) == false);
  CHECK(any({{point(nan), point(2)}, {point(nan), point(2)}}));
  CHECK(any({{point(nan), point(2)}, {point(1), point(nan)}}) == false);
  CHECK(any({{}, {}}) == false);
}

TEST_CASE("a path is written as CSV", "[tuning]") {
  const LambdaPath path(
      {{1, {0.5, 0.125}, {0.75, 0.25}, {}, {}, 2, 0.5, 4},
       {0.5, {0.25, 0}, {1, 0.25}, Estimate{0, 0}, Estimate{0.5, nan}, 3, 0, 2.5}},
      PathMeasure::loss, false);
  std::istringstream lines(path.csv());
  std::string line;
  std::getline(lines, line);
  CHECK(line ==
        "lambda,train_loss,train_loss_se,validation_loss,validation_loss_se,train_error,"
        "train_error_se,validation_error,validation_error_se,weight_norm,zeros,epochs,choice");
  std::getline(lines, line);
  CHECK(line == "1,0.5,0.125,0.75,0.25,,,,,2,0.5,4,min 1se");
  std::getline(lines, line);
  CHECK(line == "0.5,0.25,0,1,0.25,0,0,0.5,nan,3,0,2.5,");
}

TEST_CASE("a path refuses what cannot be one", "[tuning]") {
  const auto data = two_classes();
  const auto refused = [&](const PathOptions& wrong) {
    return message_of<ValueError>(
        [&] { penalty_path(linear(), with_l2, SGD{}, data, KFold{}, wrong); });
  };
  CHECK(refused({}) ==
        "penalty_path: there are no lambdas; give .lambdas = log_spaced(1, 1e-4, 20)");
  CHECK(message_of<ValueError>([&] {
          penalty_path(linear(), with_l2, SGD{}, data, KFold{}, options({1}, 0));
        }) == "penalty_path: .fit.epochs must be at least 1, got 0");
  CHECK(refused(options({1, -0.5})) ==
        "penalty_path: a lambda must be a finite number >= 0, got -0.5");
  CHECK(refused(options({nan})) == "penalty_path: a lambda must be a finite number >= 0, got nan");
  CHECK(contains(refused(options({1}, -1)), ".fit.epochs must be at least 1, got -1"));
  PathOptions negative = options({1});
  negative.tolerance = -0.1;
  CHECK(refused(negative) == "penalty_path: tolerance must be a finite number >= 0, got -0.1");
  const auto path = penalty_path(linear(), with_l2, SGD{}, data, KFold{}, options({1}));
  CHECK_THROWS_AS(path.refit(data, INFINITY), ValueError);
}

}  // namespace
