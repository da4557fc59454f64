#pragma once

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>

namespace ridge {

/// lambda/2 * sum(w^2), gradient lambda * w: the same number as the `weight_decay` of `SGD`. It
/// touches weights only, unless told otherwise by `on`.
class L2 {
 public:
  /// @throws ValueError if lambda is negative, infinite or NaN
  explicit L2(double lambda, Roles roles = Role::weight) : lambda_(lambda), roles_(roles) {
    detail::require_non_negative(lambda, "L2: lambda");
  }

  /// The textbook's lambda * sum(w^2), gradient 2 lambda w.
  static L2 sum_of_squares(double lambda) {
    detail::require_non_negative(lambda, "L2::sum_of_squares: lambda");
    return L2(2 * lambda);
  }

  /// The same penalty on parameters of other roles: `L2{1e-4}.on(Role::weight | Role::bias)`.
  L2 on(Roles roles) const { return L2(lambda_, roles); }

  double lambda() const { return lambda_; }
  Roles roles() const { return roles_; }

  L2 at(const ParameterInfo& info) const { return roles_.contains(info.role) ? *this : L2(0); }

  template <class W>
  double value(const W& w) const {
    return lambda_ / 2 * w.template cast<double>().square().sum();
  }
  template <class W>
  auto gradient(const W& w) const {
    return static_cast<typename W::Scalar>(lambda_) * w;
  }

  friend bool operator==(const L2&, const L2&) = default;

 private:
  double lambda_;
  Roles roles_;
};

static_assert(Penalty<L2>);

}  // namespace ridge
