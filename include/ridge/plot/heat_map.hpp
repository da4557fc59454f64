#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/plot/svg.hpp>

namespace ridge {

/// A matrix as cells, each with its number, the deeper in color the larger it is: blue above 0,
/// orange below. Where numbers have no room, the cells alone are shown.
struct HeatMap {
  std::string title{}, x_label{}, y_label{};
  std::string description{};  ///< for people who do not see it; made of the matrix if empty
  Matrix<double> values{};
  std::vector<std::string> rows{}, columns{};  ///< their names; 0, 1, ... if empty
  Matrix<double> depth{};  ///< of each color, -1 to 1; the values by the largest of them if empty

  /// The matrix as an SVG element, as `Plot::svg` draws it.
  /// @throws ShapeError if there are not as many names as rows or columns, or depths as values
  std::string svg() const;

  /// The matrix, a row a line, each after its name; the first line has the columns' names.
  /// @throws ShapeError as `svg`
  std::string csv() const;
};

namespace detail {

inline void require_heat_map(const HeatMap& map) {
  const auto check = [](std::string_view what, std::size_t got, Index expected) {
    if (got != 0 && static_cast<Index>(got) != expected)
      throw ShapeError(
          text("HeatMap: the matrix has ", expected, " ", what, ", got ", got, " names of them"));
  };
  check("rows", map.rows.size(), map.values.rows());
  check("columns", map.columns.size(), map.values.cols());
  if (map.depth.size() != 0 &&
      (map.depth.rows() != map.values.rows() || map.depth.cols() != map.values.cols()))
    throw ShapeError(text("HeatMap: the matrix is ", map.values.rows(), " x ", map.values.cols(),
                          ", but its depths are ", map.depth.rows(), " x ", map.depth.cols()));
}

inline std::string name_of(const std::vector<std::string>& names, Index k) {
  return names.empty() ? std::to_string(k) : names[static_cast<std::size_t>(k)];
}

inline std::string draw(const HeatMap& map) {
  constexpr double side = 8, small = 12.6, least_height = 22;
  using Anchor = Svg::Anchor;
  const Index rows = map.values.rows(), cols = map.values.cols();
  double largest = 0;
  for (const double v : map.values.reshaped())
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));

  double left = side, widest = 0;
  for (Index i = 0; i < rows; ++i) left = std::max(left, text_width(name_of(map.rows, i)) + side);
  left = std::min(left + 9, picture_width / 2);
  const double width =
      (picture_width - side - left) / static_cast<double>(std::max<Index>(cols, 1));
  for (const double v : map.values.reshaped())
    widest = std::max(widest, text_width(short_number(v), small));
  for (Index j = 0; j < cols; ++j) widest = std::max(widest, text_width(name_of(map.columns, j)));
  // Fonts are mostly narrower than thought; a little may be missing at the sides.
  const bool has_room = widest <= width + 3;
  const double height = has_room ? std::max(least_height, std::min(width, 30.0)) : width;

  Svg svg;
  const double room = picture_width - 2 * side;
  double y = svg.text(side, 18, wrapped(map.title, room, 14), Anchor::start, "rp-title");
  y = svg.text(side, y, wrapped(map.y_label, room));
  const double top = y - 6, bottom = top + height * static_cast<double>(rows);
  const auto every = [&](double size, double step) {
    return std::max<Index>(1, static_cast<Index>(std::ceil(size / std::max(step, 1e-3))));
  };
  for (Index i = 0; i < rows; i += every(line_height, height))
    svg.text(left - 5, top + height * (static_cast<double>(i) + 0.5) + 4.5, name_of(map.rows, i),
             Anchor::end);
  svg.begin_group(0);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < cols; ++j) {
      const double v = map.values(i, j), given = map.depth.size() > 0 ? map.depth(i, j) : 0;
      double depth = map.depth.size() > 0 ? given : largest > 0 ? v / largest : 0;
      depth = std::isnan(depth) ? 0 : std::clamp(depth, -1.0, 1.0);
      const double x = left + width * static_cast<double>(j);
      const double cell = top + height * static_cast<double>(i);
      const std::string color = depth < 0 ? "rp-cell rp-1" : "rp-cell rp-0";
      if (std::abs(depth) >= 0.005) svg.rectangle(color, x, cell, width, height, std::abs(depth));
      if (has_room)
        svg.text(x + width / 2, cell + height / 2 + 4.5, short_number(v), Anchor::middle,
                 std::abs(depth) > 0.9 && depth > 0 ? "rp-small rp-over" : "rp-small");
    }
  svg.end_group();
  const double right = left + width * static_cast<double>(cols);
  svg.path("rp-axis", Svg::place("M", left, top) + "H" + coordinate(right) + "V" +
                          coordinate(bottom) + "H" + coordinate(left) + "z");
  double widest_name = 0;
  for (Index j = 0; j < cols; ++j)
    widest_name = std::max(widest_name, text_width(name_of(map.columns, j)));
  for (Index j = 0; j < cols; j += has_room ? 1 : every(widest_name + 6, width))
    svg.text(left + width * (static_cast<double>(j) + 0.5), bottom + line_height - 2,
             name_of(map.columns, j), Anchor::middle);
  const double end = svg.text((left + right) / 2, bottom + 2 * line_height,
                              wrapped(map.x_label, right - left), Anchor::middle);
  std::string description = map.description;
  if (description.empty()) {
    description = text("A matrix of ", rows, " rows and ", cols, " columns");
    if (!map.values.array().isNaN().all()) {
      Index i = 0, j = 0;
      const double most = map.values
                              .unaryExpr([](double v) {
                                return std::isnan(v) ? -std::numeric_limits<double>::infinity() : v;
                              })
                              .maxCoeff(&i, &j);
      description += text("; the largest is ", short_number(most), ", in row ",
                          name_of(map.rows, i), ", column ", name_of(map.columns, j));
    }
  }
  return svg.finish(map.title, description, end - line_height + 8);
}

}  // namespace detail

inline std::string HeatMap::svg() const {
  detail::require_heat_map(*this);
  return detail::draw(*this);
}

inline std::string HeatMap::csv() const {
  detail::require_heat_map(*this);
  std::vector<std::string> line{""};
  for (Index j = 0; j < values.cols(); ++j)
    line.push_back(detail::csv_field(detail::name_of(columns, j)));
  std::string out;
  detail::append_csv_line(out, line);
  for (Index i = 0; i < values.rows(); ++i) {
    line.assign(1, detail::csv_field(detail::name_of(rows, i)));
    for (Index j = 0; j < values.cols(); ++j) line.push_back(detail::csv_field(values(i, j)));
    detail::append_csv_line(out, line);
  }
  return out;
}

}  // namespace ridge
