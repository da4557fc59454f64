#pragma once

#include <concepts>
#include <tuple>

#include <ridge/core/concepts.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/sizes.hpp>
#include <ridge/kernels/product.hpp>
#include <ridge/layers/initializers.hpp>

namespace ridge {

/// A fully connected layer: y = W x + b, W of `Out` x `In`.
///
/// Its parameters are zero until `initialize` or `load_weights` fills them. Sizes may be given at
/// compile time, `Linear<float, 784, 128>{}`, or when it is made, `Linear<float>{784, 128}`.
template <class S, int In = Dynamic, int Out = Dynamic>
class Linear {
  static_assert(std::floating_point<S>,
                "ridge::Linear: it computes in float or double: Linear<float>{784, 128}");
  static_assert((In == Dynamic || In > 0) && (Out == Dynamic || Out > 0),
                "ridge::Linear: sizes are above zero");

 public:
  using Scalar = S;
  static constexpr int inputs = In, outputs = Out;

  // Column-major: a column holds what one input gives to every output, so that products run along
  // the outputs, as do the updates.
  SizedMatrix<S, Out, In> weight;
  SizedMatrix<S, Out, 1> bias;

  Linear() requires(In != Dynamic && Out != Dynamic) : Linear(In, Out) {}

  /// @throws ValueError if a size is below 1 or both are too large, ShapeError if it is not the one
  /// in the type
  Linear(Index input_size, Index output_size) {
    if (input_size < 1 || output_size < 1)
      throw ValueError(detail::text("Linear: sizes must be at least 1, got ", input_size,
                                    " inputs and ", output_size, " outputs"));
    if ((In != Dynamic && In != input_size) || (Out != Dynamic && Out != output_size))
      throw ShapeError(detail::text("Linear<", In, ", ", Out, ">: got ", input_size, " inputs and ",
                                    output_size, " outputs"));
    detail::require_addressable<S>(
        output_size, input_size,
        detail::text("Linear: ", input_size, " inputs and ", output_size, " outputs"));
    weight.setZero(output_size, input_size);
    bias.setZero(output_size);
  }

  Index input_size() const { return weight.cols(); }

  Index output_size(Index rows) const {
    if (rows != weight.cols())
      throw ShapeError(detail::text("Linear: expected ", weight.cols(), " rows, got ", rows,
                                    " (a batch is features x samples)"));
    return weight.rows();
  }

  /// y = f(W x + b): without an `activation`, f(x) = x.
  template <class X, class Y, class F = detail::Identity>
  void infer(const X& x, Y& y, const F& activation = {}) const {
    static_assert(std::same_as<typename X::Scalar, S>,
                  "ridge::Linear: the input's scalar is not the layer's; convert it: "
                  "x.cast<float>().eval() or x.cast<double>().eval()");
    detail::affine(weight, bias, x, y, activation);
  }

  template <class X, class Y, class F = detail::Identity>
  void forward(const X& x, Y& y, NoCache, const F& activation = {}) const {
    infer(x, y, activation);
  }

  /// With an `activation` f of which x is the value, f(z), dx is the gradient of z.
  template <class X, class Y, class DY, class DX, class G, class F = detail::Identity>
  void backward(const X& x, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients,
                const F& activation = {}) const {
    if constexpr (!std::same_as<DX, NotWanted>)  // dX = W^T dY, W as it was on the way here
      detail::input_gradient(weight, dy, x, dx, activation);
    gradients(outer_product(dy, x),  // dW = dY X^T
              dy.rowwise().sum());   // db = dY 1
  }

  auto parameters() { return std::tuple{as_weight(weight), as_bias(bias)}; }
  auto parameters() const { return std::tuple{as_weight(weight), as_bias(bias)}; }

  template <class Initializer>
  void initialize(const Initializer& initializer, Random& random) {
    const Fans fans{static_cast<double>(weight.cols()), static_cast<double>(weight.rows())};
    initialize_parameter(as_weight(weight), fans, initializer, random);
    initialize_parameter(as_bias(bias), fans, initializer, random);
  }

  friend bool operator==(const Linear& a, const Linear& b) {
    return a.weight.rows() == b.weight.rows() && a.weight.cols() == b.weight.cols() &&
           a.weight == b.weight && a.bias == b.bias;
  }
};

/// `Linear{784, 128}` lacks the scalar: a sentence from the compiler.
Linear(Index, Index)->Linear<void>;

}  // namespace ridge
