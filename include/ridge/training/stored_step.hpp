#pragma once

#include <cmath>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/kernels/norm.hpp>
#include <ridge/penalties/sum.hpp>
#include <ridge/training/step_options.hpp>
#include <ridge/training/stored_gradients.hpp>

namespace ridge::detail {

/// Bounds gradients as torch.nn.utils.clip_grad_value_ and clip_grad_norm_ do.
/// @return what the bound of the global norm has left of them
/// @throws DivergenceError if a norm is not finite, which would make them all 0 or NaN
template <class Net>
double clip(StoredGradients<Net>& gradients, const StepOptions& options) {
  constexpr double epsilon = 1e-6;
  if (options.clip_value > 0)
    gradients.for_each([&](auto& g) {
      const auto most =
          static_cast<typename std::remove_cvref_t<decltype(g)>::Scalar>(options.clip_value);
      g = g.cwiseMin(most).cwiseMax(-most);
    });
  const auto require_finite = [](double norm) {
    if (!std::isfinite(norm))
      throw DivergenceError(text("the norm of the gradient is ", norm),
                            "Try a smaller learning rate, or scale the inputs");
    return norm;
  };
  const auto scale = [](auto& g, double kept) {
    g *= static_cast<typename std::remove_cvref_t<decltype(g)>::Scalar>(kept);
  };
  if (options.clip_norm > 0)
    gradients.for_each([&](auto& g) {
      const double kept = options.clip_norm / (require_finite(norm_of(g)) + epsilon);
      if (kept < 1) scale(g, kept);
    });
  if (options.clip_global_norm > 0) {
    const double kept = options.clip_global_norm / (require_finite(gradients.norm()) + epsilon);
    if (kept < 1) {
      gradients.for_each([&](auto& g) { scale(g, kept); });
      return kept;
    }
  }
  return 1;
}

/// The gradients that a step with `StepOptions` needs as a whole, from the batches that they are
/// accumulated of to the clipped ones that the optimizer is given. The penalties' share is in them.
template <Layer Net>
class StoredStep {
 public:
  using Scalar = ScalarOf<Net>;

  explicit StoredStep(StepOptions options) : options_(options) {}

  const StepOptions& options() const { return options_; }
  const StepReport& report() const { return report_; }

  /// Stores a batch's gradients, at a distance uphill if sharpness is looked for.
  /// @param trainer          whose network, penalties and statistics these are
  /// @param forward_and_back takes a receiver of gradients through the network, and gives the loss
  /// @param weight           of the batch beside those that it is accumulated with
  /// @return                 the loss at the network's weights
  template <class Trainer, class F>
  double add_batch(Trainer& trainer, const F& forward_and_back, double weight) {
    Receiver<Trainer> receiver{trainer, batch_, true};
    const double loss = forward_and_back(receiver);
    report_.loss = loss;
    add_penalty(trainer);
    if (options_.sharpness_radius > 0) {
      receiver.keeps_statistics = false;
      uphill(trainer, [&] {
        forward_and_back(receiver);
        add_penalty(trainer);
      });
    }
    if (options_.accumulate > 1) accumulate(weight);
    ++batches_;
    return loss;
  }

  bool has_all_batches() const { return batches_ >= options_.accumulate; }

  /// The mean gradients of the batches that there are, clipped; null if there are none, or all
  /// their samples' weights are 0. The next step begins.
  const StoredGradients<Net>* take() {
    const int batches = std::exchange(batches_, 0);
    const double weight = std::exchange(weight_, 0);
    const bool accumulates = options_.accumulate > 1;
    if (batches == 0 || (accumulates && weight == 0)) return nullptr;
    auto& gradients = accumulates ? accumulated_ : batch_;
    if (accumulates)
      gradients.for_each([whole = static_cast<Scalar>(weight)](auto& g) { g /= whole; });
    report_.kept = clip(gradients, options_);
    return &gradients;
  }

  /// The batches that wait for others.
  void visit_state(StateVisitor& visit, const Net& net, const std::vector<ParameterInfo>& infos) {
    visit.same("step.accumulate", options_.accumulate);
    visit("step.batches", batches_);
    visit("step.weight", weight_);
    visit("step.unit", unit_);
    if (batches_ == 0) return;
    if (visit.reads()) {
      if (batches_ < 0 || batches_ >= options_.accumulate)
        throw ValueError(text(batches_, " batches cannot wait for others"));
      accumulated_ = StoredGradients<Net>(net);
    }
    for_each_index<parameter_count<Net>>([&](auto i) {
      if constexpr (is_trained<Net, i>)
        visit.sized("step.gradient." + infos[i].name, accumulated_.template get<i>());
    });
  }

 private:
  template <class M>
  using Same = M;

  /// Stores gradients, and gives statistics their new values.
  template <class Trainer>
  struct Receiver {
    Trainer& trainer;
    StoredGradients<Net>& stored;
    bool keeps_statistics;

    template <std::size_t I, class G>
    void receive(const G& gradient) {
      stored.template receive<I>(gradient);
    }
    template <std::size_t I, class E>
    void receive(const NewValue<E>& statistic) {
      stored.template receive<I>(statistic);
      if (keeps_statistics) trainer.template receive<I>(statistic);
    }
  };

  /// Calls f(i, value) for each parameter that is trained.
  template <class F>
  static void each_trained(Net& net, const F& f) {
    const auto parameters = net.parameters();
    for_each_index<parameter_count<Net>>([&](auto i) {
      if constexpr (is_trained<Net, i>) f(i, std::get<i>(parameters).value);
    });
  }

  /// Calls f with the weights w + radius g / |g|, and gives them back, however f ends.
  template <class Trainer, class F>
  void uphill(Trainer& trainer, const F& f) {
    const double norm = batch_.norm();
    const auto rate = static_cast<Scalar>(norm > 0 ? options_.sharpness_radius / norm : 0.0);
    each_trained(trainer.net(), [&](auto i, auto& w) {
      std::get<i>(kept_) = w;
      w += rate * batch_.template get<i>();
    });
    const auto restore = [&] {
      each_trained(trainer.net(), [&](auto i, auto& w) { w = std::get<i>(kept_); });
    };
    try {
      f();
    } catch (...) {
      restore();
      throw;
    }
    restore();
  }

  /// Adds what an update follows of the penalties to the batch's gradients.
  template <class Trainer>
  void add_penalty(Trainer& trainer) {
    if (options_.report) describe(trainer);
    each_trained(trainer.net(), [&](auto i, const auto& w) {
      using Term = std::remove_cvref_t<decltype(trainer.present_terms_[i])>;
      if constexpr (!std::is_same_v<Term, NoPenalty>)
        batch_.template get<i>().array() +=
            detail::smooth_gradient(trainer.present_terms_[i], w.array());
    });
  }

  template <class Trainer>
  void describe(Trainer& trainer) {
    report_.gradient_norm = batch_.norm();
    double sum = 0;
    each_trained(trainer.net(), [&](auto i, const auto& w) {
      sum += trainer.present_terms_[i].gradient(w.array()).template cast<double>().square().sum();
    });
    report_.penalty_gradient_norm = std::sqrt(sum);
    report_.penalties.clear();
    for_each_part(trainer.objective().penalty, [&](const auto& part) {
      double value = 0;
      each_trained(trainer.net(), [&](auto i, const auto& w) {
        const auto term = part.at(trainer.infos_[i]);
        if constexpr (requires { term.scaled(1.0); })
          value += term.scaled(trainer.penalty_factor_).value(w.array());
        else
          value += term.value(w.array());
      });
      report_.penalties.push_back(value);
    });
  }

  /// Adds the batch's gradients to those before, in units of the first batch's weight, which may be
  /// too small or too large for the network's scalar.
  void accumulate(double weight) {
    if (weight_ == 0) unit_ = weight > 0 ? weight : 1;
    const auto share = static_cast<Scalar>(weight / unit_);
    const bool first = batches_ == 0;
    for_each_index<parameter_count<Net>>([&](auto i) {
      auto& sum = accumulated_.template get<i>();
      if (first)
        sum = share * batch_.template get<i>();
      else
        sum += share * batch_.template get<i>();
    });
    weight_ += weight / unit_;
  }

  StepOptions options_;
  StoredGradients<Net> batch_, accumulated_;
  PerParameter<Net, Same> kept_;  // weights, while the gradient is taken uphill
  StepReport report_;
  int batches_ = 0;    // of the present step
  double weight_ = 0;  // of their samples, if they are accumulated, in units of the first batch's
  double unit_ = 1;
};

}  // namespace ridge::detail
