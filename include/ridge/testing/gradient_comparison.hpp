#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

/// What a comparison of gradients with finite differences came to.
struct GradientCheck {
  double error = 0;   ///< the largest, relative to the largest element of its matrix
  std::string where;  ///< which matrix that is in: "x", "fc1.weight"; empty if there was none
  Index row = 0, column = 0;
  double analytic = 0;  ///< the element, by the code that is checked
  double numeric = 0;   ///< the same by central differences

  /// How far two functions are apart that should give the same numbers, relative to the largest.
  double disagreement = 0;
  std::string functions;  ///< which two

  bool passes(double tolerance = 1e-6) const { return error < tolerance && disagreement < 1e-12; }

  /// Where the largest error is, as a sentence.
  std::string describe() const {
    std::string sentence = "there was no gradient to compare";
    if (!where.empty())
      sentence = detail::text("the gradient of ", where, " in row ", row, ", column ", column,
                              " is ", analytic, ", by finite differences ", numeric,
                              ": the error is ", error, " of the largest element");
    if (!(disagreement < 1e-12))
      sentence += detail::text("; ", functions, " differ by ", disagreement);
    return sentence;
  }
};

namespace detail {

inline constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// The central difference (f(x + h) - f(x - h)) / 2h in one element of x, on which f() depends;
/// h = step max(1, |x|).
template <class X, class F>
double central_difference(X& x, Index row, Index col, double step, const F& f) {
  const double value = x(row, col);
  const double h = step * std::max(1.0, std::abs(value));
  const double right = value + h, left = value - h;  // h as it is after rounding
  x(row, col) = right;
  const double above = f();
  x(row, col) = left;
  const double below = f();
  x(row, col) = value;
  return (above - below) / (right - left);
}

/// Compares gradients and keeps the worst.
class GradientComparison {
 public:
  /// @param gradient  with respect to x
  /// @param f         the function; it takes x as it then is
  /// @param magnitude of the terms that f is a sum of: elements below a thousandth of it are not
  ///                  told from zero more exactly, since there the rounding of f shows
  /// @throws ShapeError if the gradient is not shaped as x
  template <class X, class F>
  void compare(const std::string& name, const Matrix<double>& gradient, X& x, const F& f,
               double magnitude) {
    if (gradient.size() == 0 && x.size() != 0)
      throw ShapeError(text("there is no gradient of ", name,
                            ": a layer's backward calls gradients(...) once, with one for each "
                            "parameter"));
    if (gradient.rows() != x.rows() || gradient.cols() != x.cols())
      throw ShapeError(text("the gradient of ", name, " is ", gradient.rows(), " x ",
                            gradient.cols(), ", but ", name, " is ", x.rows(), " x ", x.cols(),
                            "; a layer's gradients come in the order of its parameters()"));
    // Near the cube root of double's precision truncation and rounding are equally small.
    constexpr double step = 6e-6;
    Matrix<double> differences(x.rows(), x.cols());
    double largest = std::max(1e-3 * magnitude, std::numeric_limits<double>::min());
    for (Index j = 0; j < x.cols(); ++j)
      for (Index i = 0; i < x.rows(); ++i) {
        differences(i, j) = central_difference(x, i, j, step, f);
        largest = std::max({largest, std::abs(differences(i, j)), std::abs(gradient(i, j))});
      }
    for (Index j = 0; j < x.cols(); ++j)
      for (Index i = 0; i < x.rows(); ++i) {
        const double analytic = gradient(i, j);
        double numeric = differences(i, j);
        double error = std::abs(analytic - numeric) / largest;
        if (error > 1e-7) {  // there may be a kink between x - h and x + h, that of a ReLU
          const double closer = central_difference(x, i, j, step / 64, f);
          if (std::abs(analytic - closer) / largest < error) numeric = closer;
          error = std::abs(analytic - numeric) / largest;
        }
        if (!std::isfinite(error)) error = std::numeric_limits<double>::infinity();
        if (check_.where.empty() || error > check_.error) {
          check_.error = error;
          check_.where = name;
          check_.row = i;
          check_.column = j;
          check_.analytic = analytic;
          check_.numeric = numeric;
        }
      }
  }

  /// Two results that should be the same.
  void agree(const std::string& functions, const Matrix<double>& a, const Matrix<double>& b) {
    double largest = std::numeric_limits<double>::min(), difference = 0;
    for (Index k = 0; k < a.size(); ++k) {
      const double apart = std::abs(a.reshaped()(k) - b.reshaped()(k));
      largest = std::max({largest, std::abs(a.reshaped()(k)), std::abs(b.reshaped()(k))});
      difference = std::isfinite(apart) ? std::max(difference, apart)
                                        : std::numeric_limits<double>::infinity();
    }
    if (difference / largest > check_.disagreement) {
      check_.disagreement = difference / largest;
      check_.functions = functions;
    }
  }
  void agree(const std::string& functions, double a, double b) {
    agree(functions, Matrix<double>::Constant(1, 1, a), Matrix<double>::Constant(1, 1, b));
  }

  const GradientCheck& result() const { return check_; }

 private:
  GradientCheck check_;
};

}  // namespace detail
}  // namespace ridge
