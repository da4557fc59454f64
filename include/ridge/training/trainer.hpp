#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/training/gradients.hpp>

namespace ridge {

/// One run of training: a network, what to minimize, an optimizer and everything that it remembers.
/// `fit` is the loop around it; use it directly for a loop of your own:
///
///     Trainer trainer{net, CrossEntropy{} + L2{1e-4}, SGD{.learning_rate = 0.01}};
///     while (...) loss = trainer.step(x, labels);
///
/// The network must outlive the trainer and stay where it is.
template <Layer Net, Loss L, Penalty P, Optimizer O>
class Trainer {
 public:
  using Scalar = ScalarOf<Net>;
  static_assert(parameter_count<Net> > 0, "ridge::Trainer: the network has no parameters to train");

  /// @throws ValueError for hyperparameters outside their domain, and for a network of several
  ///         layers whose weights are all zero, since it could never learn
  Trainer(Net& net, Objective<L, P> objective, O optimizer)
      : net_(&net),
        objective_(std::move(objective)),
        optimizer_(std::move(optimizer)),
        infos_(describe_parameters(net)) {
    for (const ParameterInfo& info : infos_) terms_.push_back(objective_.penalty.at(info));
    optimizer_.validate();
    require_weights();
    prepare_memory();
  }
  Trainer(Net& net, L loss, O optimizer)
      : Trainer(net, Objective<L, P>{std::move(loss), {}}, std::move(optimizer)) {}

  /// One step on a batch. Each weight's gradient is used where it is computed and never stored.
  /// @param x       inputs x samples
  /// @param targets as the loss wants them, one column a sample
  /// @return the mean loss over the batch, before the step and without the penalty
  /// @throws DivergenceError if that is not finite: the step is then not made; ShapeError or
  ///         ValueError if network, x, loss and targets do not fit each other
  template <class X, class Targets>
  double step(const X& x, const Targets& targets) {
    const double loss = workspace_.loss_and_gradients(*net_, objective_.loss, x, targets, *this);
    if (!std::isfinite(loss))
      throw DivergenceError(detail::text(
          "the loss is ", loss,
          steps_ == 0 ? ". Look for NaN or infinity in the inputs and the initial weights"
                      : ". Try a smaller learning rate"));
    ++steps_;
    return loss;
  }

  /// One step with gradients that were stored, by `ridge::gradient` for instance, which has the
  /// penalty's share in it.
  /// @throws ShapeError if they do not have the parameters' shapes
  void apply(const StoredGradients<Net>& gradients) {
    const auto parameters = net_->parameters();
    detail::for_each_index<parameter_count<Net>>([&](auto i) {
      const auto& value = std::get<i>(parameters).value;
      const auto& gradient = gradients.template get<i>();
      if (gradient.rows() != value.rows() || gradient.cols() != value.cols())
        throw ShapeError(detail::text("Trainer: the stored gradient of ", infos_[i].name, " is ",
                                      gradient.rows(), " x ", gradient.cols(), ", but it is ",
                                      value.rows(), " x ", value.cols()));
    });
    detail::for_each_index<parameter_count<Net>>(
        [&](auto i) { update<i>(gradients.template get<i>(), NoPenalty{}); });
    ++steps_;
  }

  /// Receives the I-th parameter's gradient from the network's `backward`.
  template <std::size_t I, class G>
  void receive(const G& gradient) {
    update<I>(gradient, terms_[I]);
  }

  /// The penalty's value at the present weights.
  double penalty() const {
    double sum = 0;
    const auto parameters = std::as_const(*net_).parameters();
    detail::for_each_index<parameter_count<Net>>(
        [&](auto i) { sum += terms_[i].value(std::get<i>(parameters).value.array()); });
    return sum;
  }

  /// @throws DivergenceError, naming the parameter, if a step has made one NaN or infinite
  void require_finite() const {
    each_parameter([](const auto& parameter, const ParameterInfo& info) {
      if (!parameter.value.allFinite())
        throw DivergenceError(
            detail::text(info.name, " has become NaN or infinite. Try a smaller learning rate"));
    });
  }

  Net& net() const { return *net_; }
  std::int64_t steps() const { return steps_; }
  const Objective<L, P>& objective() const { return objective_; }
  const O& optimizer() const { return optimizer_; }

  /// Goes on with other hyperparameters, a smaller learning rate for instance; what the optimizer
  /// remembers is kept.
  /// @throws ValueError for hyperparameters outside their domain
  void set_optimizer(O optimizer) {
    optimizer.validate();
    optimizer_ = std::move(optimizer);
    prepare_memory();
  }

 private:
  template <class M>
  using Memory = std::array<M, static_cast<std::size_t>(O::memory_arrays)>;

  template <std::size_t I, class G, class Term>
  void update(const G& gradient, const Term& penalty) {
    auto& weights = std::get<I>(net_->parameters()).value;
    auto& memory = std::get<I>(memory_);
    const auto rule = optimizer_.template rule<Scalar>(steps_ - memory_begun_, infos_[I]);
    // Arrays that are not in use are never touched.
    std::array<Scalar*, static_cast<std::size_t>(O::memory_arrays)> arrays;
    for (std::size_t k = 0; k < arrays.size(); ++k)
      arrays[k] = static_cast<int>(k) < arrays_used_ ? memory[k].data() : weights.data();
    using Update = detail::Update<Scalar, decltype(rule), Term, arrays.size()>;
    detail::apply_gradient(gradient, Update{weights.data(), arrays, weights.rows(), rule, penalty});
  }

  /// Clears the arrays that the optimizer begins to use.
  void prepare_memory() {
    if (arrays_used_ == 0) memory_begun_ = steps_;
    const auto parameters = net_->parameters();
    for (int k = arrays_used_; k < optimizer_.arrays_used(); ++k)
      detail::for_each_index<parameter_count<Net>>([&](auto i) {
        const auto& value = std::get<i>(parameters).value;
        std::get<i>(memory_)[static_cast<std::size_t>(k)].setZero(value.rows(), value.cols());
      });
    arrays_used_ = std::max(arrays_used_, optimizer_.arrays_used());
  }

  /// Calls f(parameter, its description) for each parameter.
  template <class F>
  void each_parameter(F&& f) const {
    const auto parameters = std::as_const(*net_).parameters();
    detail::for_each_index<parameter_count<Net>>(
        [&](auto i) { f(std::get<i>(parameters), infos_[i]); });
  }

  void require_weights() const {
    int weights = 0, zero = 0;
    each_parameter([&](const auto& parameter, const ParameterInfo&) {
      if (parameter.role != Role::weight) return;
      ++weights;
      zero += parameter.value.isZero(0);
    });
    if (weights > 1 && zero == weights)
      throw ValueError(
          "Trainer: every weight of the network is zero, so its layers could never learn to "
          "differ; call ridge::initialize(net, ridge::Random{seed}) first");
  }

  Net* net_;
  Objective<L, P> objective_;
  O optimizer_;
  std::vector<ParameterInfo> infos_;
  std::vector<decltype(std::declval<const P&>().at(std::declval<const ParameterInfo&>()))> terms_;
  Workspace<Net> workspace_;
  detail::PerParameter<Net, Memory> memory_;
  std::int64_t steps_ = 0;
  std::int64_t memory_begun_ = 0;
  int arrays_used_ = 0;
};

template <class Net, class L, class O>
requires Loss<L> Trainer(Net&, L, O)
->Trainer<Net, L, NoPenalty, O>;
template <class Net, class L, class P, class O>
Trainer(Net&, Objective<L, P>, O) -> Trainer<Net, L, P, O>;

}  // namespace ridge
