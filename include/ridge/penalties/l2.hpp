#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/selection.hpp>

namespace ridge {

/// lambda/2 * sum(w^2), gradient lambda * w: the same number as the `weight_decay` of `SGD`. It
/// touches weights only, unless told otherwise by `on`.
class L2 {
 public:
  /// @throws ValueError if lambda is negative, infinite or NaN
  explicit L2(double lambda, Selection selection = Role::weight)
      : lambda_(lambda), selection_(std::move(selection)) {
    detail::require_non_negative(lambda, "L2: lambda");
  }

  /// The textbook's lambda * sum(w^2), gradient 2 lambda w.
  static L2 sum_of_squares(double lambda) {
    return L2(2 * checked(lambda, "L2::sum_of_squares: lambda"));
  }

  /// @name From other systems' numbers, for a loss that is a mean over the samples
  /// @throws ValueError for a number outside its domain
  /// @{
  /// The `weight_decay` of torch.optim.SGD and Adam, which touches every parameter: lambda.
  static L2 from_pytorch(double weight_decay) {
    return L2(checked(weight_decay, "L2::from_pytorch: weight_decay"), all_roles);
  }
  /// keras.regularizers.L2(l2), which is l2 * sum(w^2): lambda = 2 l2.
  static L2 from_keras(double l2) { return L2(2 * checked(l2, "L2::from_keras: l2")); }
  /// sklearn.linear_model.Ridge(alpha), which minimizes |y - Xw|^2 + alpha |w|^2, on `samples`
  /// samples: lambda = 2 alpha / samples with `MeanSquaredError`.
  static L2 from_sklearn_ridge(double alpha, Index samples) {
    return L2(2 * checked(alpha, "L2::from_sklearn_ridge: alpha") /
              count(samples, "L2::from_sklearn_ridge: samples"));
  }
  /// sklearn.neural_network.MLPClassifier(alpha), whose loss has alpha / 2b |w|^2 for a batch of b
  /// samples: lambda = alpha / b with `CrossEntropy`. MLPRegressor halves the squared error:
  /// lambda = 2 alpha / b with `MeanSquaredError`, for one output.
  static L2 from_sklearn_mlp(double alpha, Index batch_size, bool regressor = false) {
    return L2((regressor ? 2 : 1) * checked(alpha, "L2::from_sklearn_mlp: alpha") /
              count(batch_size, "L2::from_sklearn_mlp: batch_size"));
  }
  /// liblinear's and sklearn.linear_model.LogisticRegression's C: |w|^2 / 2 + C sum(loss) on
  /// `samples` samples: lambda = 1 / (C samples). liblinear penalizes the bias too, unless it is
  /// told not to: then add `.on(Role::weight | Role::bias)`.
  static L2 from_liblinear(double c, Index samples) {
    if (!(c > 0)) throw ValueError(detail::text("L2::from_liblinear: C must be > 0, got ", c));
    return L2(1 / (c * count(samples, "L2::from_liblinear: samples")));
  }
  /// @}

  /// The same penalty on other parameters: `.on(Role::weight | Role::bias)`, `.on("fc1")`.
  L2 on(Selection selection) const { return L2(lambda_, std::move(selection)); }

  double lambda() const { return lambda_; }
  const Selection& selection() const { return selection_; }

  /// As it applies to one parameter.
  struct Term {
    double lambda;

    template <class W>
    double value(const W& w) const {
      return lambda == 0 ? 0.0 : lambda / 2 * w.template cast<double>().square().sum();
    }
    template <class W>
    auto gradient(const W& w) const {
      return static_cast<typename W::Scalar>(lambda) * w;
    }
    Term scaled(double factor) const { return {factor * lambda}; }
    std::string describe() const { return lambda == 0 ? "" : detail::text("L2 ", lambda); }
  };

  Term at(const ParameterInfo& info) const { return {selection_.contains(info) ? lambda_ : 0}; }
  void require_known(const std::vector<ParameterInfo>& infos) const {
    selection_.require_known(infos, "L2");
  }
  template <class W>
  double value(const W& w) const {
    return Term{lambda_}.value(w);
  }
  template <class W>
  auto gradient(const W& w) const {
    return Term{lambda_}.gradient(w);
  }

  friend bool operator==(const L2&, const L2&) = default;

 private:
  static double checked(double value, std::string_view name) {
    detail::require_non_negative(value, name);
    return value;
  }
  static double count(Index samples, std::string_view name) {
    if (samples < 1) throw ValueError(detail::text(name, " must be at least 1, got ", samples));
    return static_cast<double>(samples);
  }

  double lambda_;
  Selection selection_;
};

}  // namespace ridge
