#pragma once

#include <concepts>
#include <cstddef>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>

namespace ridge {

/// A copy of every parameter of a network, statistics included, whatever its type.
class Snapshot {
 public:
  Snapshot() = default;

  template <class Net>
  requires(!std::same_as<Net, Snapshot>) explicit Snapshot(const Net& net) { take(net); }

  bool empty() const { return values_.empty(); }

  template <Layer Net>
  void take(const Net& net) {
    values_.resize(parameter_count<Net>);
    visit(net, [](const auto& parameter, Matrix<double>& kept) {
      kept = parameter.template cast<double>();
    });
  }

  /// Gives the network the copied values.
  /// @throws ShapeError if they are not of such a network
  template <Layer Net>
  void restore(Net& net) const {
    if (values_.size() != parameter_count<Net>)
      throw ShapeError(detail::text("Snapshot: has ", values_.size(), " parameters, the network ",
                                    parameter_count<Net>));
    visit(net, [](auto& parameter, const Matrix<double>& kept) {
      if (parameter.rows() != kept.rows() || parameter.cols() != kept.cols())
        throw ShapeError("Snapshot: a parameter of the network has another shape");
      parameter = kept.cast<typename std::remove_cvref_t<decltype(parameter)>::Scalar>();
    });
  }

  /// Moves towards the network's values by a share of the way, from them at first.
  template <Layer Net>
  void approach(const Net& net, double share) {
    if (empty()) return take(net);
    visit(net, [&](const auto& parameter, Matrix<double>& kept) {
      kept += share * (parameter.template cast<double>() - kept);
    });
  }

  bool all_finite() const {
    for (const auto& value : values_)
      if (!value.allFinite()) return false;
    return true;
  }

 private:
  template <class Net, class F>
  void visit(Net& net, const F& f) {
    std::size_t i = 0;
    for_each_parameter(net, [&](const auto&, const auto& p) { f(p.value, values_[i++]); });
  }
  template <class Net, class F>
  void visit(Net& net, const F& f) const {
    std::size_t i = 0;
    for_each_parameter(net, [&](const auto&, const auto& p) { f(p.value, values_[i++]); });
  }

  std::vector<Matrix<double>> values_;
};

}  // namespace ridge
