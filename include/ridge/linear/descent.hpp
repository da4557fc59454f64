#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <ridge/core/types.hpp>
#include <ridge/linear/design.hpp>

// Coordinate descent (Friedman, Hastie and Tibshirani, 2010) for
//
//   1/2 sum_i v_i (r_i - b0 - x_i b)^2 + sum_j l1_j |b_j| + l2_j/2 b_j^2
//
// where z_i = v_i r_i. The intercept is always at its best value, by centring with the weights v.
namespace ridge::detail {

using Features = std::vector<Index>;

/// The penalty of each feature for one lambda.
struct Strengths {
  Vector<double> l1, l2;
};

/// How long a descent may take, counted over all of a fit for one lambda.
struct Passes {
  int done = 0, most = 0;
  bool settled = false;  // at the end of the last descent
  bool spent() const { return done >= most; }
};

/// The minimum along one coordinate, with this curvature and the negative gradient g at `value`.
inline double coordinate_minimum(double g, double value, double curvature, double l1, double l2) {
  const double u = g + curvature * value;
  if (std::abs(u) <= l1) return 0;
  return (u - std::copysign(l1, u)) / (curvature + l2);
}

/// When a descent ends: as nothing moves by more than `least`, or than this share of the first
/// sweep's largest move.
struct Tolerance {
  double least, share = 0;
};

/// Sweeps over `all` until it ends, in between over what is not zero alone.
/// @param sweep(features) descends along each of them and returns the largest move
template <class Sweep>
void descend(const Features& all, const Vector<double>& b, Tolerance ends, Passes& passes,
             const Sweep& sweep) {
  Features active;
  double tolerance = ends.least;
  passes.settled = false;
  for (bool first = true; !passes.spent(); first = false) {
    ++passes.done;
    const double largest = sweep(all);
    if (first) tolerance = std::max(tolerance, ends.share * largest);
    passes.settled = largest <= tolerance;
    if (passes.settled) return;
    active.clear();
    for (const Index j : all)
      if (b(j) != 0) active.push_back(j);
    if (active.size() == all.size()) continue;
    while (!passes.spent()) {
      ++passes.done;
      if (sweep(active) <= tolerance) break;
    }
  }
}

/// Keeps residuals: a sweep costs what the features' columns hold.
template <class Design>
class ResidualDescent {
 public:
  ResidualDescent(const Design& design, bool intercept)
      : design_(design),
        intercept_(intercept),
        seen_(static_cast<std::size_t>(design.features()), 0),
        mean_(design.features()),
        curvature_(design.features()) {}

  /// Begins with these weights and residuals.
  void begin(const Vector<double>& v, const Vector<double>& z) {
    v_ = v;
    z_ = z;
    total_ = v.sum();
    ++time_;
    size_ = z_.lpNorm<1>();
    folded_ = 0;
    shift_ = intercept_ ? -z_.sum() / total_ : 0;
  }

  /// Begins without weights or intercept, which the design has absorbed.
  void begin(const Vector<double>& z) {
    v_.resize(0);
    z_ = z;
    ++time_;
    intercept_ = false;
  }

  /// Descends from b and returns by how much the intercept has moved.
  double solve(const Features& all, const Strengths& strengths, Tolerance tolerance, Passes& passes,
               Vector<double>& b) {
    for (const Index j : all) prepare(j);
    descend(all, b, tolerance, passes, [&](const Features& features) {
      double largest = 0;
      for (const Index j : features) {
        const double curvature = curvature_(j);
        if (curvature <= 0) continue;
        const double g = design_.dot(j, z_) + shift_ * total_ * mean_(j);
        const double next =
            coordinate_minimum(g, b(j), curvature, strengths.l1(j), strengths.l2(j));
        const double move = next - b(j);
        if (move == 0) continue;
        b(j) = next;
        if (v_.size() > 0)
          design_.add(j, -move, v_, z_);
        else
          design_.add(j, -move, z_);
        shift_ += move * mean_(j);
        largest = std::max(largest, std::sqrt(curvature) * std::abs(move));
      }
      if (std::abs(shift_) * total_ > size_) fold();
      return largest;
    });
    return -(folded_ + shift_);
  }

  /// The residuals as they are now: z.
  Vector<double> residuals() const { return shift_ == 0 ? z_ : Vector<double>(z_ + shift_ * v_); }
  /// Of the last solve's features.
  double curvature(Index j) const { return curvature_(j); }

 private:
  void prepare(Index j) {
    if (seen_[static_cast<std::size_t>(j)] == time_) return;
    seen_[static_cast<std::size_t>(j)] = time_;
    mean_(j) = intercept_ ? design_.dot(j, v_) / total_ : 0;
    curvature_(j) = v_.size() > 0 ? design_.moment(j, v_, mean_(j), total_) : design_.square(j);
  }

  /// Takes the intercept's moves into the residuals. Features with means far from 0 would make them
  /// so large that the rounding of gradients never lets a descent end.
  void fold() {
    z_ += shift_ * v_;
    folded_ += shift_;
    shift_ = -z_.sum() / total_;
  }

  const Design& design_;
  bool intercept_;
  int time_ = 0;
  std::vector<int> seen_;
  Vector<double> v_, z_, mean_, curvature_;
  double total_ = 0;
  double size_ = 0;    // sum |z| at first
  double shift_ = 0;   // z is z_ + shift_ v_: what the intercept's moves come to
  double folded_ = 0;  // and what of them z_ has already
};

/// Keeps gradients: a sweep costs as many numbers as there are features, whatever the samples. For
/// centred dense features and weights that are in them already.
class GramDescent {
 public:
  /// @param gram      of the features: sum_i v_i x_ij x_ik
  /// @param gradients sum_i v_i x_ij r_i
  GramDescent(Matrix<double> gram, Vector<double> gradients)
      : gram_(std::move(gram)), gradients_(std::move(gradients)) {}

  void solve(const Features& all, const Strengths& strengths, Tolerance tolerance, Passes& passes,
             Vector<double>& b) {
    descend(all, b, tolerance, passes, [&](const Features& features) {
      double largest = 0;
      for (const Index j : features) {
        const double curvature = gram_(j, j);
        if (curvature <= 0) continue;
        const double next =
            coordinate_minimum(gradients_(j), b(j), curvature, strengths.l1(j), strengths.l2(j));
        const double move = next - b(j);
        if (move == 0) continue;
        b(j) = next;
        gradients_ -= move * gram_.col(j);
        largest = std::max(largest, std::sqrt(curvature) * std::abs(move));
      }
      return largest;
    });
  }

  const Vector<double>& gradients() const { return gradients_; }
  const Matrix<double>& gram() const { return gram_; }

 private:
  Matrix<double> gram_;
  Vector<double> gradients_;
};

}  // namespace ridge::detail
