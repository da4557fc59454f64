#include <string>
#include <vector>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::message_of;

TEST_CASE("a Sequential applies its layers one after the other", "[sequential]") {
  Linear<double> first{4, 3}, last{3, 2};
  initialize(first, Random{1});
  initialize(last, Random{2});
  const Sequential net{first, Tanh{}, last};
  const Matrix<double> x = Matrix<double>::Random(4, 5);
  const Matrix<double> expected =
      (last.weight * ((first.weight * x).colwise() + first.bias).array().tanh().matrix())
          .colwise() +
      last.bias;
  CHECK(predict(net, x).isApprox(expected, 1e-14));
}

TEST_CASE("a Sequential within a Sequential is the same as its layers", "[sequential]") {
  Sequential flat{Linear<double>{4, 3}, Tanh{}, Linear<double>{3, 3}, ReLU{}, Linear<double>{3, 2}};
  Sequential nested{Linear<double>{4, 3},
                    Sequential{Tanh{}, Sequential{Linear<double>{3, 3}, ReLU{}}},
                    Linear<double>{3, 2}};
  initialize(flat, Random{1});
  initialize(nested, Random{1});
  const Matrix<double> x = Matrix<double>::Random(4, 6);
  CHECK(predict(flat, x) == predict(nested, x));

  StoredGradients<decltype(flat)> flat_gradients;
  StoredGradients<decltype(nested)> nested_gradients;
  const RowVector<int> labels{{0, 1, 1, 0, 1, 0}};
  gradient(flat, CrossEntropy{}, x, labels, flat_gradients);
  gradient(nested, CrossEntropy{}, x, labels, nested_gradients);
  detail::for_each_index<6>(
      [&](auto i) { CHECK(flat_gradients.get<i>() == nested_gradients.get<i>()); });
}

std::vector<std::string> names_of(const auto& net) {
  std::vector<std::string> names;
  for_each_parameter(net, [&](const std::string& name, const auto&) { names.push_back(name); });
  return names;
}

TEST_CASE("parameters are named as in PyTorch, or as one likes", "[sequential]") {
  using Names = std::vector<std::string>;
  CHECK(names_of(Sequential{Linear<float>{2, 3}, ReLU{}, Linear<float>{3, 1}}) ==
        Names{"0.weight", "0.bias", "2.weight", "2.bias"});
  CHECK(names_of(Sequential{named("fc1", Linear<float>{2, 3}), ReLU{}, Linear<float>{3, 1}}) ==
        Names{"fc1.weight", "fc1.bias", "2.weight", "2.bias"});
  CHECK(names_of(Sequential{named("body", Sequential{named("in", Linear<float>{2, 3})})}) ==
        Names{"body.in.weight", "body.in.bias"});
  CHECK(names_of(Linear<float>{2, 3}) == Names{"weight", "bias"});
  CHECK(message_of<ValueError>([] {
          Sequential{named("a", Linear<float>{2, 2}), named("a", Linear<float>{2, 2})};
        }) == "Sequential: layers 0 and 1 are both named \"a\"");
  CHECK(message_of<ValueError>([] {
          Sequential{named("1", ReLU{}), Linear<float>{2, 2}};
        }) == "Sequential: layers 0 and 1 are both named \"1\"");
}

TEST_CASE("neighbours that do not fit are named", "[sequential]") {
  CHECK(message_of<ShapeError>([] {
          Sequential{Linear<float>{784, 128}, ReLU{}, named("out", Linear<float>{64, 10})};
        }) == "Sequential: layer 2 (\"out\") takes 64 inputs, but the layers before it give 128");
  CHECK(message_of<ShapeError>([] {
          Sequential{ReLU{}, Linear<float>{3, 4}, Sequential{Tanh{}, Linear<float>{5, 1}}};
        }) ==
        "Sequential: layer 2 (\"2\"): Sequential: layer 1 (\"1\"): Linear: expected 5 rows, "
        "got 4 (a batch is features x samples)");
  const Sequential net{named("fc1", Linear<float>{784, 10})};
  CHECK(message_of<ShapeError>([&] { predict(net, Vector<float>::Zero(785).eval()); }) ==
        "Sequential: layer 0 (\"fc1\"): Linear: expected 784 rows, got 785 (a batch is features x "
        "samples)");
}

TEST_CASE("a copy of a network is independent of it", "[sequential]") {
  Sequential net{Linear<float>{2, 3}, ReLU{}, Linear<float>{3, 1}};
  initialize(net, Random{1});
  auto copy = net;
  CHECK(copy == net);
  copy.layer<0>().weight.setZero();
  CHECK(!(copy == net));
  CHECK(!net.layer<0>().weight.isZero());
}

TEST_CASE("a network of fixed sizes predicts as one of dynamic sizes", "[sequential]") {
  Sequential<Linear<double, 4, 16>, Tanh, Linear<double, 16, 1>> fixed;
  Sequential dynamic{Linear<double>{4, 16}, Tanh{}, Linear<double>{16, 1}};
  initialize(fixed, Random{3});
  initialize(dynamic, Random{3});
  const Vector<double, 4> x = Vector<double, 4>::Random();
  CHECK(predict(fixed, x)(0) == Approx(predict(dynamic, Vector<double>(x))(0)).epsilon(1e-14));
}

TEST_CASE("sizes in the type may be large", "[sequential]") {
  Sequential<Linear<float, 784, 128>, ReLU, Linear<float, 128, 20000>, Linear<float, 20000, 1>>
      fixed;
  Sequential dynamic{Linear<float>{784, 128}, ReLU{}, Linear<float>{128, 20000},
                     Linear<float>{20000, 1}};
  initialize(fixed, Random{3});
  initialize(dynamic, Random{3});
  const Vector<float> x = Vector<float>::Random(784);
  CHECK(predict(fixed, x)(0) == Approx(predict(dynamic, x)(0)).epsilon(1e-4));
  CHECK(predict(fixed, Vector<float, 784>(x))(0) == Approx(predict(dynamic, x)(0)).epsilon(1e-4));
}

}  // namespace
