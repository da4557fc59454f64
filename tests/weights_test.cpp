#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <ridge/io/weights.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
using ridge::FileError;
using ridge::FormatError;
using ridge::Index;
using ridge::load_weights;
using ridge::Matrix;
using ridge::read_safetensors;
using ridge::save_weights;
using ridge::ShapeError;
using ridge::Tensor;
using ridge::ValueError;
using ridge::Vector;
using ridge::write_safetensors;

namespace {

template <class S, int In = ridge::Dynamic>
struct Dense {
  Matrix<S, ridge::Dynamic, In> weight;
  Vector<S> bias;

  Dense(Index in, Index out) : weight(out, in), bias(out) {}
  auto parameters() { return std::tuple{ridge::as_weight(weight), ridge::as_bias(bias)}; }
  auto parameters() const { return std::tuple{ridge::as_weight(weight), ridge::as_bias(bias)}; }
};

/// 3 inputs, 2 hidden units, 1 output.
template <class S>
struct Net {
  Dense<S> fc1{3, 2}, fc2{2, 1};

  template <class F>
  void for_each_layer(F&& f) {
    f(fc1, "fc1"), f(fc2, "fc2");
  }
  template <class F>
  void for_each_layer(F&& f) const {
    f(fc1, "fc1"), f(fc2, "fc2");
  }
  auto parameters() const { return std::tuple_cat(fc1.parameters(), fc2.parameters()); }

  bool operator==(const Net& other) const {
    return fc1.weight == other.fc1.weight && fc1.bias == other.fc1.bias &&
           fc2.weight == other.fc2.weight && fc2.bias == other.fc2.bias;
  }
};

template <class S>
Net<S> numbered(S first) {
  Net<S> net;
  ridge::for_each_parameter(net, [&](const std::string&, const auto& parameter) {
    for (Index i = 0; i < parameter.value.size(); ++i) parameter.value.data()[i] = first++;
  });
  return net;
}

std::string get(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The tensors of a network's file, to be changed and written again.
template <class S>
std::vector<Tensor> tensors_of(const Net<S>& net) {
  const test::TemporaryFolder folder;
  save_weights(folder / "net", net);
  return read_safetensors(folder / "net").tensors;
}

/// The message of an error that left the network as it was.
template <class E, class S>
std::string refusal(const fs::path& path, Net<S>& net) {
  const Net<S> before = net;
  const std::string message = test::message_of<E>([&] { load_weights(path, net); });
  CHECK(net == before);
  return message;
}

}  // namespace

TEST_CASE("what has parameters can be saved, and nothing else") {
  STATIC_REQUIRE(ridge::HasParameters<Net<float>>);
  STATIC_REQUIRE(ridge::HasParameters<Dense<double>>);
  STATIC_REQUIRE_FALSE(ridge::HasParameters<Matrix<float>>);
}

TEMPLATE_TEST_CASE("a network comes back bit for bit", "", float, double) {
  const test::TemporaryFolder folder;
  Net<TestType> net = numbered(TestType(1) / 3);
  net.fc1.weight(0, 0) = std::numeric_limits<TestType>::denorm_min();
  net.fc1.weight(0, 1) = -TestType(0);
  save_weights(folder / "net", std::as_const(net));
  Net<TestType> copy = numbered(TestType(0));
  load_weights(folder / "net", copy);
  CHECK(copy == net);
  save_weights(folder / "copy", copy);
  CHECK(get(folder / "copy") == get(folder / "net"));
}

TEST_CASE("weights are out x in and row-major, biases have one extent") {
  const test::TemporaryFolder folder;
  save_weights(folder / "net", numbered(1.f), {{"epoch", "3"}});
  const ridge::TensorFile file = read_safetensors(folder / "net");
  REQUIRE(file.tensors.size() == 4);
  CHECK(file.tensors[0].name == "fc1.weight");
  CHECK(file.tensors[0].shape == std::vector<Index>{2, 3});
  Vector<float> rows(6);
  rows << 1, 3, 5, 2, 4, 6;
  CHECK(file.tensors[0].elements<float>() == rows);
  CHECK(file.tensors[1].name == "fc1.bias");
  CHECK(file.tensors[1].shape == std::vector<Index>{2});
  CHECK(file.tensors[2].name == "fc2.weight");
  CHECK(file.tensors[2].shape == std::vector<Index>{1, 2});
  CHECK(file.metadata.at("epoch") == "3");
}

TEST_CASE("a weight of one column is a matrix, whether or not the compiler knows it") {
  const test::TemporaryFolder folder;
  Dense<float, 1> fixed(1, 4);
  fixed.weight.setConstant(2);
  fixed.bias.setConstant(3);
  save_weights(folder / "net", fixed);
  CHECK(read_safetensors(folder / "net").find("weight")->shape == std::vector<Index>{4, 1});
  Dense<float> dynamic(1, 4);
  load_weights(folder / "net", dynamic);
  CHECK(dynamic.weight == fixed.weight);
  save_weights(folder / "net", dynamic);
  load_weights(folder / "net", fixed);
  CHECK(fixed.bias == dynamic.bias);
}

TEST_CASE("all names that do not match are listed, and the network stays as it was") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "net";
  Net<float> net = numbered(1.f);
  std::vector<Tensor> tensors = tensors_of(numbered(5.f));
  const auto message = [&] {
    write_safetensors(path, tensors);
    return refusal<ValueError>(path, net);
  };
  const std::string advice =
      ". Build the network as the one was that was saved; ridge::named names a layer";

  tensors[2].name = "module.fc2.weight";
  tensors[3].name = "module.fc2.bias";
  CHECK(message() == path.string() +
                         ": the file lacks the network's \"fc2.weight\", \"fc2.bias\""
                         "; the network lacks the file's \"module.fc2.weight\", "
                         "\"module.fc2.bias\"" +
                         advice);
  tensors.resize(2);
  CHECK(message() ==
        path.string() + ": the file lacks the network's \"fc2.weight\", \"fc2.bias\"" + advice);
  tensors = tensors_of(numbered(5.f));
  tensors.push_back(Tensor::from("fc3.bias", Vector<float>::Ones(1)));
  CHECK(message() == path.string() + ": the network lacks the file's \"fc3.bias\"" + advice);
  tensors.pop_back();
  tensors.push_back(Tensor::from("norm.num_batches_tracked", Vector<float>::Ones(1)));  // PyTorch's
  write_safetensors(path, tensors);
  load_weights(path, net);
  CHECK(net == numbered(5.f));
}

TEST_CASE("a shape or type that does not match is named with both values") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "net";
  Net<float> net = numbered(1.f);
  std::vector<Tensor> tensors = tensors_of(numbered(5.f));
  // The last tensor is the wrong one, so that the network would be half loaded if order mattered.
  SECTION("other sizes") {
    tensors[3] = Tensor::from("fc2.bias", Vector<float>::Ones(3));
    write_safetensors(path, tensors);
    CHECK(refusal<ShapeError>(path, net) ==
          path.string() +
              ": tensor \"fc2.bias\" of F32 [3], but the network has [1]: build the "
              "network with the sizes of the one that was saved");
  }
  SECTION("as many numbers, but transposed or of another rank") {
    tensors[2].shape =
        GENERATE(std::vector<Index>{2, 1}, std::vector<Index>{2}, std::vector<Index>{1, 2, 1});
    write_safetensors(path, tensors);
    CHECK(test::contains(refusal<ShapeError>(path, net), ", but the network has [1, 2]: build"));
  }
  SECTION("double for float") {
    save_weights(path, numbered(5.0));
    CHECK(refusal<ValueError>(path, net) ==
          path.string() +
              ": tensor \"fc1.weight\" of F64 [2, 3], but the network has F32: convert "
              "the file, as with tensor.float() or tensor.double() in PyTorch, or "
              "build the network with the file's type");
  }
  SECTION("half for float") {
    tensors[3].dtype = ridge::DType::bf16;
    tensors[3].bytes.resize(2);
    write_safetensors(path, tensors);
    CHECK(test::contains(refusal<ValueError>(path, net), "\"fc2.bias\" of BF16 [1], but"));
  }
}

TEST_CASE("weights that are not finite are not loaded") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "net";
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
               -std::numeric_limits<float>::infinity());
  Net<float> net = numbered(1.f), broken = numbered(5.f);
  std::vector<Tensor> tensors = tensors_of(broken);
  broken.fc1.weight(1, 2) = bad;
  tensors[0] = Tensor::from("fc1.weight", broken.fc1.weight);
  write_safetensors(path, tensors);
  const std::string message = refusal<ValueError>(path, net);
  CHECK(test::contains(message, path.string() + ": tensor \"fc1.weight\" of F32 [2, 3] has "));
  CHECK(test::contains(message, " at [1, 2]: weights must be finite"));
}

TEST_CASE("a save that fails leaves the old file") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "net";
  Net<float> net = numbered(1.f);
  save_weights(path, net);
  const std::string old = get(path);

  net.fc2.bias(0) = std::numeric_limits<float>::quiet_NaN();
  const std::string message = test::message_of<ValueError>([&] { save_weights(path, net); });
  CHECK(test::contains(message, path.string() + ": tensor \"fc2.bias\" of F32 [1] has "));
  CHECK(test::contains(message, " at [0]: weights must be finite"));
  CHECK(get(path) == old);

  net = numbered(1.f);
  CHECK_THROWS_AS(save_weights(path, net, {{"note", "\xff"}}), ValueError);
  CHECK(get(path) == old);
  CHECK_THROWS_AS(save_weights(folder / "none" / "net", net), FileError);
  CHECK_THROWS_AS(save_weights(folder.path(), net), FileError);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
#ifndef _WIN32
  if (fs::exists("/dev/full")) CHECK_THROWS_AS(save_weights("/dev/full", net), FileError);
#endif
}

TEST_CASE("a file that is none changes nothing") {
  const test::TemporaryFolder folder;
  Net<float> net = numbered(1.f);
  refusal<FileError>(folder / "none", net);
  std::ofstream(folder / "model.pt", std::ios::binary) << "PK\3\4 and the rest of a zip archive";
  CHECK(test::contains(refusal<FormatError>(folder / "model.pt", net), "torch.save_file"));
}
