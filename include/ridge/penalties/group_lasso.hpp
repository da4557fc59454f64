#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/selection.hpp>
#include <ridge/kernels/groups.hpp>

namespace ridge {

/// lambda * sum over groups of sqrt(p) |w_g|, p being a group's size (Yuan and Lin, 2006): by its
/// proximal step after each update, the weights into a neuron, or out of an input, become zero
/// together. It touches weights only, unless told otherwise by `on`.
class GroupLasso {
 public:
  /// @throws ValueError if lambda is negative, infinite or NaN
  explicit GroupLasso(double lambda, Groups groups = Groups::incoming,
                      Selection selection = Role::weight)
      : lambda_(lambda), groups_(groups), selection_(std::move(selection)) {
    detail::require_non_negative(lambda, "GroupLasso: lambda");
  }

  GroupLasso on(Selection selection) const {
    return GroupLasso(lambda_, groups_, std::move(selection));
  }
  double lambda() const { return lambda_; }

  /// As it applies to one parameter: a whole one, since it needs the norms of its groups.
  struct Term {
    double lambda;
    Groups of;

    template <class W>
    double value(const W& w) const {
      if (lambda == 0) return 0;
      const auto v = w.template cast<double>().matrix();
      return of == Groups::incoming ? weight_of(w) * v.rowwise().norm().sum()
                                    : weight_of(w) * v.colwise().norm().sum();
    }
    /// lambda sqrt(p) w / |w_g|, and 0 where a group is zero.
    template <class W>
    auto gradient(const W& w) const {
      using S = typename W::Scalar;
      typename W::PlainObject g = w;
      const auto factor = [&](S norm) { return norm == 0 ? S(0) : S(weight_of(w)) / norm; };
      detail::scale_groups(g.data(), g.rows(), g.cols(), of, factor);
      return g;
    }
    template <class W>
    auto smooth_gradient(const W& w) const {
      return W::PlainObject::Zero(w.rows(), w.cols());
    }
    /// @param steps the step size, a number, or an array with one for each element
    template <class W, class Steps>
    void prox_groups(W& w, const Steps& steps) const {
      using S = typename W::Scalar;
      if (lambda == 0) return;
      const double strength = weight_of(w);
      if constexpr (std::is_arithmetic_v<Steps>) {
        const S t = static_cast<S>(strength) * steps;
        detail::scale_groups(w.data(), w.rows(), w.cols(), of,
                             [&](S norm) { return norm <= t ? S(0) : 1 - t / norm; });
      } else {
        const Index rows = w.rows(), cols = w.cols();
        const Index groups = of == Groups::incoming ? rows : cols;
        const Index count = of == Groups::incoming ? cols : rows;
        detail::share(groups, 1, 20 * detail::work_of(rows, 1, cols),
                      [&](int, Index from, Index to) {
                        for (Index group = from; group < to; ++group)
                          detail::shrink_group(w.data(), count, strength, steps, [&](Index k) {
                            return of == Groups::incoming ? group + k * rows : k + group * rows;
                          });
                      });
      }
    }
    std::optional<Groups> groups() const { return lambda == 0 ? std::nullopt : std::optional(of); }
    Term scaled(double factor) const { return {factor * lambda, of}; }
    std::string describe() const {
      return lambda == 0 ? ""
                         : detail::text("group lasso ", lambda,
                                        of == Groups::incoming ? " incoming" : " outgoing");
    }

   private:
    template <class W>
    double weight_of(const W& w) const {
      return lambda * std::sqrt(static_cast<double>(of == Groups::incoming ? w.cols() : w.rows()));
    }
  };

  Term at(const ParameterInfo& info) const {
    return {selection_.contains(info) ? lambda_ : 0, groups_};
  }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "GroupLasso");
  }

  friend bool operator==(const GroupLasso&, const GroupLasso&) = default;

 private:
  double lambda_;
  Groups groups_;
  Selection selection_;
};

}  // namespace ridge
