#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/selection.hpp>

namespace ridge {

/// w >= 0: what is below becomes 0 after each update. It touches weights only, unless told
/// otherwise by `on`.
class NonNegative {
 public:
  explicit NonNegative(Selection selection = Role::weight) : selection_(std::move(selection)) {}

  NonNegative on(Selection selection) const { return NonNegative(std::move(selection)); }

  /// As it applies to one parameter.
  struct Term : detail::Indicator {
    bool active;

    explicit Term(bool a) : active(a) {}
    template <class W>
    void project(W& w) const {
      if (active) w = w.max(typename W::Scalar(0));
    }
    Term scaled(double) const { return *this; }
    std::string describe() const { return active ? ">= 0" : ""; }
  };

  Term at(const ParameterInfo& info) const { return Term(selection_.contains(info)); }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "NonNegative");
  }

  friend bool operator==(const NonNegative&, const NonNegative&) = default;

 private:
  Selection selection_;
};

}  // namespace ridge
