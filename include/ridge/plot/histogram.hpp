#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include <Eigen/Core>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/plot/plot.hpp>

namespace ridge {

/// How many values of a matrix lie in each of so many intervals of one width, from the smallest
/// value to the largest, which is in the last. Values that are not finite are left out; without any
/// other there are no bars. Equal values are in the middle one of intervals about them.
/// @throws ValueError if `count` is not 1 to 10,000
inline Bars histogram(const Eigen::Ref<const Matrix<double>>& values, int count = 40,
                      std::string name = "") {
  if (count < 1 || count > 10000)
    throw ValueError(detail::text("histogram: count must be 1 to 10000, got ", count));
  Bars bars{.name = std::move(name)};
  double low = std::numeric_limits<double>::infinity(), high = -low;
  // Further out doubles cannot tell so many intervals apart, or a plot cannot.
  const auto counts = [](double v) { return std::abs(v) <= 1e300; };
  for (const double v : values.reshaped())
    if (counts(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  if (low > high) return bars;
  const double least = std::max(1e-9 * std::max(std::abs(low), std::abs(high)), 1e-280);
  if (high - low < least) {
    const double size = std::max(std::abs(low), std::abs(high));
    const double half = size == 0 ? 1 : std::max(size / 2, least);
    low -= half;
    high += half;
  }
  const double width = (high - low) / count;
  for (int k = 0; k < count; ++k) bars.edges.push_back(low + k * width);
  bars.edges.push_back(high);
  bars.heights.assign(static_cast<std::size_t>(count), 0);
  for (const double v : values.reshaped())
    if (counts(v)) {
      // By the edges themselves, so that the table says exactly what was counted.
      const auto above = std::upper_bound(bars.edges.begin(), bars.edges.end(), v);
      const auto bin = std::clamp<std::ptrdiff_t>(above - bars.edges.begin() - 1, 0, count - 1);
      bars.heights[static_cast<std::size_t>(bin)] += 1;
    }
  return bars;
}

}  // namespace ridge
