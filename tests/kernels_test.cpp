// The tuned products against naive loops: every tile and tail, both scalars, any number of threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "products.hpp"

namespace {

using namespace ridge;
using detail::Op;
using test::compute;
using test::naive;
using test::Products;
using test::random_matrix;
using test::require_activations;
using test::require_close;
using test::require_products;
using test::same_bits;
using test::Threads;

struct Sizes {
  Index outputs, inputs, samples;
};

/// Around every boundary of a tile, and random ones; a few that several threads share, and a few of
/// more rows than are computed at once.
std::vector<Sizes> sizes() {
  std::vector<Sizes> all{{1, 1, 1},       {128, 784, 64},  {130, 300, 7},  {64, 513, 100},
                         {10, 784, 40},   {300, 256, 70},  {256, 40, 33},  {520, 70, 50},
                         {17, 1030, 65},  {1024, 20, 9},   {612, 700, 20}, {1024, 300, 12},
                         {300, 40, 1000}, {250, 256, 530}, {2100, 90, 12}, {1100, 70, 300}};
  const Index edges[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 129};
  Random random{3};
  const auto edge = [&] { return edges[random.below(std::size(edges))]; };
  for (int k = 0; k < 60; ++k) all.push_back({edge(), edge(), edge()});
  return all;
}

TEMPLATE_TEST_CASE("products of every size are the naive ones", "[kernels]", float, double) {
  Random random{1};
  for (const auto& [outputs, inputs, samples] : sizes()) {
    const double zeros = std::vector{0.0, 0.5, 0.95, 1.0}[random.below(4)];
    const auto w = random_matrix<TestType>(outputs, inputs, random);
    const Vector<TestType> b = random_matrix<TestType>(outputs, 1, random);
    const auto x = random_matrix<TestType>(inputs, samples, random, zeros);
    const auto dy = random_matrix<TestType>(outputs, samples, random, 0.3);
    require_products<TestType>(w, b, x, dy);
  }
}

TEMPLATE_TEST_CASE("activations are applied and led back within the products", "[kernels]", float,
                   double) {
  Random random{2};
  for (const auto& [outputs, inputs, samples] : sizes()) {
    const auto w = random_matrix<TestType>(outputs, inputs, random);
    const Vector<TestType> b = random_matrix<TestType>(outputs, 1, random);
    const auto x = random_matrix<TestType>(inputs, samples, random);
    const auto dy = random_matrix<TestType>(outputs, samples, random);
    require_activations<TestType>(w, b, x, dy);
  }
}

TEMPLATE_TEST_CASE("the bits do not depend on the number of threads", "[kernels][threads]", float,
                   double) {
  Random random{3};
  for (const auto& [outputs, inputs, samples] : sizes()) {
    if (detail::work_of(outputs, inputs, samples) < 1e6) continue;  // for one thread at any rate
    CAPTURE(outputs, inputs, samples);
    const double zeros = std::vector{0.0, 0.8}[random.below(2)];
    const auto w = random_matrix<TestType>(outputs, inputs, random);
    const Vector<TestType> b = random_matrix<TestType>(outputs, 1, random);
    const auto x = random_matrix<TestType>(inputs, samples, random, zeros);
    const auto dy = random_matrix<TestType>(outputs, samples, random, zeros);
    const auto with = [&](int count) {
      const Threads limit(count);
      return compute<TestType>(w, b, x, dy, Tanh{});  // whose packets differ from its scalars
    };
    const auto one = with(1);
    for (const int count : {2, 3, 7}) {
      CAPTURE(count);
      const auto many = with(count);
      CHECK(same_bits<TestType>(many.y, one.y));
      CHECK(same_bits<TestType>(many.dx, one.dx));
      CHECK(same_bits<TestType>(many.dw, one.dw));
      CHECK(same_bits<TestType>(many.w, one.w));
      CHECK(same_bits<TestType>(many.v, one.v));
    }
  }
}

TEMPLATE_TEST_CASE("zeros that are left out change no bit", "[kernels]", float, double) {
  // Against the same products with zeros replaced by numbers so small that they change nothing.
  Random random{4};
  const TestType tiny =
      std::numeric_limits<TestType>::min() / std::numeric_limits<TestType>::epsilon();
  for (const auto& [outputs, inputs, samples] :
       {Sizes{128, 784, 64}, {64, 100, 70}, {200, 97, 33}, {256, 300, 150}, {70, 40, 1}}) {
    CAPTURE(outputs, inputs, samples);
    const auto w = random_matrix<TestType>(outputs, inputs, random);
    const Vector<TestType> b = random_matrix<TestType>(outputs, 1, random);
    auto x = random_matrix<TestType>(inputs, samples, random, 0.8);
    x.topRows(inputs / 5).setZero();  // features that are zero in the whole batch
    x.rightCols(samples / 4).setZero();
    const auto dy = random_matrix<TestType>(outputs, samples, random, 0.5);
    const auto dense = [&](const Matrix<TestType>& m) -> Matrix<TestType> {
      return m.unaryExpr([&](TestType v) { return v == 0 ? tiny : v; });
    };
    const auto sparse = compute<TestType>(w, b, x, dy, detail::Identity{});
    const auto full = compute<TestType>(w, b, dense(x), dense(dy), detail::Identity{});
    CHECK(same_bits<TestType>(sparse.y, full.y));
    CHECK(same_bits<TestType>(sparse.dx, full.dx));
    CHECK(same_bits<TestType>(sparse.w, full.w));
    CHECK(same_bits<TestType>(sparse.v, full.v));
    CHECK((sparse.dw - full.dw).cwiseAbs().maxCoeff() < 1e-20);  // exact zeros there
  }
}

TEMPLATE_TEST_CASE("bits say where a matrix is not zero", "[kernels]", float, double) {
  using detail::bits, detail::Bits, detail::words;
  Random random{8};
  for (const Index depth : {1, 7, 63, 64, 65, 130})
    for (const Index count : {1, 3, 8, 17, 40}) {
      CAPTURE(depth, count);
      const auto x = random_matrix<TestType>(depth, count, random, 0.5);
      const Matrix<TestType> rows = x.transpose();
      std::vector<Bits> expected(static_cast<std::size_t>(words(depth) * count));
      for (Index c = 0; c < count; ++c)
        for (Index k = 0; k < depth; ++k)
          if (x(k, c) != 0)
            expected[static_cast<std::size_t>(c * words(depth) + k / bits)] |= Bits{1} << k % bits;
      std::vector<Bits> along(expected.size(), ~Bits{0}), across = along;
      for (Index c = 0; c < count; ++c)
        detail::find_nonzero_along(x.col(c).data(), depth, along.data() + c * words(depth));
      detail::find_nonzero_across(rows.data(), count, count, depth, across.data());
      CHECK(along == expected);
      CHECK(across == expected);
    }
}

TEST_CASE("negative zeros and NaN are no zeros to be left out", "[kernels]") {
  Matrix<float> x = Matrix<float>::Zero(64, 3);
  x(40, 1) = std::numeric_limits<float>::quiet_NaN();
  x(7, 2) = -0.0f;
  const Matrix<float> w = Matrix<float>::Ones(128, 64);
  const Vector<float> b = Vector<float>::Ones(128);
  Matrix<float> y(128, 3);
  detail::affine(w, b, x, y);
  CHECK(y(0, 0) == 1);
  CHECK(std::isnan(y(0, 1)));
  CHECK(std::isnan(y(127, 1)));
  CHECK(y(0, 2) == 1);
}

TEMPLATE_TEST_CASE("nor do the signs of zeros", "[kernels][threads]", float, double) {
  // Samples of zeros, which one thread leaves out with all others, and two may find in a part that
  // is dense otherwise.
  Random random{7};
  const auto w = random_matrix<TestType>(64, 200, random);
  auto x = random_matrix<TestType>(200, 96, random);
  x.rightCols(48).setZero();
  x.middleCols(6, 3).setZero();
  const Vector<TestType> b = Vector<TestType>::Constant(64, TestType(-0.0));
  const auto with = [&](int count) {
    const Threads limit(count);
    Matrix<TestType> y(64, 96);
    detail::affine(w, b, x, y);
    return y;
  };
  const auto one = with(1);
  for (const int count : {2, 3, 7}) CHECK(same_bits<TestType>(with(count), one));
}

TEST_CASE("a short last batch finds the memory for its copies", "[kernels]") {
  for (const Index rows : {70, 214, 300, 1024, 3000}) {
    Index larger = std::numeric_limits<Index>::max(), larger_right = larger;
    for (const Index depth : {4000, 1025, 1024, 600, 400, 300, 214, 100, 64, 1}) {
      CAPTURE(rows, depth);
      using detail::Op;
      const detail::ThreadMemory<float> memory(2, Op::transposed, true, rows, depth);
      const Index copied = memory.copy(1) - memory.copy(0);
      const Index right = memory.right(1) - memory.right(0);
      constexpr Index tall = detail::RowsAtOnce<float>::tall;
      const Index at_once = detail::RowsAtOnce<float>{Op::transposed}.of(depth, tall);
      CHECK(at_once % tall == 0);
      CHECK(at_once > 0);
      CHECK(copied <= larger);
      CHECK(copied >= depth * std::min(rows, at_once));
      CHECK(memory.sums(1) - memory.sums(0) >= detail::stripe * std::min(rows, at_once));
      CHECK(right <= larger_right);
      CHECK(right >= depth * detail::stripe);
      CHECK(memory.nonzero(1) - memory.nonzero(0) >=
            detail::words(depth) * detail::columns_searched);
      larger = copied;
      larger_right = right;
    }
  }
}

TEST_CASE("products without rows or samples have no elements", "[kernels]") {
  const Matrix<float> w(0, 784), x = Matrix<float>::Ones(784, 3), none(784, 0);
  Matrix<float> y(0, 3), z(5, 0);
  detail::affine(w, Vector<float>(0), x, y);
  CHECK(y.rows() == 0);
  detail::affine(Matrix<float>::Ones(5, 784).eval(), Vector<float>::Ones(5).eval(), none, z);
  CHECK(z.cols() == 0);
}

TEST_CASE("a gradient of no samples is zero", "[kernels]") {
  const Matrix<float> dy(70, 0), x(90, 0);
  Matrix<float> dw = Matrix<float>::Ones(3, 3);
  detail::store_gradient(outer_product(dy, x), dw);
  CHECK(dw.rows() == 70);
  CHECK(dw.cols() == 90);
  CHECK(dw.isZero(0));
}

TEST_CASE("the factors may be pieces of larger matrices", "[kernels]") {
  Random random{5};
  const auto large = random_matrix<float>(300, 200, random);
  const auto dy = large.block(20, 3, 130, 50);
  const auto x = large.block(101, 60, 77, 50);
  Matrix<float> dw;
  detail::store_gradient(outer_product(dy, x), dw);
  require_close<float>(dw, naive(dy, x.transpose()), 50);
}

TEST_CASE("whole training runs have the same bits for any number of threads", "[threads]") {
  const Index features = 300, samples = 900;
  Matrix<std::uint8_t> images(features, samples);
  RowVector<std::uint8_t> labels(samples);
  Random random{6};
  for (auto& value : images.reshaped())
    value = random.below(3) == 0 ? static_cast<std::uint8_t>(random.below(256)) : std::uint8_t{0};
  for (auto& label : labels.reshaped()) label = static_cast<std::uint8_t>(random.below(10));
  const Dataset<std::uint8_t, std::uint8_t> data(std::move(images), std::move(labels), 1.0 / 255);
  const auto train = [&](int count) {
    const Threads limit(count);
    Sequential net{Linear<float>{features, 150}, ReLU{}, Linear<float>{150, 70}, Tanh{},
                   Linear<float>{70, 10}};
    initialize(net, Random{1});
    fit(net, CrossEntropy{} + L2{1e-3}, SGD{.learning_rate = 0.05, .momentum = 0.9}, data,
        {.epochs = 3, .batch_size = 64});
    return std::pair{net, evaluate(net, CrossEntropy{}, data).loss};
  };
  const auto one = train(1);
  for (const int count : {2, 3, 7}) CHECK(train(count) == one);
}

}  // namespace
