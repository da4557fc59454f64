#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

/// A sample that was taken for another class.
struct Mistake {
  Index sample = 0;
  Index label = 0, predicted = 0;
  double probability = 0;        ///< of the class it was taken for
  double label_probability = 0;  ///< of its own class
};

/// The samples that were taken for another class, those first whose own class was held the least
/// probable, and with it the largest cross-entropy; among equals in their order. The class taken is
/// the most probable one, the first of equals.
/// @param probabilities classes x samples, as `softmax` gives them
/// @param most how many at most
/// @throws ShapeError if there are not as many labels as samples; ValueError for a label that is no
///         class, for a probability that is NaN, and if `most` is negative
inline std::vector<Mistake> most_mistaken(const Eigen::Ref<const Matrix<double>>& probabilities,
                                          const Eigen::Ref<const RowVector<Index>>& labels,
                                          Index most) {
  if (labels.cols() != probabilities.cols())
    throw ShapeError(detail::text("most_mistaken: ", probabilities.cols(), " samples, but ",
                                  labels.cols(), " labels"));
  if (most < 0) throw ValueError(detail::text("most_mistaken: expected 0 or more, got ", most));
  std::vector<Mistake> all;
  for (Index n = 0; n < labels.cols(); ++n) {
    const Index label = labels(n);
    if (label < 0 || label >= probabilities.rows())
      throw ValueError(detail::text("most_mistaken: the label of sample ", n, " is ", label,
                                    "; expected 0 to ", probabilities.rows() - 1));
    Index predicted = 0;
    for (Index k = 0; k < probabilities.rows(); ++k) {
      if (std::isnan(probabilities(k, n)))
        throw ValueError(detail::text("most_mistaken: a probability of sample ", n, " is nan"));
      if (probabilities(k, n) > probabilities(predicted, n)) predicted = k;
    }
    if (predicted != label)
      all.push_back({n, label, predicted, probabilities(predicted, n), probabilities(label, n)});
  }
  std::sort(all.begin(), all.end(), [](const Mistake& a, const Mistake& b) {
    return a.label_probability != b.label_probability ? a.label_probability < b.label_probability
                                                      : a.sample < b.sample;
  });
  if (static_cast<Index>(all.size()) > most) all.resize(static_cast<std::size_t>(most));
  return all;
}

}  // namespace ridge
