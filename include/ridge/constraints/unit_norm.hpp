#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/selection.hpp>
#include <ridge/kernels/groups.hpp>

namespace ridge {

/// |w_g| = 1 for the weights into each neuron: every group is scaled to it after each update,
/// except one that is zero. It touches weights only, unless told otherwise by `on`.
class UnitNorm {
 public:
  explicit UnitNorm(Groups groups = Groups::incoming, Selection selection = Role::weight)
      : groups_(groups), selection_(std::move(selection)) {}

  UnitNorm on(Selection selection) const { return UnitNorm(groups_, std::move(selection)); }

  /// As it applies to one parameter.
  struct Term : detail::Indicator {
    Groups of;
    bool active;

    Term(Groups g, bool a) : of(g), active(a) {}
    template <class W>
    void project_groups(W& w) const {
      using S = typename W::Scalar;
      if (active)
        detail::scale_groups(w.data(), w.rows(), w.cols(), of,
                             [](S norm) { return norm > 0 ? 1 / norm : S(1); });
    }
    /// What norms it allows.
    NormBounds bounds() const { return active ? NormBounds{1, 1} : NormBounds{}; }
    std::optional<Groups> groups() const { return active ? std::optional(of) : std::nullopt; }
    Term scaled(double) const { return *this; }
    std::string describe() const { return active ? "norm = 1" : ""; }
  };

  Term at(const ParameterInfo& info) const { return {groups_, selection_.contains(info)}; }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "UnitNorm");
  }

  friend bool operator==(const UnitNorm&, const UnitNorm&) = default;

 private:
  Groups groups_;
  Selection selection_;
};

}  // namespace ridge
