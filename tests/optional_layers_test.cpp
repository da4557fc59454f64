// Layers in a std::optional: a network is, bit for bit, the one that is written without those that
// are absent.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ridge/io/state.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>
#include <ridge/testing/gradient_check.hpp>
#include <ridge/training/lbfgs.hpp>

#include "catch.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using test::contains;
using test::initialized;
using test::message_of;
using test::random_matrix;

const test::TemporaryFolder folder;

using Batch = BatchNorm<double>;
using Dense = Linear<double>;

const Matrix<double> x = random_matrix(5, 9, 1);
const RowVector<int> labels{{0, 1, 2, 0, 1, 2, 2, 1, 0}};

template <class L>
std::optional<L> when(bool present, L layer) {
  return present ? std::optional<L>(std::move(layer)) : std::nullopt;
}

std::string bytes_of(const auto& net) {
  const std::filesystem::path path = folder / "weights";
  save_weights(path, net);
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Net>
std::map<std::string, Matrix<double>> by_name(const Net& net, const StoredGradients<Net>& stored) {
  std::map<std::string, Matrix<double>> all;
  const auto infos = describe_parameters(net);
  detail::for_each_present(net, [&](auto i, const auto&, std::size_t k) {
    all.emplace(infos[k].name, stored.template get<i>());
  });
  return all;
}

std::vector<std::string> names_of(const auto& net) {
  std::vector<std::string> names;
  for_each_parameter(net, [&](const std::string& name, const auto&) { names.push_back(name); });
  return names;
}

/// What a network, made anew, comes to by all that ridge does with one.
template <class Net>
struct Course {
  using Optimizer = OneOf<SGD, Adam>;

  std::vector<std::string> names{};
  std::vector<double> numbers{};
  std::vector<Matrix<double>> matrices{};
  std::vector<std::string> files{}, reports{};
  std::map<std::string, Matrix<double>> gradients{};

  explicit Course(Net net) {
    initialize(net, Random{3});
    const auto objective = CrossEntropy{} + L1{0.01} + L2{0.1}.on(all_roles) + MaxNorm{1.5};
    see(net);
    StoredGradients<Net> stored;
    numbers.push_back(gradient(net, CrossEntropy{} + L2{0.1}, x, labels, stored));
    numbers.push_back(stored.norm());
    gradients = by_name(net, stored);
    Matrix<double> dx(x.rows(), x.cols());
    CacheOf<Net, double> cache;
    cache.reseed(Random{9});
    Matrix<double> y(3, x.cols());
    net.forward(x, y, cache);
    net.backward(x, y, (2 * y).eval(), dx, cache,
                 Gradients<StoredGradients<Net>, 0, parameter_count<Net>>(stored));
    matrices.push_back(dx);
    train(net, objective, SGD{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01}, {});
    train(net, objective, Adam{.learning_rate = 0.1}, {});
    train(net, objective, Adam{.learning_rate = 0.1},
          {.accumulate = 2, .clip_global_norm = 0.5, .sharpness_radius = 0.1, .report = true});
  }

  void train(Net& net, const auto& objective, Optimizer optimizer, StepOptions options) {
    Trainer trainer{net, objective, optimizer, options};
    trainer.reseed(Random{4});
    for (int step = 0; step < 5; ++step) numbers.push_back(trainer.step(x, labels));
    trainer.flush();
    numbers.push_back(trainer.penalty());
    numbers.push_back(trainer.report().gradient_norm);
    reports.push_back(decay_report(net, objective, optimizer));
    trainer.require_finite();
    see(net);
  }

  void see(const Net& net) {
    names = names_of(net);
    matrices.push_back(predict(net, x));
    numbers.push_back(static_cast<double>(net.output_size(x.rows())));
    for (const NamedWeight& weight : weights_of(net)) matrices.push_back(weight.values);
    for (const Sparsity& weight : sparsity(net)) numbers.push_back(weight.share());
    files.push_back(bytes_of(net));
    net.for_each_layer([&](const auto&, const std::string& name) { names.push_back(name); });
  }
};

template <class Net, class Plain>
void check_same(const Net& net, const Plain& plain) {
  const Course a(net);
  const Course b(plain);
  INFO(detail::type_name<Plain>());
  CHECK(a.names == b.names);
  CHECK(a.numbers == b.numbers);
  CHECK(a.matrices == b.matrices);
  CHECK((a.files == b.files));  // nobody could read them
  CHECK(a.reports == b.reports);
  CHECK(a.gradients == b.gradients);
}

template <bool Present, class L>
auto written(L layer) {
  if constexpr (Present)
    return std::tuple{std::move(layer)};
  else
    return std::tuple{};
}

/// Layers that are fused with those before and after in each way that there is.
auto with_optionals(unsigned present) {
  return Sequential{when(!(present & 1), Dropout{0.3}), Dense{5, 4},
                    when(present & 1, Batch{4}),        when(present & 2, ReLU{}),
                    when(present & 4, Dense{4, 4}),     Dense{4, 3}};
}
template <unsigned Present>
auto without_absent() {
  return std::apply(
      [](auto... layers) { return Sequential{layers...}; },
      std::tuple_cat(written<!(Present & 1)>(Dropout{0.3}), std::tuple{Dense{5, 4}},
                     written<(Present & 1) != 0>(Batch{4}), written<(Present & 2) != 0>(ReLU{}),
                     written<(Present & 4) != 0>(Dense{4, 4}), std::tuple{Dense{4, 3}}));
}

TEST_CASE("an absent layer is as if it were not written", "[optional]") {
  detail::for_each_index<8>(
      [](auto present) { check_same(with_optionals(present), without_absent<present>()); });
}

TEST_CASE("the first and the last layer may be absent", "[optional]") {
  const auto make = [](bool first, bool middle, bool last) {
    return Sequential{when(first, Dense{5, 5}), when(middle, Tanh{}), named("out", Dense{5, 3}),
                      when(last, Dropout{0.5}), when(last, Sigmoid{})};
  };
  const auto out = named("out", Dense{5, 3});
  check_same(make(false, true, false), Sequential{Tanh{}, out});
  check_same(make(false, false, true), Sequential{out, Dropout{0.5}, Sigmoid{}});
}

TEST_CASE("a Sequential within a std::optional is absent as a whole", "[optional]") {
  const auto make = [](bool block, bool norm) {
    return Sequential{
        Dense{5, 4}, Tanh{},
        when(block, Sequential{Dense{4, 4}, when(norm, Batch{4}), ReLU{}, Dropout{0.2}}),
        named("out", Dense{4, 3})};
  };
  const auto out = named("out", Dense{4, 3});
  check_same(make(false, false), Sequential{Dense{5, 4}, Tanh{}, out});
  check_same(make(true, false),
             Sequential{Dense{5, 4}, Tanh{}, Sequential{Dense{4, 4}, ReLU{}, Dropout{0.2}}, out});
}

TEST_CASE("gradients of a network with absent layers are those of its objective", "[optional]") {
  const auto objective = CrossEntropy{} + L2{0.1}.on(all_roles) + ElasticNet{0, 0.2};
  for (unsigned present = 0; present < 8; ++present) {
    const auto net = initialized(with_optionals(present));
    CHECK(check_objective(net, objective, x, labels).passes());
    CHECK(check_layer(net, x).passes());
  }
}

TEST_CASE("layers may come and go, and names count those that are there", "[optional]") {
  using Names = std::vector<std::string>;
  auto net = initialized(with_optionals(0));
  CHECK(names_of(net) == Names{"1.weight", "1.bias", "2.weight", "2.bias"});
  StoredGradients<decltype(net)> stored;
  gradient(net, CrossEntropy{}, x, labels, stored);
  auto other = net;
  other.layer<3>().emplace();
  other.layer<4>() = initialized(Dense{4, 4});
  CHECK(names_of(other) == Names{"1.weight", "1.bias", "3.weight", "3.bias", "4.weight", "4.bias"});
  CHECK(!(net == other));
  CHECK(net.layer<4>() == std::nullopt);
  StoredGradients<decltype(net)> of_other;
  gradient(other, CrossEntropy{} + L2{0.1}, x, labels, of_other);
  CHECK(of_other.get<6>().rows() == 4);  // after two of the first layer, four of the norm
  gradient(net, CrossEntropy{} + L2{0.1}, x, labels, of_other);
  CHECK(of_other.get<6>().size() == 0);
  other = net;
  CHECK(net == other);
  const auto moved = std::move(other);
  CHECK(net == moved);
  CHECK(predict(moved, x) == predict(net, x));

  std::string seen;
  const Sequential named_ones{named("a", std::optional<Tanh>{}), named("a", std::optional{ReLU{}}),
                              Dense{2, 2}};
  named_ones.for_each_layer([&](const auto&, const std::string& name) { seen += name + " "; });
  CHECK(seen == "a 1 ");
  std::string present;
  CHECK(detail::list_optional_layers(named_ones, present));
  CHECK(present == "a");
  present.clear();
  const Sequential body{std::optional{Tanh{}}, named_ones};
  CHECK(detail::list_optional_layers(Sequential{named("body", body), ReLU{}}, present));
  CHECK(present == "body.0, body.1.a");
  CHECK(!detail::list_optional_layers(Sequential{named("body", Sequential{ReLU{}})}, present));
}

template <class Net>
concept HasInputSize = requires(const Net& net) {
  net.input_size();
};

/// A layer whose bias has no elements, as one may write it that can do without.
struct Unbiased {
  using Scalar = double;
  Matrix<double> weight = Matrix<double>::Zero(4, 5);
  Vector<double> bias{};

  Index output_size(Index) const { return 4; }
  template <class X, class Y>
  void infer(const X& in, Y& y) const {
    y = weight * in;
  }
  template <class X, class Y>
  void forward(const X& in, Y& y, NoCache) const {
    infer(in, y);
  }
  template <class X, class Y, class DY, class DX, class G>
  void backward(const X& in, const Y&, const DY& dy, DX& dx, NoCache, G&& gradients) const {
    dx = weight.transpose() * dy;
    gradients(outer_product(dy, in), Vector<double>());
  }
  auto parameters() { return std::tuple{as_weight(weight), as_bias(bias)}; }
  auto parameters() const { return std::tuple{as_weight(weight), as_bias(bias)}; }
  void initialize(const auto& initializer, Random& random) {
    initialize_parameter(as_weight(weight), {5, 4}, initializer, random);
  }
};

TEST_CASE("a parameter of a layer may be without elements", "[optional]") {
  auto net = initialized(Sequential{Unbiased{}, Tanh{}, Dense{4, 3}});
  CHECK(names_of(net) == std::vector<std::string>{"0.weight", "2.weight", "2.bias"});
  const auto objective = CrossEntropy{} + L2{0.1}.on(all_roles);
  CHECK(check_objective(net, objective, x, labels).passes());
  CHECK(check_layer(net, x).passes());
  Trainer trainer{net, objective, Adam{}};
  const double before = trainer.step(x, labels);
  CHECK(trainer.step(x, labels) < before);
}

TEST_CASE("a network begins with the size of its first layer that is there", "[optional]") {
  const Sequential absent{std::optional<Dense>{}, Dense{3, 2}};
  const Sequential present{std::optional{Dense{4, 3}}, Dense{3, 2}};
  CHECK(absent.input_size() == 3);
  CHECK(present.input_size() == 4);
  static_assert(HasInputSize<decltype(absent)>);
  static_assert(!HasInputSize<Sequential<std::optional<Dense>, ReLU>>);
}

TEST_CASE("other layers may have their sizes in the type", "[optional]") {
  using Fixed = Linear<double, 5, 4>;
  using Last = Linear<double, 4, 3>;
  const auto fixed = initialized(Sequential{Fixed{}, std::optional<Tanh>{}, std::optional{ReLU{}},
                                            std::optional<Batch>{}, Last{}});
  const auto plain = initialized(Sequential{Fixed{}, ReLU{}, Last{}});
  CHECK(predict(fixed, x) == predict(plain, x));
  CHECK(predict(fixed, Vector<double, 5>(x.col(0))) == predict(plain, Vector<double, 5>(x.col(0))));
  CHECK(check_objective(fixed, CrossEntropy{}, x, labels).passes());
  static_assert(decltype(fixed)::outputs == 3);
  Sequential<Fixed, std::optional<Dropout>, Last> made;
  CHECK(!made.layer<1>());
}

TEST_CASE("dead neurons are cut across absent layers", "[optional]") {
  auto net = initialized(with_optionals(3));
  auto plain = initialized(without_absent<3>());
  const auto kill = [](auto& first, auto& last) {
    first.weight.row(1).setZero();
    last.weight.col(2).setZero();
  };
  kill(net.layer<1>(), net.layer<5>());
  kill(plain.layer<0>(), plain.layer<3>());
  CHECK(compact(net) == 2);
  CHECK(compact(plain) == 2);
  CHECK(bytes_of(net) == bytes_of(plain));

  auto longer = initialized(with_optionals(4));
  kill(longer.layer<1>(), *longer.layer<4>());
  CHECK(compact(longer) == 2);
  CHECK(longer.layer<4>()->weight.cols() == 2);
}

TEST_CASE("L-BFGS, snapshots and files pass over absent layers", "[optional]") {
  auto net = initialized(with_optionals(3));
  auto plain = initialized(without_absent<3>());
  const auto objective = CrossEntropy{} + L2{0.01};
  const auto report = minimize(net, objective, x, labels, {.max_iterations = 20});
  const auto plain_report = minimize(plain, objective, x, labels, {.max_iterations = 20});
  CHECK(report.objective == plain_report.objective);
  CHECK(bytes_of(net) == bytes_of(plain));

  Snapshot of_plain(plain);
  auto copy = initialized(with_optionals(3), 8);
  of_plain.restore(copy);
  CHECK(copy == net);
  auto from_file = initialized(with_optionals(3), 8);
  load_weights(folder / "weights", from_file);
  CHECK(from_file == net);
  auto larger = with_optionals(7);
  CHECK(message_of<ShapeError>([&] { of_plain.restore(larger); }) ==
        "Snapshot: has 8 parameters, but the network has 10");
  CHECK(contains(message_of<ValueError>([&] { load_weights(folder / "weights", larger); }),
                 "the file lacks the network's \"4.weight\", \"4.bias\""));
}

TEST_CASE("state is given back to the same layers only", "[optional]") {
  const auto trainer_of = [](auto& net) {
    return Trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.1}};
  };
  const std::filesystem::path path = folder / "state";
  auto net = initialized(with_optionals(2));
  auto trainer = trainer_of(net);
  SECTION("before the first step") {}
  SECTION("between steps") { trainer.step(x, labels); }
  trainer.reseed(Random{11});
  save_state(path, trainer);
  const double loss = trainer.step(x, labels), next = trainer.step(x, labels);

  auto same = initialized(with_optionals(2), 8);
  auto resumed = trainer_of(same);
  load_state(path, resumed);
  CHECK(resumed.step(x, labels) == loss);
  CHECK(resumed.step(x, labels) == next);
  CHECK(same == net);

  auto other = initialized(with_optionals(3));
  auto refused = trainer_of(other);
  CHECK(contains(message_of<ValueError>([&] { load_state(path, refused); }),
                 "its set of optional layers is 0, 3, and here 2, 3"));
  CHECK(other == initialized(with_optionals(3)));
}

TEST_CASE("what cannot be is refused", "[optional]") {
  using Perhaps = Sequential<std::optional<Dense>, std::optional<ReLU>>;
  const std::string all_absent =
      "Sequential: all of its layers are absent; give it one, or make it absent as a whole, as a "
      "std::optional in another Sequential";
  CHECK(message_of<ValueError>([] { Perhaps{}; }) == all_absent);
  Perhaps net{std::optional<Dense>{}, std::optional{ReLU{}}};
  CHECK(predict(net, x) == x.cwiseMax(0));
  CHECK(contains(message_of<ValueError>([&] {
                   Trainer{net, MeanSquaredError{}, SGD{}};
                 }),
                 "every layer that has some is absent"));
  CHECK(contains(message_of<ValueError>([&] { minimize(net, MeanSquaredError{}, x, x); }),
                 "every layer that has some is absent"));
  net.layer<1>().reset();
  CHECK(message_of<ValueError>([&] { predict(net, x); }) == all_absent);

  CHECK(message_of<ShapeError>([] {
          Sequential{Dense{5, 4}, std::optional<Dense>{}, Dense{3, 2}};
        }) == "Sequential: layer 2 (\"1\") takes 3 inputs, but the layers before it give 4");
  CHECK(message_of<ValueError>([] {
          Sequential{named("1", ReLU{}), std::optional<Tanh>{}, ReLU{}};
        }) == "Sequential: layers 0 and 2 are both named \"1\"");
  auto broken = initialized(with_optionals(5));
  broken.layer<4>() = Dense{4, 6};
  CHECK(message_of<ShapeError>([&] { predict(broken, x); }) ==
        "Sequential: layer 5 (\"3\"): Linear: expected 4 rows, got 6 (a batch is features x "
        "samples)");

  auto changed = initialized(with_optionals(0));
  CHECK(contains(message_of<ValueError>([&] {
                   Trainer{changed, CrossEntropy{} + L2{0.1}.on("3"), SGD{}};
                 }),
                 "There are: 1.weight, 1.bias, 2.weight, 2.bias"));
  Trainer trainer{changed, CrossEntropy{}, SGD{}};
  trainer.step(x, labels);
  changed.layer<4>() = initialized(Dense{4, 4});
  CHECK(contains(message_of<ShapeError>([&] { trainer.step(x, labels); }),
                 "Trainer: a parameter of 4 x 4 is present now and was absent when the trainer "
                 "was made; make a new one"));
  Trainer larger{changed, CrossEntropy{}, SGD{}};
  larger.step(x, labels);
  changed.layer<4>().reset();
  trainer.step(x, labels);
  CHECK(contains(message_of<ShapeError>([&] { larger.step(x, labels); }),
                 "Trainer: 2.weight is absent now and was present when the trainer was made"));
}

}  // namespace
