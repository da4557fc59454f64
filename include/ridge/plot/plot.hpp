#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/plot/axis.hpp>
#include <ridge/plot/svg.hpp>

namespace ridge {

/// Points that belong together.
struct Series {
  std::string name{};
  std::vector<double> x{}, y{};
  std::vector<double>
      error{};          ///< of each y, upwards and downwards, e.g. a standard error; or none
  bool line = true;     ///< joins the points, in the order in which they are given
  bool markers = true;  ///< on each point, or on some of them where there are many
};

/// Bars side by side on 0, a histogram's for instance.
struct Bars {
  std::string name{};
  std::vector<double> edges{};  ///< ascending: the k-th bar is from edge k to edge k + 1
  std::vector<double> heights{};
};

/// A line across the plot at one x, with a label above it.
struct VerticalLine {
  double x = 0;
  std::string label{};
};

/// A plot of lines, points and bars, as an SVG picture or as a table.
///
///     Plot plot{.title = "Learning curve", .x_label = "Epoch", .y_label = "Loss"};
///     plot.series.push_back({.name = "Training", .x = {1, 2, 3}, .y = {0.5, 0.3, 0.2}});
///     write_file("loss.svg", plot.svg());
///
/// Numbers that are not finite, and on a logarithmic axis those that are not above 0, are left out:
/// the line is broken there.
struct Plot {
  std::string title{}, x_label{}, y_label{};
  std::string description{};  ///< for people who do not see it; made of the data if empty
  bool log_x = false, log_y = false;
  bool integer_x = false;  ///< x are counts, epochs for instance: no ticks between them

  /// What y can be, {0, 100} of percent for instance: the axis goes no further than that and the
  /// numbers that are plotted.
  std::pair<double, double> y_bounds{-std::numeric_limits<double>::infinity(),
                                     std::numeric_limits<double>::infinity()};
  std::vector<Series> series{};
  std::vector<Bars> bars{};
  std::vector<VerticalLine> lines{};

  /// The plot as an SVG element, a file or a part of an HTML page: as wide as its place, for light
  /// and dark, readable on a phone and without seeing colors.
  /// @throws ShapeError if a series has not as many y or errors as x, or bars not one edge more
  ///         than heights; ValueError if an error is negative or edges do not ascend
  std::string svg() const;

  /// What is plotted, a point a line: series,x,x_end,y,error. A bar is from x to x_end; a vertical
  /// line has no y.
  /// @throws as `svg`
  std::string csv() const;
};

namespace detail {

inline void require_plot(const Plot& plot) {
  for (const Series& s : plot.series) {
    const std::string who = text("Plot: series \"", s.name, "\" has ", s.x.size(), " x, but ");
    if (s.y.size() != s.x.size()) throw ShapeError(text(who, s.y.size(), " y"));
    if (!s.error.empty() && s.error.size() != s.x.size())
      throw ShapeError(text(who, s.error.size(), " errors"));
    for (const double error : s.error)
      if (error < 0)
        throw ValueError(text("Plot: an error of series \"", s.name, "\" is ", error,
                              "; expected numbers >= 0"));
  }
  for (const Bars& b : plot.bars) {
    if (b.heights.empty() ? b.edges.size() > 1 : b.edges.size() != b.heights.size() + 1)
      throw ShapeError(text("Plot: bars \"", b.name, "\" have ", b.heights.size(),
                            " heights, so expected ", b.heights.size() + 1, " edges, got ",
                            b.edges.size()));
    for (std::size_t k = 0; k + 1 < b.edges.size(); ++k)
      if (!(b.edges[k] < b.edges[k + 1]))
        throw ValueError(text("Plot: the edges of bars \"", b.name, "\" must ascend, got ",
                              b.edges[k], " and then ", b.edges[k + 1]));
  }
}

/// What a plot shows, in words.
inline std::string describe(const Plot& plot) {
  if (!plot.description.empty()) return plot.description;
  std::string out = plot.y_label + (plot.y_label.empty() ? "" : " by ") + plot.x_label;
  for (const Series& s : plot.series) {
    std::vector<std::size_t> finite;
    for (std::size_t k = 0; k < s.x.size(); ++k)
      if (std::isfinite(s.x[k]) && std::isfinite(s.y[k])) finite.push_back(k);
    out += text(out.empty() ? "" : "; ", s.name.empty() ? "points" : s.name, ": ", finite.size(),
                finite.size() == 1 ? " point" : " points");
    if (finite.empty()) continue;
    const std::size_t first = finite.front(), last = finite.back();
    out += text(", from ", short_number(s.y[first]), " at ", short_number(s.x[first]), " to ",
                short_number(s.y[last]), " at ", short_number(s.x[last]));
  }
  for (const Bars& b : plot.bars) {
    out += text(out.empty() ? "" : "; ", b.name.empty() ? "" : b.name + ": ", b.heights.size(),
                " bars");
    if (b.heights.empty()) continue;
    out += text(" from ", short_number(b.edges.front()), " to ", short_number(b.edges.back()));
    const auto highest =
        std::max_element(b.heights.begin(), b.heights.end(), [](double one, double other) {
          return std::isnan(one) ? !std::isnan(other) : one < other;
        });
    if (std::isnan(*highest)) continue;
    const double edge = b.edges[static_cast<std::size_t>(highest - b.heights.begin())];
    out += text(", the highest ", short_number(*highest), " at ", short_number(edge));
  }
  for (const VerticalLine& line : plot.lines)
    if (std::isfinite(line.x))
      out += text(out.empty() ? "" : "; ", line.label, " at ", short_number(line.x));
  return out;
}

/// One picture of a plot: what stands above the axes, the axes, the data.
class PlotPicture {
 public:
  explicit PlotPicture(const Plot& plot)
      : plot_(plot), x_(plot.log_x, plot.integer_x), y_(plot.log_y, false) {}

  std::string draw() {
    find_ranges();
    double at = svg_.text(side, 18, wrapped(plot_.title, picture_width - 2 * side, 14),
                          Svg::Anchor::start, "rp-title");
    at = draw_legend(at);
    at = svg_.text(side, at, wrapped(plot_.y_label, picture_width - 2 * side));
    place_axes(at);
    draw_grid();
    std::size_t k = 0;
    for (; k < plot_.bars.size(); ++k) draw_bars(plot_.bars[k], k);
    draw_vertical_lines(at);
    for (const Series& s : plot_.series) draw_series(s, k++);
    if (x_is_empty_)
      svg_.text((left_ + right) / 2, (top_ + bottom_) / 2, "no data", Svg::Anchor::middle);
    const double end = svg_.text((left_ + right) / 2, bottom_ + 2 * line_height + 2,
                                 wrapped(plot_.x_label, right - left_), Svg::Anchor::middle);
    return svg_.finish(plot_.title, describe(plot_), end - line_height + 8);
  }

 private:
  static constexpr double side = 8, right = picture_width - 14, plot_height = 190;

  bool has_place(const Series& s, std::size_t k) const {
    return x_.shows(s.x[k]) && y_.shows(s.y[k]);
  }
  bool has_place(const Bars& b, std::size_t k) const {
    return x_.shows(b.edges[k]) && x_.shows(b.edges[k + 1]) && y_.shows(b.heights[k]);
  }

  void find_ranges() {
    for (const Series& s : plot_.series)
      for (std::size_t k = 0; k < s.x.size(); ++k) {
        if (!has_place(s, k)) continue;
        x_.include(s.x[k]);
        y_.include(s.y[k]);
        if (s.error.empty()) continue;
        y_.include(s.y[k] - s.error[k]);
        y_.include(s.y[k] + s.error[k]);
      }
    for (const Bars& b : plot_.bars)
      for (std::size_t k = 0; k < b.heights.size(); ++k) {
        if (!has_place(b, k)) continue;
        x_.include(b.edges[k]);
        x_.include(b.edges[k + 1]);
        y_.include(b.heights[k]);
        y_.include(plot_.log_y ? b.heights[k] / 2 : 0);
      }
    x_is_empty_ = x_.empty();
    for (const VerticalLine& line : plot_.lines) x_.include(line.x);
    x_.settle(false);
    y_.settle(!plot_.bars.empty());
    y_.bound(plot_.y_bounds.first, plot_.y_bounds.second);
  }

  /// A sample and a name for each series, in rows.
  double draw_legend(double at) {
    double x = side;
    bool any = false;
    const auto entry = [&](const std::string& name, std::size_t k, const Series* s) {
      if (name.empty()) return;
      const double width = 36 + text_width(name);
      if (any && x + width > picture_width - side) {
        x = side;
        at += line_height;
      }
      any = true;
      const double y = at - 4.5;
      svg_.begin_group(k);
      if (!s) svg_.path("rp-bar", bar(x + 4, y - 5, x + 24, y + 5), dashes[k % dashes.size()]);
      if (s && s->line)
        svg_.path("rp-line", Svg::segment(x, y, x + 28, y), dashes[k % dashes.size()]);
      if (s && (s->markers || !s->line)) svg_.marker(k, x + 14, y);
      svg_.end_group();
      svg_.text(x + 32, at, name);
      x += width + 10;
    };
    std::size_t k = 0;
    for (const Bars& b : plot_.bars) entry(b.name, k++, nullptr);
    for (const Series& s : plot_.series) entry(s.name, k++, &s);
    return any ? at + line_height : at;
  }

  /// Labels of vertical lines stand above the plot, in as many rows as they need.
  void place_axes(double at) {
    const Ticks y_ticks = y_.ticks(6);
    double widest = 0;
    for (const std::string& label : y_ticks.labels) widest = std::max(widest, text_width(label));
    left_ = side + widest + 6;
    x_.place(left_, right);
    std::vector<double> row_ends;
    for (const VerticalLine& line : plot_.lines) {
      if (!x_.shows(line.x) || line.label.empty()) {
        label_rows_.push_back(0);
        continue;
      }
      const auto [start, end] = label_place(line);
      std::size_t row = 0;
      while (row < row_ends.size() && row_ends[row] > start) ++row;
      if (row == row_ends.size()) row_ends.push_back(0);
      row_ends[row] = end + 8;
      label_rows_.push_back(row);
    }
    top_ = at - 6 + line_height * static_cast<double>(row_ends.size());
    bottom_ = top_ + plot_height;
    y_.place(bottom_, top_);
    y_ticks_ = y_ticks;
  }

  /// From where to where a vertical line's label goes: about the line, but within the picture.
  std::pair<double, double> label_place(const VerticalLine& line) const {
    const double width = text_width(line.label);
    const double start =
        std::max(side, std::min(x_.at(line.x) - width / 2, picture_width - 4 - width));
    return {start, start + width};
  }

  void draw_grid() {
    for (std::size_t k = 0; k < y_ticks_.major.size(); ++k) {
      const double y = y_.at(y_ticks_.major[k]);
      svg_.path("rp-grid", Svg::segment(left_, y, right, y));
      svg_.text(left_ - 5, y + 4.5, y_ticks_.labels[k], Svg::Anchor::end);
    }
    for (const double tick : y_ticks_.minor)
      svg_.path("rp-axis", Svg::segment(left_, y_.at(tick), left_ + 3, y_.at(tick)));
    // As many ticks as have room for their labels.
    Ticks ticks = x_.ticks(7);
    for (int most = 6; most > 1 && !has_room(ticks); --most) ticks = x_.ticks(most);
    for (std::size_t k = 0; k < ticks.major.size(); ++k) {
      const double x = x_.at(ticks.major[k]), half = text_width(ticks.labels[k]) / 2;
      svg_.path("rp-axis", Svg::segment(x, bottom_, x, bottom_ + 4));
      svg_.text(std::min(x, picture_width - 2 - half), bottom_ + line_height, ticks.labels[k],
                Svg::Anchor::middle);
    }
    for (const double tick : ticks.minor)
      svg_.path("rp-axis", Svg::segment(x_.at(tick), bottom_, x_.at(tick), bottom_ - 3));
    svg_.path("rp-axis", Svg::place("M", left_, top_) + Svg::place("L", left_, bottom_) +
                             Svg::place("L", right, bottom_));
  }

  bool has_room(const Ticks& ticks) const {
    for (std::size_t k = 0; k + 1 < ticks.major.size(); ++k) {
      const double half = (text_width(ticks.labels[k]) + text_width(ticks.labels[k + 1])) / 2;
      if (x_.at(ticks.major[k + 1]) - x_.at(ticks.major[k]) < half + 8) return false;
    }
    return true;
  }

  static std::string bar(double x1, double y1, double x2, double y2) {
    return Svg::place("M", x1, y1) + "H" + coordinate(x2) + "V" + coordinate(y2) + "H" +
           coordinate(x1) + "z";
  }

  void draw_bars(const Bars& b, std::size_t k) {
    svg_.begin_group(k);
    for (std::size_t j = 0; j < b.heights.size(); ++j) {
      if (!has_place(b, j) || b.heights[j] == 0) continue;
      const double zero = plot_.log_y ? bottom_ : y_.at(0);
      svg_.path("rp-bar", bar(x_.at(b.edges[j]), zero, x_.at(b.edges[j + 1]), y_.at(b.heights[j])),
                dashes[k % dashes.size()]);
    }
    svg_.end_group();
  }

  void draw_vertical_lines(double first_row) {
    const auto row = [&](std::size_t k) {
      return first_row + line_height * static_cast<double>(label_rows_[k]);
    };
    const auto& lines = plot_.lines;
    for (std::size_t k = 0; k < lines.size(); ++k)
      if (x_.shows(lines[k].x)) {
        const double x = x_.at(lines[k].x), top = lines[k].label.empty() ? top_ : row(k) + 3;
        svg_.path("rp-rule", Svg::segment(x, top, x, bottom_), dashes[(k + 1) % dashes.size()]);
      }
    for (std::size_t k = 0; k < lines.size(); ++k)
      if (x_.shows(lines[k].x) && !lines[k].label.empty()) {
        const auto [start, end] = label_place(lines[k]);
        // Other lines end behind it.
        svg_.rectangle("rp-bg", start, row(k) - 12, end - start, line_height - 2);
        svg_.text((start + end) / 2, row(k), lines[k].label, Svg::Anchor::middle);
      }
  }

  void draw_series(const Series& s, std::size_t k) {
    svg_.begin_group(k);
    const std::size_t count = s.x.size();
    for (std::size_t j = 0; j < s.error.size(); ++j) {
      if (!has_place(s, j) || !(s.error[j] > 0) || !y_.shows(s.y[j] + s.error[j])) continue;
      const double x = x_.at(s.x[j]), high = y_.at(s.y[j] + s.error[j]);
      const double low = s.y[j] - s.error[j];  // on a logarithmic axis it may be below all
      const double foot = y_.shows(low) ? y_.at(low) : bottom_;
      svg_.path("rp-error", Svg::segment(x, high, x, foot) +
                                Svg::segment(x - 3, high, x + 3, high) +
                                Svg::segment(x - 3, foot, x + 3, foot));
    }
    std::string joined;
    bool drawing = false;
    for (std::size_t j = 0; s.line && j < count; ++j) {
      const bool here = has_place(s, j);
      if (here) joined += Svg::place(drawing ? "L" : "M", x_.at(s.x[j]), y_.at(s.y[j]));
      drawing = here;
    }
    if (!joined.empty()) svg_.path("rp-line", joined, dashes[k % dashes.size()]);
    const std::size_t every = s.line && count > 40 ? (count + 19) / 20 : 1;
    for (std::size_t j = 0; j < count; ++j) {
      if (!has_place(s, j)) continue;
      // A point without neighbours has no line that would show it.
      const bool alone =
          !s.line || ((j == 0 || !has_place(s, j - 1)) && (j + 1 == count || !has_place(s, j + 1)));
      if (alone || (s.markers && j % every == 0)) svg_.marker(k, x_.at(s.x[j]), y_.at(s.y[j]));
    }
    svg_.end_group();
  }

  const Plot& plot_;
  Axis x_, y_;
  Svg svg_;
  Ticks y_ticks_;
  std::vector<std::size_t> label_rows_;
  bool x_is_empty_ = false;
  double left_ = 0, top_ = 0, bottom_ = 0;
};

}  // namespace detail

inline std::string Plot::svg() const {
  detail::require_plot(*this);
  return detail::PlotPicture(*this).draw();
}

inline std::string Plot::csv() const {
  detail::require_plot(*this);
  using detail::csv_field;
  std::string out = "series,x,x_end,y,error\n";
  for (const Bars& b : bars)
    for (std::size_t k = 0; k < b.heights.size(); ++k)
      detail::append_csv_line(out, {csv_field(b.name), csv_field(b.edges[k]),
                                    csv_field(b.edges[k + 1]), csv_field(b.heights[k]), ""});
  for (const Series& s : series)
    for (std::size_t k = 0; k < s.x.size(); ++k)
      detail::append_csv_line(out, {csv_field(s.name), csv_field(s.x[k]), "", csv_field(s.y[k]),
                                    s.error.empty() ? "" : csv_field(s.error[k])});
  for (const VerticalLine& line : lines)
    detail::append_csv_line(out, {csv_field(line.label), csv_field(line.x), "", "", ""});
  return out;
}

}  // namespace ridge
