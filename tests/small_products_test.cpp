// The products with small weights of sizes in their types, against naive loops and run-time sizes.
#include <utility>

#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "products.hpp"

namespace {

using namespace ridge;
using test::naive;
using test::random_matrix;
using test::require_activations;
using test::require_close;
using test::require_products;
using test::Threads;

/// The same of a layer whose sizes are in its type, for batches of `Samples` or, if that is
/// Dynamic, of several sizes.
template <class S, int Outputs, int Inputs, int Samples>
void require_small_products(Random& random) {
  for (const Index samples : {1, 2, 7, 32, 33}) {
    if (Samples != Dynamic && samples != Samples) continue;
    const Matrix<S, Outputs, Inputs> w = random_matrix<S>(Outputs, Inputs, random);
    const Vector<S, Outputs> b = random_matrix<S>(Outputs, 1, random);
    const Matrix<S, Inputs, Samples> x = random_matrix<S>(Inputs, samples, random, 0.3);
    const Matrix<S, Outputs, Samples> dy = random_matrix<S>(Outputs, samples, random, 0.3);
    require_products<S>(w, b, x, dy);
    require_activations<S>(w, b, x, dy);
  }
}

TEST_CASE("products of small sizes in types are the naive ones", "[kernels]") {
  Random random{7};  // few of each kind: each is long to compile
  require_small_products<float, 1, 16, Dynamic>(random);
  require_small_products<double, 16, 1, Dynamic>(random);
  require_small_products<double, 3, 5, Dynamic>(random);
  require_small_products<float, 10, 7, Dynamic>(random);
  require_small_products<float, 17, 33, Dynamic>(random);
}

TEST_CASE("products of batches whose size is in the type too are the naive ones", "[kernels]") {
  Random random{8};
  require_small_products<float, 16, 16, 1>(random);
  require_small_products<float, 16, 8, 32>(random);
  require_small_products<double, 3, 9, 1>(random);
  require_small_products<double, 11, 5, 7>(random);
}

TEST_CASE("small factors may be pieces of larger matrices", "[kernels]") {
  Random random{9};
  const auto large = random_matrix<float>(300, 200, random);
  const auto x = large.block(101, 60, 5, 50), dy = large.block(20, 3, 11, 50);
  const Matrix<float, 11, 5> w = random_matrix<float>(11, 5, random);
  Matrix<float, 11, 5> dw;
  detail::store_gradient(outer_product(dy, x), dw);
  require_close<float>(dw, naive(dy, x.transpose()), 50);
  Matrix<float> y = Matrix<float>::Zero(20, 60);
  auto part = y.block(4, 7, 11, 50);
  detail::affine(w, Vector<float, 11>::Zero().eval(), x, part);
  require_close<float>(part, naive(w, x), 5);
  CHECK((y.array() != 0).count() <= part.size());  // nothing beside it is written
}

/// Trains networks with the sizes in their types and without them on the same batch.
template <int Samples>
void require_same_training(Index samples) {
  Sequential small{Linear<double, 4, 16>{}, ReLU{}, Linear<double, 16, 3>{}};
  Sequential any{Linear<double>{4, 16}, ReLU{}, Linear<double>{16, 3}};
  initialize(small, Random{1});
  initialize(any, Random{1});
  Random random{11};
  const Matrix<double> any_x = random_matrix<double>(4, samples, random);
  const Matrix<double> any_t = random_matrix<double>(3, samples, random);
  const Matrix<double, 4, Samples> x = any_x;
  const Matrix<double, 3, Samples> t = any_t;
  const auto objective = MeanSquaredError{} + (L2{1e-3} + L1{1e-3} + MaxNorm{0.5});
  const SGD sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 1e-3};
  Trainer a{small, objective, sgd};
  Trainer b{any, objective, sgd};
  for (int step = 0; step < 20; ++step)
    CHECK(a.step(x, t) == Approx(b.step(any_x, any_t)).epsilon(1e-12));
  CHECK((small.template layer<0>().weight - any.template layer<0>().weight).norm() < 1e-12);
  CHECK((small.template layer<2>().weight - any.template layer<2>().weight).norm() < 1e-12);
}

TEST_CASE("networks with sizes in their types learn what others do", "[kernels]") {
  require_same_training<1>(1);
  for (const Index samples : {1, 7, 32}) require_same_training<Dynamic>(samples);
}

TEST_CASE("small products have the same bits for any number of threads", "[threads]") {
  Random random{10};
  const Linear<float, 16, 16> layer = [&] {
    Linear<float, 16, 16> made;
    made.weight = random_matrix<float>(16, 16, random);
    return made;
  }();
  const auto x = random_matrix<float>(16, 30001, random);
  const auto compute = [&](int count) {
    const Threads limit(count);
    Matrix<float> y(16, x.cols()), dx(16, x.cols());
    layer.infer(x, y, Tanh{});
    detail::input_gradient(layer.weight, y, x, dx);
    return std::pair{y, dx};
  };
  const auto one = compute(1);
  for (const int count : {2, 3, 7}) CHECK(compute(count) == one);
}

}  // namespace
