#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/optimizers/weight_decay.hpp>
#include <ridge/penalties/objective.hpp>

namespace ridge {

/// A weight of a network, outputs x inputs, with its name.
struct NamedWeight {
  std::string name{};
  Matrix<double> values{};
};

/// The weights of a network, in order, without biases, scales and the like.
template <class Net>
std::vector<NamedWeight> weights_of(const Net& net) {
  std::vector<NamedWeight> all;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    if (parameter.role == Role::weight)
      all.push_back({name, parameter.value.template cast<double>()});
  });
  return all;
}

/// How many elements of one parameter are zero.
struct Sparsity {
  std::string name;
  Index size = 0, zeros = 0;

  double share() const { return static_cast<double>(zeros) / static_cast<double>(size); }
};

/// The zeros of each weight of a network.
template <Layer Net>
std::vector<Sparsity> sparsity(const Net& net) {
  std::vector<Sparsity> all;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    if (parameter.role != Role::weight) return;
    const auto zeros = (parameter.value.array() == 0).count();
    all.push_back({name, parameter.value.size(), static_cast<Index>(zeros)});
  });
  return all;
}

namespace detail {

inline const char* name_of(Role role) {
  switch (role) {
    case Role::weight:
      return "weight";
    case Role::bias:
      return "bias";
    case Role::scale:
      return "scale";
    case Role::shift:
      return "shift";
    case Role::statistic:
      return "statistic";
  }
  return "";
}

/// Rows of text in columns as wide as their widest entry.
inline std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t k = 0; k < row.size(); ++k)
      line += row[k] + std::string(widths[k] - row[k].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// What an optimizer's weight decay does to a parameter, and why.
template <class O>
std::string describe_decay(const O& optimizer, const ParameterInfo& info) {
  if (info.role == Role::statistic) return "none: not trained";
  if constexpr (requires { std::visit([](const auto&) {}, optimizer.chosen); })
    return std::visit([&](const auto& chosen) { return describe_decay(chosen, info); },
                      optimizer.chosen);
  if constexpr (requires {
                  optimizer.weight_decay;
                  optimizer.decay;
                  optimizer.decays.contains(info);
                }) {
    if (optimizer.weight_decay == 0) return "none: weight_decay is 0";
    if (!optimizer.decays.contains(info)) return "none: not among .decays";
    switch (optimizer.decay) {
      case Decay::coupled:
        return text(optimizer.weight_decay, " coupled: added to the gradient");
      case Decay::decoupled:
        return text(optimizer.weight_decay, " decoupled: times the learning rate, ",
                    optimizer.schedule * optimizer.learning_rate * optimizer.weight_decay,
                    " a step");
      case Decay::independent:
        return text(optimizer.weight_decay,
                    " independent: ", optimizer.schedule * optimizer.weight_decay, " a step");
    }
  }
  return "none: the optimizer has none";
}

}  // namespace detail

/// A table of what shrinks each parameter of a network, and why: name, role, size, penalty, decay.
/// @throws ValueError if a penalty or the decay names a parameter that there is not
template <Layer Net, class O, Optimizer Opt>
std::string decay_report(const Net& net, const O& objective, const Opt& optimizer) {
  const auto infos = describe_parameters(net);
  const auto whole = as_objective(objective);
  detail::require_known(whole.penalty, infos);
  if constexpr (requires { optimizer.require_known(infos); }) optimizer.require_known(infos);
  if constexpr (requires { optimizer.decays.require_known(infos, "weight_decay"); })
    optimizer.decays.require_known(infos, "weight_decay");
  std::vector<std::vector<std::string>> rows{{"parameter", "role", "size", "penalty", "decay"}};
  for (const ParameterInfo& info : infos) {
    std::string penalty = detail::describe(whole.penalty.at(info));
    if (penalty.empty()) penalty = "none";
    rows.push_back({info.name, detail::name_of(info.role),
                    detail::text(info.rows, " x ", info.cols), penalty,
                    detail::describe_decay(optimizer, info)});
  }
  return detail::table(rows);
}

}  // namespace ridge
