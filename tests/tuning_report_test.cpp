// What paths and searches show of themselves: progress and plots.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include <ridge/report/elastic_net_plots.hpp>
#include <ridge/report/path_plots.hpp>
#include <ridge/report/search_plots.hpp>
#include <ridge/ridge.hpp>
#include <ridge/tuning/path_progress.hpp>
#include <ridge/tuning/random_search.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What `write` writes to a file.
template <class F>
std::string written(const F& write) {
  std::FILE* const file = std::tmpfile();
  REQUIRE(file);
  write(file);
  std::rewind(file);
  std::string all(10000, '\0');
  all.resize(std::fread(all.data(), 1, all.size(), file));
  std::fclose(file);
  return all;
}

TEST_CASE("a path's progress is a line for each tenth", "[tuning]") {
  const std::string lines = written([](std::FILE* file) {
    const PathProgress progress(file, PathProgress::Bar::never);
    for (int done = 1; done <= 25; ++done) progress(done, 25);
  });
  CHECK(contains(lines, "3 of 25 trainings\n5 of 25 trainings\n8 of 25 trainings\n"));
  CHECK(lines.ends_with("\n25 of 25 trainings\n"));
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 10);
  CHECK_NOTHROW(PathProgress(nullptr)(1, 2));
}

TEST_CASE("a path's progress is a bar on a terminal", "[tuning]") {
  const std::string bar = written([](std::FILE* file) {
    PathProgress progress(file, PathProgress::Bar::always);
    progress(1, 4);
    progress(4, 4);
  });
  CHECK(contains(bar, "\r\033[K1/4 trainings [######..................] 0 s left"));
  CHECK(bar.ends_with("\r\033[K"));
  const std::string left = written([](std::FILE* file) {
    PathProgress progress(file, PathProgress::Bar::always);
    progress(1, 4);
    progress(0, 4);
  });
  CHECK(left.ends_with("left\r\033[K"));
}

const LambdaPath classes({{1, {3, 1}, {4, 1}, Estimate{0.5, 0.1}, Estimate{0.6, nan}, 0, 1},
                          {0.1, {1, 0.5}, {2, 0.5}, Estimate{0, 0}, Estimate{0.25, 0.05}, 3, 0.5}},
                         PathMeasure::loss, false);

TEST_CASE("a path with classes has four plots", "[tuning]") {
  const auto plots = path_plots(classes);
  REQUIRE(plots.size() == 4);
  CHECK(plots[0].title == "Error");
  for (const Plot& plot : plots) {
    CHECK(plot.log_x);
    CHECK(plot.series[0].x == std::vector<double>{1, 0.1});
    CHECK_NOTHROW(plot.svg());
    REQUIRE(plot.lines.size() == 1);
    CHECK(plot.lines[0].x == 0.1);
    CHECK(plot.lines[0].label == "min and 1se");
  }
  CHECK(plots[0].series[0].name == "Validation");
  CHECK(plots[0].series[0].y == std::vector<double>{60, 25});
  CHECK(plots[0].series[0].error == std::vector<double>{0, 5});
  CHECK(plots[0].series[1].y == std::vector<double>{50, 0});
  CHECK(!plots[0].log_y);  // an error of 0 has its place
  CHECK(plots[0].y_bounds == std::pair<double, double>{0, 100});
  CHECK(plots[1].series[0].y == std::vector<double>{4, 2});
  CHECK(plots[1].series[1].error == std::vector<double>{1, 0.5});
  CHECK(plots[2].series[0].y == std::vector<double>{0, 3});
  CHECK(plots[3].series[0].y == std::vector<double>{100, 50});
}

TEST_CASE("a path of regression has no plot of errors", "[tuning]") {
  const LambdaPath path({{1, {3, 1}, {2.4, 1}, {}, {}, 0, 1}, {0.1, {1, 1}, {2, 1}, {}, {}, 3, 0}},
                        PathMeasure::loss, false);
  const auto plots = path_plots(path);
  REQUIRE(plots.size() == 3);
  CHECK(plots[0].title == "Loss");
  CHECK(plots[0].log_y);
  const LambdaPath without({{1, {3, 1}, {2.4, 1}, {}, {}, 0, 0}}, PathMeasure::loss, false);
  CHECK(path_plots(without).size() == 2);  // nor one of zeros that there are not
  REQUIRE(plots[0].lines.size() == 2);
  CHECK(plots[0].lines[0].x == 0.1);
  CHECK(plots[0].lines[1].x == 1);
  CHECK(plots[0].lines[1].label == "1se");
}

TEST_CASE("a lambda of 0 stands a step below the others", "[tuning]") {
  const auto path_of = [](std::vector<double> lambdas) {
    std::vector<PathPoint> points;
    for (const double lambda : lambdas)
      points.push_back({lambda, {1, 1}, {1 + lambda, 1}, {}, {}, 0, 0, 0});
    return LambdaPath(points, PathMeasure::loss, false);
  };
  const Plot loss = path_plots(path_of({1, 0.1, 0}))[0];
  CHECK(loss.log_x);
  CHECK(loss.series[0].x == std::vector<double>{1, 0.1, 0.01});
  CHECK(loss.lines[0].x == 0.01);
  CHECK(loss.x_label == "lambda; the leftmost, at 0.01, is 0");
  const Plot zero = path_plots(path_of({0}))[0];
  CHECK(!zero.log_x);
  CHECK_FALSE(test::contains(zero.svg(), "no data"));
}

TEST_CASE("an elastic net has plots of its errors and features", "[tuning]") {
  Random random{1};
  Matrix<double> x(6, 60);
  for (auto& value : x.reshaped()) value = random.normal();
  RowVector<double> y = 2 * x.row(0) - x.row(1);
  for (auto& value : y) value += random.normal();
  const auto validation = cross_validate_elastic_net(x, y, KFold{.folds = 3}.split(60),
                                                     {.lambdas = {1, 0.3, 0.1, 0.03}});
  const auto plots = path_plots(validation, "Mean squared error");
  REQUIRE(plots.size() == 3);
  for (const Plot& plot : plots) {
    CHECK(plot.log_x);
    CHECK(plot.series[0].x == std::vector<double>{1, 0.3, 0.1, 0.03});
    CHECK_NOTHROW(plot.svg());
    REQUIRE(plot.lines.size() == 2);
    CHECK(plot.lines[0].x == validation.lambda_min());
    CHECK(plot.lines[1].x == validation.lambda_1se());
  }
  CHECK(plots[0].title == "Mean squared error");
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(plots[0].series[0].y[i] == validation.errors()[i].mean);
    CHECK(plots[0].series[0].error[i] == validation.errors()[i].standard_error);
    const auto at = static_cast<Index>(i);
    CHECK(plots[1].series[0].y[i] == 100 * validation.path().deviance_ratio(at));
    CHECK(plots[2].series[0].y[i] == static_cast<double>(validation.path().non_zeros(at)));
  }
}

TEST_CASE("a search has plots of its trials and of each number", "[tuning]") {
  const SearchSpace space{
      {"lambda", LogUniform{1e-4, 1}}, {"kind", Choice{"a", "b"}}, {"size", Integers{1, 9}}};
  const auto result = RandomSearch{space, {.trials = 5}}.run([](const Trial& trial) {
    return trial.number == 2
               ? nan
               : std::vector{3.0, 0.0, 4.0, 1.0, 2.0}[static_cast<std::size_t>(trial.number - 1)];
  });
  const auto plots = search_plots(result);
  REQUIRE(plots.size() == 3);
  CHECK(plots[0].series[0].x == std::vector<double>{1, 3, 4, 5});
  CHECK(plots[0].series[0].y == std::vector<double>{3, 4, 1, 2});
  CHECK(plots[0].series[1].x == std::vector<double>{1, 4, 4, 5});
  CHECK(plots[0].series[1].y == std::vector<double>{3, 3, 1, 1});
  CHECK(plots[1].title == "lambda");
  CHECK(plots[1].log_x);
  CHECK(!plots[1].integer_x);
  CHECK(plots[2].integer_x);
  CHECK(plots[2].title == "size");
  CHECK(!plots[2].log_x);
  CHECK(plots[2].lines[0].x == result.best()["size"].number());
  CHECK(plots[2].series[0].y == std::vector<double>{3, 4, 1, 2});
  for (const Plot& plot : plots) CHECK_NOTHROW(plot.svg());
  CHECK(search_plots(SearchResult{}).empty());
}

TEST_CASE("a search that was interrupted before a trial had a value has no plots", "[tuning]") {
  const SearchSpace space{{"lambda", LogUniform{1e-4, 1}}};
  const auto result =
      RandomSearch{space, {.trials = 3, .threads = 1}}.run([](const Trial& trial) -> double {
        if (trial.number == 2) throw Interrupted{};
        return nan;
      });
  REQUIRE(result.trials.size() == 1);
  CHECK(search_plots(result).empty());
}

}  // namespace
