#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/plot/plot.hpp>

#include "catch.hpp"
#include "markup.hpp"

using ridge::Plot;
using ridge::ShapeError;
using ridge::ValueError;
using test::count_of;
using Points = std::vector<std::pair<double, double>>;

namespace {

/// The places of the M and L commands of the k-th path of a style.
Points path_of(const std::string& svg, const std::string& style, std::size_t k = 0) {
  std::size_t at = 0;
  for (std::size_t n = 0; n <= k; ++n) {
    at = svg.find("<path class=\"" + style + "\"", at + 1);
    REQUIRE(at != std::string::npos);
  }
  const std::size_t start = svg.find(" d=\"", at) + 4;
  const std::string data = svg.substr(start, svg.find('"', start) - start);
  Points points;
  for (std::size_t c = 0; c < data.size(); ++c) {
    if (data[c] != 'M' && data[c] != 'L') continue;
    char* end = nullptr;
    const double x = std::strtod(data.c_str() + c + 1, &end);
    REQUIRE(*end == ',');
    points.emplace_back(x, std::strtod(end + 1, nullptr));
  }
  return points;
}

std::string drawn(const Plot& plot) {
  std::string svg = plot.svg();
  CHECK(test::fault_of_markup(svg) == "");
  CHECK_FALSE(test::contains(svg, "nan"));
  CHECK_FALSE(test::contains(svg, "inf"));
  return svg;
}

/// How far b is on the way from a to c.
double share(double a, double b, double c) { return (b - a) / (c - a); }

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the check of markup finds faults") {
  for (const char* good : {"<a/>", "<!DOCTYPE html>\n<a b=\"1\"><c>x &amp; y</c></a>\n"})
    CHECK(test::fault_of_markup(good) == "");
  for (const char* bad :
       {"", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a b=\"1\" b=\"2\"/>", "<a>&</a>",
        "<a>&nbsp;</a>", "<a b=\"<\"/>", "x", "<a>\x01</a>", "<a>< </a>", "</a>"})
    CHECK(test::fault_of_markup(bad) != "");
}

TEST_CASE("points are where their numbers say") {
  const Plot plot{.series = {{.name = "s", .x = {1, 2, 5}, .y = {10, 40, 20}}}};
  const std::string svg = drawn(plot);
  const Points line = path_of(svg, "rp-line", 1);  // the first is the legend's
  REQUIRE(line.size() == 3);
  CHECK(share(line[0].first, line[1].first, line[2].first) == Approx(0.25).margin(1e-3));
  CHECK(share(line[0].second, line[2].second, line[1].second) == Approx(1.0 / 3).margin(1e-3));
  CHECK(line[1].second < line[0].second);  // up is larger
  for (std::size_t k = 0; k < 3; ++k) CHECK(path_of(svg, "rp-mark", k + 1) == Points{line[k]});
  // Against the ticks: 10 is where the grid's line of 10 is.
  CHECK(path_of(svg, "rp-grid", 0)[0].second == line[0].second);
}

TEST_CASE("on logarithmic axes points are where their logarithms say") {
  const Plot plot{
      .log_x = true, .log_y = true, .series = {{.x = {0.001, 0.1, 10}, .y = {1e-5, 1e-6, 1e-9}}}};
  const Points line = path_of(drawn(plot), "rp-line");
  REQUIRE(line.size() == 3);
  CHECK(share(line[0].first, line[1].first, line[2].first) == Approx(0.5).margin(1e-3));
  CHECK(share(line[0].second, line[1].second, line[2].second) == Approx(0.25).margin(1e-3));
  // As far apart as doubles are.
  const Points far = path_of(
      drawn({.log_y = true, .series = {{.x = {0, 1, 2}, .y = {1e-300, 1, 1e300}}}}), "rp-line");
  CHECK(share(far[0].second, far[1].second, far[2].second) == Approx(0.5).margin(1e-3));
  drawn({.log_y = true, .series = {{.x = {0, 1}, .y = {1e-10, 1e299}}}});
}

TEST_CASE("error bars go up and down by their errors") {
  Plot plot{.series = {{.x = {1, 2}, .y = {10, 20}, .error = {5, 0}, .line = false}}};
  std::string svg = drawn(plot);
  CHECK(count_of(svg, "<path class=\"rp-error\"") == 1);
  Points bar = path_of(svg, "rp-error");
  const double y10 = path_of(svg, "rp-mark", 0)[0].second,
               y20 = path_of(svg, "rp-mark", 1)[0].second;
  CHECK(bar[0].second == Approx(y10 + (y20 - y10) / 2).margin(0.02));
  CHECK(bar[1].second == Approx(y10 - (y20 - y10) / 2).margin(0.02));

  // Below 0 there is no place on a logarithmic axis: the bar goes to its foot.
  plot.log_y = true;
  plot.series[0].error = {15, 0};
  svg = drawn(plot);
  bar = path_of(svg, "rp-error");
  CHECK(bar[1].second > path_of(svg, "rp-mark", 0)[0].second);
  plot.series[0].error = {infinity, NAN};
  CHECK(count_of(drawn(plot), "<path class=\"rp-error\"") == 0);
}

TEST_CASE("what has no place is left out, and breaks the line") {
  Plot plot{.series = {{.x = {1, 2, 3, 4, 5, NAN}, .y = {1, 2, infinity, 4, 5, 6}}}};
  std::string svg = drawn(plot);
  CHECK(count_of(svg, "<path class=\"rp-mark\"") == 4);
  CHECK(path_of(svg, "rp-line").size() == 4);
  const std::size_t at = svg.find("rp-line\" d=\"");
  CHECK(count_of(svg.substr(at, svg.find('/', at) - at), "M") == 2);

  plot.log_x = true;
  plot.series[0] = {.x = {-1, 0, 1, 10}, .y = {1, 2, 3, 4}};
  CHECK(path_of(drawn(plot), "rp-line").size() == 2);
  plot.series[0].y.assign(4, NAN);
  CHECK(test::contains(drawn(plot), "no data"));
}

TEST_CASE("plots of nothing, of one point and of equal points are plots") {
  CHECK(test::contains(drawn(Plot{}), "no data"));
  CHECK(test::contains(drawn(Plot{.log_x = true, .log_y = true}), "no data"));
  CHECK(test::contains(drawn(Plot{.lines = {{3, "three"}}}), "three"));
  for (const double value : {0.0, 3.0, -7.0, 1e-300, 1e300, -1e300, 5e-324, 1e-30})
    for (const bool both : {false, true}) {
      const Plot plot{.series = {{.x = {value, value}, .y = {value, both ? value : 1}}}};
      CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 2);
    }
  for (const double value : {3.0, 1e-300, 1e300}) {
    const Plot plot{.log_x = true, .log_y = true, .series = {{.x = {value}, .y = {value}}}};
    CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 1);
  }
  const Plot wide{.series = {{.x = {-1e300, 1e300}, .y = {1, 1 + 1e-15}}}};
  CHECK(path_of(drawn(wide), "rp-line").size() == 2);
  const Plot far{.log_x = true, .series = {{.x = {1e-300, 1e300}, .y = {1.7e308, 2}}}};
  CHECK(count_of(drawn(far), "<path class=\"rp-mark\"") == 1);
}

TEST_CASE("an axis ends where there can be no more") {
  Plot plot{.y_bounds = {0, 100}, .series = {{.x = {1}, .y = {90}}}};
  const auto labels = [&] { return drawn(plot); };
  CHECK(test::contains(labels(), ">100<"));
  CHECK_FALSE(test::contains(labels(), ">120<"));
  plot.y_bounds = Plot().y_bounds;
  CHECK(test::contains(labels(), ">120<"));
  // Numbers beyond it are shown all the same.
  plot.y_bounds = {0, 100};
  plot.series[0] = {.x = {1, 2}, .y = {-50, 150}};
  const std::string svg = drawn(plot);
  CHECK(test::contains(svg, ">-50<"));
  CHECK(test::contains(svg, ">150<"));
}

TEST_CASE("series differ by color, dash and marker") {
  Plot plot;
  for (int k = 0; k < 8; ++k)
    plot.series.push_back({.name = "s" + std::to_string(k), .x = {1, 2}, .y = {1.0 * k, 2.0 * k}});
  const std::string svg = drawn(plot);
  for (int k = 0; k < 8; ++k) CHECK(test::contains(svg, ">s" + std::to_string(k) + "</text>"));
  for (int k = 0; k < 7; ++k) CHECK(test::contains(svg, "<g class=\"rp-" + std::to_string(k)));
  for (const char* dash : ridge::detail::dashes)
    if (*dash != '\0') CHECK(test::contains(svg, "stroke-dasharray=\"" + std::string(dash) + "\""));
  // The eighth has the first one's color, but neither its dash nor its marker.
  const std::size_t last = svg.rfind("<g class=\"rp-0\">");
  CHECK(test::contains(svg.substr(last), "stroke-dasharray=\"2 3\""));
  CHECK(test::contains(svg.substr(last), "h6.6v6.6h-6.6z"));
}

TEST_CASE("of many points some have markers") {
  Plot plot{.series = {{.name = "", .x = {}, .y = {}}}};
  for (int k = 0; k < 1000; ++k) {
    plot.series[0].x.push_back(k);
    plot.series[0].y.push_back(std::sin(k / 100.0));
  }
  CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 20);
  plot.series[0].line = false;
  CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 1000);
  plot.series[0].line = true;
  plot.series[0].markers = false;
  CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 0);
  plot.series[0].y[500] = plot.series[0].y[502] = NAN;  // which leaves one alone
  CHECK(count_of(drawn(plot), "<path class=\"rp-mark\"") == 1);
}

TEST_CASE("bars stand on 0") {
  Plot plot{.bars = {{.name = "h", .edges = {0, 1, 2, 4}, .heights = {3, 0, 6}}}};
  const std::string svg = drawn(plot);
  CHECK(count_of(svg, "<path class=\"rp-bar\"") == 3);  // one in the legend, none of height 0
  const double zero = path_of(svg, "rp-bar", 1)[0].second;
  CHECK(path_of(svg, "rp-grid", 0)[0].second == zero);
  CHECK(path_of(svg, "rp-axis", 0).back().second == Approx(zero).margin(4));
  plot.log_y = true;
  plot.bars[0].heights = {1, 10, 0};
  CHECK(count_of(drawn(plot), "<path class=\"rp-bar\"") == 3);
}

TEST_CASE("labels of vertical lines do not meet") {
  Plot plot{.series = {{.x = {0, 10}, .y = {0, 1}}},
            .lines = {{5, "lambda of the minimum"}, {5.5, "lambda of one standard error"}}};
  const auto height_of = [&](const std::string& label) {
    const std::string svg = drawn(plot);
    const std::size_t at = svg.rfind(" y=\"", svg.find(">" + label + "<"));
    return std::strtod(svg.c_str() + at + 4, nullptr);
  };
  CHECK(height_of("lambda of one standard error") - height_of("lambda of the minimum") ==
        ridge::detail::line_height);
  plot.lines = {{1, "a"}, {9, "b"}};
  CHECK(height_of("a") == height_of("b"));
  plot.lines = {{NAN, "nowhere"}, {1, ""}};
  CHECK_FALSE(test::contains(drawn(plot), ">nowhere<"));
  CHECK(count_of(drawn(plot), "<path class=\"rp-rule\"") == 1);
}

TEST_CASE("text is escaped, and made text if it is none") {
  const std::string wild = "<script>alert(\"a&b\")</script>'\x01\xff\xc3\xa9\xed\xa0\x80";
  const Plot plot{.title = wild,
                  .x_label = wild,
                  .y_label = wild,
                  .series = {{.name = wild, .x = {1}, .y = {1}}},
                  .lines = {{1, wild}}};
  const std::string svg = drawn(plot);
  CHECK(test::contains(svg,
                       "&lt;script&gt;alert(&quot;a&amp;b&quot;)&lt;/script&gt;&#39;\xef\xbf\xbd"
                       "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd"));
  CHECK_FALSE(test::contains(svg, "<script>"));
  CHECK(ridge::detail::escape_markup("\xf0\x9f\x98\x80 \xe2\x82") ==
        "\xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a plot says what it shows to those who do not see it") {
  Plot plot{.title = "Loss",
            .x_label = "Epoch",
            .y_label = "Mean loss",
            .series = {{.name = "Training", .x = {1, 2}, .y = {0.5, 0.25}}, {.name = "None"}},
            .bars = {{.name = "Bars", .edges = {0, 1, 2}, .heights = {1, 3}}},
            .lines = {{2, "best"}}};
  CHECK(test::contains(drawn(plot),
                       "role=\"img\" aria-label=\"Loss\"><title>Loss</title><desc>Mean "
                       "loss by Epoch; Training: 2 points, from 0.5 at 1 to 0.25 at 2; "
                       "None: 0 points; Bars: 2 bars from 0 to 2, the highest 3 at 1; "
                       "best at 2</desc>"));
  plot.title.clear();
  plot.description = "It falls.";
  CHECK(test::contains(drawn(plot), "aria-label=\"It falls.\""));
  CHECK(test::contains(drawn(plot), "<desc>It falls.</desc>"));
  plot = {.bars = {{.edges = {0, 1, 2, 3}, .heights = {NAN, 2, 1}}}};
  CHECK(test::contains(drawn(plot), "3 bars from 0 to 3, the highest 2 at 1"));
  plot.bars[0].heights = {NAN, NAN, NAN};
  CHECK(test::contains(drawn(plot), "3 bars from 0 to 3</desc>"));
}

TEST_CASE("long titles and many names go on in another line") {
  Plot plot{.title =
                "A title of so many words that there is no line of a phone that could hold it"};
  for (int k = 0; k < 6; ++k) plot.series.push_back({.name = "a name of some length"});
  CHECK(count_of(drawn(plot), "class=\"rp-text rp-title\"") == 2);
  CHECK(ridge::detail::wrapped("", 100).empty());
  CHECK(ridge::detail::wrapped("  one   two ", 1000) == std::vector<std::string>{"one two"});
}

TEST_CASE("a plot's table has all that is plotted") {
  const Plot plot{.series = {{.name = "a, \"b\"", .x = {0.1, 2}, .y = {1.0 / 3, NAN}},
                             {.name = "c", .x = {1}, .y = {-infinity}, .error = {0.5}}},
                  .bars = {{.name = "h", .edges = {0, 0.5, 1}, .heights = {3, 4}}},
                  .lines = {{7, "line"}}};
  CHECK(plot.csv() ==
        "series,x,x_end,y,error\n"
        "h,0,0.5,3,\n"
        "h,0.5,1,4,\n"
        "\"a, \"\"b\"\"\",0.1,,0.3333333333333333,\n"
        "\"a, \"\"b\"\"\",2,,nan,\n"
        "c,1,,-inf,0.5\n"
        "line,7,,,\n");
}

TEST_CASE("sizes that disagree are refused") {
  const auto shape = [](const Plot& plot) {
    CHECK_THROWS_AS(plot.csv(), ShapeError);
    return test::message_of<ShapeError>([&] { plot.svg(); });
  };
  CHECK(shape({.series = {{.name = "s", .x = {1, 2}, .y = {1}}}}) ==
        "Plot: series \"s\" has 2 x, but 1 y");
  CHECK(shape({.series = {{.x = {1}, .y = {1}, .error = {1, 2}}}}) ==
        "Plot: series \"\" has 1 x, but 2 errors");
  CHECK(shape({.bars = {{.name = "b", .edges = {1, 2}, .heights = {1, 2}}}}) ==
        "Plot: bars \"b\" have 2 heights, so expected 3 edges, got 2");
  const auto value = [](const Plot& plot) {
    return test::message_of<ValueError>([&] { plot.svg(); });
  };
  CHECK(value({.series = {{.name = "s", .x = {1}, .y = {1}, .error = {-1}}}}) ==
        "Plot: an error of series \"s\" is -1; expected numbers >= 0");
  CHECK(value({.bars = {{.name = "b", .edges = {1, 1}, .heights = {2}}}}) ==
        "Plot: the edges of bars \"b\" must ascend, got 1 and then 1");
  CHECK(value({.bars = {{.name = "b", .edges = {1, NAN}, .heights = {2}}}}) ==
        "Plot: the edges of bars \"b\" must ascend, got 1 and then nan");
}
