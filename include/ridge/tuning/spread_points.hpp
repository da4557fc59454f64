#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <ridge/core/random.hpp>
#include <ridge/tuning/latin_hypercube.hpp>
#include <ridge/tuning/search_space.hpp>

namespace ridge::detail {

/// A point drawn evenly from the space.
inline std::vector<double> random_point(const SearchSpace& space, Random& random) {
  std::vector<double> unit(space.size());
  for (double& u : unit) u = random.uniform();
  return space.at(unit);
}

/// Takes a point drawn evenly from the space into those that are tried, as long as there is a new
/// one. Of ranges of numbers nobody knows, so it gives up after many draws: some hold a few
/// floating-point numbers only.
inline std::optional<std::vector<double>> new_random_point(const SearchSpace& space, Random& random,
                                                           std::set<std::vector<double>>& tried) {
  constexpr int most_draws = 10'000;
  const bool finite = std::isfinite(space.points());
  for (int draw = 0; finite || draw < most_draws; ++draw) {
    if (static_cast<double>(tried.size()) >= space.points()) return {};
    std::vector<double> point = random_point(space, random);
    if (tried.insert(point).second) return point;
  }
  return {};
}

/// Different points spread over the space: a Latin hypercube, and in place of those that a space of
/// choices and whole numbers makes equal others at random. Fewer if the space has no more.
inline std::vector<std::vector<double>> spread_points(const SearchSpace& space, int count,
                                                      Random random) {
  std::vector<std::vector<double>> points;
  std::set<std::vector<double>> tried;
  // To choose among designs takes time with the square of the count, and does less the larger it
  // is.
  const int designs = count <= 200 ? 20 : 1;
  for (const auto& place :
       latin_hypercube(static_cast<std::size_t>(count), space.size(), random.split(0), designs)) {
    std::optional<std::vector<double>> point = space.at(place);
    if (!tried.insert(*point).second) point = new_random_point(space, random, tried);
    if (point) points.push_back(*std::move(point));
  }
  return points;
}

}  // namespace ridge::detail
