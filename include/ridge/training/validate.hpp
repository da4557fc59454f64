#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/core/not_finite.hpp>
#include <ridge/losses/cross_entropy.hpp>
#include <ridge/losses/mean_squared_error.hpp>
#include <ridge/training/evaluate.hpp>

namespace ridge {

/// A callback that evaluates the network on other data after each epoch, into the epoch's report.
///
/// The loss is cross-entropy for classes and the mean squared error for numbers, unless one is
/// given.
template <class Data,
          Loss L = std::conditional_t<Data::has_classes, CrossEntropy, MeanSquaredError>>
class Validate {
 public:
  /// @param data must outlive the callback
  /// @param name stands before its numbers, "Test Accuracy: 91.50%"
  explicit Validate(const Data& data, std::string name = "Validation", L loss = {})
      : data_(&data), name_(std::move(name)), loss_(std::move(loss)) {}

  /// A sentence from the compiler: it would not outlive the callback.
  Validate(const Data&&, const std::string& = "", const L& = {}) : data_(nullptr) {
    static_assert(!std::is_same_v<Data, Data>,
                  "ridge::Validate: the data is a temporary, which would be gone before the first "
                  "epoch; give it a name");
  }

  /// What does not fit is found before the first epoch and not after it.
  template <class R>
  void begin(R& run) const {
    if (data_->size() == 0) throw ValueError("Validate: the dataset is empty");
    detail::require_features("Validate", run.net, data_->features());
    try {
      loss_.check(run.net.output_size(data_->features()), data_->targets());
    } catch (const ShapeError& error) {
      throw ShapeError(std::string("Validate: ") + error.what());
    } catch (const ValueError& error) {
      throw ValueError(std::string("Validate: ") + error.what());
    }
    using Scalar = typename R::Scalar;
    if constexpr (std::is_floating_point_v<typename Data::Inputs::Scalar>)
      if (const std::string found = detail::describe_not_finite<Scalar>(
              "its dataset", data_->inputs(), data_->scale(), data_->targets());
          !found.empty())
        throw ValueError("Validate: " + found);
  }

  template <class R>
  void measure(R& run) const {
    run.report.validation = evaluate(run.net, loss_, *data_);
    run.report.validation_name = name_;
  }

 private:
  const Data* data_;
  std::string name_;
  L loss_;
};

}  // namespace ridge
