// State in files: what is written is read again, and what does not fit changes nothing.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ridge/io/state.hpp>
#include <ridge/ridge.hpp>

#include "catch.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::message_of;

const test::TemporaryFolder folder;
const std::filesystem::path path = folder / "state";

struct Part {
  int count = 0;
  void visit_state(StateVisitor& visit) { visit("count", count); }
  friend bool operator==(const Part&, const Part&) = default;
};

/// A member of each kind.
struct Everything {
  int patience = 5;  // no state
  bool yes = false;
  std::int64_t steps = 0;
  std::uint8_t byte = 0;
  float small = 0;
  double large = 0;
  std::string text;
  std::optional<double> some, none = 1.0;
  std::vector<double> numbers{9};
  std::vector<Matrix<double>> matrices;
  std::vector<Part> parts{{1}, {2}, {3}};
  Random random;
  std::vector<std::string> texts;
  std::vector<std::vector<int>> lists;
  std::vector<Vector<double>> vectors;
  std::optional<Matrix<float>> perhaps;
  Matrix<float> grown;
  Matrix<float> matrix{2, 3};
  Vector<double> vector{3};
  RowVector<int> row{2};
  Eigen::Matrix2d fixed = Eigen::Matrix2d::Zero();
  Part part;

  Everything() {
    matrix.setZero();
    vector.setZero();
    row.setZero();
  }
  static Everything filled() {
    Everything e;
    e.yes = true;
    e.steps = -(std::int64_t{1} << 60);
    e.byte = 255;
    e.small = -0.0f;
    e.large = std::numeric_limits<double>::denorm_min();
    e.text = std::string("a\0\xff \"", 5);
    e.some = 0.1;
    e.none.reset();
    e.numbers = {1, std::numeric_limits<double>::infinity()};
    e.matrices = {Matrix<double>{{1, 2}, {3, 4}, {5, 6}}, Matrix<double>(0, 2)};
    e.parts = {{7}};
    e.random = Random{3};
    e.texts = {"a", "", "bc"};
    e.lists = {{1, 2}, {}};
    e.vectors = {Vector<double>{{1.0, 2.0}}};
    e.perhaps = Matrix<float>{{1, 2}};
    e.grown = Matrix<float>{{1}, {2}};
    e.matrix << 1, 2, 3, 4, 5, 6;
    e.vector << 7, 8, 9;
    e.row << 10, 11;
    e.fixed << 1, 2, 3, 4;
    e.part = {12};
    return e;
  }

  void visit_state(StateVisitor& visit) {
    visit.same("patience", patience);
    visit("yes", yes);
    visit("steps", steps);
    visit("byte", byte);
    visit("small", small);
    visit("large", large);
    visit("text", text);
    visit("some", some);
    visit("none", none);
    visit("numbers", numbers);
    visit("matrices", matrices);
    visit("parts", parts);
    visit("random", random);
    visit("texts", texts);
    visit("lists", lists);
    visit("vectors", vectors);
    visit("perhaps", perhaps);
    visit("grown", grown);
    visit.sized("matrix", matrix);
    visit("vector", vector);
    visit("row", row);
    visit("fixed", fixed);
    visit("part", part);
    if (visit.reads() && part.count < 0) throw ValueError("its part.count is negative");
  }
  friend bool operator==(const Everything& a, const Everything& b) {
    return a.patience == b.patience && a.yes == b.yes && a.steps == b.steps && a.byte == b.byte &&
           std::memcmp(&a.small, &b.small, sizeof a.small) == 0 && a.large == b.large &&
           a.text == b.text && a.some == b.some && a.none == b.none && a.numbers == b.numbers &&
           a.matrices == b.matrices && a.parts == b.parts && a.random == b.random &&
           a.texts == b.texts && a.lists == b.lists && a.vectors == b.vectors &&
           a.perhaps == b.perhaps && a.grown == b.grown && a.matrix == b.matrix &&
           a.vector == b.vector && a.row == b.row && a.fixed == b.fixed && a.part == b.part;
  }
};

/// Writes the state of an object with something changed in it, and the checksum right.
template <class T>
void forge(T object, const std::function<void(TensorFile&)>& change) {
  save_state(path, object);
  TensorFile file = read_safetensors(path);
  change(file);
  file.metadata[detail::state_crc] = detail::state_checksum(file.tensors, file.metadata);
  write_safetensors(path, file.tensors, file.metadata);
}
Tensor& tensor_of(TensorFile& file, std::string_view name) {
  for (Tensor& tensor : file.tensors)
    if (tensor.name == name) return tensor;
  throw std::runtime_error("no tensor " + std::string(name));
}
template <class T>
std::function<void(TensorFile&)> set(std::string_view name, T value) {
  return [=](TensorFile& file) {
    Tensor& tensor = tensor_of(file, name);
    REQUIRE(tensor.bytes.size() == sizeof value);
    std::memcpy(tensor.bytes.data(), &value, sizeof value);
  };
}

TEST_CASE("members of each kind are written and read", "[state]") {
  Everything written = Everything::filled(), read;
  save_state(path, written);
  CHECK(written == Everything::filled());
  CHECK(!(read == written));
  CHECK(load_state(path, read) == build_description());
  CHECK(read == written);
  const std::string bytes = test::read_file(path);
  save_state(path, read);
  CHECK(test::read_file(path) == bytes);

  const TensorFile file = read_safetensors(path);
  CHECK(file.find("matrix")->matrix<float>() == written.matrix);
  CHECK(file.find("row")->matrix<int>() == written.row);
  CHECK(file.find("vector")->vector<double>() == written.vector);
  CHECK(file.find("matrices.0")->matrix<double>() == written.matrices[0]);
  CHECK(file.find("parts.0.count")->elements<int>()(0) == 7);
  CHECK(file.find("none.value") == nullptr);
}

TEST_CASE("a state that does not fit changes nothing, and says why", "[state]") {
  const auto refused = [](const std::function<void(TensorFile&)>& change) {
    forge(Everything::filled(), change);
    Everything object;
    const std::string message = message_of<ValueError>([&] { load_state(path, object); });
    CHECK(object == Everything());
    CHECK(message.starts_with(path.string() + ": "));
    return message.substr(std::min(path.string().size() + 2, message.size()));
  };
  const auto without = [](std::string name) {
    return [=](TensorFile& file) {
      std::erase_if(file.tensors, [&](const Tensor& tensor) { return tensor.name == name; });
    };
  };
  const auto as = [](std::string name, DType dtype, std::vector<Index> shape) {
    return [=](TensorFile& file) {
      Tensor& tensor = tensor_of(file, name);
      tensor.dtype = dtype;
      tensor.shape = shape;
      tensor.bytes.resize(*detail::bytes_of(dtype, shape));
    };
  };
  CHECK(refused([](TensorFile& file) { file.metadata["same.patience"] = "6"; }) ==
        "it is of another run: its patience is 6, and here 5");
  CHECK(refused([](TensorFile& file) { file.metadata.erase("same.patience"); }) ==
        "it is of another run: its patience is none, and here 5");
  CHECK(refused(without("part.count")) == "it is of another run: it has no \"part.count\"");
  CHECK(refused(without("numbers")) == "it is of another run: it has no \"numbers\"");
  CHECK(refused(without("matrices.1")) == "it is of another run: it has no \"matrices.1\"");
  CHECK(refused([](TensorFile& file) {
          file.tensors.push_back(Tensor::from("more", Vector<double>{{1.0}}));
        }) == "it is of another run: there is nothing here that takes its \"more\"");
  CHECK(refused(as("matrix", DType::f32, {3, 2})) == "its \"matrix\" is [3, 2], and here [2, 3]");
  CHECK(refused(as("matrix", DType::f64, {2, 3})) == "its \"matrix\" is of F64, and here of F32");
  CHECK(refused(as("steps", DType::i64, {1})) == "its \"steps\" is [1], and here []");
  CHECK(refused(as("numbers", DType::f64, {1, 2})) ==
        "its \"numbers\" is [1, 2], and not of rank 1");
  CHECK(refused(as("matrices.0", DType::f64, {6})) ==
        "its \"matrices.0\" is [6], and not of rank 2");
  CHECK(refused(as("random", DType::u64, {3})) == "its \"random\" is [3], and here [4]");
  CHECK(refused(set("random", std::array<std::uint64_t, 4>{})) ==
        "Random: a state of four zeros is none");
  CHECK(refused(set("part.count", -1)) == "its part.count is negative");
  CHECK(refused(set("matrices.size", std::uint64_t{1} << 60)) ==
        "it is of another run: it has no \"matrices.2\"");
}

TEST_CASE("files that hold no state are refused", "[state]") {
  Part part{4};
  write_safetensors(path, {Tensor::from("count", Vector<int>{{1}})});
  CHECK(message_of<FormatError>([&] { load_state(path, part); }) ==
        path.string() + ": at byte 0: it has no state of a run; load_weights reads weights");
  CHECK_THROWS_AS(load_state(folder / "missing", part), FileError);
  CHECK(part.count == 4);
}

TEST_CASE("damage of any byte is found", "[state]") {
  Part written{7}, read{4};
  save_state(path, written);
  const std::string bytes = test::read_file(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    test::write_file(path, damaged);
    INFO("a bit of byte " << i);
    CHECK_THROWS_AS(load_state(path, read), Error);
    REQUIRE(read.count == 4);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    test::write_file(path, bytes.substr(0, size));
    INFO("cut off after " << size << " bytes");
    CHECK_THROWS_AS(load_state(path, read), Error);
  }
  test::write_file(path, bytes);
  load_state(path, read);
  CHECK(read.count == 7);
}

auto make_net() {
  return test::initialized(Sequential{named("fc1", Linear<double>{3, 4}), Dropout{0.2}, ReLU{},
                                      named("fc2", Linear<double>{4, 2})});
}

TEST_CASE("a loop of one's own goes on with the same bits", "[state]") {
  const Matrix<double> x = test::random_matrix(3, 6, 1), t = test::random_matrix(2, 6, 2);
  auto net = make_net(), other = make_net();
  const StepOptions options{.accumulate = 2};
  Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.1}, options};
  Trainer resumed{other, MeanSquaredError{}, Adam{.learning_rate = 0.1}, options};
  for (int step = 0; step < 5; ++step) trainer.step(x, t);  // the last one waits for another
  save_state(path, trainer);
  load_state(path, resumed);
  CHECK(other == net);
  for (int step = 0; step < 4; ++step) CHECK(resumed.step(x, t) == trainer.step(x, t));
  CHECK(other == net);
  CHECK(resumed.steps() == trainer.steps());
}

TEST_CASE("a layer alone has a state too", "[state]") {
  Linear<double> layer{3, 2}, other{3, 2};
  initialize(layer, Random{1});
  initialize(other, Random{2});
  const Matrix<double> x = test::random_matrix(3, 6, 1), t = test::random_matrix(2, 6, 2);
  Trainer trainer{layer, MeanSquaredError{}, SGD{}, {.accumulate = 3}};
  Trainer resumed{other, MeanSquaredError{}, SGD{}, {.accumulate = 3}};
  trainer.step(x, t);
  save_state(path, trainer);
  load_state(path, resumed);
  for (int step = 0; step < 2; ++step) {
    trainer.step(x, t);
    resumed.step(x, t);
  }
  CHECK(layer == other);
}

}  // namespace
namespace elsewhere {
struct Number {
  double x = 0;
  void visit_state(ridge::StateVisitor& visit) { visit("x", x); }
};
}  // namespace elsewhere
namespace {

TEST_CASE("what is const is saved too, whoever's it is", "[state]") {
  const elsewhere::Number written{7};
  save_state(path, written);
  elsewhere::Number read;
  load_state(path, read);
  CHECK(read.x == 7);
}

TEST_CASE("a standardizer is kept in a file", "[state]") {
  const Matrix<float> x{{1, 2, 6}, {5, 5, 5}};
  const Standardizer written(x);
  Standardizer read;
  save_state(path, written);
  load_state(path, read);
  CHECK(read.mean() == written.mean());
  CHECK(read.scale() == written.scale());
  CHECK(read(x) == written(x));
  struct {
    Vector<double> mean{{1, 2}}, scale{{1, 0}};
    void visit_state(StateVisitor& visit) {
      visit("mean", mean);
      visit("scale", scale);
    }
  } wrong;
  save_state(path, wrong);
  CHECK(contains(message_of<Error>([&] { load_state(path, read); }),
                 "feature 1 has the mean 2 and the scale 0"));
  CHECK(read.mean() == written.mean());
}

TEST_CASE("whatever is thrown while it is read, an object keeps its state", "[state]") {
  struct Thrower {
    int number = 1;
    bool throws = false;
    void visit_state(StateVisitor& visit) {
      visit("number", number);
      if (visit.reads() && std::exchange(throws, false)) throw std::runtime_error("its own");
    }
  };
  Thrower written{2}, read{1, true};
  save_state(path, written);
  CHECK_THROWS_WITH(load_state(path, read), "its own");
  CHECK(read.number == 1);
}

TEST_CASE("types are named without a compiler's own words", "[state]") {
  CHECK(detail::plain_type("ridge::S<A<(anonymous namespace)::B>, struct C >") ==
        detail::plain_type("ridge::S<A<{anonymous}::B>, C>"));
  CHECK(detail::type_name<Adam>() == "ridge::Adam");
  CHECK(detail::type_name<Part>() == "{anonymous}::Part");
}

TEST_CASE("the state of another trainer is refused", "[state]") {
  auto net = make_net();
  using T = Trainer<decltype(net), MeanSquaredError, NoPenalty, Adam>;
  T trainer{net, MeanSquaredError{}, Adam{}};
  const auto refused = [&](const std::function<void(TensorFile&)>& change) {
    save_state(path, trainer);
    TensorFile file = read_safetensors(path);
    change(file);
    file.metadata[detail::state_crc] = detail::state_checksum(file.tensors, file.metadata);
    write_safetensors(path, file.tensors, file.metadata);
    const auto before = net;
    const std::string message = message_of<ValueError>([&] { load_state(path, trainer); });
    CHECK(net == before);
    return message.substr(std::min(path.string().size() + 2, message.size()));
  };
  CHECK(refused(set("optimizer.arrays", 4)) == "its optimizer has 4 arrays of memory");
  CHECK(refused(set("optimizer.arrays", -1)) == "its optimizer has -1 arrays of memory");
  CHECK(refused(set("optimizer.steps", std::int64_t{-1})) ==
        "its number of steps is -1, which cannot be");
  CHECK(refused(set("optimizer.begun", std::int64_t{1})) == "its optimizer began in step 1");
  CHECK(refused([](TensorFile& file) {
          Tensor& weight = tensor_of(file, "net.fc1.weight");
          const double nan = std::numeric_limits<double>::quiet_NaN();
          std::memcpy(weight.bytes.data() + 8, &nan, sizeof nan);
        }) == "its network has diverged: fc1.weight has nan in row 0, column 1");
  CHECK(refused(set("step.batches", 1)) == "1 batches cannot wait for others");

  Trainer sgd{net, MeanSquaredError{}, SGD{}};
  CHECK(contains(message_of<ValueError>([&] {
                   save_state(path, trainer);
                   load_state(path, sgd);
                 }),
                 "its optimizer is ridge::Adam, and here ridge::SGD"));
  Sequential sigmoids{named("fc1", Linear<double>{3, 4}), Dropout{0.2}, Sigmoid{},
                      named("fc2", Linear<double>{4, 2})};
  initialize(sigmoids, Random{1});
  Trainer others{sigmoids, MeanSquaredError{}, Adam{}};
  CHECK(contains(message_of<ValueError>([&] { load_state(path, others); }), "its network is "));
}

TEST_CASE("a generator is made of its state", "[state]") {
  Random random{1};
  random();
  Random same = Random::from_state(random.state());
  CHECK(same == random);
  CHECK(same() == random());
}

TEST_CASE("a build is described", "[state]") {
  CHECK(contains(build_description(), "ridge " RIDGE_VERSION ", Eigen "));
  CHECK(build_description().ends_with(Eigen::SimdInstructionSetsInUse()));
}

}  // namespace
