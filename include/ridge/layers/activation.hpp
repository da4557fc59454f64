#pragma once

#include <tuple>
#include <type_traits>

#include <ridge/core/concepts.hpp>

namespace ridge {

/// The base of a layer that applies one function to every element. The derived class gives, for an
/// Eigen array x and y = f(x), as array expressions:
///   `static/const value(x)`          f(x)
///   `static/const derivative(x, y)`  f'(x); or
///   `static/const derivative(y)`     f'(x) by y alone: a layer before it then applies f to what it
///                                    computes while that is in registers, and x is never stored
template <class Derived>
class Activation {
 public:
  static constexpr bool elementwise = true;

  Index output_size(Index rows) const { return rows; }
  std::tuple<> parameters() const { return {}; }

  template <class X, class Y>
  void infer(const X& x, Y& y) const {
    y.array() = self().value(x.array());
  }

  template <class X, class Y>
  void forward(const X& x, Y& y, NoCache) const {
    infer(x, y);
  }

  template <class X, class Y, class DY, class DX, class G>
  void backward([[maybe_unused]] const X& x, const Y& y, const DY& dy, DX& dx, NoCache,
                G&& gradients) const {
    if constexpr (requires { self().derivative(y.array()); })
      dx.array() = dy.array() * self().derivative(y.array());  // dx = dy f'(x)
    else
      dx.array() = dy.array() * self().derivative(x.array(), y.array());
    gradients();
  }

  /// One that has members compares them itself.
  friend bool operator==(const Activation&, const Activation&) requires std::is_empty_v<Derived> {
    return true;
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

}  // namespace ridge
