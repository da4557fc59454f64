#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/kernels/elementwise.hpp>
#include <ridge/kernels/norm.hpp>
#include <ridge/penalties/sum.hpp>
#include <ridge/training/step_options.hpp>
#include <ridge/training/stored_gradients.hpp>

namespace ridge::detail {

/// Bounds gradients as torch.nn.utils.clip_grad_value_ and clip_grad_norm_ do.
/// @return what the bound of the global norm has left of them
/// @throws DivergenceError if a norm is not finite, which would make them all 0 or NaN
template <class S>
double clip(std::span<View<S>> gradients, const StepOptions& options) {
  constexpr double epsilon = 1e-6;
  if (options.clip_value > 0)
    for (auto& g : gradients) clamp(g.data(), g.size(), static_cast<S>(options.clip_value));
  const auto require_finite = [](double norm) {
    if (!std::isfinite(norm))
      throw DivergenceError(text("the norm of the gradient is ", norm),
                            "Try a smaller learning rate, or scale the inputs");
    return norm;
  };
  if (options.clip_norm > 0)
    for (auto& g : gradients) {
      const double kept =
          options.clip_norm / (require_finite(norm_of(g.data(), g.size())) + epsilon);
      if (kept < 1) scale(g.data(), g.size(), static_cast<S>(kept));
    }
  if (options.clip_global_norm > 0) {
    const double norm = require_finite(norm_of_all(gradients));
    const double kept = options.clip_global_norm / (norm + epsilon);
    if (kept < 1) {
      for (auto& g : gradients) scale(g.data(), g.size(), static_cast<S>(kept));
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
  /// @param forward_and_back passes through the network, hands over gradients and gives the loss
  /// @param weight           of the batch beside those that it is accumulated with
  /// @return                 the loss at the network's weights
  template <class Trainer, class F>
  double add_batch(Trainer& trainer, const F& forward_and_back, double weight) {
    const double loss = store(Mode::storing, forward_and_back);
    report_.loss = loss;
    add_penalty(trainer);
    if (options_.sharpness_radius > 0) {
      uphill(trainer, [&] {
        store(Mode::storing_gradients_only, forward_and_back);
        add_penalty(trainer);
      });
    }
    if (options_.accumulate > 1) accumulate(weight);
    ++batches_;
    return loss;
  }

  /// Whether what the network hands over now is for this step, and not to be used at once.
  bool is_storing() const { return mode_ != Mode::none; }
  bool keeps_statistics() const { return mode_ != Mode::storing_gradients_only; }

  /// Receives the I-th parameter's gradient, or a statistic.
  template <std::size_t I, class G>
  void receive(const G& gradient) {
    batch_.template receive<I>(gradient);
  }

  bool has_batches() const { return batches_ > 0; }
  bool has_all_batches() const { return batches_ >= options_.accumulate; }

  /// The mean gradients of the batches that there are, clipped; null if there are none, or all
  /// their samples' weights are 0. The next step begins.
  const StoredGradients<Net>* take() {
    const int batches = std::exchange(batches_, 0);
    const double weight = std::exchange(weight_, 0);
    const bool accumulates = options_.accumulate > 1;
    if (batches == 0 || (accumulates && weight == 0)) return nullptr;
    auto& gradients = accumulates ? accumulated_ : batch_;
    auto views = gradients.views();
    if (accumulates)
      for (auto& g : views) divide(g.data(), g.size(), static_cast<Scalar>(weight));
    report_.kept = clip<Scalar>(views, options_);
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
    for_each_present(net, [&](auto i, const auto&, std::size_t k) {
      if constexpr (is_trained<Net, i>)
        visit.sized("step.gradient." + infos[k].name, accumulated_.template get<i>());
    });
  }

 private:
  static constexpr std::size_t count_ = parameter_count<Net>;
  static constexpr std::array<bool, count_> is_trained_ =
      []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<bool, count_>{is_trained<Net, I>...};
  }
  (std::make_index_sequence<count_>{});

  enum class Mode { none, storing, storing_gradients_only };

  template <class F>
  double store(Mode mode, const F& forward_and_back) {
    mode_ = mode;
    try {
      const double loss = forward_and_back();
      mode_ = Mode::none;
      return loss;
    } catch (...) {
      mode_ = Mode::none;
      throw;
    }
  }

  /// Calls f(i, weights, gradient) for each parameter that is trained and present.
  template <class F>
  void each_trained(Net& net, const F& f) {
    auto weights = parameter_views<Scalar>(net);
    auto gradients = batch_.views();
    for (std::size_t i = 0; i < count_; ++i)
      if (is_trained_[i] && weights[i].size() > 0) f(i, weights[i], gradients[i]);
  }

  /// Calls f with the weights w + radius g / |g|, and gives them back, however f ends.
  template <class Trainer, class F>
  void uphill(Trainer& trainer, const F& f) {
    const double norm = batch_.norm();
    const auto rate = static_cast<Scalar>(norm > 0 ? options_.sharpness_radius / norm : 0.0);
    Index size = 0;
    each_trained(trainer.net(), [&](std::size_t, const auto& w, const auto&) { size += w.size(); });
    kept_.resize(size);
    Scalar* kept = kept_.data();
    each_trained(trainer.net(), [&](std::size_t, auto& w, const auto& g) {
      kept = std::copy_n(w.data(), w.size(), kept);
      add_scaled(w.data(), g.data(), w.size(), rate);
    });
    const auto restore = [&] {
      const Scalar* each = kept_.data();
      each_trained(trainer.net(), [&](std::size_t, auto& w, const auto&) {
        std::copy_n(each, w.size(), w.data());
        each += w.size();
      });
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
    using Term = std::remove_cvref_t<decltype(trainer.term(0))>;
    if constexpr (!std::is_same_v<Term, NoPenalty>)
      each_trained(trainer.net(), [&](std::size_t i, const auto& w, auto& g) {
        g.array() += detail::smooth_gradient(trainer.term(i), w.array());
      });
  }

  template <class Trainer>
  void describe(Trainer& trainer) {
    report_.gradient_norm = batch_.norm();
    using Term = std::remove_cvref_t<decltype(trainer.term(0))>;
    if constexpr (std::is_same_v<Term, NoPenalty>)
      report_.penalties.assign(1, 0.0);  // a sum of one part, of which value and gradient are 0
    else
      describe_penalties(trainer);
  }

  template <class Trainer>
  void describe_penalties(Trainer& trainer) {
    report_.penalties.clear();
    double sum = 0;
    each_trained(trainer.net(), [&](std::size_t i, const auto& w, const auto&) {
      sum += trainer.term(i).gradient(w.array()).template cast<double>().square().sum();
    });
    report_.penalty_gradient_norm = std::sqrt(sum);
    for_each_part(trainer.objective().penalty, [&](const auto& part) {
      double value = 0;
      each_trained(trainer.net(), [&](std::size_t i, const auto& w, const auto&) {
        const auto term = part.at(trainer.info(i));
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
    if (first) accumulated_ = batch_;
    auto sums = accumulated_.views();
    const auto gradients = batch_.views();
    for (std::size_t i = 0; i < count_; ++i)
      if (first)
        scale(sums[i].data(), sums[i].size(), share);
      else
        add_scaled(sums[i].data(), gradients[i].data(), sums[i].size(), share);
    weight_ += weight / unit_;
  }

  StepOptions options_;
  StoredGradients<Net> batch_, accumulated_;
  Vector<Scalar> kept_;  // weights, while the gradient is taken uphill
  Mode mode_ = Mode::none;
  StepReport report_;
  int batches_ = 0;    // of the present step
  double weight_ = 0;  // of their samples, if they are accumulated, in units of the first batch's
  double unit_ = 1;
};

}  // namespace ridge::detail
