#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <ridge/plot/heat_map.hpp>
#include <ridge/plot/histogram.hpp>

#include "catch.hpp"
#include "markup.hpp"
#include "random_data.hpp"

using ridge::Bars;
using ridge::HeatMap;
using ridge::histogram;
using ridge::Matrix;
using ridge::ShapeError;
using ridge::ValueError;
using test::count_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string drawn(const HeatMap& map) {
  std::string svg = map.svg();
  CHECK(test::fault_of_markup(svg) == "");
  return svg;
}

double sum(const Bars& bars) {
  return std::accumulate(bars.heights.begin(), bars.heights.end(), 0.0);
}

}  // namespace

TEST_CASE("a heat map has a cell with its number for each value") {
  const HeatMap map{.title = "M", .values = Matrix<double>{{0, 1, 2}, {-4, 0.5, NAN}}};
  const std::string svg = drawn(map);
  for (const char* number : {">0<", ">1<", ">2<", ">-4<", ">0.5<", ">nan<"})
    CHECK(test::contains(svg, number));
  CHECK(count_of(svg, "<rect class=\"rp-cell rp-0\"") ==
        3);  // the larger, the deeper; 0 and NAN not
  CHECK(count_of(svg, "<rect class=\"rp-cell rp-1\"") == 1);
  CHECK(test::contains(svg, "fill-opacity=\"0.25\""));
  CHECK(test::contains(svg, "fill-opacity=\"0.5\""));
  CHECK(test::contains(svg,
                       "A matrix of 2 rows and 3 columns; the largest is 2, in row 0, column 2"));
}

TEST_CASE("a heat map's names, depths and text are those given") {
  const HeatMap map{.title = "<M>",
                    .x_label = "taken & given",
                    .description = "why",
                    .values = Matrix<double>{{1, 2}},
                    .rows = {"row <1>"},
                    .columns = {"a", "b"},
                    .depth = Matrix<double>{{1, 0}}};
  const std::string svg = drawn(map);
  for (const char* part :
       {">row &lt;1&gt;<", ">a<", ">b<", ">taken &amp; given<", "<desc>why</desc>"})
    CHECK(test::contains(svg, part));
  CHECK(count_of(svg, "<rect class=\"rp-cell") == 1);
  CHECK(test::contains(svg, "rp-over"));  // white on the deepest
}

TEST_CASE("numbers without room are left out") {
  CHECK(count_of(drawn({.values = Matrix<double>::Constant(10, 10, 1135)}), ">1135<") == 100);
  const std::string svg = drawn({.values = Matrix<double>::Constant(40, 40, 1135)});
  CHECK(count_of(svg, ">1135<") == 0);
  CHECK(count_of(svg, "<rect class=\"rp-cell") == 1600);
}

TEST_CASE("heat maps of nothing, of one number and of zeros are heat maps") {
  drawn({});
  drawn({.values = Matrix<double>(0, 3)});
  drawn({.values = Matrix<double>(3, 0)});
  CHECK(test::contains(drawn({.values = Matrix<double>::Constant(1, 1, 7)}), ">7<"));
  CHECK(count_of(drawn({.values = Matrix<double>::Zero(2, 2)}), "<rect class=\"rp-cell") == 0);
  CHECK(test::contains(drawn({.values = Matrix<double>{{infinity, 1}}}), ">inf<"));
  const std::string none = drawn({.values = Matrix<double>::Constant(1, 2, NAN)});
  CHECK(test::contains(none, "A matrix of 1 rows and 2 columns<"));
}

TEST_CASE("a heat map's table is the matrix") {
  CHECK(HeatMap{.values = Matrix<double>{{1, 0.5}, {NAN, -2}}}.csv() ==
        ",0,1\n0,1,0.5\n1,nan,-2\n");
  CHECK(HeatMap{.values = Matrix<double>{{1, 2}}, .rows = {"a,b"}, .columns = {"c", "d"}}.csv() ==
        ",c,d\n\"a,b\",1,2\n");
}

TEST_CASE("a heat map's names must fit") {
  HeatMap map{.values = Matrix<double>{{1, 2}}, .rows = {"a", "b"}};
  CHECK(test::message_of<ShapeError>([&] { map.svg(); }) ==
        "HeatMap: the matrix has 1 rows, got 2 names of them");
  CHECK_THROWS_AS(map.csv(), ShapeError);
  map = {.values = Matrix<double>{{1, 2}}, .depth = Matrix<double>{{1}}};
  CHECK(test::message_of<ShapeError>([&] { map.svg(); }) ==
        "HeatMap: the matrix is 1 x 2, but its depths are 1 x 1");
}

TEST_CASE("a histogram counts each value in its interval") {
  const Bars bars = histogram(Matrix<double>{{0, 1, 2, 3}, {4, 4, 3.9, 0.5}}, 4, "h");
  CHECK(bars.name == "h");
  CHECK(bars.edges == std::vector<double>{0, 1, 2, 3, 4});
  CHECK(bars.heights == std::vector<double>{2, 1, 1, 4});  // an edge belongs to the bar above it

  const Matrix<double> values = test::random_matrix(50, 40, 3);
  const Bars many = histogram(values);
  REQUIRE(many.heights.size() == 40);
  CHECK(sum(many) == 2000);
  for (std::size_t k = 0; k < 40; ++k) {
    const bool last = k == 39;
    const auto inside = [&](double v) {
      return v >= many.edges[k] && (v < many.edges[k + 1] || (last && v == many.edges[k + 1]));
    };
    CHECK(many.heights[k] == static_cast<double>(values.unaryExpr(inside).cast<int>().sum()));
  }
}

TEST_CASE("histograms of nothing and of equal values are histograms") {
  CHECK(histogram(Matrix<double>(0, 0)).heights.empty());
  CHECK(histogram(Matrix<double>{{NAN, infinity, -infinity}}).heights.empty());
  CHECK(sum(histogram(Matrix<double>{{NAN, 1, 2}})) == 2);
  for (const double value : {0.0, 3.0, -1e-300, 1e300, 5e-324}) {
    const Bars bars = histogram(Matrix<double>::Constant(2, 2, value), 5);
    CHECK(bars.heights == std::vector<double>{0, 0, 4, 0, 0});
    CHECK(test::fault_of_markup(ridge::Plot{.bars = {bars}}.svg()) == "");
  }
  CHECK(histogram(Matrix<double>::Zero(2, 2), 2).edges == std::vector<double>{-1, 0, 1});
  const Bars far = histogram(Matrix<double>{{-1e300, 1e300}}, 3);
  CHECK(far.heights == std::vector<double>{1, 0, 1});
  CHECK(sum(histogram(Matrix<double>{{1, 1 + 1e-15}}, 10)) == 2);
  CHECK(test::message_of<ValueError>([] { histogram(Matrix<double>{{1}}, 0); }) ==
        "histogram: count must be 1 to 10000, got 0");
}
