#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include <ridge/ridge.hpp>

#include "catch.hpp"

namespace {

using namespace ridge;
using test::contains;

struct Slow {
  int milliseconds;
  void after_step(auto&) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }
};

/// What has been written to a temporary file, which is closed.
std::string read_all(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

/// What a run of two epochs of two steps prints.
template <class L, class Data>
std::string printed(Progress::Bar bar, const L& loss, const Data& data, double lambda = 0,
                    int milliseconds_a_step = 0) {
  std::FILE* file = std::tmpfile();
  Linear<float> net{2, 2};
  fit(net, loss + L2{lambda}, SGD{.learning_rate = 0.5}, data, {.epochs = 2, .batch_size = 1},
      Slow{milliseconds_a_step}, Progress{file, bar}, Validate{data, "Test"});
  return read_all(file);
}

const Matrix<float> x{{1, 0}, {0, 1}};
const Dataset<float, int> classes{x, RowVector<int>{{0, 1}}};
const Dataset<float, float> numbers{x, x};

TEST_CASE("plain lines where there is no terminal", "[progress]") {
  const std::string text = printed(Progress::Bar::automatic, CrossEntropy{}, classes);
  CHECK(text.substr(0, text.find('.')) == "Epoch 1, Average Loss: 0");
  CHECK(contains(text, "\nTest Accuracy: 100.00%\nEpoch 2, Average Loss: 0."));
  CHECK(!contains(text, "\033"));
  CHECK(!contains(text, "Penalty"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
}

TEST_CASE("penalty and objective stand beside the loss", "[progress]") {
  const std::string text = printed(Progress::Bar::never, CrossEntropy{}, classes, 0.1);
  CHECK(contains(text, ", Penalty: 0.0"));
  CHECK(contains(text, ", Objective: 0."));
}

TEST_CASE("regression has a loss in place of an accuracy", "[progress]") {
  const std::string text = printed(Progress::Bar::never, MeanSquaredError{}, numbers);
  CHECK(contains(text, "\nTest Loss: 0."));
  CHECK(!contains(text, "Accuracy"));
}

struct Stop {
  int epoch;
  void after_epoch(auto& run) {
    if (run.epoch == epoch) run.stop();
  }
};

TEST_CASE("a run that is stopped early says so", "[progress]") {
  const auto stopped_after = [](int epoch) {
    std::FILE* file = std::tmpfile();
    Linear<float> net{2, 2};
    fit(net, CrossEntropy{}, SGD{}, classes, {.epochs = 3}, Progress{file}, Stop{epoch});
    return read_all(file);
  };
  CHECK(contains(stopped_after(2), "\nStopped early, after epoch 2 of 3\n"));
  CHECK(!contains(stopped_after(3), "Stopped"));
}

TEST_CASE("a bar on a terminal, wiped when the epoch ends", "[progress]") {
  const std::string text = printed(Progress::Bar::always, CrossEntropy{}, classes, 0, 110);
  CHECK(contains(text, "\r\033[KEpoch 1/2 [############............] loss "));
  CHECK(contains(text, " samples/s, "));
  CHECK(contains(text, " s left"));
  CHECK(contains(text, "\r\033[KEpoch 1, Average Loss: "));
}

TEST_CASE("no output, nothing shown", "[progress]") {
  Linear<float> net{1, 1};
  const Dataset<float, float> data{Matrix<float>{{1, 2}}, Matrix<float>{{2, 4}}};
  CHECK(fit(net, MeanSquaredError{}, SGD{}, data, {}, Progress{nullptr}).size() == 1);
}

}  // namespace
