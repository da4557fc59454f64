#pragma once

#include <cmath>
#include <functional>
#include <limits>

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// A function of a vector, which sets its gradient; infinite where it has no value.
using SmoothFunction = std::function<double(const Vector<double>& x, Vector<double>& gradient)>;

/// A point where a smooth function of a few variables is about smallest between bounds: BFGS on the
/// variables that are not held by their bounds, with backtracking along the projected path
/// (Bertsekas, 1982). The value is never larger than at the start.
inline Vector<double> minimize_in_box(const SmoothFunction& f, const Vector<double>& start,
                                      const Vector<double>& low, const Vector<double>& high,
                                      int iterations) {
  const Index n = start.size();
  const auto inside = [&](const Vector<double>& x) -> Vector<double> {
    return x.cwiseMax(low).cwiseMin(high);
  };
  Vector<double> x = inside(start), gradient(n), next_gradient(n);
  double value = f(x, gradient);
  Matrix<double> inverse = Matrix<double>::Identity(n, n);  // of the Hessian
  bool fresh = true;
  for (int iteration = 0; iteration < iterations && std::isfinite(value); ++iteration) {
    const auto held = [&](Index i) {
      return (x(i) <= low(i) && gradient(i) > 0) || (x(i) >= high(i) && gradient(i) < 0);
    };
    Vector<double> free = gradient;
    for (Index i = 0; i < n; ++i)
      if (held(i)) free(i) = 0;
    if (free.cwiseAbs().maxCoeff() < 1e-6) break;
    Vector<double> direction = -(inverse * free);
    for (Index i = 0; i < n; ++i)
      if (held(i)) direction(i) = 0;
    if (fresh || !(direction.dot(free) < 0)) {
      inverse.setIdentity();
      direction = -free / std::fmax(1.0, free.norm());
    }
    double step = 1, next_value = std::numeric_limits<double>::infinity();
    Vector<double> next;
    for (int halvings = 0; halvings < 20; ++halvings, step /= 2) {
      next = inside(x + step * direction);
      next_value = f(next, next_gradient);
      if (next_value <= value + 1e-4 * gradient.dot(next - x)) break;
      next_value = std::numeric_limits<double>::infinity();
    }
    if (!std::isfinite(next_value)) {
      if (fresh) break;
      fresh = true;  // once more, along the gradient
      continue;
    }
    const Vector<double> s = next - x, y = next_gradient - gradient;
    const double sy = s.dot(y), gain = value - next_value;
    if (sy > 1e-10 * s.norm() * y.norm()) {
      if (fresh) inverse *= sy / y.squaredNorm();
      const Vector<double> hy = inverse * y;
      inverse += (sy + y.dot(hy)) / (sy * sy) * s * s.transpose() -
                 (hy * s.transpose() + s * hy.transpose()) / sy;
    }
    fresh = false;
    x = next;
    value = next_value;
    gradient = next_gradient;
    if (gain < 1e-9 * (1 + std::abs(value))) break;
  }
  return x;
}

}  // namespace ridge::detail
