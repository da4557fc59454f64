#pragma once

// The products of a layer, and naive loops to compare them with.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace test {

using namespace ridge;

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

}  // namespace test
