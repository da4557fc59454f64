#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/random.hpp>

namespace ridge {

/// Points that fill the unit cube [0, 1)^dimensions: in every dimension each of `count` equal
/// intervals has one (McKay, Beckman and Conover, 1979). Of several designs drawn at random it is
/// the one whose closest two points are farthest apart (Johnson, Moore and Ylvisaker, 1990).
/// @throws ValueError if count, dimensions or designs is 0
inline std::vector<std::vector<double>> latin_hypercube(std::size_t count, std::size_t dimensions,
                                                        Random random, int designs = 20) {
  if (count == 0 || dimensions == 0 || designs < 1)
    throw ValueError("latin_hypercube: count, dimensions and designs must be at least 1");
  std::vector<std::vector<double>> best;
  double farthest = -1;
  for (int design = 0; design < designs; ++design) {
    std::vector<std::vector<double>> points(count, std::vector<double>(dimensions));
    std::vector<std::size_t> order(count);
    for (std::size_t d = 0; d < dimensions; ++d) {
      std::iota(order.begin(), order.end(), std::size_t{0});
      random.shuffle(order);
      for (std::size_t i = 0; i < count; ++i)
        // Not 1, to which the quotient may be rounded.
        points[i][d] = std::min(
            (static_cast<double>(order[i]) + random.uniform()) / static_cast<double>(count),
            1 - std::numeric_limits<double>::epsilon());
    }
    if (designs == 1) return points;
    double closest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < i; ++j) {
        double square = 0;
        for (std::size_t d = 0; d < dimensions; ++d)
          square += (points[i][d] - points[j][d]) * (points[i][d] - points[j][d]);
        closest = std::min(closest, square);
      }
    if (closest > farthest) {
      farthest = closest;
      best = std::move(points);
    }
  }
  return best;
}

}  // namespace ridge
