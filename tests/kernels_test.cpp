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

namespace {

using namespace ridge;
using detail::Op;

/// Sets the number of threads and resets it.
class Threads {
 public:
  explicit Threads(int count) : before_(threads()) { set_threads(count); }
  ~Threads() { set_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

template <class S>
Matrix<S> random_matrix(Index rows, Index cols, Random& random, double zeros = 0) {
  Matrix<S> m(rows, cols);
  for (auto& value : m.reshaped()) {
    value = static_cast<S>(random.uniform(-1, 1));
    if (random.uniform(0, 1) < zeros) value = 0;
  }
  return m;
}

/// What each sum may be off: an ulp for each of its terms.
template <class S>
double tolerance(Index depth) {
  return static_cast<double>(depth) * static_cast<double>(std::numeric_limits<S>::epsilon());
}

template <class S, class A, class B>
void require_close(const A& a, const B& b, Index depth) {
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  const double worst =
      (a.template cast<double>() - b.template cast<double>()).cwiseAbs().maxCoeff();
  REQUIRE(worst <= 4 * tolerance<S>(depth));
}

/// The naive product, in double.
template <class A, class B>
Matrix<double> naive(const A& a, const B& b) {
  Matrix<double> c(a.rows(), b.cols());
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < b.cols(); ++j) {
      double sum = 0;
      for (Index k = 0; k < a.cols(); ++k)
        sum += static_cast<double>(a(i, k)) * static_cast<double>(b(k, j));
      c(i, j) = sum;
    }
  return c;
}

struct Sizes {
  Index outputs, inputs, samples;
};

/// Around every boundary of a tile, and random ones; a few that several threads share.
std::vector<Sizes> sizes() {
  std::vector<Sizes> all{{1, 1, 1},      {128, 784, 64}, {130, 300, 7}, {64, 513, 100},
                         {10, 784, 40},  {300, 256, 70}, {256, 40, 33}, {520, 70, 50},
                         {17, 1030, 65}, {1024, 20, 9}};
  const Index edges[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 129};
  Random random{3};
  const auto edge = [&] { return edges[random.below(std::size(edges))]; };
  for (int k = 0; k < 60; ++k) all.push_back({edge(), edge(), edge()});
  return all;
}

template <class S>
struct Step {
  S rate, decay;
  template <class W, class G, class V>
  void operator()(W&& w, const G& g, V&& v) const {
    v = S(0.5) * v + (g + decay * w);
    w -= rate * v;
  }
};

/// The three products of a layer.
template <class S>
struct Products {
  Matrix<S> y, dx, w, v, dw;
};

template <class S, class W, class B, class X, class DY, class F>
Products<S> compute(const W& w, const B& b, const X& x, const DY& dy, const F& activation) {
  Products<S> all{Matrix<S>(w.rows(), x.cols()),
                  Matrix<S>(x.rows(), x.cols()),
                  w,
                  Matrix<S>::Constant(w.rows(), w.cols(), S(0.25)),
                  {}};
  detail::affine(w, b, x, all.y, activation);
  detail::input_gradient(w, dy, x, all.dx);
  const auto gradient = outer_product(dy, x);
  W dw;
  detail::store_gradient(gradient, dw);
  all.dw = dw;
  using Update = detail::Update<S, Step<S>, L2, 1>;
  detail::apply_gradient<W>(
      gradient, Update{{all.w.data(), all.v.data()}, w.rows(), {S(0.1), S(0.01)}, L2{0.5}});
  return all;
}

template <class S>
bool same_bits(const Matrix<S>& a, const Matrix<S>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(S)) == 0;
}

/// Compares the products of one batch with the naive ones, and activations with none.
template <class S, class W, class B, class X, class DY>
void require_products(const W& w, const B& b, const X& x, const DY& dy) {
  const Index outputs = w.rows(), inputs = w.cols(), samples = x.cols();
  CAPTURE(outputs, inputs, samples);
  const auto all = compute<S>(w, b, x, dy, detail::Identity{});

  const Matrix<double> y = naive(w, x).colwise() + b.template cast<double>();
  require_close<S>(all.y, y, inputs + 1);
  require_close<S>(all.dx, naive(w.transpose(), dy), outputs);
  const Matrix<double> dw = naive(dy, x.transpose());
  require_close<S>(all.dw, dw, samples);
  const Matrix<double> v = (0.125 + dw.array() + 0.51 * w.template cast<double>().array()).matrix();
  require_close<S>(all.v, v, samples + 4);
  require_close<S>(all.w, w.template cast<double>() - 0.1 * v, samples + 4);
}

template <class S, class W, class B, class X, class DY>
void require_activations(const W& w, const B& b, const X& x, const DY& dy) {
  CAPTURE(w.rows(), w.cols(), x.cols());
  const auto plain = compute<S>(w, b, x, dy, detail::Identity{});
  CHECK(same_bits<S>(compute<S>(w, b, x, dy, ReLU{}).y, plain.y.cwiseMax(0)));
  if constexpr (W::SizeAtCompileTime == Dynamic)
    require_close<S>(compute<S>(w, b, x, dy, Tanh{}).y,
                     plain.y.template cast<double>().array().tanh().matrix(), 4);
  X dz = x;
  detail::input_gradient(w, dy, x, dz, ReLU{});
  CHECK(same_bits<S>(dz, (plain.dx.array() * (x.array() > 0).template cast<S>()).matrix()));
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

TEMPLATE_TEST_CASE("products of small sizes in types are the naive ones", "[kernels]", float,
                   double) {
  Random random{7};
  require_small_products<TestType, 1, 16, Dynamic>(random);
  require_small_products<TestType, 16, 1, Dynamic>(random);
  require_small_products<TestType, 3, 5, Dynamic>(random);
  require_small_products<TestType, 10, 7, Dynamic>(random);
  require_small_products<TestType, 17, 33, Dynamic>(random);
}

TEST_CASE("products of batches whose size is in the type too are the naive ones", "[kernels]") {
  Random random{8};
  require_small_products<float, 16, 16, 1>(random);
  require_small_products<float, 16, 8, 32>(random);
  require_small_products<double, 3, 9, 1>(random);
  require_small_products<double, 11, 5, 7>(random);
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
    const auto dy = random_matrix<TestType>(outputs, samples, random);
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
       {Sizes{128, 784, 64}, {64, 100, 70}, {200, 97, 33}}) {
    CAPTURE(outputs, inputs, samples);
    const auto w = random_matrix<TestType>(outputs, inputs, random);
    const Vector<TestType> b = random_matrix<TestType>(outputs, 1, random);
    auto x = random_matrix<TestType>(inputs, samples, random, 0.8);
    x.topRows(inputs / 5).setZero();  // features that are zero in the whole batch
    x.rightCols(samples / 4).setZero();
    const auto dy = random_matrix<TestType>(outputs, samples, random);
    const Matrix<TestType> dense = x.unaryExpr([&](TestType v) { return v == 0 ? tiny : v; });
    const auto sparse = compute<TestType>(w, b, x, dy, detail::Identity{});
    const auto full = compute<TestType>(w, b, dense, dy, detail::Identity{});
    CHECK(same_bits<TestType>(sparse.y, full.y));
    CHECK(same_bits<TestType>(sparse.w, full.w));
    CHECK(same_bits<TestType>(sparse.v, full.v));
    CHECK((sparse.dw - full.dw).cwiseAbs().maxCoeff() < 1e-20);  // exact zeros there
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

TEST_CASE("the factors may be pieces of larger matrices", "[kernels]") {
  Random random{5};
  const auto large = random_matrix<float>(300, 200, random);
  const auto dy = large.block(20, 3, 130, 50);
  const auto x = large.block(101, 60, 77, 50);
  Matrix<float> dw;
  detail::store_gradient(outer_product(dy, x), dw);
  require_close<float>(dw, naive(dy, x.transpose()), 50);
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
