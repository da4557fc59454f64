// Paths of the elastic net are glmnet's, see tests/fixtures/make_elastic_net_path.py, and meet the
// conditions of their minimum.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <Eigen/SparseCore>

#include <ridge/linear/elastic_net_path.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

using RowMajorSparse = Eigen::SparseMatrix<double, Eigen::RowMajor>;

const Fixture& fixture() {
  static const Fixture file("elastic_net_path");
  return file;
}

/// What is compared of a path and of glmnet's, largest difference first.
void check_path(const LinearPath& path, const std::string& name, Index first = 0) {
  CAPTURE(name);
  const Vector<double> lambdas = fixture()[name + "/lambdas"].vector<double>();
  REQUIRE(path.size() == lambdas.size());
  for (Index i = 0; i < path.size(); ++i) CHECK(path.lambda(i) == Approx(lambdas(i)).epsilon(1e-9));
  const Vector<double> ratios = fixture()[name + "/deviance_ratios"].vector<double>();
  const Matrix<double> coefficients = fixture()[name + "/coefficients"].matrix<double>();
  const Matrix<double> intercepts = fixture()[name + "/intercepts"].matrix<double>();
  for (Index i = first; i < path.size(); ++i) {
    CAPTURE(i, path.lambda(i));
    const Vector<double> found = path.coefficients(i).reshaped();
    const Vector<double> expected = coefficients.row(i).transpose();
    check_below((found - expected).cwiseAbs().maxCoeff(), 1e-6);
    check_below((path.intercepts(i).transpose() - intercepts.row(i)).cwiseAbs().maxCoeff(), 1e-6);
    CHECK(path.deviance_ratio(i) == Approx(ratios(i)).margin(1e-7));
    CHECK(((found.array() == 0) == (expected.array() == 0)).all());
  }
}

ElasticNetOptions sequence_of(Index count, double ratio, double alpha) {
  return {.alpha = alpha, .lambda_count = count, .lambda_ratio = ratio};
}

/// Calls check(path, name, first model to compare) for every setting of a family.
/// @param fit(x, options) for dense or sparse x
template <class Fit>
void check_family(const std::string& data, const std::string& family, const Fit& fit) {
  const Matrix<double> x = fixture().batch(data + "/inputs");
  const std::string prefix = data + "/" + family;
  const auto check_all = [&](const ElasticNetOptions& options, const std::string& name,
                             Index first) {
    check_path(fit(x, options), prefix + name, first);
    check_path(fit(Eigen::SparseMatrix<double>(x.sparseView()), options), prefix + name, first);
  };
  for (const double alpha : {0.0, 0.5, 1.0}) {
    // glmnet's first model of alpha = 0 is that of an infinite lambda.
    check_all(sequence_of(12, family == "gaussian" ? 0 : 0.05, alpha),
              "/alpha=" + detail::text(alpha), alpha == 0 ? 1 : 0);
  }
  ElasticNetOptions options = sequence_of(8, 0.05, 0.7);
  options.weights = fixture()[data + "/weights"].vector<double>().transpose();
  check_all(options, "/weights", 0);
  options = sequence_of(8, 0.05, 0.7);
  options.penalty_factors = fixture()[data + "/factors"].vector<double>();
  check_all(options, "/factors", 0);
  options = sequence_of(8, 0.05, 0.7);
  options.standardize = false;
  check_all(options, "/raw", 0);
  options = sequence_of(8, 0.05, 0.7);
  options.intercept = false;
  check_all(options, "/no_intercept", 0);
}

TEST_CASE("gaussian paths are glmnet's", "[elastic_net_path]") {
  const std::string data = GENERATE("tall", "wide");
  const RowVector<double> y = fixture()[data + "/targets"].vector<double>().transpose();
  check_family(data, "gaussian", [&](const auto& x, const ElasticNetOptions& options) {
    return elastic_net_path(x, y, options);
  });
}

RowVector<int> labels_of(const std::string& name) { return fixture().labels(name).cast<int>(); }

TEST_CASE("binomial paths are glmnet's", "[elastic_net_path]") {
  const std::string data = GENERATE("tall", "wide");
  const RowVector<int> labels = labels_of(data + "/labels");
  check_family(data, "binomial", [&](const auto& x, const ElasticNetOptions& options) {
    return elastic_net_path(x, labels, options);
  });
}

TEST_CASE("multinomial paths are glmnet's", "[elastic_net_path]") {
  const std::string data = GENERATE("tall", "wide");
  const RowVector<int> labels = labels_of(data + "/classes");
  check_family(data, "multinomial", [&](const auto& x, const ElasticNetOptions& options) {
    return elastic_net_path(x, labels, options);
  });
}

// ---- Conditions of the minimum ----------------------------------------------------------------

/// By how much a model misses them: for b != 0 the gradient of the mean loss is that of the
/// penalty, for b = 0 at most that of the L1 in it, for the intercepts it is 0.
/// @param rest targets less what the model expects of them, outputs x samples
double violation(const LinearPath& path, Index i, const Matrix<double>& x,
                 const Matrix<double>& rest, const ElasticNetOptions& options, double unit) {
  const Index features = x.rows(), samples = x.cols();
  Vector<double> w = Vector<double>::Ones(samples);
  if (options.weights.size() > 0) w = options.weights.transpose();
  w /= w.sum();
  Vector<double> factors = Vector<double>::Ones(features);
  if (options.penalty_factors.size() > 0)
    factors =
        options.penalty_factors * static_cast<double>(features) / options.penalty_factors.sum();
  const double l2_unit = options.standardize_targets ? unit : 1;
  double worst = options.intercept ? (rest * w).cwiseAbs().maxCoeff() / unit : 0;
  for (Index j = 0; j < features; ++j) {
    const double mean = x.row(j).dot(w);
    const double deviation = std::sqrt((x.row(j).array() - mean).square().matrix().dot(w));
    const double scale = options.standardize ? deviation : 1;
    for (Index k = 0; k < rest.rows(); ++k) {
      if ((x.row(j).array() == x(j, 0)).all()) {
        if (path.coefficients(i)(j, k) != 0) return 1;
        continue;
      }
      const double b = path.coefficients(i)(j, k) * scale;
      const double l1 = path.lambda(i) * options.alpha * factors(j);
      const double l2 = path.lambda(i) * (1 - options.alpha) * factors(j) / l2_unit;
      const double g =
          (rest.row(k).array() * (x.row(j).array() - (options.intercept ? mean : 0)) / scale)
              .matrix()
              .dot(w);
      const double miss = b == 0 ? std::abs(g) - l1 : std::abs(g - l2 * b - std::copysign(l1, b));
      worst = std::max(worst, miss / unit);
    }
  }
  return worst;
}

/// Features of different scales, collinear ones, one that never varies, and many zeros.
Matrix<double> features_of(Index features, Index samples, Random& random) {
  Matrix<double> x = random_matrix(features, samples, random);
  for (Index j = 0; j < features; ++j) {
    x.row(j) *= std::pow(10, random.uniform(-2, 2));
    for (Index n = 0; n < samples; ++n)
      if (random.uniform() < 0.5) x(j, n) = 0;
  }
  x.row(1) = 2 * x.row(0);
  x.row(2) = x.row(0) + 0.01 * x.row(3);
  x.row(4).setConstant(3);
  return x;
}

/// Options of every kind, at random.
ElasticNetOptions options_of(Index features, Index samples, Random& random) {
  ElasticNetOptions options{.alpha = random.below(4) == 0 ? 1 : random.uniform(0.05, 1),
                            .lambda_count = 15,
                            .lambda_ratio = 0.02,
                            .standardize = random.below(4) != 0,
                            .intercept = random.below(4) != 0,
                            .standardize_targets = random.below(2) == 0};
  if (random.below(2) == 0) {
    options.weights = random_matrix(1, samples, random, 0.1, 2);
    options.weights(1) = 0;
  }
  if (random.below(2) == 0) {
    options.penalty_factors = random_matrix(features, 1, random, 0.5, 2);
    options.penalty_factors(3) = 0;
  }
  return options;
}

TEST_CASE("gaussian models meet the conditions of the minimum", "[elastic_net_path]") {
  // The last two keep residuals, the others products of features.
  const auto [features, samples] =
      GENERATE(std::pair{8, 60}, std::pair{30, 20}, std::pair{60, 20}, std::pair{200, 30});
  Random random{static_cast<std::uint64_t>(features)};
  for (int round = 0; round < 6; ++round) {
    CAPTURE(features, samples, round);
    const Matrix<double> x = features_of(features, samples, random);
    const RowVector<double> y = 50 * (x.row(0) / x.row(0).norm() - x.row(3) / x.row(3).norm() +
                                      random_matrix(1, samples, random) / 5)
                                         .array() +
                                20;
    const ElasticNetOptions options = options_of(features, samples, random);
    RowVector<double> w = RowVector<double>::Ones(samples);
    if (options.weights.size() > 0) w = options.weights;
    w /= w.sum();
    const double mean = options.intercept ? y.dot(w) : 0;
    const double unit = std::sqrt((y.array() - mean).square().matrix().dot(w));
    const RowMajorSparse sparse = x.sparseView();
    for (const LinearPath& path :
         {elastic_net_path(x, y, options), elastic_net_path(sparse, y, options)}) {
      for (Index i = 0; i < path.size(); ++i) {
        const Matrix<double> rest = y - path.predict(i, x);
        check_below(violation(path, i, x, rest, options, unit), 1e-7);
        const double deviance = rest.array().square().matrix().row(0).dot(w);
        CHECK(path.deviance_ratio(i) == Approx(1 - deviance / (unit * unit)).margin(1e-10));
      }
      CHECK(path.non_zeros(path.size() - 1) > 2);
    }
  }
}

/// Labels that depend on the first features, every class among them.
RowVector<int> classes_of(const Matrix<double>& x, int classes, Random& random) {
  RowVector<int> labels(x.cols());
  for (Index n = 0; n < x.cols(); ++n) {
    const double score = x(0, n) / x.row(0).norm() + x(3, n) / x.row(3).norm() + random.uniform();
    labels(n) = n < classes + 2 ? static_cast<int>(n) % classes
                                : std::clamp(static_cast<int>(score * classes), 0, classes - 1);
  }
  return labels;
}

TEST_CASE("logistic models meet the conditions of the minimum", "[elastic_net_path]") {
  const auto [features, samples] = GENERATE(std::pair{8, 60}, std::pair{60, 30});
  const auto [classes, family] =
      GENERATE(std::pair{2, Family::binomial}, std::pair{2, Family::multinomial},
               std::pair{3, Family::automatic}, std::pair{4, Family::multinomial});
  Random random{static_cast<std::uint64_t>(features)};
  for (int round = 0; round < 4; ++round) {
    const Matrix<double> x = features_of(features, samples, random);
    const RowVector<int> labels = classes_of(x, classes, random);
    ElasticNetOptions options = options_of(features, samples, random);
    CAPTURE(features, samples, classes, round, options.alpha, options.intercept,
            options.standardize, options.weights.size(), options.penalty_factors.size());
    options.family = family;
    options.lambda_count = 6;
    options.lambda_ratio = 0.03;
    const bool binomial = family == Family::binomial;
    Matrix<double> is_class = Matrix<double>::Zero(binomial ? 1 : classes, samples);
    for (Index n = 0; n < samples; ++n)
      if (!binomial)
        is_class(labels(n), n) = 1;
      else
        is_class(0, n) = labels(n);
    const RowMajorSparse sparse = x.sparseView();
    for (const LinearPath& path :
         {elastic_net_path(x, labels, options), elastic_net_path(sparse, labels, options)}) {
      CHECK(path.family() == (binomial ? Family::binomial : Family::multinomial));
      for (Index i = 0; i < path.size(); ++i) {
        Matrix<double> p = path.predict(i, x).array().exp();
        if (binomial)
          p = p.array() / (1 + p.array());
        else
          p.array().rowwise() /= RowVector<double>(p.colwise().sum()).array();
        check_below(violation(path, i, x, is_class - p, options, 1), 1e-7);
      }
      CHECK(path.non_zeros(path.size() - 1) >= 2);
    }
  }
}

TEST_CASE("two classes are one output or two, with the same probabilities", "[elastic_net_path]") {
  Random random{3};
  const Matrix<double> x = random_matrix(5, 40, random);
  const RowVector<int> labels = classes_of(x, 2, random);
  // Half of the squares each and all of the sizes: for the lasso and for ridge regression.
  for (const double alpha : {0.0, 1.0}) {
    const LinearPath one = elastic_net_path(x, labels, {.alpha = alpha, .lambdas = {0.05}});
    const LinearPath two = elastic_net_path(
        x, labels,
        {.family = Family::multinomial, .alpha = alpha, .lambdas = {alpha == 0 ? 0.1 : 0.05}});
    const RowVector<double> odds = two.predict(0, x).row(1) - two.predict(0, x).row(0);
    check_below((odds - one.predict(0, x)).cwiseAbs().maxCoeff(), 1e-7);
    CHECK(one.classify(0, x) == two.classify(0, x));
    const RowVector<int> positive = (one.predict(0, x).array() > 0).cast<int>();
    CHECK(one.classify(0, x) == positive);
    CHECK(two.deviance_ratio(0) == Approx(one.deviance_ratio(0)));
  }
}

TEST_CASE("a penalty's center is where it is least", "[elastic_net_path]") {
  Random random{5};
  for (int round = 0; round < 200; ++round) {
    const double alpha = round % 4 == 0 ? 0 : round % 4 == 1 ? 1 : random.uniform();
    Vector<double> b = random_matrix(2 + round % 5, 1, random);
    b(0) = round % 3 == 0 ? 0 : b(0);
    const auto value = [&](double c) {
      const auto apart = b.array() - c;
      return (alpha * apart.abs() + (1 - alpha) / 2 * apart.square()).sum();
    };
    const double c = detail::penalty_center(b, alpha);
    for (const double step : {-0.1, -1e-3, 1e-3, 0.1}) CHECK(value(c) <= value(c + step) + 1e-14);
  }
}

TEST_CASE("classes that a feature separates are no trouble", "[elastic_net_path]") {
  Matrix<double> x(2, 20);
  RowVector<int> labels(20);
  for (Index n = 0; n < 20; ++n) {
    x(0, n) = n < 10 ? -1 - 0.1 * static_cast<double>(n) : 1 + 0.1 * static_cast<double>(n);
    x(1, n) = static_cast<double>(n * n % 7);
    labels(n) = n < 10 ? 0 : 1;
  }
  // The path ends as the probabilities come near 0 and 1.
  const LinearPath path = elastic_net_path(x, labels);
  CHECK(path.size() < 100);
  CHECK(path.deviance_ratio(path.size() - 1) > 0.98);
  CHECK(path.classify(path.size() - 1, x) == labels);
}

// ---- The interface ----------------------------------------------------------------------------

TEST_CASE("sparse features with means far from zero are fitted as dense ones",
          "[elastic_net_path]") {
  const double offset = GENERATE(1e2, 1e4, -1e5);
  CAPTURE(offset);
  Random random{13};
  Matrix<double> x = random_matrix(6, 50, random);
  const RowVector<double> y = 2 * x.row(0) - x.row(3) + random_matrix(1, 50, random);
  x.array() += offset;
  const Eigen::SparseMatrix<double> sparse = x.sparseView();
  const ElasticNetOptions options{.alpha = 0.5, .lambda_count = 10, .lambda_ratio = 0.01};
  const auto check = [&](const auto& targets) {
    const LinearPath dense = elastic_net_path(x, targets, options);
    const LinearPath found = elastic_net_path(sparse, targets, options);
    REQUIRE(found.size() == dense.size());
    for (Index i = 0; i < dense.size(); ++i) {
      check_below((found.coefficients(i) - dense.coefficients(i)).cwiseAbs().maxCoeff(), 1e-7);
      const auto what = [&](const LinearPath& path) {
        return path.family() == Family::gaussian ? path.predict(i, x) : path.probabilities(i, x);
      };
      check_below((what(found) - what(dense)).cwiseAbs().maxCoeff(), 1e-7);
    }
  };
  check(y);
  check(RowVector<int>((y.array() > 0).cast<int>()));
  check(RowVector<int>((y.array() > -1).cast<int>() + (y.array() > 1).cast<int>()));
}

TEST_CASE("given lambdas are fitted from the largest to the smallest", "[elastic_net_path]") {
  Random random{2};
  const Matrix<double> x = random_matrix(5, 30, random);
  const RowVector<double> y = x.row(0) + random_matrix(1, 30, random);
  const LinearPath path = elastic_net_path(x, y, {.lambdas = {0.01, 0.3, 0, 100}});
  CHECK(path.lambdas() == std::vector<double>{100, 0.3, 0.01, 0});
  CHECK(path.non_zeros(0) == 0);
  CHECK(path.intercepts(0)(0) == Approx(y.mean()));
  CHECK(path.non_zeros(3) == 5);  // least squares
  const Matrix<double> rest = y - path.predict(3, x);
  check_below((x * rest.transpose()).cwiseAbs().maxCoeff(), 1e-7);
  // Each does not depend on the others.
  const LinearPath alone = elastic_net_path(x, y, {.lambdas = {0.01}});
  check_below((alone.coefficients(0) - path.coefficients(2)).norm(), 1e-8);
}

TEST_CASE("a lambda that takes too many passes is an error, or ends the path",
          "[elastic_net_path]") {
  const Matrix<double> x = random_matrix(5, 40, 8);
  const RowVector<int> labels = (x.row(0).array() > 0).cast<int>();  // no finite minimum at 0
  ElasticNetOptions options{.lambdas = {0.1, 0.01, 1e-9}, .max_passes = 60};
  CHECK(contains(message_of<Error>([&] { elastic_net_path(x, labels, options); }),
                 "at lambda = 1e-09 coefficients still move by more than 1e-09 after 60 passes"));
  CHECK(contains(message_of<Error>([&] { elastic_net_path(x, labels, options); }),
                 "Where features separate the classes"));
  options.shortens = true;
  const LinearPath shorter = elastic_net_path(x, labels, options);
  REQUIRE(shorter.size() == 2);
  options.lambdas = {0.1, 0.01};
  CHECK(shorter.coefficients(1) == elastic_net_path(x, labels, options).coefficients(1));
  options.lambdas = {1e-9};  // nothing would be left
  CHECK_THROWS_AS(elastic_net_path(x, labels, options), Error);

  // One pass moves, and another one finds that nothing is left to move.
  const Matrix<double> one = random_matrix(1, 20, 2), y = 2 * one + random_matrix(1, 20, 3);
  const ElasticNetOptions two{.lambdas = {0.1}, .max_passes = 2};
  CHECK(elastic_net_path(one, RowVector<double>(y), two).size() == 1);
  const std::string message = message_of<Error>(
      [&] { elastic_net_path(one, RowVector<double>(y), {.lambdas = {0.1}, .max_passes = 1}); });
  CHECK(contains(message, "after 1 passes"));
  CHECK(!contains(message, "classes"));
}

TEST_CASE("classes that no pass was left for have not settled", "[elastic_net_path]") {
  const Matrix<double> x = random_matrix(1, 60, 4);
  RowVector<int> labels(60);
  for (Index n = 0; n < 60; ++n) labels(n) = x(n) < -0.5 ? 1 : x(n) < 0.5 ? 0 : 2;
  ElasticNetOptions options{.lambdas = {0.1}};
  const LinearPath settled = elastic_net_path(x, labels, options);
  int refused = 0;
  for (options.max_passes = 1; options.max_passes < 80; ++options.max_passes) try {
      const LinearPath path = elastic_net_path(x, labels, options);
      check_below((path.coefficients(0) - settled.coefficients(0)).norm(), 1e-8);
    } catch (const Error&) {
      ++refused;
    }
  CHECK(refused > 10);
  CHECK(refused < 79);
}

TEST_CASE("a path that has explained enough ends", "[elastic_net_path]") {
  Random random{4};
  const Matrix<double> x = random_matrix(3, 30, random);
  const RowVector<double> y = x.row(0) + 2 * x.row(1);
  const LinearPath path = elastic_net_path(x, y);
  CHECK(path.size() < 100);
  CHECK(path.deviance_ratio(path.size() - 1) > 0.999);
  CHECK(path.deviance_ratio(path.size() - 2) <= 0.999);
  const LinearPath all = elastic_net_path(x, y, {.min_gain = 0, .max_deviance_ratio = 2});
  CHECK(all.size() == 100);
  CHECK(all.lambda(99) == Approx(1e-4 * all.lambda(0)));
}

TEST_CASE("a model is a layer, and predicts as one", "[elastic_net_path]") {
  Random random{6};
  const Matrix<double> x = random_matrix(4, 20, random);
  const RowVector<double> y = x.row(0) + random_matrix(1, 20, random);
  const LinearPath path = elastic_net_path(x, y, {.lambda_count = 5});
  const Matrix<double> outputs = path.predict(3, x);
  check_below((predict(path.layer(3), x) - outputs).norm(), 1e-13);
  const Eigen::SparseMatrix<double> sparse = x.sparseView();
  check_below((path.predict(3, sparse) - outputs).norm(), 1e-13);
  CHECK(
      contains(message_of<ShapeError>([&] { path.predict(3, y); }), "expected 4 features, got 1"));
  CHECK(contains(message_of<ValueError>([&] { path.coefficients(5); }), "model 5 of 5"));
  CHECK(contains(message_of<ValueError>([&] { path.lambda(-1); }), "model -1 of 5"));
  CHECK(contains(message_of<ValueError>([&] { path.classify(0, x); }), "has no classes"));
}

TEST_CASE("a dataset brings its scale and its weights", "[elastic_net_path]") {
  Random random{8};
  const Matrix<double> x = random_matrix(4, 20, random), y = random_matrix(1, 20, random);
  const RowVector<double> w = random_matrix(1, 20, random, 0.5, 1);
  const auto data = Dataset<double, double>(x / 4, y, 4).with_weights(w);
  const LinearPath path = elastic_net_path(data, {.lambda_count = 5});
  const LinearPath expected = elastic_net_path(x, y, {.lambda_count = 5, .weights = w});
  CHECK(path.lambdas() == expected.lambdas());
  CHECK(path.coefficients(4) == expected.coefficients(4));
  CHECK(contains(message_of<ValueError>([&] { elastic_net_path(data, {.weights = w}); }),
                 "the dataset has weights"));
  const Dataset<double, double> two(x, random_matrix(2, 20, 1));
  CHECK(contains(message_of<ShapeError>([&] { elastic_net_path(two); }),
                 "one target a sample, a row of them, got 2"));
  const Dataset<double, std::uint8_t> classes(x, random_labels(3, 20, random).cast<std::uint8_t>());
  CHECK(elastic_net_path(classes, {.lambda_count = 3}).family() == Family::multinomial);
}

TEST_CASE("a path refuses what cannot be right", "[elastic_net_path]") {
  const Matrix<double> x = random_matrix(3, 9, 1);
  const RowVector<double> y = random_matrix(1, 9, 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [&](const ElasticNetOptions& options, const char* why) {
    CAPTURE(why);
    CHECK(contains(message_of<Error>([&] { elastic_net_path(x, y, options); }), why));
    const Eigen::SparseMatrix<double> sparse = x.sparseView();
    CHECK(contains(message_of<Error>([&] { elastic_net_path(sparse, y, options); }), why));
  };
  refuses({.family = Family::binomial}, "give classes as integers");
  refuses({.alpha = 1.5}, "alpha must be in [0, 1], got 1.5");
  refuses({.alpha = nan}, "alpha must be in [0, 1], got nan");
  refuses({.lambdas = {1, -1}}, "lambda must be a finite number >= 0, got -1");
  refuses({.lambda_count = 0}, "lambda_count must be at least 1, got 0");
  refuses({.lambda_ratio = 1}, "lambda_ratio must be in [0, 1), got 1");
  refuses({.tolerance = 0}, "tolerance must be between 0 and 1, got 0");
  refuses({.max_passes = 0}, "max_passes must be at least 1, got 0");
  refuses({.min_gain = nan}, "min_gain must be a finite number >= 0, got nan");
  refuses({.max_deviance_ratio = 0}, "max_deviance_ratio must be above 0, got 0");
  refuses({.penalty_factors = Vector<double>::Ones(2)}, "3 features, but 2 penalty factors");
  refuses({.penalty_factors = Vector<double>{{1, -1, 1}}}, "penalty factor must be a finite");
  refuses({.penalty_factors = Vector<double>::Zero(3)}, "every penalty factor is 0");
  refuses({.weights = RowVector<double>::Ones(2)}, "9 samples, but 2 weights");
  refuses({.tolerance = 1e-15, .max_passes = 3}, "after 3 passes; raise max_passes");

  const auto message = [&](const auto& inputs, const RowVector<double>& targets) {
    return message_of<Error>([&] { elastic_net_path(inputs, targets); });
  };
  CHECK(contains(message(x, y.head(8)), "9 samples, but 8 targets"));
  CHECK(contains(message(Matrix<double>(0, 9), y), "got 0 and 9"));
  Matrix<double> bad = x;
  bad(1, 7) = nan;
  CHECK(contains(message(bad, y), "sample 7 has nan as its feature 1"));
  CHECK(
      contains(message(RowMajorSparse(bad.sparseView()), y), "sample 7 has nan as its feature 1"));
  for (const double scale : {1e-200, 1e200}) {
    bad = x;
    bad.row(2) *= scale;
    CHECK(contains(message(bad, y), "feature 2 varies, but the square"));
    CHECK(
        contains(message(RowMajorSparse(bad.sparseView()), y), "feature 2 varies, but the square"));
  }
  RowVector<double> bad_targets = y;
  bad_targets(4) = nan;
  CHECK(contains(message(x, bad_targets), "sample 4 has nan as its target 0"));
  CHECK(contains(message(x, RowVector<double>::Ones(9)), "no lambda to begin with"));
  const auto refuses_labels = [&](const RowVector<int>& labels, Family family, const char* why) {
    CAPTURE(why);
    CHECK(
        contains(message_of<Error>([&] { elastic_net_path(x, labels, {.family = family}); }), why));
  };
  RowVector<int> labels{{0, 1, 2, 0, 1, 2, 0, 1, 2}};
  refuses_labels(labels, Family::gaussian, "give a RowVector<double>");
  refuses_labels(labels, Family::binomial, "binomial family has two classes, got 3");
  refuses_labels(labels.head(8), Family::automatic, "9 samples, but 8 targets");
  labels(2) = -1;
  refuses_labels(labels, Family::automatic, "labels must be 0, 1, ..., got -1 for sample 2");
  labels(2) = 100;
  refuses_labels(labels, Family::automatic, "a label is 100, but there are only 9 samples");
  labels(2) = 4;
  refuses_labels(labels, Family::automatic, "class 3 has no sample");
  refuses_labels(RowVector<int>::Zero(9), Family::automatic, "class 1 has no sample");
  refuses_labels(RowVector<int>{{1, 2, 1, 2, 1, 2, 1, 2, 1}}, Family::automatic,
                 "class 0 has no sample, or none of a weight above 0, so nothing can be learned of "
                 "it; labels start at 0");
  // As an int, 2^32 + 1 would be 1.
  RowVector<std::int64_t> wide{{0, 1, 1, 0, 1, 0, 0, 1, 1}};
  CHECK(elastic_net_path(x, wide, {.lambdas = {0.01}}).family() == Family::binomial);
  wide(4) += std::int64_t{1} << 32;
  CHECK(contains(message_of<ValueError>([&] { elastic_net_path(x, wide); }),
                 "labels must be 0, 1, ..., got 4294967297 for sample 4"));
  // Given lambdas do for targets that are all the same.
  const LinearPath same = elastic_net_path(x, RowVector<double>::Ones(9), {.lambdas = {1}});
  CHECK(same.non_zeros(0) == 0);
  CHECK(same.intercepts(0)(0) == 1);
}

}  // namespace
