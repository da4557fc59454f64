// Ridge regression in closed form: scikit-learn's Ridge and RidgeCV, see
// tests/fixtures/make_ridge_regression.py.
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/linear/ridge_regression.hpp>
#include <ridge/losses/mean_squared_error.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/gradients.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using namespace test;

const Fixture& fixture() {
  static const Fixture file("ridge_regression");
  return file;
}

TEST_CASE("ridge regression and its leave-one-out errors are scikit-learn's",
          "[ridge_regression]") {
  const std::string name =
      GENERATE("tall", "no_intercept", "wide", "collinear", "weighted", "weighted_wide");
  CAPTURE(name);
  const Matrix<double> x = fixture().batch(name + "/inputs"),
                       y = fixture().batch(name + "/targets");
  const RowVector<double> w = fixture()[name + "/weights"].vector<double>().transpose();
  const RidgeRegression regression(x, y, {.intercept = name != "no_intercept", .weights = w});

  const Vector<double> alphas = fixture()["alphas"].vector<double>();
  const Matrix<double> coefficients = fixture()[name + "/coefficients"].matrix<double>();
  const Matrix<double> intercepts = fixture()[name + "/intercepts"].matrix<double>();
  const Matrix<double> errors = fixture()[name + "/errors"].matrix<double>();
  std::vector<double> lambdas;
  for (Index i = 0; i < alphas.size(); ++i) {
    CAPTURE(alphas(i));
    const double lambda = RidgeRegression::lambda_from_sklearn(alphas(i), w.sum());
    lambdas.push_back(lambda);
    const Linear<double> model = regression.fit(lambda);
    check_below(
        (model.weight - coefficients.middleRows(i * y.rows(), y.rows())).cwiseAbs().maxCoeff(),
        1e-9);
    check_below((model.bias.transpose() - intercepts.row(i)).cwiseAbs().maxCoeff(), 1e-9);
    const Matrix<double> expected = errors.middleRows(i * x.cols(), x.cols()).transpose();
    check_below((regression.leave_one_out_residuals(lambda) - expected).cwiseAbs().maxCoeff(),
                1e-9);
    const double mean = (expected.colwise().squaredNorm() * w.transpose()).value() / w.sum() /
                        static_cast<double>(y.rows());
    CHECK(regression.leave_one_out_error(lambda) == Approx(mean).epsilon(1e-10));
  }
  CHECK(regression.best_lambda(lambdas) ==
        RidgeRegression::lambda_from_sklearn(fixture().number(name + "/best_alpha"), w.sum()));
}

TEST_CASE("without a penalty it is least squares, of least norm", "[ridge_regression]") {
  Random random{1};
  const Matrix<double> x = random_matrix(6, 4, random), y = random_matrix(1, 4, random);
  const RidgeRegression wide(x, y);
  const Linear<double> model = wide.fit(0);
  check_below((predict(model, x) - y).cwiseAbs().maxCoeff(), 1e-12);
  // Of least norm: it lies in the span of the centred samples.
  const Matrix<double> centred = x.colwise() - x.rowwise().mean();
  Vector<double> rest = model.weight.transpose();
  const detail::ThinSvd svd = detail::thin_svd(centred);
  CHECK(svd.d.size() == 3);
  rest -= svd.u * (svd.u.transpose() * rest);
  check_below(rest.norm(), 1e-12);
  // The other samples do not determine what each one's prediction would be.
  CHECK(wide.leave_one_out_error(0) == std::numeric_limits<double>::infinity());
  CHECK(wide.best_lambda({0, 1}) == 1);
  // A small penalty does: the limit is that of the interpolating models of least norm.
  const double tiny = wide.leave_one_out_error(1e-10), small = wide.leave_one_out_error(1e-7);
  CHECK(tiny == Approx(small).epsilon(1e-4));
}

TEST_CASE("of lambdas that are as good the largest is the best", "[ridge_regression]") {
  // Targets that no feature explains: the mean is all there is, for every lambda.
  const RidgeRegression regression(Matrix<double>::Zero(2, 5), Matrix<double>::Ones(1, 5));
  CHECK(regression.best_lambda({0.1, 3, 1}) == 3);
  CHECK(regression.fit(0).weight.isZero(0));
  CHECK(regression.fit(0).bias(0) == 1);
}

TEST_CASE("a sample of weight 0 counts for nothing but is predicted", "[ridge_regression]") {
  Random random{3};
  const Matrix<double> x = random_matrix(3, 9, random), y = random_matrix(2, 9, random);
  RowVector<double> w = RowVector<double>::Ones(9);
  w(4) = 0;
  const RidgeRegression all(x, y, {.weights = w});
  Matrix<double> x_rest(3, 8), y_rest(2, 8);
  x_rest << x.leftCols(4), x.rightCols(4);
  y_rest << y.leftCols(4), y.rightCols(4);
  const RidgeRegression rest(x_rest, y_rest);
  const Linear<double> model = all.fit(0.1);
  check_below((model.weight - rest.fit(0.1).weight).norm(), 1e-13);
  const Vector<double> own = y.col(4) - model.weight * x.col(4) - model.bias;
  check_below((all.leave_one_out_residuals(0.1).col(4) - own).norm(), 1e-13);
  CHECK(all.leave_one_out_error(0.1) == Approx(rest.leave_one_out_error(0.1)).epsilon(1e-12));
}

TEST_CASE("nearly collinear features and large means lose no digits", "[ridge_regression]") {
  // Two features that differ by 1e-6 of themselves, which eigenvalues of the Gram matrix would not
  // tell apart (its condition is 1e14), and means a million times the deviations of another.
  Random random{5};
  Matrix<double> x = random_matrix(3, 30, random);
  const Matrix<double> difference = random_matrix(1, 30, random);
  x.row(1) = x.row(0) + 1e-6 * difference;
  x.row(2).array() += 1e6;
  const RowVector<double> y = 2 * x.row(0) + difference + 3 * (x.row(2).array() - 1e6).matrix();
  const Linear<double> model = RidgeRegression(x, y).fit(0);
  // y = 2 x0 + (x1 - x0) / 1e-6 + 3 x2 - 3e6, but for x's own rounding: 1e-16 / 1e-6.
  CHECK(model.weight(0) == Approx(2 - 1e6).epsilon(1e-8));
  CHECK(model.weight(1) == Approx(1e6).epsilon(1e-8));
  CHECK(model.weight(2) == Approx(3).epsilon(1e-8));
}

TEST_CASE("the decomposition multiplies out, whatever the scales", "[ridge_regression]") {
  const auto [rows, cols] = GENERATE(std::pair{7, 4}, std::pair{4, 7}, std::pair{5, 5},
                                     std::pair{1, 3}, std::pair{40, 30});
  const double scale = GENERATE(1.0, 1e-200, 1e200);
  CAPTURE(rows, cols, scale);
  Random random{7};
  Matrix<double> a = random_matrix(rows, cols, random);
  if (cols > 1) a.col(1) *= 1e-9;
  a *= scale;
  const detail::ThinSvd svd = detail::thin_svd(a);
  REQUIRE(svd.d.size() == std::min(rows, cols));
  const Matrix<double> again = svd.u * svd.d.asDiagonal() * svd.v.transpose();
  check_below((again - a).cwiseAbs().maxCoeff() / scale, 1e-14);
  const auto unit = Matrix<double>::Identity(svd.d.size(), svd.d.size());
  check_below((svd.u.transpose() * svd.u - unit).cwiseAbs().maxCoeff(), 1e-12);
  check_below((svd.v.transpose() * svd.v - unit).cwiseAbs().maxCoeff(), 1e-12);
}

TEST_CASE("features may be so large or small that their squares are not numbers",
          "[ridge_regression]") {
  const double scale = GENERATE(1e-300, 1e-200, 1e-100, 1e100, 1e200, 1e300);
  CAPTURE(scale);
  const Matrix<double> x{{1, 2, 3, 5}};
  const RidgeRegression line(scale * x, x, {.intercept = false});
  CHECK(line.fit(0).weight(0) * scale == Approx(1).epsilon(1e-14));
  check_below(line.leave_one_out_error(0), 1e-28);

  // lambda goes with the square of the scale.
  Random random{11};
  const Matrix<double> many = random_matrix(3, 10, random), y = random_matrix(1, 10, random);
  const RidgeRegression scaled(scale * many, y), plain(many, y);
  const bool has_square = scale * scale > 0 && std::isfinite(scale * scale);
  const double lambda = has_square ? 0.3 : 0;
  const double own = has_square ? lambda * scale * scale : 0;
  check_below((scaled.fit(own).weight * scale - plain.fit(lambda).weight).norm(), 1e-13);
  CHECK(scaled.leave_one_out_error(own) ==
        Approx(plain.leave_one_out_error(lambda)).epsilon(1e-12));
  // Of any other lambda there is too much, or nothing to notice.
  if (has_square) return;
  const double expected = scale < 1 ? 0 : plain.fit(0).weight.norm();
  CHECK((scaled.fit(1).weight * scale).norm() == Approx(expected).margin(1e-13));
  const double error = scale < 1 ? RidgeRegression(0 * many, y).leave_one_out_error(1)
                                 : plain.leave_one_out_error(0);
  CHECK(scaled.leave_one_out_error(1) == Approx(error).epsilon(1e-12));
}

TEST_CASE("it is the minimum of MeanSquaredError + L2{2 lambda}", "[ridge_regression]") {
  Random random{9};
  const Matrix<double> x = random_matrix(3, 12, random), y = random_matrix(1, 12, random);
  const RowVector<double> w = random_matrix(1, 12, random, 0.1, 2);
  const Linear<double> model = RidgeRegression(x, y).fit(0.3);
  StoredGradients<Linear<double>> stored;
  gradient(model, MeanSquaredError{} + L2{0.6}, x, y, stored);
  check_below(stored.get<0>().cwiseAbs().maxCoeff(), 1e-14);
  check_below(std::abs(stored.get<1>()(0)), 1e-14);
  // A dataset brings its scale and its weights.
  const Dataset<double, double> data = Dataset<double, double>(x / 4, y, 4).with_weights(w);
  CHECK(RidgeRegression(data).fit(0.3).weight ==
        RidgeRegression(x, y, {.weights = w}).fit(0.3).weight);
}

TEST_CASE("lambda of glmnet's numbers", "[ridge_regression]") {
  CHECK(RidgeRegression::lambda_from_glmnet(3, 2) == 1.5);
  CHECK(contains(message_of<ValueError>([] { RidgeRegression::lambda_from_glmnet(3, 0); }),
                 "target_deviation must be above 0, got 0"));
  CHECK(contains(message_of<ValueError>([] { RidgeRegression::lambda_from_glmnet(-1, 1); }),
                 "lambda must be a finite number >= 0, got -1"));
  CHECK(contains(message_of<ValueError>([] { RidgeRegression::lambda_from_sklearn(-1, 1); }),
                 "alpha must be a finite number >= 0, got -1"));
  CHECK(contains(message_of<ValueError>([] { RidgeRegression::lambda_from_sklearn(1, 0); }),
                 "total weight must be above 0, got 0"));
}

TEST_CASE("ridge regression refuses what cannot be right", "[ridge_regression]") {
  const Matrix<double> x = random_matrix(3, 5, 1), y = random_matrix(1, 5, 2);
  const auto message = [&](const Matrix<double>& inputs, const Matrix<double>& targets,
                           const RowVector<double>& w = {}) {
    return message_of<Error>([&] { RidgeRegression(inputs, targets, {.weights = w}); });
  };
  CHECK(contains(message(x, y.leftCols(4)), "5 samples, but targets of 4"));
  CHECK(contains(message(Matrix<double>(0, 5), y), "got 0, 1 and 5"));
  CHECK(contains(message(Matrix<double>(3, 0), Matrix<double>(1, 0)), "got 3, 1 and 0"));
  Matrix<double> bad = x;
  bad(2, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message(bad, y), "sample 3 has nan as its feature 2"));
  bad = y;
  bad(0, 1) = std::numeric_limits<double>::infinity();
  CHECK(contains(message(x, bad), "sample 1 has inf as its target 0"));
  CHECK(contains(message(x, y, RowVector<double>::Ones(4)), "5 samples, but 4 weights"));
  CHECK(contains(message(x, y, RowVector<double>{{1, 1, -1, 1, 1}}), "got -1 for sample 2"));
  CHECK(contains(message(x, y, RowVector<double>::Zero(5)), "add up to 0"));
  const RidgeRegression regression(x, y);
  for (const double lambda : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(regression.fit(lambda), ValueError);
    CHECK_THROWS_AS(regression.leave_one_out_residuals(lambda), ValueError);
  }
  CHECK(contains(message_of<ValueError>([&] { regression.best_lambda({}); }), "needs a lambda"));
  CHECK(contains(message_of<ValueError>([&] {
                   RidgeRegression(x.leftCols(1), y.leftCols(1)).best_lambda({0.1, 1});
                 }),
                 "infinite for every lambda"));
}

TEST_CASE("a feature that would be lost beside a far larger one is refused", "[ridge_regression]") {
  Matrix<double> x = random_matrix(3, 60, 1);
  const Matrix<double> y = random_matrix(1, 60, 2);
  const RowVector<double> exact = RidgeRegression(x, y).fit(0).weight;
  x.row(0) *= 1e6;
  const RowVector<double> scaled = RidgeRegression(x, y).fit(0).weight;
  CHECK((scaled.tail(2) - exact.tail(2)).norm() < 1e-8);
  x.row(0) *= 1e10;
  const std::string message = message_of<ValueError>([&] { RidgeRegression(x, y); });
  CHECK(contains(message, "feature 1, of size "));
  CHECK(contains(message, "lost in the rounding of feature 0"));
  CHECK_THROWS_AS(RidgeRegression(x.topRows(2), y), ValueError);
  CHECK_THROWS_AS(RidgeRegression(x.topRows(2), y, {.intercept = false}), ValueError);
  x.bottomRows(2).setConstant(0.1);  // there is nothing to lose
  CHECK_NOTHROW(RidgeRegression(x, y));

  // What is zero but for rounding is nothing to lose either.
  Matrix<double> fine = random_matrix(4, 1000, 3);
  const Matrix<double> targets = random_matrix(1, 1000, 4);
  fine.row(1) /= 3;
  const RowVector<double> sum = fine.row(0) + fine.row(1);
  fine.row(2) = (sum - fine.row(0)) - fine.row(1);
  REQUIRE(fine.row(2).norm() > 0);
  CHECK_NOTHROW(RidgeRegression(fine, targets));
  CHECK_NOTHROW(RidgeRegression(1e8 * fine, targets));
  fine.row(2).setConstant(0.7);
  const Matrix<double> centred = fine.colwise() - fine.rowwise().mean();
  REQUIRE(centred.row(2).norm() > 0);
  CHECK_NOTHROW(RidgeRegression(centred, targets, {.intercept = false}));
  CHECK_NOTHROW(RidgeRegression(centred.topRows(3).bottomRows(2), targets, {.intercept = false}));
}

}  // namespace
