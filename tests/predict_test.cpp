#include <cstdint>
#include <thread>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;

auto network() {
  Sequential net{Linear<float>{20, 30}, ReLU{}, Linear<float>{30, 5}};
  initialize(net, Random{1});
  return net;
}

TEST_CASE("a sample's prediction is its column of the batch's", "[predict]") {
  const auto net = network();
  const Matrix<float> x = Matrix<float>::Random(20, 7);
  const Matrix<float> all = predict(net, x);
  const RowVector<Index> classes = classify(net, x);
  for (Index n = 0; n < x.cols(); ++n) {
    const Vector<float> one = predict(net, x.col(n));
    CHECK(one.isApprox(all.col(n), 1e-5f));
    CHECK(classify(net, x.col(n)) == classes(n));
  }
}

TEST_CASE("a dataset's predictions are those of its samples, converted and scaled", "[predict]") {
  const auto net = network();
  const Matrix<std::uint8_t> bytes =
      Matrix<std::uint8_t>::Random(20, 600);  // more than two batches
  const Dataset<std::uint8_t, int> data{bytes, RowVector<int>::Zero(600), 1.0 / 255};
  const Matrix<float> outputs = predict(net, data);
  const Matrix<float> x = bytes.cast<float>() / 255;
  CHECK(outputs.cols() == 600);
  CHECK(outputs.isApprox(predict(net, x), 1e-5f));
  const Dataset<double, double> others{Matrix<double>::Zero(19, 2), Matrix<double>::Zero(1, 2)};
  CHECK_THROWS_AS(predict(net, others), ShapeError);
  const Dataset<double, double> none{Matrix<double>(20, 0), Matrix<double>(1, 0)};
  CHECK_THROWS_WITH(predict(net, none), "the dataset is empty");
}

TEST_CASE("anything of Eigen's predicts", "[predict]") {
  const auto net = network();
  const Matrix<float> x = Matrix<float>::Random(20, 6);
  const Matrix<float> expected = predict(net, x);
  const Eigen::Matrix<float, Dynamic, Dynamic, Eigen::RowMajor> row_major = x;
  CHECK(predict(net, row_major).isApprox(expected));
  CHECK(predict(net, Eigen::Map<const Matrix<float>>(x.data(), 20, 6)).isApprox(expected));
  CHECK(predict(net, x.middleCols(1, 3)).isApprox(expected.middleCols(1, 3)));
  CHECK(predict(net, 2 * x - x).isApprox(expected));
  CHECK(predict(net, x.leftCols(0)).cols() == 0);
}

TEST_CASE("of equal outputs the first is the class", "[predict]") {
  const Linear<float> zero{3, 4};
  CHECK(classify(zero, Vector<float>::Ones(3).eval()) == 0);
}

TEST_CASE("several threads predict with one network", "[predict]") {
  const auto net = network();
  const Matrix<float> x = Matrix<float>::Random(20, 50);
  const Matrix<float> expected = predict(net, x);
  std::vector<Matrix<float>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) result = predict(net, x);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) CHECK(result == expected);
}

TEST_CASE("one output for two classes decides by its sign", "[predict]") {
  Linear<double> net{1, 1};
  net.weight(0, 0) = 2;
  net.bias(0) = -1;
  const RowVector<double> x{{-1, 0.4, 0.6, 3}};
  CHECK(classify(net, x, BinaryCrossEntropy{}) == RowVector<Index>{{0, 0, 1, 1}});
  CHECK(classify(net, x.col(2), BinaryCrossEntropy{}) == 1);
  const Dataset<double, int> data{x, RowVector<int>{{0, 1, 1, 1}}};
  CHECK(evaluate(net, BinaryCrossEntropy{}, data).accuracy == 0.75);
}

TEST_CASE("the classes of one output need the loss that decides", "[predict]") {
  CHECK_THROWS_WITH(classify(Linear<double>{1, 1}, Matrix<double>(1, 2)),
                    Catch::Matchers::Contains("BinaryCrossEntropy"));
}

}  // namespace
