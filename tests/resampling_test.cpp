// Folds of cross-validation, and what is chosen by it.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

/// Samples whose only feature is their number, of `classes` classes in turn, but the last class is
/// rare.
Dataset<double, int> numbered(Index samples, int classes = 3) {
  Matrix<double> x(1, samples);
  RowVector<int> labels(samples);
  for (Index n = 0; n < samples; ++n) {
    x(0, n) = static_cast<double>(n);
    labels(n) = n % 20 == 19 ? classes - 1 : static_cast<int>(n % (classes - 1));
  }
  return {x, labels};
}

/// A sample is in one of the parts, once.
void check_parts(const Fold& fold, Index samples) {
  CHECK(std::is_sorted(fold.train.begin(), fold.train.end()));
  CHECK(std::is_sorted(fold.test.begin(), fold.test.end()));
  std::vector<Index> all = fold.train;
  all.insert(all.end(), fold.test.begin(), fold.test.end());
  std::sort(all.begin(), all.end());
  std::vector<Index> expected(static_cast<std::size_t>(samples));
  std::iota(expected.begin(), expected.end(), Index{0});
  CHECK(all == expected);
}

std::vector<Index> class_counts(const Dataset<double, int>& data, const std::vector<Index>& part,
                                int classes) {
  std::vector<Index> counts(static_cast<std::size_t>(classes), 0);
  for (const Index n : part) ++counts[static_cast<std::size_t>(data.targets()(n))];
  return counts;
}

TEST_CASE("each sample is held out once a repeat", "[resampling]") {
  const Index samples = GENERATE(10, 11, 103);
  const auto data = numbered(samples);
  const auto folds = KFold{.folds = 5, .repeats = 3, .seed = 7}.split(data);
  REQUIRE(folds.size() == 15);
  std::vector<int> held_out(static_cast<std::size_t>(samples), 0);
  for (std::size_t k = 0; k < folds.size(); ++k) {
    CHECK(folds[k].repeat == static_cast<int>(k / 5));
    check_parts(folds[k], samples);
    const auto size = static_cast<Index>(folds[k].test.size());
    CHECK(size >= samples / 5);
    CHECK(size <= (samples + 4) / 5);
    for (const Index n : folds[k].test) ++held_out[static_cast<std::size_t>(n)];
  }
  CHECK(std::all_of(held_out.begin(), held_out.end(), [](int count) { return count == 3; }));
}

TEST_CASE("folds have the same share of each class, to a sample", "[resampling]") {
  const auto data = numbered(205);
  for (const Fold& fold : KFold{.folds = 4, .seed = 1}.split(data)) {
    const auto counts = class_counts(data, fold.test, 3);
    const auto all = class_counts(
        data,
        [&] {
          std::vector<Index> n(205);
          std::iota(n.begin(), n.end(), Index{0});
          return n;
        }(),
        3);
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(std::abs(static_cast<double>(counts[c]) - static_cast<double>(all[c]) / 4) < 1);
  }
  // Without that, chance has its way with the ten samples of the last class.
  std::vector<Index> rare;
  for (const Fold& fold : KFold{.folds = 4, .stratified = false, .seed = 1}.split(data))
    rare.push_back(class_counts(data, fold.test, 3)[2]);
  CHECK(*std::max_element(rare.begin(), rare.end()) - *std::min_element(rare.begin(), rare.end()) >
        1);
}

TEST_CASE("folds depend on the seed and the repeat alone", "[resampling]") {
  const auto data = numbered(50);
  const auto folds = KFold{.folds = 5, .repeats = 2, .seed = 3}.split(data);
  CHECK(folds == KFold{.folds = 5, .repeats = 2, .seed = 3}.split(data));
  CHECK(folds[0].test != KFold{.folds = 5, .seed = 4}.split(data)[0].test);
  CHECK(folds[0].test != folds[5].test);
  CHECK(folds[0] == KFold{.folds = 5, .seed = 3}.split(data)[0]);
}

TEST_CASE("regression targets are dealt to folds at random", "[resampling]") {
  const Dataset<float, float> data{Matrix<float>::Zero(2, 30), Matrix<float>::Zero(3, 30)};
  const auto folds = KFold{.folds = 30, .seed = 3}.split(data);  // leave one out
  for (const Fold& fold : folds) {
    check_parts(fold, 30);
    CHECK(fold.test.size() == 1);
  }
  CHECK(folds[0].test != std::vector<Index>{0});
}

TEST_CASE("folds need no more than the number of samples", "[resampling]") {
  const Dataset<float, float> data{Matrix<float>::Zero(2, 31), Matrix<float>::Zero(3, 31)};
  const KFold resampling{.folds = 4, .repeats = 2, .seed = 3};
  CHECK(resampling.split(31) == resampling.split(data));
  CHECK(message_of<ValueError>([&] { resampling.split(3); }) ==
        "KFold: 3 samples cannot make 4 folds");
}

TEST_CASE("a hold-out is what split holds out", "[resampling]") {
  const auto data = numbered(100);
  const auto folds = HoldOut{.share = 0.3, .repeats = 2, .seed = 5}.split(data);
  REQUIRE(folds.size() == 2);
  for (const Fold& fold : folds) {
    check_parts(fold, 100);
    CHECK(fold.test.size() == 30);
  }
  CHECK(folds[0].test != folds[1].test);
  CHECK(class_counts(data, folds[0].test, 3) == class_counts(data, folds[1].test, 3));
  std::vector<std::vector<Index>> by_chance;
  for (const Fold& fold : HoldOut{.share = 0.3, .repeats = 9, .stratified = false}.split(data))
    by_chance.push_back(class_counts(data, fold.test, 3));
  CHECK(std::adjacent_find(by_chance.begin(), by_chance.end(), std::not_equal_to<>()) !=
        by_chance.end());
  const auto parts = split(data, 0.3, Random{5}.split(0));
  CHECK(parts.held_out.inputs() == subset(data, folds[0].test).inputs());
  CHECK(parts.rest.inputs() == subset(data, folds[0].train).inputs());
}

TEST_CASE("folds may be given", "[resampling]") {
  const auto data = numbered(6);
  const auto folds = GivenFolds{{7, -1, 7, 2, 2, 7}}.split(data);
  REQUIRE(folds.size() == 3);
  CHECK(folds[0].test == std::vector<Index>{1});
  CHECK(folds[1].test == std::vector<Index>{3, 4});
  CHECK(folds[2].test == std::vector<Index>{0, 2, 5});
  for (const Fold& fold : folds) check_parts(fold, 6);
}

TEST_CASE("folds that cannot be are refused", "[resampling]") {
  const auto data = numbered(10);
  const auto refused = [&](const auto& resampling) {
    return message_of<ValueError>([&] { resampling.split(data); });
  };
  CHECK(refused(KFold{.folds = 1}) == "KFold: folds must be at least 2, got 1");
  CHECK(refused(KFold{.folds = 11}) == "KFold: 10 samples cannot make 11 folds");
  CHECK(refused(KFold{.folds = 2, .repeats = 0}) == "KFold: repeats must be at least 1, got 0");
  CHECK(refused(HoldOut{.repeats = -1}) == "HoldOut: repeats must be at least 1, got -1");
  CHECK(refused(HoldOut{.share = 1}) == "HoldOut: the share must be between 0 and 1, got 1");
  CHECK(refused(HoldOut{.share = NAN}) == "HoldOut: the share must be between 0 and 1, got nan");
  CHECK(refused(HoldOut{.share = 0.01}) ==
        "HoldOut: of 10 samples a share of 0.01 leaves a part empty");
  CHECK(refused(GivenFolds{{1, 2}}) == "GivenFolds: 2 numbers of folds, but 10 samples");
  CHECK(refused(GivenFolds{std::vector<int>(10, 3)}) ==
        "GivenFolds: all samples are in one fold, so there would be none to train");
}

TEST_CASE("of the best lambdas the strongest is taken", "[select_lambda]") {
  const std::vector<double> lambdas{1, 0.1, 0.01, 0.001}, ones(4, 1.0), none(4, 0.0);
  const auto choice = [&](std::vector<double> means, std::vector<double> errors) {
    const LambdaChoice chosen = select_lambda(lambdas, means, errors);
    return std::pair{chosen.min, chosen.one_se};
  };
  CHECK(choice({9, 4, 3, 5}, ones) == std::pair<std::size_t, std::size_t>{2, 1});
  CHECK(choice({9, 4.1, 3, 5}, ones) == std::pair<std::size_t, std::size_t>{2, 2});
  CHECK(choice({9, 3, 3, 3}, none) == std::pair<std::size_t, std::size_t>{1, 1});
  // A stronger one counts, though one between them is outside.
  CHECK(choice({4, 9, 3, 5}, ones) == std::pair<std::size_t, std::size_t>{2, 0});
  // The error is that of the best one.
  CHECK(choice({4, 9, 3, 5}, {100, 100, 0.1, 100}) == std::pair<std::size_t, std::size_t>{2, 2});
  const LambdaChoice ascending = select_lambda({0.001, 0.01, 0.1, 1}, {5, 3, 4, 9}, {1, 1, 1, 1});
  CHECK(ascending.min == 1);
  CHECK(ascending.one_se == 2);
}

TEST_CASE("a lambda without an error is never taken", "[select_lambda]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const LambdaChoice chosen =
      select_lambda({4, 3, 2, 1}, {-INFINITY, nan, 2, INFINITY}, {1, 1, nan, 1});
  CHECK(chosen.min == 2);
  CHECK(chosen.one_se == 2);
  CHECK(message_of<ValueError>([&] { select_lambda({1}, {nan}, {1}); }) ==
        "select_lambda: there is no lambda of a finite error");
  CHECK(message_of<ValueError>([&] { select_lambda({}, {}, {}); }) ==
        "select_lambda: there is no lambda of a finite error");
  CHECK(message_of<ValueError>([&] {
          select_lambda({1}, {1, 2}, {1});
        }) == "select_lambda: 1 lambdas, 2 means and 1 standard errors");
}

}  // namespace
