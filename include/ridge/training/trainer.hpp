#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/float_mode.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/state.hpp>
#include <ridge/kernels/product.hpp>
#include <ridge/training/gradients.hpp>
#include <ridge/training/optimizer_memory.hpp>
#include <ridge/training/step_options.hpp>
#include <ridge/training/stored_step.hpp>

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
  static_assert(detail::has_callable_terms<P>());
  static_assert(
      detail::has_smooth_part<P>,
      "ridge::Trainer: a penalty whose term has a proximal step, prox or prox_groups, must "
      "say with smooth_gradient(w) what else an update follows; see `Penalty`");

  /// @throws ValueError for hyperparameters outside their domain, for names of parameters that
  ///         there are not, for a parameter that is NaN or infinite, for a network of several
  ///         layers whose weights are all zero, since it could never learn, and for one whose
  ///         layers with parameters are all absent
  Trainer(Net& net, Objective<L, P> objective, O optimizer, StepOptions options = {})
      : net_(&net),
        objective_(std::move(objective)),
        optimizer_(std::move(optimizer)),
        stored_(options),
        infos_(describe_parameters(net)) {
    if (infos_.empty())
      throw ValueError(
          "Trainer: the network has no parameters to train: every layer that has some is absent");
    detail::for_each_present(net, [&](auto i, const auto&, std::size_t k) { places_[i] = k; });
    detail::require_known(objective_.penalty, infos_);
    for (const ParameterInfo& info : infos_) terms_.push_back(objective_.penalty.at(info));
    present_terms_ = terms_;
    Index size = 0;
    for (const ParameterInfo& info : infos_) size += info.rows * info.cols;
    has_work_ = size > 4096;
    options.validate();
    check_optimizer();
    require_weights();
    prepare_memory();
  }
  Trainer(Net& net, L loss, O optimizer, StepOptions options = {})
      : Trainer(net, Objective<L, P>{std::move(loss), {}}, std::move(optimizer), options) {}

  /// One step on a batch. Each weight's gradient is used where it is computed and never stored,
  /// unless the options need it.
  /// @param x       inputs x samples
  /// @param targets as the loss wants them, one column a sample
  /// @param weights of the samples, a row, if they have any
  /// @return the mean loss over the batch, before the step and without the penalty
  /// @throws DivergenceError if that is not finite: the step is then not made; ShapeError or
  ///         ValueError if network, x, loss, targets and weights do not fit each other
  template <class X, class Targets, class... Weights>
  double step(const X& x, const Targets& targets, const Weights&... weights) {
    static_assert(
        std::same_as<typename X::Scalar, Scalar> || !std::floating_point<typename X::Scalar>,
        "ridge::Trainer: the input's scalar is not the network's; convert it: "
        "x.cast<float>().eval() or x.cast<double>().eval()");
    const detail::FlushDenormals flush(has_work_);
    require_sizes();
    if (options().stores_gradients()) return stored_step(x, targets, weights...);
    memory_.prepare_rules(optimizer_, infos_, steps_);
    const double loss =
        workspace_.loss_and_gradients(*net_, objective_.loss, x, targets, *this, weights...);
    require_finite_loss(loss, x, targets);
    ++steps_;
    return loss;
  }

  /// Makes the step of the batches that wait for more to be accumulated with, if there are any.
  /// @throws ShapeError if a parameter's shape is no longer what it was
  void flush() {
    if (stored_.has_batches()) require_sizes();
    if (const auto* gradients = stored_.take()) apply_stored(*gradients, true);
  }

  /// One step with gradients that were stored, by `ridge::gradient` for instance, which has the
  /// penalty's share in it. Penalties with proximal steps make none: their subgradient is in it.
  /// @throws ShapeError if they do not have the parameters' shapes
  void apply(const StoredGradients<Net>& gradients) {
    require_sizes();
    each_parameter([&](auto i, const auto& parameter, const ParameterInfo& info) {
      const auto& value = parameter.value;
      const auto& gradient = gradients.template get<i>();
      if (gradient.rows() != value.rows() || gradient.cols() != value.cols())
        throw ShapeError(detail::text("Trainer: the stored gradient of ", info.name, " is ",
                                      gradient.rows(), " x ", gradient.cols(), ", but it is ",
                                      value.rows(), " x ", value.cols()));
    });
    apply_stored(gradients, false);
  }

  /// Receives the I-th parameter's gradient from the network's `backward`.
  template <std::size_t I, class G>
  void receive(const G& gradient) {
    if (stored_.is_storing())
      stored_.template receive<I>(gradient);
    else
      update<I>(gradient, term(I));
  }
  template <std::size_t I, class E>
  void receive(const NewValue<E>& statistic) {
    if (stored_.is_storing()) stored_.template receive<I>(statistic);
    if (stored_.keeps_statistics()) std::get<I>(net_->parameters()).value = statistic.value;
  }

  /// The penalty's value at the present weights.
  double penalty() const {
    double sum = 0;
    const auto weights = detail::parameter_views<Scalar>(*net_);
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (weights[i].size() > 0) sum += term(i).value(weights[i].array());
    return sum;
  }

  /// @throws DivergenceError, naming the parameter, if a step has made one NaN or infinite
  void require_finite() const {
    const std::string* culprit = nullptr;
    each_parameter([&](auto, const auto& parameter, const ParameterInfo& info) {
      if (culprit == nullptr && !detail::all_finite(parameter.value.data(), parameter.value.size()))
        culprit = &info.name;
    });
    if (culprit != nullptr)
      throw DivergenceError(*culprit + " has become NaN or infinite",
                            "Try a smaller learning rate, or scale the inputs");
  }

  Net& net() const { return *net_; }
  std::int64_t steps() const { return steps_; }
  const Objective<L, P>& objective() const { return objective_; }
  const O& optimizer() const { return optimizer_; }

  const StepOptions& options() const { return stored_.options(); }

  /// What the last step was made of, if the options ask for it.
  const StepReport& report() const { return stored_.report(); }

  /// Goes on with other hyperparameters, a smaller learning rate for instance; what the optimizer
  /// remembers is kept.
  /// @throws ValueError for hyperparameters outside their domain
  void set_optimizer(O optimizer) {
    std::swap(optimizer_, optimizer);
    try {
      check_optimizer();
    } catch (...) {
      std::swap(optimizer_, optimizer);
      throw;
    }
    prepare_memory();
  }

  /// The same by f(optimizer), which changes it where it is.
  /// @throws ValueError for hyperparameters outside their domain; they stay as f left them
  template <class F>
  void modify_optimizer(F&& f) {
    f(optimizer_);
    check_optimizer();
    prepare_memory();
  }

  /// Goes on with penalties of `factor` times their strength in the objective.
  /// @throws ValueError if it is negative, infinite or NaN
  void scale_penalty(double factor) {
    detail::require_non_negative(factor, "Trainer: the penalty's factor");
    penalty_factor_ = factor;
    for (std::size_t i = 0; i < terms_.size(); ++i)
      present_terms_[i] = detail::scaled(terms_[i], factor);
  }

  double penalty_factor() const { return penalty_factor_; }

  /// Layers that draw random numbers in training, such as dropout, draw those of this generator
  /// from now on.
  void reseed(Random random) { workspace_.reseed(random); }

  /// The network and all that a step depends on beside what the trainer was made of.
  /// @throws ValueError if what is read cannot be of such a trainer
  void visit_state(StateVisitor& visit) {
    visit.same("network", detail::type_name<Net>());
    visit.same("optimizer", detail::type_name<O>());
    memory_.visit_kind(visit);
    if (std::string present; detail::list_optional_layers(*net_, present))
      visit.same("set of optional layers", present.empty() ? "none" : present);
    each_parameter([&](auto, const auto& parameter, const ParameterInfo& info) {
      visit.sized("net." + info.name, parameter.value);
    });
    if (visit.reads())
      if (const std::string found = detail::describe_not_finite(*net_); !found.empty())
        throw ValueError("its network has diverged: " + found);
    visit("optimizer.steps", steps_);
    if (visit.reads()) detail::require_count(steps_, "number of steps");
    memory_.visit_state(visit, *net_, infos_, steps_);
    stored_.visit_state(visit, *net_, infos_);
    visit("layers", workspace_);
    if (visit.reads()) prepare_memory();
  }

 private:
  friend detail::StoredStep<Net>;
  using Term = decltype(std::declval<const P&>().at(std::declval<const ParameterInfo&>()));
  using Memory = detail::OptimizerMemory<Net, O>;
  static constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

  /// Stores the gradients of a batch, and makes the step that they are for, if it is complete.
  template <class X, class Targets, class... Weights>
  double stored_step(const X& x, const Targets& targets, const Weights&... weights) {
    const auto forward_and_back = [&] {
      const double loss =
          workspace_.loss_and_gradients(*net_, objective_.loss, x, targets, *this, weights...);
      require_finite_loss(loss, x, targets);
      return loss;
    };
    const double loss = stored_.add_batch(
        *this, forward_and_back, detail::batch_weight(objective_.loss, targets, weights...));
    if (stored_.has_all_batches()) flush();
    return loss;
  }

  void apply_stored(const StoredGradients<Net>& gradients, bool proximal) {
    memory_.prepare_rules(optimizer_, infos_, steps_);
    const auto gradient_views = gradients.views();
    auto weights = detail::parameter_views<Scalar>(*net_);
    const auto memory = memory_.of_all();
    const auto apply = [&](std::size_t i, const auto& penalty) {
      const auto update = update_of(i, weights[i], memory[i], penalty);
      const Index size = weights[i].size();  // finished as a single column
      detail::finish(update.epilogue(), 0, gradient_views[i].data(), size, size, 1);
      finish_groups(weights[i], update.arrays, update.rule, penalty);
    };
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (places_[i] == absent || info(i).role == Role::statistic) continue;
      if constexpr (detail::is_smooth<Term>)
        apply(i, NoPenalty{});
      else
        apply(i, detail::AfterStep<Term>{term(i), proximal});
    }
    ++steps_;
  }

  template <class X, class Targets>
  void require_finite_loss(double loss, const X& x, const Targets& targets) const {
    if (std::isfinite(loss)) return;
    std::string advice = detail::describe_not_finite<Scalar>("the batch", x, 1, targets);
    if (advice.empty() && steps_ == 0)
      advice = "The batch is finite, so it or the initial weights are too large: scale them";
    else if (advice.empty())
      advice = "Try a smaller learning rate, or scale the inputs";
    throw DivergenceError(detail::text("the loss is ", loss), advice);
  }

  /// What the optimizer remembers has the sizes that the parameters had at the beginning.
  void require_sizes() const {
    const auto parameters = std::as_const(*net_).parameters();
    detail::for_each_index<parameter_count<Net>>([&](auto i) {
      const auto& parameter = std::get<i>(parameters);
      using M = std::remove_cvref_t<decltype(parameter.value)>;
      if constexpr (M::SizeAtCompileTime == Dynamic)
        require_size(i, parameter.present(), parameter.value.rows(), parameter.value.cols());
    });
  }

  void require_size(std::size_t i, bool present, Index rows, Index cols) const {
    if (present != (places_[i] != absent))
      throw ShapeError(detail::text("Trainer: ",
                                    present ? detail::text("a parameter of ", rows, " x ", cols,
                                                           " is present now and was absent")
                                            : info(i).name + " is absent now and was present",
                                    " when the trainer was made; make a new one"));
    if (!present) return;
    if (const ParameterInfo& was = info(i); rows != was.rows || cols != was.cols)
      throw ShapeError(detail::text(
          "Trainer: ", was.name, " is now ", rows, " x ", cols, " and was ", was.rows, " x ",
          was.cols, " when the trainer was made; after compact or an assignment make a new one"));
  }

  void check_optimizer() const {
    optimizer_.validate();
    if constexpr (requires { optimizer_.require_known(infos_); }) optimizer_.require_known(infos_);
    if constexpr (requires { optimizer_.decays.require_known(infos_, "weight_decay"); })
      optimizer_.decays.require_known(infos_, "weight_decay");
  }

  template <std::size_t I, class G, class Penalty>
  void update(const G& gradient, const Penalty& penalty) {
    auto& weights = std::get<I>(net_->parameters()).value;
    const auto update = update_of(I, weights, memory_.template of<I>(), penalty);
    detail::apply_gradient<std::remove_reference_t<decltype(weights)>>(gradient, update);
    finish_groups(weights, update.arrays, update.rule, penalty);
  }

  /// The update of the i-th parameter. Arrays that are not in use are never touched.
  template <class W, class Penalty>
  auto update_of(std::size_t i, W& weights, const typename Memory::Arrays& memory,
                 const Penalty& penalty) {
    detail::Update<Scalar, typename Memory::Rule, Penalty, Memory::array_count> update{
        {weights.data()}, weights.rows(), memory_.rule(places_[i]), penalty};
    for (std::size_t k = 0; k < Memory::array_count; ++k)
      update.arrays[1 + k] = memory_.is_used(k) ? memory[k] : weights.data();
    return update;
  }

  /// What needs the whole weight after its update.
  template <class W, class Arrays, class Rule, class Penalty>
  static void finish_groups(W& weights, const Arrays& arrays, const Rule& rule,
                            const Penalty& penalty) {
    Eigen::Map<Eigen::Array<Scalar, Dynamic, Dynamic>> w(weights.data(), weights.rows(),
                                                         weights.cols());
    if constexpr (detail::HasGroupProx<Penalty>) [&]<std::size_t... K>(std::index_sequence<K...>) {
        using Array = Eigen::Map<const Eigen::Array<Scalar, Dynamic, 1>>;
        static_assert(
            requires { rule.step_size(Array(arrays[1 + K], weights.size())...); },
            "ridge: this penalty makes proximal steps, for which the optimizer's rule needs "
            "step_size(arrays...); see docs/extending.md");
        penalty.prox_groups(w, rule.step_size(Array(arrays[1 + K], weights.size())...));
      }
    (std::make_index_sequence<std::tuple_size_v<Arrays> - 1>{});
    if constexpr (detail::HasGroupProjection<Penalty>) penalty.project_groups(w);
  }

  void prepare_memory() { memory_.prepare(*net_, optimizer_, steps_); }

  /// Calls f(its position, parameter, its description) for each parameter that is present.
  template <class F>
  void each_parameter(const F& f) const {
    detail::for_each_present(
        *net_, [&](auto i, const auto& parameter, std::size_t k) { f(i, parameter, infos_[k]); });
  }

  static std::array<std::size_t, parameter_count<Net>> all_absent() {
    std::array<std::size_t, parameter_count<Net>> places;
    places.fill(absent);
    return places;
  }

  /// Of the I-th parameter, which is present.
  const ParameterInfo& info(std::size_t i) const { return infos_[places_[i]]; }
  const Term& term(std::size_t i) const { return present_terms_[places_[i]]; }

  void require_weights() const {
    if (const std::string found = detail::describe_not_finite(*net_); !found.empty())
      throw ValueError(detail::text(
          "Trainer: ", found, " before any step; initialize the network or load its weights"));
    int weights = 0, zero = 0;
    each_parameter([&](auto, const auto& parameter, const ParameterInfo&) {
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
  detail::StoredStep<Net> stored_;
  std::vector<ParameterInfo> infos_;  // of the parameters that are present
  std::array<std::size_t, parameter_count<Net>> places_ = all_absent();  // of each in infos_
  bool has_work_ = false;            // so much that a step takes many microseconds
  std::vector<Term> terms_;          // of the objective
  std::vector<Term> present_terms_;  // the same, scaled by a schedule
  double penalty_factor_ = 1;
  Workspace<Net> workspace_;
  Memory memory_;
  std::int64_t steps_ = 0;
};

template <class Net, class L, class O>
requires Loss<L> Trainer(Net&, L, O, StepOptions = {})
->Trainer<Net, L, NoPenalty, O>;
template <class Net, class L, class P, class O>
Trainer(Net&, Objective<L, P>, O, StepOptions = {}) -> Trainer<Net, L, P, O>;

namespace detail {

/// What no trainer can be made of gets a sentence from the compiler.
template <class Net, class L, class O>
struct Refused {
  using type = Net;
  static_assert(Layer<std::remove_const_t<Net>>,
                "ridge::Trainer: the first argument must be a network, a Layer (docs/layers.md): "
                "Trainer{net, loss + penalty, optimizer}");
  static_assert(!std::is_const_v<Net>,
                "ridge::Trainer: the network is const, so it cannot be trained");
  static_assert(Loss<L> || is_objective<L>,
                "ridge::Trainer: the second argument is what to minimize: a loss, such as "
                "CrossEntropy{}, or loss + penalty: Trainer{net, loss + penalty, optimizer}");
  static_assert(Optimizer<O>,
                "ridge::Trainer: the third argument must be an optimizer, such as SGD{}; a penalty "
                "is added to the loss: Trainer{net, loss + penalty, optimizer}");
};

}  // namespace detail

template <class Net, class L, class O>
requires(!Layer<Net> || !(Loss<L> || detail::is_objective<L>) || !Optimizer<O>)
    Trainer(Net&, L, O, StepOptions = {})
->Trainer<typename detail::Refused<Net, L, O>::type, L, NoPenalty, O>;

}  // namespace ridge
