#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/state.hpp>

namespace ridge {

/// A copy of every parameter of a network that is present, statistics included, whatever its type.
class Snapshot {
 public:
  Snapshot() = default;

  template <class Net>
  requires(!std::same_as<Net, Snapshot>) explicit Snapshot(const Net& net) { take(net); }

  bool empty() const { return values_.empty(); }

  template <Layer Net>
  void take(const Net& net) {
    values_.resize(count(net));
    visit(net, values_, [](const auto& parameter, Matrix<double>& kept) {
      kept = parameter.template cast<double>();
    });
  }

  /// Gives the network the copied values.
  /// @throws ShapeError, before anything changes, if they are not of such a network
  template <Layer Net>
  void restore(Net& net) const {
    require_shapes(net);
    visit(net, values_, [](auto& parameter, const Matrix<double>& kept) {
      parameter = kept.cast<typename std::remove_cvref_t<decltype(parameter)>::Scalar>();
    });
  }

  /// Moves towards the network's values by a share of the way, from them at first.
  template <Layer Net>
  void approach(const Net& net, double share) {
    if (empty()) return take(net);
    require_shapes(net);
    visit(net, values_, [&](const auto& parameter, Matrix<double>& kept) {
      kept += share * (parameter.template cast<double>() - kept);
    });
  }

  void visit_state(StateVisitor& visit) { visit("values", values_); }

  bool all_finite() const {
    for (const auto& value : values_)
      if (!detail::all_finite(value.data(), value.size())) return false;
    return true;
  }

  /// @throws ShapeError if it is not of such a network
  template <Layer Net>
  void require_fits(const Net& net) const {
    if (!empty()) require_shapes(net);
  }

 private:
  /// Calls f(parameter, its copy) for each. By position: names would be allocated.
  template <class Net, class Values, class F>
  static void visit(Net& net, Values& values, const F& f) {
    detail::for_each_present(
        net, [&](auto, const auto& parameter, std::size_t k) { f(parameter.value, values[k]); });
  }

  template <class Net>
  static std::size_t count(const Net& net) {
    std::size_t count = 0;
    detail::for_each_present(net, [&](auto, const auto&, std::size_t) { ++count; });
    return count;
  }

  template <class Net>
  void require_shapes(const Net& net) const {
    if (values_.size() != count(net))
      throw ShapeError(detail::text("Snapshot: has ", values_.size(),
                                    " parameters, but the network has ", count(net)));
    std::size_t i = 0;
    visit(net, values_, [&](const auto& parameter, const Matrix<double>& kept) {
      if (parameter.rows() != kept.rows() || parameter.cols() != kept.cols())
        throw ShapeError(detail::text("Snapshot: ", describe_parameters(net)[i].name, " is ",
                                      parameter.rows(), " x ", parameter.cols(),
                                      ", but was copied as ", kept.rows(), " x ", kept.cols()));
      ++i;
    });
  }

  std::vector<Matrix<double>> values_;
};

}  // namespace ridge
