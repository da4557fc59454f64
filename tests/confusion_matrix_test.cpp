#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <ridge/losses/softmax.hpp>
#include <ridge/training/confusion_matrix.hpp>
#include <ridge/training/most_mistaken.hpp>

#include "catch.hpp"

using ridge::ConfusionMatrix;
using ridge::Index;
using ridge::Matrix;
using ridge::RowVector;
using ridge::ShapeError;
using ridge::ValueError;
using ridge::Vector;

namespace {

using Numbers = RowVector<double>;

/// The lines of numbers that scikit-learn's script has written.
std::vector<Numbers> fixture() {
  std::ifstream file(RIDGE_FIXTURES "/confusion.txt");
  std::vector<Numbers> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::vector<double> numbers;
    for (double v = 0; in >> v;) numbers.push_back(v);
    lines.emplace_back(Eigen::Map<Numbers>(numbers.data(), static_cast<Index>(numbers.size())));
  }
  REQUIRE(lines.size() == 8);
  return lines;
}

void check_scores(const Vector<double>& scores, const Numbers& expected) {
  REQUIRE(scores.size() == expected.size());
  for (Index k = 0; k < scores.size(); ++k)
    if (expected(k) < 0)
      CHECK(std::isnan(scores(k)));
    else
      CHECK(std::abs(scores(k) - expected(k)) < 1e-15);
}

}  // namespace

TEST_CASE("a confusion matrix and its scores are scikit-learn's") {
  const std::vector<Numbers> expected = fixture();
  const auto classes = static_cast<Index>(expected[0](0));
  const ConfusionMatrix confusion(expected[1].cast<int>(), expected[2].cast<Index>(), classes);
  CHECK(confusion.samples() == 300);
  CHECK(confusion.classes() == classes);
  for (Index i = 0; i < classes; ++i)
    for (Index j = 0; j < classes; ++j)
      CHECK(confusion.counts()(i, j) == static_cast<Index>(expected[3](i * classes + j)));
  check_scores(confusion.precision(), expected[4]);
  check_scores(confusion.recall(), expected[5]);
  check_scores(confusion.f1(), expected[6]);
  CHECK(std::abs(confusion.accuracy() - expected[7](0)) < 1e-15);
  CHECK(confusion.mistakes() == 122);
}

TEST_CASE("a confusion matrix counts samples as they come") {
  ConfusionMatrix confusion(3);
  CHECK(confusion.samples() == 0);
  CHECK(std::isnan(confusion.accuracy()));
  CHECK(std::isnan(confusion.f1()(0)));
  confusion.add(0, 2);
  confusion.add(0, 2);
  confusion.add(1, 1);
  CHECK(confusion.counts()(0, 2) == 2);
  CHECK(confusion.counts()(2, 0) == 0);
  CHECK(confusion.accuracy() == 1.0 / 3);
  CHECK(std::isnan(confusion.precision()(0)));
  CHECK(confusion.recall()(0) == 0);
  CHECK(std::isnan(confusion.recall()(2)));
}

TEST_CASE("what is no class is not counted") {
  CHECK(test::message_of<ValueError>([] { ConfusionMatrix{0}; }) ==
        "ConfusionMatrix: expected at least 1 class, got 0");
  ConfusionMatrix confusion(3);
  CHECK(test::message_of<ValueError>([&] { confusion.add(0, 3); }) ==
        "ConfusionMatrix: expected classes 0 to 2, got 3");
  CHECK_THROWS_AS(confusion.add(-1, 0), ValueError);
  CHECK(confusion.samples() == 0);
  const RowVector<int> labels{{0, 1}}, fewer{{1}};
  CHECK(test::message_of<ShapeError>([&] { ConfusionMatrix(labels, fewer, 3); }) ==
        "ConfusionMatrix: 2 labels, but 1 predictions");
}

TEST_CASE("softmax gives probabilities, of outputs of any size") {
  const Matrix<double> z{{0, 1000, -1000}, {std::log(3.0), 1000, -2000}};
  const Matrix<double> p = ridge::softmax(z);
  CHECK(std::abs(p(0, 0) - 0.25) < 1e-15);
  CHECK(std::abs(p(1, 0) - 0.75) < 1e-15);
  CHECK(p.col(1) == Vector<double>::Constant(2, 0.5));
  CHECK(p.col(2).isApprox(Vector<double>{{1, 0}}));
  CHECK(ridge::softmax(Matrix<double>(0, 3)).cols() == 3);
  const double infinity = std::numeric_limits<double>::infinity();
  const Matrix<double> bad{{NAN, infinity, -infinity}, {0, 0, 0}};
  CHECK(ridge::softmax(bad).leftCols(2).array().isNaN().all());
  CHECK(ridge::softmax(bad).col(2).isApprox(Vector<double>{{0, 1}}));
}

TEST_CASE("mistakes come in the order of how wrong they are") {
  const Matrix<double> p{
      {0.8, 0.1, 0.5, 0.3, 0.7}, {0.1, 0.2, 0.5, 0.6, 0.2}, {0.1, 0.7, 0, 0.1, 0.1}};
  const RowVector<Index> labels{{0, 0, 1, 2, 2}};
  const auto all = ridge::most_mistaken(p, labels, 10);
  REQUIRE(all.size() == 4);
  const std::vector<Index> order{1, 3, 4, 2};  // 0.1, 0.1, 0.1, 0.5 of their own classes
  for (std::size_t k = 0; k < 4; ++k) CHECK(all[k].sample == order[k]);
  CHECK(all[0].label == 0);
  CHECK(all[0].predicted == 2);
  CHECK(all[0].probability == 0.7);
  CHECK(all[0].label_probability == 0.1);
  CHECK(all[3].predicted == 0);  // the first of equals
  CHECK(ridge::most_mistaken(p, labels, 2).size() == 2);
  CHECK(ridge::most_mistaken(p, labels, 0).empty());
  CHECK(ridge::most_mistaken(p.leftCols(1), labels.leftCols(1), 5).empty());

  CHECK(test::message_of<ShapeError>([&] { ridge::most_mistaken(p, labels.leftCols(2), 1); }) ==
        "most_mistaken: 5 samples, but 2 labels");
  CHECK_THROWS_AS(ridge::most_mistaken(p, labels, -1), ValueError);
  CHECK(test::message_of<ValueError>([&] { ridge::most_mistaken(p.topRows(2), labels, 1); }) ==
        "most_mistaken: the label of sample 3 is 2; expected 0 to 1");
  Matrix<double> bad = p;
  bad(1, 2) = NAN;
  CHECK(test::message_of<ValueError>([&] { ridge::most_mistaken(bad, labels, 1); }) ==
        "most_mistaken: a probability of sample 2 is nan");
}
