#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <ridge/core/types.hpp>
#include <ridge/kernels/elementwise.hpp>
#include <ridge/kernels/multiply.hpp>
#include <ridge/kernels/norm.hpp>
#include <ridge/kernels/share.hpp>

namespace ridge {

/// The groups that a weight's elements fall into, W being outputs x inputs.
enum class Groups {
  incoming,  ///< the weights into one neuron: a row of W
  outgoing   ///< the weights out of one input or neuron: a column of W
};

/// The norms that a constraint allows a group.
struct NormBounds {
  double least = 0, most = std::numeric_limits<double>::infinity();
};

}  // namespace ridge

// Passes over a whole weight, for what depends on the norms of its rows or columns.
namespace ridge::detail {

/// Replaces every group w of W by factor(|w|) w. Threads share the groups, of which each is summed
/// in one order.
template <class S, class F>
void scale_groups(S* data, Index rows, Index cols, Groups groups, const F& factor) {
  const double work = 4 * work_of(rows, 1, cols);
  if (groups == Groups::outgoing) {
    share(cols, 1, work, [&](int, Index from, Index to) {
      for (Index c = from; c < to; ++c) {
        S* const column = data + c * rows;
        if (const S f = factor(static_cast<S>(norm_of(column, rows))); f != S(1))
          scale(column, rows, f);
      }
    });
    return;
  }
  S* const factors = scratch<struct GroupFactors, S>(rows);
  share(rows, lanes<S>, work, [&](int, Index from, Index to) {
    Eigen::Map<Eigen::Array<S, Dynamic, 1>> f(factors + from, to - from);
    const auto column = [&](Index c) {
      return Eigen::Map<Eigen::Array<S, Dynamic, 1>>(data + c * rows + from, to - from);
    };
    f.setZero();
    for (Index c = 0; c < cols; ++c) f += column(c).square();
    bool all_one = true;
    for (Index r = 0; r < f.size(); ++r) {
      f(r) = factor(std::isfinite(f(r))
                        ? std::sqrt(f(r))
                        : static_cast<S>(careful_norm_of(data + from + r, cols, rows)));
      all_one = all_one && f(r) == S(1);
    }
    if (all_one) return;
    for (Index c = 0; c < cols; ++c) column(c) *= f;
  });
}

/// The proximal step of lambda |w| with a step size t for each element of a group, that is, the w
/// that minimizes sum (w - u)^2 / 2t + lambda |w|: w = u n / (n + lambda t) where n = |w| solves
/// sum (u / (n + lambda t))^2 = 1, or 0 if there is no such n.
/// @param at    the index of the group's k-th element
/// @param steps an array of the step sizes
template <class S, class Steps, class At>
void shrink_group(S* w, Index count, double lambda, const Steps& steps, const At& at) {
  const auto excess = [&](double n, double& slope) {
    double sum = 0;
    slope = 0;
    for (Index k = 0; k < count; ++k) {
      const double below = n + lambda * static_cast<double>(steps(at(k)));
      const double u = static_cast<double>(w[at(k)]);
      if (u == 0) continue;
      sum += u * u / (below * below);
      slope -= 2 * u * u / (below * below * below);
    }
    return sum - 1;
  };
  double slope = 0;
  const double at_zero = excess(0, slope);
  if (std::isnan(at_zero)) return;  // NaN stays
  if (at_zero <= 0) {
    for (Index k = 0; k < count; ++k) w[at(k)] = 0;
    return;
  }
  // Convex and falling: Newton's steps from the left never pass the solution. It is not below the
  // norm without the largest shrinking, nor below that of what does not shrink at all.
  double all = 0, still = 0, largest = 0;
  for (Index k = 0; k < count; ++k) {
    const double u = static_cast<double>(w[at(k)]), t = static_cast<double>(steps(at(k)));
    all += u * u;
    if (lambda * t == 0) still += u * u;
    largest = std::max(largest, lambda * t);
  }
  double n = std::max({0.0, std::sqrt(all) - largest, std::sqrt(still)});
  for (int turn = 0; turn < 100; ++turn) {
    const double more = -excess(n, slope) / slope;
    if (!(std::abs(more) > 1e-15 * n)) break;
    n += more;
  }
  for (Index k = 0; k < count; ++k) {
    const double t = lambda * static_cast<double>(steps(at(k)));
    w[at(k)] = static_cast<S>(static_cast<double>(w[at(k)]) * (n / (n + t)));
  }
}

}  // namespace ridge::detail
