#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/SparseCore>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/losses/softmax.hpp>

namespace ridge {

/// What a linear model says of a sample.
enum class Family {
  automatic,    ///< gaussian for numbers, binomial for two classes, multinomial for more
  gaussian,     ///< a number; the loss is half of the squared error
  binomial,     ///< the log-odds of class 1 against class 0; the loss is the cross-entropy
  multinomial,  ///< a score for each class, whose softmax are probabilities; the same loss
};

/// Linear models along a path of lambdas, from the largest to the smallest.
class LinearPath {
 public:
  /// One of the models, on the features' own scale.
  struct Model {
    double lambda = 0;
    Matrix<double> coefficients;  ///< features x outputs
    Vector<double> intercepts;    ///< of the outputs
    double deviance_ratio = 0;    ///< the share of the null model's deviance that it explains
  };

  LinearPath(Family family, double null_deviance, std::vector<Model> models)
      : family_(family), null_deviance_(null_deviance), models_(std::move(models)) {}

  Family family() const { return family_; }
  /// How many models there are.
  Index size() const { return static_cast<Index>(models_.size()); }
  /// Of the model without features, twice the mean loss: for numbers the targets' variance.
  double null_deviance() const { return null_deviance_; }

  std::vector<double> lambdas() const {
    std::vector<double> all;
    for (const Model& model : models_) all.push_back(model.lambda);
    return all;
  }

  /// @name Of model i
  /// @throws ValueError if there is none
  /// @{
  double lambda(Index i) const { return at(i).lambda; }
  /// Features x outputs.
  const Matrix<double>& coefficients(Index i) const { return at(i).coefficients; }
  /// Of each output.
  const Vector<double>& intercepts(Index i) const { return at(i).intercepts; }
  /// How many features have a coefficient that is not zero.
  Index non_zeros(Index i) const {
    return (at(i).coefficients.array() != 0).rowwise().any().count();
  }
  /// 1 - deviance / null deviance: R^2 for numbers.
  double deviance_ratio(Index i) const { return at(i).deviance_ratio; }
  /// As a layer, whose outputs are those of `predict`.
  Linear<double> layer(Index i) const {
    const Model& model = at(i);
    Linear<double> layer{model.coefficients.rows(), model.coefficients.cols()};
    layer.weight = model.coefficients.transpose();
    layer.bias = model.intercepts;
    return layer;
  }

  /// Outputs x samples: numbers, the log-odds of class 1, or a score for each class.
  /// @param x features x samples, dense or sparse
  /// @throws ShapeError for another number of features
  template <class X>
  Matrix<double> predict(Index i, const Eigen::EigenBase<X>& x) const {
    const Model& model = at(i);
    if (x.rows() != model.coefficients.rows())
      throw ShapeError(detail::text("LinearPath: expected ", model.coefficients.rows(),
                                    " features, got ", x.rows(), " (a sample is one column)"));
    Matrix<double> outputs = model.coefficients.transpose() * x.derived();
    outputs.colwise() += model.intercepts;
    return outputs;
  }

  /// The likeliest class of each sample.
  /// @throws ShapeError for another number of features, ValueError for a path of numbers
  template <class X>
  RowVector<int> classify(Index i, const Eigen::EigenBase<X>& x) const {
    return classes_of(predict(i, x));
  }

  /// The probability of each class, classes x samples.
  /// @throws ShapeError for another number of features, ValueError for a path of numbers
  template <class X>
  Matrix<double> probabilities(Index i, const Eigen::EigenBase<X>& x) const {
    return probabilities_of(predict(i, x));
  }
  /// @}

  /// The likeliest class for each column of outputs.
  /// @throws ValueError for a path of numbers
  RowVector<int> classes_of(const Matrix<double>& outputs) const {
    require_classes();
    RowVector<int> classes(outputs.cols());
    for (Index n = 0; n < outputs.cols(); ++n) {
      Index best = 0;
      if (family_ == Family::binomial)
        best = outputs(0, n) > 0;
      else
        outputs.col(n).maxCoeff(&best);
      classes(n) = static_cast<int>(best);
    }
    return classes;
  }

  /// The probability of each class for each column of outputs.
  /// @throws ValueError for a path of numbers
  Matrix<double> probabilities_of(const Matrix<double>& outputs) const {
    require_classes();
    if (family_ != Family::binomial) return softmax(outputs);
    Matrix<double> scores = Matrix<double>::Zero(2, outputs.cols());
    scores.row(1) = outputs.row(0);
    return softmax(scores);
  }

 private:
  void require_classes() const {
    if (family_ == Family::gaussian)
      throw ValueError("LinearPath: a gaussian path predicts numbers and has no classes");
  }

  const Model& at(Index i) const {
    if (i < 0 || i >= size())
      throw ValueError(detail::text("LinearPath: model ", i, " of ", size()));
    return models_[static_cast<std::size_t>(i)];
  }

  Family family_;
  double null_deviance_;
  std::vector<Model> models_;
};

}  // namespace ridge
