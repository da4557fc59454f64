#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/state.hpp>

namespace ridge::detail {

/// What an optimizer remembers of each parameter of a network from step to step, in arrays of the
/// parameter's shape, and its rules for the present step.
template <class Net, class O>
class OptimizerMemory {
 public:
  using Scalar = ScalarOf<Net>;
  using Rule = std::remove_const_t<decltype(std::declval<const O&>().template rule<Scalar>(
      std::int64_t{}, std::declval<const ParameterInfo&>()))>;
  static constexpr auto array_count = static_cast<std::size_t>(O::memory_arrays);
  using Arrays = std::array<Scalar*, array_count>;

  /// Clears the arrays that the optimizer begins to use.
  /// @param steps that were made before
  void prepare(const Net& net, const O& optimizer, std::int64_t steps) {
    if constexpr (requires { optimizer.memory_kind(); })
      if (const auto kind = optimizer.memory_kind(); kind != kind_) {
        kind_ = kind;
        used_ = 0;
      }
    if (used_ == 0) begun_ = steps;
    for (int k = used_; k < optimizer.arrays_used(); ++k) clear(net, k);
    used_ = std::max(used_, optimizer.arrays_used());
  }

  /// Makes the rules for one step, one for each parameter: at once, since most of what they are
  /// made of is the same.
  /// @param steps that were made before
  void prepare_rules(const O& optimizer, const std::vector<ParameterInfo>& infos,
                     std::int64_t steps) {
    for (std::size_t k = 0; k < infos.size(); ++k)
      if (infos[k].role != Role::statistic)
        rules_[k].emplace(optimizer.template rule<Scalar>(steps - begun_, infos[k]));
  }

  /// The rule of the k-th parameter that is present.
  const Rule& rule(std::size_t k) const { return *rules_[k]; }

  /// The arrays of the I-th parameter, of which those that are not in use may have no elements.
  template <std::size_t I>
  Arrays of() {
    Arrays pointers{};
    if constexpr (is_trained<Net, I>)
      for (std::size_t k = 0; k < array_count; ++k) pointers[k] = std::get<I>(arrays_)[k].data();
    return pointers;
  }
  /// The same of every parameter, present or not.
  std::array<Arrays, parameter_count<Net>> of_all() {
    std::array<Arrays, parameter_count<Net>> all;
    for_each_index<parameter_count<Net>>([&](auto i) { all[i] = of<i>(); });
    return all;
  }
  /// Whether the optimizer uses the k-th array of each parameter.
  bool is_used(std::size_t k) const { return static_cast<int>(k) < used_; }

  /// A state with another kind of memory is refused, before anything of it is read.
  void visit_kind(StateVisitor& visit) const { visit.same("optimizer.kind", kind_); }

  /// @param steps that the trainer has made
  /// @throws ValueError if what is read cannot be of such an optimizer
  void visit_state(StateVisitor& visit, const Net& net, const std::vector<ParameterInfo>& infos,
                   std::int64_t steps) {
    visit("optimizer.begun", begun_);
    visit("optimizer.arrays", used_);
    if (visit.reads()) {
      if (begun_ < 0 || begun_ > steps)
        throw ValueError(text("its optimizer began in step ", begun_));
      if (used_ < 0 || used_ > O::memory_arrays)
        throw ValueError(text("its optimizer has ", used_, " arrays of memory"));
      for (int k = 0; k < used_; ++k) clear(net, k);
    }
    for (int k = 0; k < used_; ++k)
      for_each_present(net, [&](auto i, const auto&, std::size_t place) {
        if constexpr (is_trained<Net, i>)
          visit.sized(text("optimizer.", k, ".", infos[place].name),
                      std::get<i>(arrays_)[static_cast<std::size_t>(k)]);
      });
  }

 private:
  template <class M>
  using Each = std::array<M, array_count>;

  void clear(const Net& net, int k) {
    for_each_present(net, [&](auto i, const auto& parameter, std::size_t) {
      if constexpr (is_trained<Net, i>)
        std::get<i>(arrays_)[static_cast<std::size_t>(k)].setZero(parameter.value.rows(),
                                                                  parameter.value.cols());
    });
  }

  PerParameter<Net, Each> arrays_;
  std::array<std::optional<Rule>, parameter_count<Net>> rules_;  // of those that are present
  std::int64_t begun_ = 0;                                       // after so many steps
  int used_ = 0;
  std::size_t kind_ = 0;
};

}  // namespace ridge::detail
