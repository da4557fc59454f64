#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/losses/weighted.hpp>
#include <ridge/training/fit.hpp>
#include <ridge/training/reports.hpp>
#include <ridge/training/sample_losses.hpp>
#include <ridge/training/stop_on_signal.hpp>
#include <ridge/tuning/at_once.hpp>
#include <ridge/tuning/count_trainings.hpp>
#include <ridge/tuning/lambda_path.hpp>
#include <ridge/tuning/resampling.hpp>

namespace ridge {

/// How `penalty_path` trains, and how it chooses.
struct PathOptions {
  std::vector<double> lambdas;  ///< in any order; the strongest is trained first
  FitOptions fit{};             ///< of the training for each lambda
  bool warm_starts = true;      ///< from the weights of the lambda before, else from the given ones
  /// A training ends before `fit.epochs` with the first epoch that has not made the objective
  /// smaller by more than this share of it; 0: none does. On a path most begin near their end.
  double tolerance = 0;
  PathMeasure choose_by = PathMeasure::loss;
  bool stops_on_signal = false;  ///< on Ctrl-C and the like, and keeps what is done
  /// Is told how many trainings are done, of how many: by several threads, but one at a time. When
  /// a path ends before its end, it is told 0.
  std::function<void(int done, int all)> progress{};
};

namespace detail {

/// What a function of lambda gives for one, and everything else as it is.
template <class T>
auto at_lambda(const T& given, double lambda) {
  if constexpr (std::is_invocable_v<const T&, double>)
    return given(lambda);
  else
    return given;
}
template <class T>
using AtLambda = decltype(at_lambda(std::declval<const T&>(), 0.0));

/// The norm of each weight.
template <class Net>
std::vector<double> weight_norms(const Net& net) {
  std::vector<double> norms;
  for_each_parameter(net, [&](const std::string&, const auto& parameter) {
    if (parameter.role == Role::weight)
      norms.push_back(parameter.value.template cast<double>().norm());
  });
  return norms;
}

inline void require_lambda(double lambda) {
  if (!(lambda >= 0 && std::isfinite(lambda)))
    throw ValueError(text("penalty_path: a lambda must be a finite number >= 0, got ", lambda));
}

/// A callback that ends a training with the first epoch that gains no more than a share of the
/// objective.
class StopWhenFlat {
 public:
  explicit StopWhenFlat(double tolerance) : tolerance_(tolerance) {}

  template <class R>
  void after_epoch(R& run) {
    const double now = run.report.objective;
    if (before_ - now <= tolerance_ * std::abs(now)) run.stop();
    before_ = now;
  }

 private:
  double tolerance_, before_ = std::numeric_limits<double>::infinity();
};

/// How a network is trained for one lambda after another.
template <Layer Net, class O, class Opt>
class PathTrainer {
 public:
  PathTrainer(const Net& net, O objective, Opt optimizer, PathOptions options)
      : start_(net),
        start_norms_(weight_norms(net)),
        objective_(std::move(objective)),
        optimizer_(std::move(optimizer)),
        options_(std::move(options)) {
    auto& lambdas = options_.lambdas;
    if (lambdas.empty())
      throw ValueError(
          "penalty_path: there are no lambdas; give .lambdas = log_spaced(1, 1e-4, 20)");
    for (const double lambda : lambdas) require_lambda(lambda);
    if (options_.fit.epochs < 1)
      throw ValueError(
          text("penalty_path: .fit.epochs must be at least 1, got ", options_.fit.epochs));
    require_non_negative(options_.tolerance, "penalty_path: tolerance");
    std::sort(lambdas.begin(), lambdas.end(), std::greater<>());
    lambdas.erase(std::unique(lambdas.begin(), lambdas.end()), lambdas.end());
  }

  const PathOptions& options() const { return options_; }
  const Net& start() const { return start_; }

  /// The loss of a network, without penalties.
  template <class Data>
  double loss(const Net& net, double lambda, const Data& data) const {
    return ridge::evaluate(net, at_lambda(objective_, lambda), data).loss;
  }

  /// Trains a network on from where it is.
  /// @return what came of each epoch; none if a signal has interrupted it
  template <class Data>
  std::optional<std::vector<EpochReport>> train(Net& net, const Data& data, double lambda) const {
    std::optional<StopOnSignal> stop;
    if (options_.stops_on_signal) stop.emplace();
    std::optional<StopWhenFlat> flat;
    if (options_.tolerance > 0) flat.emplace(options_.tolerance);
    auto epochs = fit(net, at_lambda(objective_, lambda), at_lambda(optimizer_, lambda), data,
                      options_.fit, stop, flat);
    if (stop && stop->signal() != 0) return std::nullopt;
    return epochs;
  }

  /// Whether a network of several layers can learn no more, since a strong penalty has taken the
  /// weights of one.
  bool is_emptied(const Net& net) const {
    if (start_norms_.size() < 2) return false;
    constexpr double emptied = 0.01;
    const std::vector<double> norms = weight_norms(net);
    for (std::size_t i = 0; i < norms.size(); ++i)
      if (!(norms[i] >= emptied * start_norms_[i])) return true;
    return false;
  }

  template <class Data>
  FoldPoint evaluate(const Net& net, double lambda, const Data& train, const Data& test, int epochs,
                     int repeat) const {
    FoldPoint point{};
    point.epochs = epochs;
    measure(net, lambda, train, repeat, point.train_loss, point.train_error);
    measure(net, lambda, test, repeat, point.validation_loss, point.validation_error);
    for (const double norm : weight_norms(net)) point.norm = std::hypot(point.norm, norm);
    Index zeros = 0, size = 0;
    for (const Sparsity& weight : sparsity(net)) {
      zeros += weight.zeros;
      size += weight.size;
    }
    point.zeros = static_cast<double>(zeros) / static_cast<double>(size);
    return point;
  }

 private:
  /// The mean loss and error over samples, with their standard errors over these.
  template <class Data>
  void measure(const Net& net, double lambda, const Data& data, int repeat, FoldValue& mean_loss,
               FoldValue& mean_error) const {
    const auto loss = as_objective(at_lambda(objective_, lambda)).loss;
    const SampleLosses samples = sample_losses(net, loss, data);
    const bool weighted = data.weights().size() > 0;
    const auto mean = [&](const auto& of, const auto& weight) {
      double total = 0, sum = 0, squares = 0;
      Index count = 0;
      const auto each = [&](const auto& add) {  // without those of weight 0, as if they were absent
        for (Index n = 0; n < data.size(); ++n)
          if (weight(n) != 0) add(of(n), weight(n));
      };
      each([&](double x, double w) {
        total += w;
        sum += x * w;
        ++count;
      });
      const double value = sum / total;
      each([&](double x, double w) { squares += (x - value) * (x - value) * w; });
      return FoldValue{value, total, std::sqrt(squares / total / static_cast<double>(count - 1)),
                       repeat};
    };
    const auto of_sample = [&](Index n) { return weighted ? data.weights()(n) : 1.0; };
    // Classes may have weights, in the loss alone.
    const auto of_loss = [&](Index n) {
      return weighted ? data.weights()(n)
                      : static_cast<double>(total_weight(loss, data.targets().col(n)));
    };
    mean_loss = mean([&](Index n) { return samples.losses(n); }, of_loss);
    if constexpr (Data::has_classes)
      mean_error = mean([&](Index n) { return samples.right(n) ? 0.0 : 1.0; }, of_sample);
  }

  Net start_;
  std::vector<double> start_norms_;
  O objective_;
  Opt optimizer_;
  PathOptions options_;
};

/// One network's way along a path on one dataset, from the strongest lambda to the weakest.
template <Layer Net, class O, class Opt, class Data>
class PathWalk {
 public:
  PathWalk(const PathTrainer<Net, O, Opt>& trainer, const Data& data)
      : trainer_(trainer), data_(data), net_(trainer.start()) {}

  const Net& net() const { return net_; }

  /// Trains for the next lambda, from the weights of the one before unless these are of no use.
  /// @return of how many epochs; none if a signal has interrupted it
  /// @throws DivergenceError as `fit`; the next lambda begins anew
  std::optional<int> to(double lambda) {
    if (!start_loss_) start_loss_ = trainer_.loss(net_, lambda, data_);
    if (begins_anew_) net_ = trainer_.start();
    begins_anew_ = true;
    const auto epochs = trainer_.train(net_, data_, lambda);
    if (!epochs) return std::nullopt;
    // A lambda too strong for the steps makes the weights grow. Whoever begins with them stays
    // there.
    const double bound = *start_loss_ + std::abs(*start_loss_);
    const bool is_lost = !epochs->empty() && !(epochs->back().train_loss <= bound);
    begins_anew_ = !trainer_.options().warm_starts || is_lost || trainer_.is_emptied(net_);
    return static_cast<int>(epochs->size());
  }

 private:
  const PathTrainer<Net, O, Opt>& trainer_;
  const Data& data_;
  Net net_;
  std::optional<double> start_loss_;
  bool begins_anew_ = false;
};

}  // namespace detail

/// Networks trained along a path of strengths: `penalty_path` makes it.
template <Layer Net, class O, class Opt>
class PenaltyPath : public LambdaPath {
 public:
  PenaltyPath(LambdaPath path, detail::PathTrainer<Net, O, Opt> trainer)
      : LambdaPath(std::move(path)), trainer_(std::move(trainer)) {}

  /// The network trained on a whole dataset, along the path down to `lambda` as in each fold.
  /// @throws ValueError for a lambda that is no number >= 0; Interrupted if `stops_on_signal` and
  ///         there was one; as `fit`
  template <class Data>
  Net refit(const Data& data, double lambda) const {
    detail::require_lambda(lambda);
    const detail::WatchSignals watch(trainer_.options().stops_on_signal);
    detail::PathWalk walk(trainer_, data);
    const auto train = [&](double each) {
      if (!walk.to(each)) throw Interrupted{};
    };
    for (const double stronger : trainer_.options().lambdas)
      if (trainer_.options().warm_starts && stronger > lambda) try {
          train(stronger);
        } catch (const DivergenceError&) {
        }
    train(lambda);
    return walk.net();
  }

 private:
  detail::PathTrainer<Net, O, Opt> trainer_;
};

/// Trains a network along a path of strengths, from the strongest to the weakest, each from the
/// weights of the one before, in every fold of a resampling, and says how each does on the samples
/// held out.
///
///     const auto path = penalty_path(
///         net, [](double lambda) { return CrossEntropy{} + L2{lambda}; },
///         SGD{.learning_rate = 0.05}, data, KFold{.folds = 5},
///         {.lambdas = log_spaced(1, 1e-5, 16), .fit = {.epochs = 10}});
///     const auto best = path.refit(data, path.lambda_1se());
///
/// Folds are trained at once, on as many threads as `threads()` says; results do not depend on it.
/// A lambda whose training diverges comes to NaN and is never chosen. The next one begins anew, and
/// so it does where the training loss has come to more than twice that of the initial weights, and
/// where a strong penalty has emptied a network of several layers - the norm of a layer's weights
/// has fallen below a hundredth -, which could learn no more.
///
/// @param net       initialized; each fold begins with its weights
/// @param objective what to minimize, or a function of lambda that gives it
/// @param optimizer an optimizer, or a function of lambda that gives one: for weight decay
/// @throws ValueError for options outside their domain, for NaN and infinity among the data, if no
///         lambda has come to something in every fold, and as `fit` and the resampling do;
///         Interrupted if `stops_on_signal` and there was a signal before a lambda was done
template <Layer Net, class O, class Opt, class Data, class Resampling>
PenaltyPath<Net, std::decay_t<O>, std::decay_t<Opt>> penalty_path(
    const Net& net, const O& objective, const Opt& optimizer, const Data& data,
    const Resampling& resampling, PathOptions options) {
  static_assert(
      requires { as_objective(std::declval<detail::AtLambda<O>>()); },
      "ridge::penalty_path: the second argument is what to minimize, a loss + penalty, or a "
      "function of lambda that gives it: [](double lambda) { return CrossEntropy{} + L2{lambda}; "
      "}");
  static_assert(Optimizer<detail::AtLambda<Opt>>,
                "ridge::penalty_path: the third argument is an optimizer, such as SGD{}, or a "
                "function of lambda that gives one");
  static_assert(std::is_invocable_v<const O&, double> || std::is_invocable_v<const Opt&, double>,
                "ridge::penalty_path: neither the objective nor the optimizer is a function of "
                "lambda, so there is no path");
  static_assert(
      requires { typename Data::Targets; },
      "ridge::penalty_path: the data must be a ridge::Dataset; see docs/your_data.md");
  static_assert(
      requires {
        { resampling.split(data) } -> std::same_as<std::vector<Fold>>;
      },
      "ridge::penalty_path: the fifth argument says how to hold out samples: KFold{.folds = 5}, "
      "HoldOut{} or GivenFolds{...}, not a number");
  detail::PathTrainer<Net, std::decay_t<O>, std::decay_t<Opt>> trainer(net, objective, optimizer,
                                                                       std::move(options));
  const PathOptions& chosen = trainer.options();
  if constexpr (std::is_floating_point_v<typename Data::Inputs::Scalar> || !Data::has_classes)
    if (const std::string found = detail::describe_not_finite<ScalarOf<Net>>(
            "the dataset", data.inputs(), data.scale(), data.targets());
        !found.empty())
      throw ValueError("penalty_path: " + found);
  const std::vector<Fold> folds = resampling.split(data);
  detail::require_folds("penalty_path", folds, data.size(), data.weights());
  std::vector<std::vector<detail::FoldPoint>> points(folds.size());
  std::vector<std::string> failures(folds.size());  // the last of each fold
  std::atomic<bool> interrupted = false;
  detail::CountTrainings count(chosen.progress,
                               static_cast<int>(folds.size() * chosen.lambdas.size()));
  const detail::WatchSignals watch(chosen.stops_on_signal);
  detail::at_once(static_cast<int>(folds.size()), [&](int k) {
    const Fold& fold = folds[static_cast<std::size_t>(k)];
    auto& of_fold = points[static_cast<std::size_t>(k)];
    const auto train = subset(data, fold.train), test = subset(data, fold.test);
    detail::PathWalk walk(trainer, train);
    for (const double lambda : chosen.lambdas) {
      if (interrupted) return;
      try {
        const std::optional<int> epochs = walk.to(lambda);
        if (!epochs) {
          interrupted = true;
          return;
        }
        of_fold.push_back(trainer.evaluate(walk.net(), lambda, train, test, *epochs, fold.repeat));
      } catch (const DivergenceError& divergence) {
        of_fold.push_back(detail::FoldPoint::none(fold.repeat));
        failures[static_cast<std::size_t>(k)] = divergence.what();
      }
      count.add();
    }
  });
  if (chosen.stops_on_signal && detail::Signals::received() != 0) interrupted = true;
  detail::keep_comparable(points, chosen.lambdas.size());
  if (!detail::any_finite(points)) {
    if (interrupted) throw Interrupted{};
    const auto told = std::find_if(failures.begin(), failures.end(),
                                   [](const std::string& failure) { return !failure.empty(); });
    throw ValueError(
        "penalty_path: there is no lambda with a finite loss in every fold. " +
        (told == failures.end()
             ? "No training has diverged, but the samples held out have losses that are infinite"
             : detail::text("In fold ", told - failures.begin(), ": ", *told)));
  }
  LambdaPath path =
      detail::lambda_path(chosen.lambdas, points, Data::has_classes, chosen.choose_by, interrupted);
  return {std::move(path), std::move(trainer)};
}

}  // namespace ridge
