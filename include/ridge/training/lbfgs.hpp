#pragma once

#include <LBFGS.h>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/data/batches.hpp>
#include <ridge/penalties/l1.hpp>
#include <ridge/penalties/objective.hpp>
#include <ridge/training/gradients.hpp>

/// Minimizes an objective on all of its data at once by L-BFGS (Liu and Nocedal, 1989). It needs
/// the header-only library LBFGS++ (Debian: liblbfgspp-dev), so `ridge.hpp` does not include it.
namespace ridge {

/// How L-BFGS goes and when it ends.
struct LBFGS {
  int history = 10;          ///< how many of the last iterations tell of the curvature
  int max_iterations = 500;  ///< each is one line search
  /// Done when the norm of the whole gradient is at most this. Rounding leaves about 1e-8 times the
  /// objective's curvature in double and 1e-4 in float.
  double gradient_tolerance = 1e-6;
  /// Done when an iteration changes the objective by at most this times max(1, |objective|); 0: it
  /// does not count.
  double objective_tolerance = 0;
  int max_evaluations = 40;  ///< in one line search

  /// @throws ValueError for a number outside its domain
  void validate() const {
    const auto require_positive = [](int value, const char* name) {
      if (value < 1)
        throw ValueError(detail::text("LBFGS: ", name, " must be at least 1, got ", value));
    };
    require_positive(history, "history");
    require_positive(max_iterations, "max_iterations");
    require_positive(max_evaluations, "max_evaluations");
    detail::require_non_negative(gradient_tolerance, "LBFGS: gradient_tolerance");
    detail::require_non_negative(objective_tolerance, "LBFGS: objective_tolerance");
  }

  friend bool operator==(const LBFGS&, const LBFGS&) = default;
};

/// What `minimize` came to. The network has the weights that this describes.
struct MinimizeReport {
  int iterations = 0;
  int evaluations = 0;       ///< of the objective and its gradient
  double objective = 0;      ///< loss + penalty
  double gradient_norm = 0;  ///< of the whole objective, with respect to all that is trained
  bool converged = false;    ///< whether a tolerance was reached
  std::string why;           ///< why it ended, as a sentence
};

namespace detail {

/// Whether a penalty, as it applies to a parameter, has a gradient everywhere.
template <class Term>
inline constexpr bool is_differentiable_term = is_smooth<Term>;
template <>
inline constexpr bool is_differentiable_term<SubgradientL1::Term> = false;
template <class A, class B>
inline constexpr bool is_differentiable_term<BothTerms<A, B>> =
    is_differentiable_term<A>&& is_differentiable_term<B>;

template <class P>
inline constexpr bool is_differentiable =
    is_differentiable_term<decltype(std::declval<const P&>().at(std::declval<ParameterInfo>()))>;

/// A network's objective on one batch as a function of one vector, of all parameters but
/// statistics, that remembers where it was least.
template <Layer Net, class O, class X, class Targets>
class FlatObjective {
 public:
  using Scalar = ScalarOf<Net>;

  FlatObjective(Net& net, const O& objective, const X& x, const Targets& targets)
      : net_(&net), objective_(&objective), x_(&x), targets_(&targets), stored_(net) {
    each([&](auto, const auto& values) { size_ += values.size(); });
    weights_.resize(size_);
    Index at = 0;
    each([&](auto, const auto& values) {
      weights_.segment(at, values.size()) = values.reshaped().template cast<double>();
      at += values.size();
    });
    best_ = weights_;
  }

  /// Gives the network these weights, rounded to its scalar.
  void assign(const Vector<double>& w) {
    Index at = 0;
    each([&](auto, auto& values) {
      values.reshaped() = w.segment(at, values.size()).template cast<Scalar>();
      at += values.size();
    });
  }

  /// The objective at w and its gradient.
  ///
  /// Where it is not finite the line search is told a value that the step cannot have been worth,
  /// f0 + |g0 (w - w0)|, from which it comes back to a quarter of its step.
  /// @throws DivergenceError if it is not finite where it begins
  double operator()(const Vector<double>& w, Vector<double>& g) {
    assign(w);
    const double value = gradient(*net_, *objective_, *x_, *targets_, stored_, workspace_);
    g.resize(size_);
    Index at = 0;
    each([&](auto i, const auto& values) {
      g.segment(at, values.size()) = stored_.template get<i>().reshaped().template cast<double>();
      at += values.size();
    });
    const double norm = g.norm();
    const bool finite = std::isfinite(value) && std::isfinite(norm);
    if (evaluations_ == 0 && !finite) throw_not_finite(value, norm);
    ++evaluations_;
    if (!finite) {
      g = from_gradient_;
      return last_seen_ = from_value_ + std::abs(from_gradient_.dot(w - from_));
    }
    if (evaluations_ == 1) start_ = value;
    keep_if_better(w, value, norm);
    last_ = w;
    last_gradient_ = g;
    return last_seen_ = last_value_ = value;
  }

  /// A line search begins where the function was last evaluated.
  void begin_search() {
    from_ = last_;
    from_value_ = last_value_;
    from_gradient_ = last_gradient_;
  }
  /// @throws std::runtime_error if it has found nothing, which LBFGS++ 0.1 does not say
  void end_search() {
    if (!(last_seen_ < from_value_))
      throw std::runtime_error("none of its steps lowers the objective");
    ++iterations_;
  }

  /// Whether the last search has changed the objective by no more than a share of it, or of 1 where
  /// it is smaller.
  bool is_flat(double tolerance) const {
    const double size = std::max({1.0, std::abs(from_value_), std::abs(last_value_)});
    return iterations_ > 0 && std::abs(from_value_ - last_value_) <= tolerance * size;
  }

  /// Prefers these weights to the best so far, unless they are worse than those of the beginning.
  void prefer(const Vector<double>& w, double value, double norm) {
    if (value > start_) return;
    best_ = w;
    best_value_ = value;
    best_norm_ = norm;
  }

  const Vector<double>& initial() const { return weights_; }
  const Vector<double>& best() const { return best_; }
  double best_value() const { return best_value_; }
  double best_norm() const { return best_norm_; }
  int iterations() const { return iterations_; }
  int evaluations() const { return evaluations_; }

 private:
  [[noreturn]] void throw_not_finite(double value, double norm) const {
    std::string advice = describe_not_finite<Scalar>("the batch", *x_, 1, *targets_);
    if (advice.empty()) advice = describe_not_finite(*net_);
    if (advice.empty()) advice = "Inputs and weights are finite, so they are too large: scale them";
    throw DivergenceError(text("minimize: the objective is ", value, " and its gradient's norm ",
                               norm, " at the initial weights"),
                          advice);
  }

  /// Calls f(I, values) for each parameter that is trained.
  template <class F>
  void each(const F& f) {
    for_each_present(*net_, [&](auto i, const auto& parameter, std::size_t) {
      if constexpr (is_trained<Net, i>) f(i, parameter.value);
    });
  }

  /// Of values that are the same but for rounding the one with the smaller gradient is better.
  void keep_if_better(const Vector<double>& w, double value, double norm) {
    const double rounding =
        8 * static_cast<double>(std::numeric_limits<Scalar>::epsilon()) * std::abs(best_value_);
    const bool less = value < best_value_ - rounding;
    const bool same = value <= best_value_ + rounding && value <= start_;
    if (evaluations_ == 1 || less || (same && norm < best_norm_)) prefer(w, value, norm);
  }

  Net* net_;
  const O* objective_;
  const X* x_;
  const Targets* targets_;
  StoredGradients<Net> stored_;
  Workspace<Net> workspace_;
  Index size_ = 0;
  Vector<double> weights_;  // at first
  Vector<double> best_;
  Vector<double> last_, last_gradient_;  // where it was last evaluated and finite
  Vector<double> from_, from_gradient_;  // where the present line search began
  double start_ = 0, best_value_ = 0, best_norm_ = 0, last_value_ = 0, from_value_ = 0;
  double last_seen_ = 0;  // last_value_, or what stood for a value that was not finite
  int evaluations_ = 0, iterations_ = 0;
};

/// The line search of Nocedal and Wright (2006), algorithms 3.5 and 3.6, for the strong Wolfe
/// conditions; the function is told when one begins and ends.
template <class Scalar>
struct ToldLineSearch {
  template <class F, class... Arguments>
  static void LineSearch(F& f, Arguments&&... arguments) {
    f.begin_search();
    LBFGSpp::LineSearchNocedalWright<Scalar>::LineSearch(f, std::forward<Arguments>(arguments)...);
    f.end_search();
  }
};

/// Whether a layer, or one within it, draws random numbers in training.
template <class L>
bool draws_random_numbers(const L& layer) {
  using S = std::conditional_t<std::is_void_v<ScalarOf<L>>, double, ScalarOf<L>>;
  bool draws = false;
  const auto look = [&](const auto& part, const std::string&) {
    draws = draws || draws_random_numbers(part);
  };
  if constexpr (requires { layer.for_each_layer(look); })
    layer.for_each_layer(look);
  else
    draws = requires(CacheOf<L, S> cache, Random random) { cache.reseed(random); };
  return draws;
}

}  // namespace detail

/// Minimizes an objective on one batch, all of the data, by L-BFGS with strong Wolfe line searches:
/// for linear models and small networks, where it finds in tens of iterations what steps of fixed
/// size do not in thousands. Everything is computed in the network's scalar, and the weights'
/// steps in double.
///
/// The network is never left with a larger objective than at the start: if a line search fails or
/// the last iteration allowed is no better, it keeps the best weights seen, and the report says so.
/// Statistics are left as they are.
///
/// @param objective a loss, or loss + penalty, with a gradient everywhere; it must be the same in
///                  each evaluation, so a network that draws random numbers is refused
/// @param x         inputs x samples
/// @param targets   as the loss wants them, one column a sample
/// @throws ValueError or ShapeError, before any weight changes, if options, network, x, loss and
///         targets do not fit each other; DivergenceError if the objective or its gradient is not
///         finite at the initial weights, which are then kept
template <class Net, class O, class X, class Targets>
requires(!requires { typename X::Targets; }) MinimizeReport
    minimize(Net& net, const O& objective, const X& x, const Targets& targets,
             const LBFGS& options = {}) {
  static_assert(!std::is_const_v<Net>,
                "ridge::minimize: the network is const, so it cannot be trained");
  static_assert(Layer<std::remove_const_t<Net>>,
                "ridge::minimize: the first argument must be a network, a Layer; see "
                "docs/layers.md");
  static_assert(has_parameters<Net>, "ridge::minimize: the network has no parameters to train");
  static_assert(
      requires { as_objective(objective); },
      "ridge::minimize: the second argument is what to minimize: a loss, such as "
      "CrossEntropy{}, or loss + penalty");
  const auto whole = as_objective(objective);
  static_assert(detail::is_differentiable<std::remove_const_t<decltype(whole.penalty)>>,
                "ridge::minimize: L-BFGS needs a gradient everywhere, which L1, group lasso and "
                "constraints do not have; train with fit and an optimizer, or use L2");
  using Scalar = ScalarOf<Net>;
  static_assert(std::same_as<typename X::Scalar, Scalar>,
                "ridge::minimize: the input's scalar is not the network's; convert it: "
                "x.cast<float>().eval() or x.cast<double>().eval()");
  options.validate();
  if (detail::draws_random_numbers(net))
    throw ValueError(
        "minimize: the network draws random numbers in training, by dropout or noise, so that its "
        "objective differs in each evaluation; leave them out, or train with fit");
  const auto infos = describe_parameters(net);
  if (infos.empty())
    throw ValueError(
        "minimize: the network has no parameters to train: every layer that has some is absent");
  detail::require_known(whole.penalty, infos);

  const Eigen::Ref<const Matrix<Scalar>> inputs(x);
  detail::FlatObjective f(net, whole, inputs, targets);
  LBFGSpp::LBFGSParam<double> param;
  param.m = std::min(options.history, options.max_iterations);  // its memory is allocated at once
  param.epsilon = options.gradient_tolerance;
  param.epsilon_rel = 0;
  param.past = options.objective_tolerance > 0 ? 1 : 0;
  param.delta = options.objective_tolerance;
  param.max_iterations = options.max_iterations;
  param.max_linesearch = options.max_evaluations;
  param.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;

  MinimizeReport report;
  try {
    Vector<double> w = f.initial(), g;
    double value = 0;
    try {
      LBFGSpp::LBFGSSolver<double, detail::ToldLineSearch>(param).minimize(f, w, value);
      value = f(w, g);
      if (g.norm() <= options.gradient_tolerance) f.prefer(w, value, g.norm());
      report.converged = f.iterations() < options.max_iterations ||
                         (param.past > 0 && f.is_flat(options.objective_tolerance));
      report.why = report.converged ? "an iteration changed the objective by less than "
                                      "objective_tolerance"
                                    : "max_iterations were made";
    } catch (const Error&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& failure) {  // LBFGS++ throws several types
      report.why = detail::text("the line search found no better weights: ", failure.what());
    }
  } catch (...) {
    f.assign(f.best());
    throw;
  }
  f.assign(f.best());
  report.iterations = f.iterations();
  report.evaluations = f.evaluations();
  report.objective = f.best_value();
  report.gradient_norm = f.best_norm();
  if (report.gradient_norm <= options.gradient_tolerance) {
    report.converged = true;
    report.why = "the gradient's norm is within gradient_tolerance";
  }
  return report;
}

/// The same on a dataset, as one batch: converted and scaled as `fit` has it.
/// @throws ValueError for a dataset whose samples have weights, which it does not know
template <class Net, class O, class Data>
requires requires { typename Data::Targets; }
MinimizeReport minimize(Net& net, const O& objective, const Data& data, const LBFGS& options = {}) {
  if (data.size() == 0) throw ValueError("minimize: the dataset is empty");
  if (data.weights().size() > 0)
    throw ValueError("minimize: sample weights are not known to it; use fit, or repeat samples");
  Batches<ScalarOf<Net>, Data> batches(data, data.size());
  const auto batch = batches[0];
  try {
    return minimize(net, objective, batch.inputs, batch.targets, options);
  } catch (const DivergenceError& error) {
    throw detail::located<ScalarOf<Net>>(error, "", data);
  }
}

}  // namespace ridge
