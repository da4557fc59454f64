// Gaussian processes and expected improvement, with scikit-learn's numbers and finite differences.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/tuning/expected_improvement.hpp>
#include <ridge/tuning/gaussian_process.hpp>
#include <ridge/tuning/latin_hypercube.hpp>

#include "catch.hpp"
#include "fixture.hpp"
#include "random_data.hpp"

namespace {

using namespace ridge;
using test::check_below;
using test::contains;
using test::message_of;

TEST_CASE("a Gaussian process knows what scikit-learn's does", "[gaussian_process]") {
  const std::string name = GENERATE("smooth", "rough", "known");
  const test::Fixture fixture("gaussian_process");
  const auto read = [&](const std::string& what) { return fixture[what].vector<double>(); };
  GaussianProcess process(fixture.batch("inputs"), read("targets"), {}, read(name + "/variances"));
  const Vector<double> kernel = read(name + "/kernel");
  process.set_kernel({kernel.segment(1, 3), kernel(0), kernel(4)});
  const Posterior posterior = process.posterior(fixture.batch("places"));
  CHECK(posterior.mean.size() == 40);
  check_below((posterior.mean - read(name + "/mean")).cwiseAbs().maxCoeff(), 1e-11);
  check_below((posterior.variance - read(name + "/variance")).cwiseAbs().maxCoeff(), 1e-11);
  Vector<double> gradient;
  const double value = process.log_marginal_likelihood(&gradient);
  check_below(std::abs(value - read(name + "/likelihood")(0)), 1e-10);
  check_below((gradient - read(name + "/gradient")).cwiseAbs().maxCoeff(), 1e-9);
  CHECK(value == process.log_marginal_likelihood());
}

/// Five features of three groups.
GaussianProcess grouped() {
  Random random{5};
  const Matrix<double> x = test::random_matrix(5, 20, random, 0, 1);
  const Vector<double> y = (3 * x.row(0) + x.row(3)).array().sin().matrix().transpose();
  return {x, y, {0, 1, 1, 2, 1}, 0.01 * x.row(2).transpose()};
}

TEST_CASE("the likelihood's gradient is that of finite differences", "[gaussian_process]") {
  GaussianProcess process = grouped();
  Vector<double> at(5), gradient;
  at << std::log(1.7), std::log(0.4), std::log(0.9), std::log(2.0), std::log(0.02);
  const auto value = [&](const Vector<double>& logarithms) {
    process.set_kernel(GaussianProcess::Kernel::from_logarithms(logarithms));
    return process.log_marginal_likelihood();
  };
  value(at);
  process.log_marginal_likelihood(&gradient);
  for (Index i = 0; i < 5; ++i) {
    const double step = 1e-5;
    Vector<double> up = at, down = at;
    up(i) += step;
    down(i) -= step;
    const double slope = (value(up) - value(down)) / (2 * step);
    check_below(std::abs(slope - gradient(i)), 1e-7 * std::max(1.0, std::abs(slope)));
  }
}

TEST_CASE("a fitted kernel is where the posterior density is largest", "[gaussian_process]") {
  GaussianProcess process = grouped();
  process.fit(Random{1});
  const Vector<double> best = process.kernel().logarithms();
  // With the prior that `fit` documents, and as it scales lengths by their number.
  const auto density = [&](const Vector<double>& logarithms) {
    process.set_kernel(GaussianProcess::Kernel::from_logarithms(logarithms));
    Eigen::ArrayXd deviation = logarithms.array();
    deviation(0) /= 1;
    for (Index i = 1; i < 4; ++i) deviation(i) -= std::log(0.4) + 0.5 * std::log(3.0);
    deviation(4) = (deviation(4) - std::log(1e-4)) / 2.5;
    return process.log_marginal_likelihood() - 0.5 * deviation.square().sum();
  };
  const double most = density(best);
  for (Index i = 0; i < 5; ++i)
    for (const double step : {-0.1, 0.1}) {
      Vector<double> beside = best;
      beside(i) += step;
      CHECK(density(beside) < most);
    }
  // The same seed, the same bits; what does not matter gets a long length.
  GaussianProcess again = grouped();
  again.fit(Random{1});
  CHECK(again.kernel().logarithms() == best);
  CHECK(again.kernel().lengths(0) < again.kernel().lengths(1));
}

TEST_CASE("one more sample is as if it had always been there", "[gaussian_process]") {
  Random random{2};
  const Matrix<double> x = test::random_matrix(2, 8, random, 0, 1);
  const Vector<double> y = x.row(0).transpose();
  GaussianProcess::Kernel kernel;
  kernel.lengths = Vector<double>::Constant(2, 0.3);
  GaussianProcess seven(x.leftCols(7), y.head(7)), eight(x, y);
  seven.set_kernel(kernel);
  eight.set_kernel(kernel);
  const GaussianProcess more = seven.with(x.col(7), y(7));
  const Matrix<double> places = test::random_matrix(2, 5, random, 0, 1);
  CHECK(more.posterior(places).mean == eight.posterior(places).mean);
  CHECK(more.posterior(places).variance == eight.posterior(places).variance);
}

TEST_CASE("equal samples without noise do no harm", "[gaussian_process]") {
  Matrix<double> x(1, 4);
  x << 0.1, 0.5, 0.5, 0.9;
  Vector<double> y(4);
  y << 0, 1, 1, 0;
  GaussianProcess process(x, y);
  process.set_kernel({Vector<double>::Constant(1, 0.3), 1, 0});
  const Posterior posterior = process.posterior(x);
  check_below((posterior.mean - y).cwiseAbs().maxCoeff(), 1e-5);
  CHECK(posterior.variance.maxCoeff() < 1e-5);
  CHECK(posterior.variance.minCoeff() >= 0);
}

TEST_CASE("what is no data for a Gaussian process is refused", "[gaussian_process]") {
  const Matrix<double> x = Matrix<double>::Zero(2, 3);
  const Vector<double> y = Vector<double>::Zero(3);
  CHECK(contains(message_of<ShapeError>([&] { GaussianProcess(x, y.head(2)); }),
                 "3 samples, but 2 targets"));
  CHECK(contains(message_of<ShapeError>([&] { GaussianProcess(x, y, {0}); }), "groups of 1"));
  CHECK(contains(message_of<ValueError>([&] { GaussianProcess(x, y, {0, 2}); }), "a group 2"));
  CHECK_THROWS_AS(GaussianProcess(x, y, {}, y.head(1)), ShapeError);
  CHECK_THROWS_AS(GaussianProcess(x, y, {}, Vector<double>::Constant(3, -1)), ValueError);
  CHECK_THROWS_AS(GaussianProcess(x, y / 0.0), ValueError);
  CHECK_THROWS_AS(GaussianProcess(Matrix<double>(2, 0), Vector<double>(0)), ValueError);
  GaussianProcess process(x, y);
  CHECK_THROWS_AS(process.posterior(Matrix<double>::Zero(3, 1)), ShapeError);
  CHECK_THROWS_AS(process.set_kernel({Vector<double>::Ones(3)}), ShapeError);
  CHECK_THROWS_AS(process.set_kernel({Vector<double>::Zero(2)}), ValueError);
  CHECK_THROWS_AS(process.set_kernel({Vector<double>::Ones(2), 1, -1}), ValueError);
  CHECK_THROWS_AS(process.set_kernel({Vector<double>::Ones(2), std::nan(""), 1}), ValueError);
  const double before = process.log_marginal_likelihood();
  CHECK_THROWS_AS(process.set_kernel({Vector<double>::Ones(2), 1e308, 1e308}), Error);
  CHECK(process.kernel().scale != 1e308);
  CHECK(process.log_marginal_likelihood() == before);
}

TEST_CASE("expected improvement is its integral", "[gaussian_process]") {
  const test::Fixture fixture("gaussian_process");
  const Matrix<double> arguments = fixture.batch("improvement/arguments");
  const Vector<double> values = fixture["improvement/values"].vector<double>();
  for (Index i = 0; i < values.size(); ++i) {
    const double found =
        log_expected_improvement(arguments(0, i), arguments(1, i), arguments(2, i));
    check_below(std::abs(found - std::log(values(i))), 1e-10 * std::max(1.0, std::abs(found)));
  }
}

TEST_CASE("expected improvement far from any", "[gaussian_process]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  // phi(t) / t^2 (1 - 3/t^2 + 15/t^4 - ...), and its slope where both formulas meet.
  const double t = 1e6;
  // By arithmetic of 60 digits.
  for (const auto& [z, value] : std::vector<std::pair<double, double>>{{-1, -2.48512102571264134},
                                                                       {-2, -4.76878352391711416},
                                                                       {-3.6, -10.1491066587973698},
                                                                       {-5, -16.7443011626609901},
                                                                       {-30, -457.724653760598004}})
    CHECK(detail::log_improvement(z) == Approx(value).epsilon(1e-14));
  CHECK(detail::log_improvement(-t) ==
        Approx(-0.5 * t * t - 0.5 * std::log(2 * 3.14159265358979323846) - 2 * std::log(t))
            .epsilon(1e-14));
  CHECK(detail::log_improvement(std::nextafter(-4.0, -5.0)) ==
        Approx(detail::log_improvement(std::nextafter(-4.0, 0.0))).epsilon(1e-14));
  double before = -inf;
  for (double z = -60; z < 10; z += 0.25) {
    CHECK(detail::log_improvement(z) > before);
    before = detail::log_improvement(z);
  }
  CHECK(log_expected_improvement(1, 0, 3) == std::log(2.0));
  CHECK(log_expected_improvement(3, 0, 1) == -inf);
}

TEST_CASE("noise makes what is known not worth one more trial", "[gaussian_process]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(log_augmented_expected_improvement(1, 4, 2, 0) == log_expected_improvement(1, 4, 2));
  CHECK(log_augmented_expected_improvement(1, 0, 3, 0) == std::log(2.0));
  CHECK(log_augmented_expected_improvement(1, 0, 3, 0.5) == -inf);
  CHECK(log_augmented_expected_improvement(1, 4, 2, 0.5) ==
        Approx(log_expected_improvement(1, 4, 2) + std::log(1 - std::sqrt(0.5 / 4.5)))
            .epsilon(1e-14));
  // The factor comes to variance / noise / 2.
  CHECK(log_augmented_expected_improvement(1, 1e-20, 3, 2) ==
        Approx(std::log(2.0) + std::log(1e-20 / 4)).epsilon(1e-14));
}

TEST_CASE("a function between bounds is minimized", "[gaussian_process]") {
  const auto rosenbrock = [](const Vector<double>& x, Vector<double>& gradient) {
    const double a = 1 - x(0), b = x(1) - x(0) * x(0);
    gradient.resize(2);
    gradient << -2 * a - 400 * x(0) * b, 200 * b;
    return a * a + 100 * b * b;
  };
  const auto minimum = [&](double from_x, double from_y, double high) {
    return detail::minimize_in_box(rosenbrock, Vector<double>{{from_x, from_y}},
                                   Vector<double>{{-2, -2}}, Vector<double>{{high, 2}}, 200);
  };
  const Vector<double> inner = minimum(-1.2, 1, 2), bound = minimum(-1.2, 1, 0.5);
  check_below((inner - Vector<double>{{1, 1}}).norm(), 1e-4);
  CHECK(bound(0) == 0.5);
  check_below(std::abs(bound(1) - 0.25), 1e-4);
  const Vector<double> outside = minimum(9, 9, 2);  // begins at the bounds
  check_below((outside - Vector<double>{{1, 1}}).norm(), 1e-4);
}

TEST_CASE("each interval of a Latin hypercube has a point", "[gaussian_process]") {
  const std::size_t count = GENERATE(1u, 2u, 9u, 27u);
  const auto points = latin_hypercube(count, 3, Random{4});
  REQUIRE(points.size() == count);
  for (std::size_t d = 0; d < 3; ++d) {
    std::vector<int> times(count);
    for (const auto& point : points) {
      REQUIRE(point.size() == 3);
      REQUIRE((point[d] >= 0 && point[d] < 1));
      ++times[static_cast<std::size_t>(point[d] * static_cast<double>(count))];
    }
    CHECK(times == std::vector<int>(count, 1));
  }
  CHECK(points == latin_hypercube(count, 3, Random{4}));
  CHECK(points != latin_hypercube(count, 3, Random{5}));
}

TEST_CASE("of Latin hypercubes the one whose points are far apart is taken", "[gaussian_process]") {
  const auto closest = [](const std::vector<std::vector<double>>& points) {
    double least = 1e9;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        least =
            std::min(least, std::hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]));
    return least;
  };
  CHECK(closest(latin_hypercube(12, 2, Random{1}, 100)) >
        1.3 * closest(latin_hypercube(12, 2, Random{1}, 1)));
  CHECK_THROWS_AS(latin_hypercube(0, 2, Random{}), ValueError);
}

}  // namespace
