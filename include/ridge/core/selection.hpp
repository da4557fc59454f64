#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>

namespace ridge {

/// Which parameters something touches: those of some roles, `Role::weight | Role::bias`, or those
/// that are named. A name is that of a parameter, "fc1.bias", or that of a layer, "fc1", which
/// stands for the layer's weights.
class Selection {
 public:
  Selection(Role role) : roles_(role) {}
  Selection(Roles roles) : roles_(roles) {}
  Selection(std::string name) : roles_(Role::weight), names_{std::move(name)} {}
  Selection(const char* name) : Selection(std::string(name)) {}
  /// @throws ValueError for an empty list, which would seem to mean nothing
  Selection(std::initializer_list<std::string> names) : roles_(Role::weight), names_(names) {
    if (names_.empty())
      throw ValueError("Selection: {} selects nothing; give a role or a name, or leave it out");
  }

  bool contains(const ParameterInfo& info) const {
    if (info.role == Role::statistic) return false;  // it is not trained
    if (names_.empty()) return roles_.contains(info.role);
    for (const std::string& name : names_)
      if (matches(name, info)) return true;
    return false;
  }

  /// @throws ValueError for a name that is none of the parameters', naming `who` selected it
  void require_known(const std::vector<ParameterInfo>& infos, std::string_view who) const {
    for (const std::string& name : names_) {
      const auto matches_name = [&](const ParameterInfo& info) {
        return info.role != Role::statistic && matches(name, info);
      };
      if (std::any_of(infos.begin(), infos.end(), matches_name)) continue;
      std::string all;
      for (const ParameterInfo& info : infos)
        if (info.role != Role::statistic) all += (all.empty() ? "" : ", ") + info.name;
      throw ValueError(detail::text(who, ": no parameter that is trained is named \"", name,
                                    "\", and no layer with weights. There are: ", all));
    }
  }

  friend bool operator==(const Selection&, const Selection&) = default;

 private:
  bool matches(std::string_view name, const ParameterInfo& info) const {
    if (info.name == name) return true;
    return roles_.contains(info.role) && info.name.size() > name.size() &&
           info.name[name.size()] == '.' && std::string_view(info.name).starts_with(name);
  }

  Roles roles_;
  std::vector<std::string> names_;
};

}  // namespace ridge
