#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/selection.hpp>
#include <ridge/kernels/groups.hpp>

namespace ridge {

/// |w_g| <= limit for the weights into each neuron (Srebro and Shraibman, 2005): a group that is
/// longer is scaled back after each update. It touches weights only, unless told otherwise by `on`.
class MaxNorm {
 public:
  /// @param limit infinity is none
  /// @throws ValueError if the limit is not above 0
  explicit MaxNorm(double limit, Groups groups = Groups::incoming,
                   Selection selection = Role::weight)
      : limit_(limit), groups_(groups), selection_(std::move(selection)) {
    if (!(limit > 0))
      throw ValueError(detail::text("MaxNorm: the limit must be above 0, got ", limit));
  }

  MaxNorm on(Selection selection) const { return MaxNorm(limit_, groups_, std::move(selection)); }
  double limit() const { return limit_; }

  /// As it applies to one parameter.
  struct Term : detail::Indicator {
    double limit;
    Groups of;
    bool active;

    Term(double l, Groups g, bool a) : limit(l), of(g), active(a) {}
    template <class W>
    void project_groups(W& w) const {
      using S = typename W::Scalar;
      const S most = static_cast<S>(limit);
      if (active)
        detail::scale_groups(w.data(), w.rows(), w.cols(), of,
                             [&](S norm) { return norm > most ? most / norm : S(1); });
    }
    /// What norms it allows.
    NormBounds bounds() const { return {0, active ? limit : NormBounds{}.most}; }
    std::optional<Groups> groups() const { return active ? std::optional(of) : std::nullopt; }
    Term scaled(double) const { return *this; }
    std::string describe() const {
      return !active                  ? ""
             : of == Groups::incoming ? detail::text("norm <= ", limit)
                                      : detail::text("norm <= ", limit, " outgoing");
    }
  };

  Term at(const ParameterInfo& info) const {
    return {limit_, groups_, std::isfinite(limit_) && selection_.contains(info)};
  }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "MaxNorm");
  }

  friend bool operator==(const MaxNorm&, const MaxNorm&) = default;

 private:
  double limit_;
  Groups groups_;
  Selection selection_;
};

}  // namespace ridge
