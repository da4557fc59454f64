// Cross-validation of the elastic net's path is cv.glmnet's, see
// tests/fixtures/make_elastic_net_path.py.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/SparseCore>

#include <ridge/linear/cross_validate_elastic_net.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

const Fixture& fixture() {
  static const Fixture file("elastic_net_path");
  return file;
}

std::vector<Fold> folds_of(const std::string& data) {
  const auto numbers = fixture().labels(data + "/folds");
  GivenFolds folds;
  for (const auto number : numbers) folds.fold_of_sample.push_back(static_cast<int>(number));
  return folds.split(numbers.size());
}

template <class Y>
void check_validation(const std::string& data, const std::string& family, const Y& y,
                      PathMeasure measure, const std::string& name) {
  const Matrix<double> x = fixture().batch(data + "/inputs");
  const Eigen::SparseMatrix<double, Eigen::RowMajor> sparse = x.sparseView();
  for (const bool weighted : {false, true}) {
    const std::string prefix = data + "/" + family + "/" + name + (weighted ? "/weights" : "");
    CAPTURE(prefix);
    ElasticNetOptions options{.alpha = 0.5, .lambda_count = 15, .lambda_ratio = 0.02};
    if (weighted) options.weights = fixture()[data + "/weights"].vector<double>().transpose();
    const Vector<double> means = fixture()[prefix + "/means"].vector<double>();
    const Vector<double> errors = fixture()[prefix + "/standard_errors"].vector<double>();
    const Vector<double> chosen = fixture()[prefix + "/chosen"].vector<double>();
    for (const ElasticNetValidation& found :
         {cross_validate_elastic_net(x, y, folds_of(data), options, measure),
          cross_validate_elastic_net(sparse, y, folds_of(data), options, measure)}) {
      REQUIRE(std::cmp_equal(found.errors().size(), means.size()));
      for (Index i = 0; i < means.size(); ++i) {
        const Estimate& error = found.errors()[static_cast<std::size_t>(i)];
        CHECK(error.mean == Approx(means(i)).epsilon(1e-6));
        CHECK(error.standard_error == Approx(errors(i)).epsilon(1e-6));
      }
      CHECK(found.lambda_min() == Approx(chosen(0)).epsilon(1e-9));
      CHECK(found.lambda_1se() == Approx(chosen(1)).epsilon(1e-9));
      CHECK(found.lambda_1se() >= found.lambda_min());
    }
  }
}

TEST_CASE("the validation of numbers is cv.glmnet's", "[elastic_net_validation]") {
  const std::string data = GENERATE("tall", "wide");
  const RowVector<double> y = fixture()[data + "/targets"].vector<double>().transpose();
  check_validation(data, "gaussian", y, PathMeasure::loss, "mse");
}

TEST_CASE("the validation of classes is cv.glmnet's", "[elastic_net_validation]") {
  const auto [family, kind] =
      GENERATE(std::pair{"binomial", "labels"}, std::pair{"multinomial", "classes"});
  const RowVector<std::int64_t> labels = fixture().labels(std::string("tall/") + kind);
  check_validation("tall", family, labels, PathMeasure::loss, "deviance");
  check_validation("tall", family, labels, PathMeasure::error, "class");
}

TEST_CASE("a validation does not depend on the number of threads", "[elastic_net_validation]") {
  const auto restore = threads();
  const Matrix<double> x = fixture().batch("tall/inputs");
  const RowVector<std::int64_t> labels = fixture().labels("tall/classes");
  const auto errors = [&](int count) {
    set_threads(count);
    return cross_validate_elastic_net(x, labels, folds_of("tall"), {.lambda_count = 8}).errors();
  };
  const auto one = errors(1);
  CHECK(errors(2) == one);
  CHECK(errors(5) == one);
  set_threads(restore);
}

TEST_CASE("a dataset is validated by a resampling, and the path is that of all samples",
          "[elastic_net_validation]") {
  Random random{1};
  const Matrix<double> x = random_matrix(4, 60, random);
  const RowVector<double> w = random_matrix(1, 60, random, 0.5, 1);
  Matrix<double> y = 3 * x.row(0) - x.row(1) + random_matrix(1, 60, random);
  const auto data = Dataset<double, double>(x / 2, y, 2).with_weights(w);
  const auto found = cross_validate_elastic_net(data, KFold{.folds = 5, .seed = 3});
  const LinearPath path = elastic_net_path(x, y, {.weights = w});
  CHECK(found.path().lambdas() == path.lambdas());
  CHECK(found.path().coefficients(7) == path.coefficients(7));
  CHECK(found.min() >= found.one_se());
  CHECK(found.path().coefficients(found.one_se())(0) > 2);
  const double least = found.errors()[static_cast<std::size_t>(found.min())].mean;
  for (const Estimate& error : found.errors()) CHECK(error.mean >= least);
}

TEST_CASE("a single hold-out has the standard error over its samples", "[elastic_net_validation]") {
  Random random{1};
  const Matrix<double> x = random_matrix(2, 30, random);
  const RowVector<double> y = x.row(0) + random_matrix(1, 30, random);
  RowVector<double> w = RowVector<double>::Ones(30);
  w.tail(10) *= 2;
  std::vector<Fold> one{{{}, {}}};
  for (Index n = 0; n < 30; ++n) (n < 15 ? one[0].train : one[0].test).push_back(n);
  const auto found = cross_validate_elastic_net(x, y, one, {.lambdas = {0.1}, .weights = w});
  const LinearPath path =
      elastic_net_path(x.leftCols(15), y.head(15), {.lambdas = {0.1}, .weights = w.head(15)});
  const Eigen::ArrayXd squares =
      (path.predict(0, x.rightCols(15)) - y.tail(15)).array().square().transpose();
  const Eigen::ArrayXd weights = w.tail(15).transpose().array() / w.tail(15).sum();
  const double mean = (weights * squares).sum();
  CHECK(found.errors()[0].mean == Approx(mean).epsilon(1e-12));
  CHECK(found.errors()[0].standard_error ==
        Approx(std::sqrt((weights * (squares - mean).square()).sum() / 14)).epsilon(1e-12));

  w.segment(15, 5).setZero();  // as if they were not there
  const auto some = cross_validate_elastic_net(x, y, one, {.lambdas = {0.1}, .weights = w});
  one[0].test.erase(one[0].test.begin(), one[0].test.begin() + 5);
  const auto fewer = cross_validate_elastic_net(x, y, one, {.lambdas = {0.1}, .weights = w});
  CHECK(some.errors()[0].mean == Approx(fewer.errors()[0].mean).epsilon(1e-12));
  CHECK(some.errors()[0].standard_error == Approx(fewer.errors()[0].standard_error).epsilon(1e-12));
}

TEST_CASE("a validation's table has a line for each lambda", "[elastic_net_validation]") {
  const LinearPath path(Family::gaussian, 1,
                        {{2, Matrix<double>{{0.0}, {0.0}}, Vector<double>::Zero(1), 0},
                         {0.5, Matrix<double>{{0.0}, {3.0}}, Vector<double>::Zero(1), 0.5},
                         {0.25, Matrix<double>{{1.0}, {3.0}}, Vector<double>::Zero(1), 0.6}});
  CHECK(ElasticNetValidation(path, {{3, 0.5}, {1.5, 0.25}, {1.25, 0.5}}).csv() ==
        "lambda,error,error_se,non_zeros,choice\n2,3,0.5,0,\n0.5,1.5,0.25,1,1se\n"
        "0.25,1.25,0.5,2,min\n");
  CHECK(contains(ElasticNetValidation(path, {{3, NAN}, {1, NAN}, {2, NAN}}).csv(),
                 "0.5,1,nan,1,min 1se\n"));
}

TEST_CASE("a validation ends where a fold's path does", "[elastic_net_validation]") {
  const Matrix<double> x = random_matrix(5, 40, 8);
  RowVector<int> labels = (x.row(0).array() > 0).cast<int>();
  // All samples cannot be told apart, those that the second fold trains with can.
  for (Index n = 34; n < 40; ++n) labels(n) = 1 - labels(n);
  GivenFolds folds{std::vector<int>(40, 0)};
  for (std::size_t n = 20; n < 40; ++n) folds.fold_of_sample[n] = 1;
  const ElasticNetOptions options{.lambdas = {0.1, 0.01, 1e-9}, .max_passes = 200};
  REQUIRE(elastic_net_path(x, labels, options).size() == 3);
  const auto found = cross_validate_elastic_net(x, labels, folds.split(40), options);
  CHECK(found.path().size() == 3);
  REQUIRE(found.errors().size() == 2);
  CHECK(found.lambda_min() >= 0.01);
  ElasticNetOptions stronger = options;
  stronger.lambdas = {0.1, 0.01};
  CHECK(found.errors() ==
        cross_validate_elastic_net(x, labels, folds.split(40), stronger).errors());
  CHECK(contains(found.csv(), "0.01,"));
  CHECK(!contains(found.csv(), "1e-09,"));
}

TEST_CASE("a validation refuses what cannot be right", "[elastic_net_validation]") {
  const Matrix<double> x = random_matrix(3, 9, 1);
  const RowVector<double> y = random_matrix(1, 9, 2);
  const RowVector<int> labels{{0, 1, 2, 0, 1, 0, 1, 0, 1}};
  const std::vector<Fold> folds = GivenFolds{{0, 0, 0, 1, 1, 1, 2, 2, 2}}.split(9);
  const auto message = [&](const auto& targets, const std::vector<Fold>& given,
                           PathMeasure measure = PathMeasure::loss,
                           const ElasticNetOptions& options = {}) {
    return message_of<Error>(
        [&] { cross_validate_elastic_net(x, targets, given, options, measure); });
  };
  CHECK(contains(message(y, folds, PathMeasure::error), "numbers have no classes"));
  CHECK(contains(message(y, {}), "there are no folds"));
  CHECK(contains(message(y, {{{0, 1}, {9}}}), "fold 0 has sample 9 of 9"));
  CHECK(contains(message(y, {{{}, {1}}}), "fold 0 has no sample of a weight above 0 to train"));
  CHECK(contains(message(y, {{{1}, {}}}), "fold 0 has no sample of a weight above 0 to hold out"));
  CHECK(contains(message(labels, folds), "fold 0 has no sample of class 2 to train with"));
  RowVector<double> weights = RowVector<double>::Ones(9);
  weights.tail(3).setZero();
  CHECK(contains(message(y, folds, PathMeasure::loss, {.weights = weights}),
                 "fold 2 has no sample of a weight above 0 to hold out"));
  RowVector<std::int64_t> wide = labels.cast<std::int64_t>();
  wide(4) += std::int64_t{1} << 32;
  CHECK(contains(message(wide, folds), "got 4294967297 for sample 4"));
  CHECK(contains(message(y.head(8), folds), "9 samples, but 8 targets"));
}

}  // namespace
