// Runs that are interrupted, killed or out of disk, and go on: with the same bits, from every step.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#ifdef __unix__
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <ridge/io/checkpoint.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/ridge.hpp>
#include <ridge/training/stop_on_signal.hpp>

#include "catch.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
namespace fs = std::filesystem;
using test::contains;
using test::message_of;

using Net = Sequential<Linear<float>, BatchNorm<float>, ReLU, Dropout, Linear<float>>;
using Data = Dataset<float, int>;

Net make_net(Index hidden = 8, double dropout = 0.3) {
  return test::initialized(Sequential{named("fc1", Linear<float>{12, hidden}),
                                      named("bn", BatchNorm<float>{hidden}), ReLU{},
                                      Dropout{dropout}, named("fc2", Linear<float>{hidden, 3})});
}

/// Pictures of 3 x 4 pixels.
Data pictures(Index samples, bool weighted = false) {
  Random random{3};
  const Matrix<float> x = test::random_matrix(12, samples, random).cast<float>();
  const Data data(x, test::random_labels(3, samples, random), 1.0, {3, 4});
  if (!weighted) return data;
  return data.with_weights(test::random_matrix(1, samples, random, 0, 2));
}

/// Calls a function after a step, and sees each record of the run.
struct Watch {
  std::function<void(int epoch, Index step)> after;
  std::function<void()> on_record;
  int stop_epoch = 0;
  Index stop_step = 0;
  bool spoils = false;  // the weights, after the third step
  bool refuses = false;

  void begin(auto&) {
    if (refuses) throw ValueError("refused");
  }

  void after_step(auto& run) {
    if (after) after(run.epoch, run.step);
    if (run.epoch == stop_epoch && run.step == stop_step) run.stop();
    if (spoils && run.step == 3)
      std::get<0>(run.net.parameters()).value(0, 0) = std::numeric_limits<float>::infinity();
  }
  void record(auto&) {
    if (on_record) on_record();
  }
};

/// A run with whatever has a state; one instance of `fit` serves all tests.
struct Setup {
  Index hidden = 8, samples = 41, batch_size = 8, shift = 0;
  int epochs = 3, accumulate = 1, first_epoch = 1;
  std::uint64_t seed = 5;
  bool shuffle = true, weighted = false, adam = false;
  double dropout = 0.3, learning_rate = 0.1;
  std::optional<EarlyStopping> stopping{};
  std::optional<WeightAverage> average{};
  std::optional<ReduceOnPlateau> plateau{};
  std::optional<LearningRate<CosineAnnealing>> rate{};

  struct Result {
    Net net;
    std::vector<EpochReport> reports;
    int signal;
  };

  Result run(std::optional<Checkpoint>& checkpoint, Watch watch = {}) const {
    const Data train = pictures(samples, weighted), held_out = pictures(16);
    Result result{make_net(hidden, dropout), {}, 0};
    OneOf<SGD, Adam> optimizer = SGD{.learning_rate = learning_rate, .momentum = 0.9};
    if (adam) optimizer = Adam{.learning_rate = learning_rate / 10};
    const auto objective = CrossEntropy{} + L1{1e-3} + MaxNorm{2} + L2{1e-3};
    StopOnSignal stop;
    Setup its = *this;
    result.reports = fit(result.net, objective, optimizer, train,
                         {.epochs = epochs,
                          .batch_size = batch_size,
                          .shuffle = shuffle,
                          .seed = seed,
                          .first_epoch = first_epoch,
                          .shift = shift,
                          .step = {.accumulate = accumulate}},
                         Validate{held_out}, its.rate, its.plateau, its.stopping, its.average, stop,
                         checkpoint, watch);
    result.signal = stop.signal();
    return result;
  }
  Result run() const {
    std::optional<Checkpoint> none;
    return run(none);
  }
  Result resume(const fs::path& folder, std::FILE* messages = nullptr) const {
    std::optional<Checkpoint> checkpoint(std::in_place, folder,
                                         Checkpoint::Options{.resume = true, .messages = messages});
    return run(checkpoint);
  }
  std::string refusal(const fs::path& folder) const {
    return message_of<Error>([&] { resume(folder); });
  }
};

bool same(const Setup::Result& a, const Setup::Result& b) {
  const auto equal = [](const EpochReport& x, const EpochReport& y) {
    return x.epoch == y.epoch && x.train_loss == y.train_loss && x.penalty == y.penalty &&
           x.objective == y.objective && x.validation->loss == y.validation->loss &&
           x.validation->accuracy == y.validation->accuracy &&
           x.validation->samples == y.validation->samples && x.validation_name == y.validation_name;
  };
  return a.net == b.net &&
         std::equal(a.reports.begin(), a.reports.end(), b.reports.begin(), b.reports.end(), equal);
}

/// Everything that is said, in a file that goes away.
class Messages {
 public:
  std::FILE* file() const { return file_.get(); }
  std::string text() const {
    std::rewind(file_.get());
    std::string all;
    for (int c; (c = std::fgetc(file_.get())) != EOF;) all += static_cast<char>(c);
    return all;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_{std::tmpfile()};
};

std::vector<std::string> files_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("a run that goes on from any step ends with the same bits", "[checkpoint]") {
  Setup setup;
  SECTION("momentum, shifted images, a schedule") {
    setup.shift = 1;
    setup.rate.emplace(CosineAnnealing{.period = 18}, Every::step);
  }
  SECTION("Adam, a schedule of epochs, the dataset's order") {
    setup.adam = true;
    setup.shuffle = false;
    setup.rate.emplace(CosineAnnealing{.period = 3}, Every::epoch);
  }
  SECTION("batches that wait to be accumulated, weights of samples, a first epoch") {
    setup.accumulate = 4;
    setup.weighted = true;
    setup.first_epoch = 7;
  }
  SECTION("early stopping") {
    setup.epochs = 12;
    setup.stopping.emplace(EarlyStopping::Options{.patience = 1});
  }
  SECTION("an average over steps") { setup.average = WeightAverage::exponential(0.9); }
  SECTION("an average over epochs, a plateau") {
    setup.average = WeightAverage::of_epochs(2);
    setup.plateau.emplace(Plateau{.factor = 0.5, .patience = 0, .threshold = 0.5});
  }
  const test::TemporaryFolder folder;
  std::optional<Checkpoint> every(
      std::in_place, folder / "every",
      Checkpoint::Options{.every_minutes = 1e-9, .keep = 1000, .messages = nullptr});
  std::vector<fs::path> places;
  fs::create_directory(folder / "places");
  Watch watch;
  watch.on_record = [&] {
    places.push_back(folder / "places" / std::to_string(places.size()));
    fs::create_directory(places.back());
    fs::copy_file(every->last(), places.back() / "checkpoint-000000001.safetensors");
  };
  const Setup::Result whole = setup.run(every, watch);
  REQUIRE(same(whole, setup.run()));
  const auto steps = static_cast<std::size_t>((setup.samples + 7) / 8);
  REQUIRE(places.size() == 1 + whole.reports.size() * (steps + 1));

  for (std::size_t i = 0; i < places.size(); ++i) {
    INFO("resumed after record " << i);
    set_threads(1 + static_cast<int>(i % 4));
    CHECK(same(whole, setup.resume(places[i])));
  }
  set_threads(detail::processors());
}

TEST_CASE("what is to be other in a resumed run may be other", "[checkpoint]") {
  const test::TemporaryFolder folder;
  Setup setup;
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run");
  const Setup::Result three = setup.run(checkpoint);
  setup.epochs = 5;
  const Setup::Result five = setup.resume(folder / "run");
  CHECK(same(five, setup.run()));
  CHECK(five.reports.size() == 5);
  const Messages messages;
  setup.resume(folder / "run", messages.file());
  CHECK(contains(messages.text(), " has ended, and nothing is left to do.\n"));
  setup.epochs = 2;  // the weights of five epochs are not those of two
  CHECK(contains(message_of<ValueError>([&] { setup.resume(folder / "run"); }),
                 ", further than the 2 epochs that are asked for; ask for more"));
  setup.epochs = 5;
  CHECK(same(setup.resume(folder / "run"), five));
  setup.epochs = 6;
  setup.learning_rate = 0;
  const Setup::Result six = setup.resume(folder / "run");
  CHECK(six.reports.size() == 6);
  CHECK(six.reports.back().train_loss != five.reports.back().train_loss);
}

TEST_CASE("a run goes on with another number of threads, with the same bits", "[checkpoint]") {
  // So large that its products are shared out.
  const Setup setup{.hidden = 300, .samples = 1100, .batch_size = 300, .shift = 1, .epochs = 2};
  set_threads(1);
  const Setup::Result whole = setup.run();
  for (const int threads : {1, 2, 4}) {
    const test::TemporaryFolder folder;
    set_threads(threads);
    std::optional<Checkpoint> checkpoint(std::in_place, folder / "run",
                                         Checkpoint::Options{.messages = nullptr});
    Watch watch;
    watch.after = [](int epoch, Index step) {
      if (epoch == 1 && step == 2) std::raise(SIGTERM);
    };
    CHECK(setup.run(checkpoint, watch).reports.empty());
    set_threads(threads == 2 ? 4 : 2);
    CHECK(same(setup.resume(folder / "run"), whole));
  }
  set_threads(detail::processors());
}

TEST_CASE("a signal lets the step end, and the run be resumed", "[checkpoint]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const test::TemporaryFolder folder;
  Setup setup{.accumulate = 3};
  const Messages messages;
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run",
                                       Checkpoint::Options{.messages = messages.file()});
  int steps = 0;
  Watch watch;
  watch.after = [&](int epoch, Index step) {
    ++steps;
    if (epoch == 2 && step == 4) std::raise(signal);
    // Callbacks before this one have looked in vain, so that the next step is the last one.
  };
  const Setup::Result part = setup.run(checkpoint, watch);
  CHECK(part.signal == signal);
  CHECK(steps == 6 + 5);
  CHECK(part.reports.size() == 1);
  CHECK(messages.text() == "Interrupted in epoch 2 after step 5 of 6. The newest checkpoint is " +
                               checkpoint->last().string() + "; resume to go on.\n");
  const Messages resumed;
  CHECK(same(setup.resume(folder / "run", resumed.file()), setup.run()));
  CHECK(resumed.text() ==
        "Resuming from " + checkpoint->last().string() + ", in epoch 2 after step 5 of 6.\n");
}

TEST_CASE("the newest checkpoints stay", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run";
  test::write_file(run / ".ridge-notes.tmp", "of the user");
  test::write_file(run / "checkpoint-7.safetensors", "not a checkpoint's name");
  test::write_file(run / "notes", "of the user");
  std::optional<Checkpoint> checkpoint(
      std::in_place, run, Checkpoint::Options{.every_steps = 4, .keep = 2, .messages = nullptr});
  Setup{}.run(checkpoint);
  // The newest two, and the first one after the best epoch.
  CHECK(files_of(run) == std::vector<std::string>{
                             ".ridge-notes.tmp", "checkpoint-000000008.safetensors",
                             "checkpoint-000000016.safetensors", "checkpoint-000000018.safetensors",
                             "checkpoint-7.safetensors", "notes"});
  test::write_file(run / ".ridge-0.tmp", "what a killed process left");
  Setup{}.resume(run);
  CHECK(!fs::exists(run / ".ridge-0.tmp"));
  CHECK(checkpoint->last() == run / "checkpoint-000000018.safetensors");
  CHECK(checkpoint->failure().empty());
}

TEST_CASE("where a run was at its best stays when the rest is only worse", "[checkpoint]") {
  const test::TemporaryFolder folder;
  Setup setup;
  const auto save = [&](bool resume) {
    std::optional<Checkpoint> checkpoint(
        std::in_place, folder / "run",
        Checkpoint::Options{.every_steps = 2, .keep = 2, .resume = resume, .messages = nullptr});
    return setup.run(checkpoint);
  };
  const auto name = [](Index steps) {
    const std::string digits = std::to_string(steps);
    return "checkpoint-" + std::string(9 - digits.size(), '0') + digits + ".safetensors";
  };
  /// The steps after the epoch of the lowest loss.
  const auto best = [](const std::vector<EpochReport>& reports) {
    const auto at = std::min_element(
        reports.begin(), reports.end(),
        [](const auto& x, const auto& y) { return x.validation->loss < y.validation->loss; });
    return 6 * (at - reports.begin() + 1);
  };
  const Index good = best(save(false).reports);
  REQUIRE(good < 16);
  CHECK(files_of(folder / "run") == std::vector{name(good), name(16), name(18)});
  setup.epochs = 6;
  setup.learning_rate = 30;
  REQUIRE(best(save(true).reports) == good);
  CHECK(files_of(folder / "run") == std::vector{name(good), name(34), name(36)});
  fs::remove(folder / "run" / name(34));
  fs::remove(folder / "run" / name(36));
  setup.epochs = 3;
  setup.learning_rate = 0.1;
  CHECK(same(setup.resume(folder / "run"), setup.run()));
}

TEST_CASE("a run that a callback ended says so", "[checkpoint]") {
  const test::TemporaryFolder folder;
  Setup setup;
  setup.epochs = 20;
  setup.learning_rate = 1e-9;
  setup.stopping.emplace(EarlyStopping::Options{.patience = 1});
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run");
  REQUIRE(setup.run(checkpoint).reports.size() < 20);
  const Messages messages;
  setup.resume(folder / "run", messages.file());
  CHECK(contains(messages.text(), " was ended by a callback after epoch "));
  CHECK(contains(messages.text(), "by load_weights.\n"));
}

/// Writes a checkpoint that is changed, with the checksum of what is in it then.
void rewrite(const fs::path& path, TensorFile& file) {
  file.metadata["ridge.crc32"] = detail::state_checksum(file.tensors, file.metadata);
  write_safetensors(path, file.tensors, file.metadata);
}

TEST_CASE("a checkpoint that does not fit is refused, and the one before taken", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run", newest = run / "checkpoint-000000018.safetensors",
                 before = run / "checkpoint-000000015.safetensors";
  const Setup setup;
  std::optional<Checkpoint> checkpoint(
      std::in_place, run, Checkpoint::Options{.every_steps = 5, .keep = 2, .messages = nullptr});
  const Setup::Result whole = setup.run(checkpoint);
  const std::string bytes = test::read_file(newest);
  const Messages messages;

  SECTION("damaged") {
    std::string damaged = bytes;
    damaged[bytes.size() - 3] ^= 1;
    test::write_file(newest, damaged);
    CHECK(same(setup.resume(run, messages.file()), whole));
    CHECK(messages.text() == "Cannot resume from " + newest.string() +
                                 ": at byte 0: the checksum is wrong: the file is damaged.\n" +
                                 "Resuming from " + before.string() +
                                 ", in epoch 3 after step 3 of 6.\n");
    CHECK(test::read_file(newest.string() + ".refused") == damaged);
    CHECK(same(setup.resume(run, messages.file()), whole));  // from what was written in its place
    CHECK(contains(messages.text(), "The run of " + newest.string() + " has ended"));
  }
  SECTION("cut off") {
    test::write_file(newest, bytes.substr(0, bytes.size() / 2));
    CHECK(same(setup.resume(run), whole));
  }
  SECTION("of another version") {
    TensorFile file = read_safetensors(newest);
    file.metadata["ridge.state"] = "2";
    write_safetensors(newest, file.tensors, file.metadata);
    Net net = make_net();
    CHECK(contains(message_of<ValueError>([&] { load_weights(newest, net); }),
                   "its format is version 2, written by ridge "));
    CHECK(same(setup.resume(run, messages.file()), whole));
    CHECK(contains(messages.text(), "its format is version 2, written by ridge "));
  }
  SECTION("of another build: it is taken, and that is said") {
    TensorFile file = read_safetensors(newest);
    file.metadata["ridge.build"] = "ridge 0.0 for a Z80";
    rewrite(newest, file);
    CHECK(same(setup.resume(run, messages.file()), whole));
    CHECK(contains(messages.text(),
                   "It was written by another build, so the last bits may differ from those of a "
                   "run without a pause: ridge 0.0 for a Z80; this is " +
                       build_description() + ".\n"));
  }
  SECTION("whose numbers contradict each other") {
    const auto refused = [&](const std::string& name, const auto& change, const std::string& why) {
      TensorFile file = read_safetensors(newest);
      for (Tensor& tensor : file.tensors)
        if (tensor.name == name) change(tensor);
      rewrite(newest, file);
      CHECK(same(setup.resume(run, messages.file()), whole));
      INFO(messages.text());
      CHECK(contains(messages.text(), "Cannot resume from " + newest.string() + ": " + why));
      test::write_file(newest, bytes);
    };
    const auto to = [](int number) {
      return [number](Tensor& tensor) { tensor.bytes.at(0) = static_cast<std::byte>(number); };
    };
    refused("run.epoch", to(0), "there is no step 0 of epoch 0");
    refused("run.step", to(7), "there is no step 7 of epoch 4");
    const auto shorten = [](Tensor& tensor) {
      tensor.shape.at(0) -= 1;
      tensor.bytes.resize(tensor.bytes.size() - 8);
    };
    refused("reports.counts", shorten, "the reports of its epochs are not whole");
    refused("reports.numbers", shorten, "the reports of its epochs are not whole");
  }
  SECTION("not to be read now") {
    fs::remove(newest);
    fs::create_directory(newest);
    CHECK(contains(message_of<FileError>([&] { setup.resume(run); }), newest.string()));
    CHECK(fs::exists(newest));
    CHECK(fs::exists(before));
  }
  SECTION("all damaged") {
    for (const std::string& name : files_of(run)) test::write_file(run / name, bytes.substr(0, 99));
    CHECK(contains(setup.refusal(run), "It is damaged: take another folder, or remove it"));
  }
  SECTION("of another network: all are refused, and nothing is lost") {
    Setup other;
    other.hidden = 9;
    CHECK(contains(other.refusal(run),
                   "none of the checkpoints here can be resumed from. The newest: " +
                       newest.string() + ": its \"net.fc1.weight\" is [8, 12], and here [9, 12]"));
    CHECK(test::read_file(newest) == bytes);
    CHECK(files_of(run).size() == 3);
  }
  SECTION("of another run") {
    const auto refused = [&](Setup other, const std::string& why) {
      INFO(why);
      CHECK(contains(other.refusal(run), why));
    };
    refused({.seed = 6}, "it is of another run: its run.seed is 5, and here 6");
    refused({.batch_size = 9}, "its run.batch_size is 8, and here 9");
    refused({.samples = 40}, "its run.samples is 41, and here 40");
    refused({.shift = 1}, "its run.shift is 0, and here 1");
    refused({.first_epoch = 2}, "its run.first_epoch is 1, and here 2");
    refused({.shuffle = false}, "its run.shuffle is 1, and here 0");
    refused({.accumulate = 2}, "its step.accumulate is 1, and here 2");
    refused({.adam = true}, "its optimizer.kind is 0, and here 1");
    refused({.stopping = EarlyStopping{}}, "it has no \"callback.1.ridge::EarlyStopping.best\"");
  }
  SECTION("with the state of a callback that is not there") {
    const fs::path more = folder / "more";
    std::optional<Checkpoint> its(std::in_place, more);
    Setup{.average = WeightAverage::of_epochs(1)}.run(its);
    CHECK(contains(setup.refusal(more),
                   "there is nothing here that takes its \"callback.2.ridge::WeightAverage."));
  }
  SECTION("weights") {
    const fs::path more = folder / "more";
    fs::create_directory(more);
    save_weights(more / "checkpoint-000000001.safetensors", whole.net);
    CHECK(contains(setup.refusal(more), "it has no state of a run; load_weights reads weights"));
  }
}

TEST_CASE("a stop within an epoch ends it in a resumed run too", "[checkpoint]") {
  const test::TemporaryFolder folder;
  std::vector<fs::path> places;
  std::optional<Checkpoint> every(std::in_place, folder / "run",
                                  Checkpoint::Options{.every_minutes = 1e-9, .messages = nullptr});
  const Setup setup;
  Watch watch;
  watch.stop_epoch = 2;
  watch.stop_step = 3;
  watch.on_record = [&] {
    places.push_back(folder / std::to_string(places.size()));
    fs::create_directory(places.back());
    fs::copy_file(every->last(), places.back() / "checkpoint-000000001.safetensors");
  };
  const Setup::Result whole = setup.run(every, watch);
  REQUIRE(whole.reports.size() == 2);
  REQUIRE(places.size() == 1 + 7 + 4);
  CHECK(same(setup.resume(places[10]), whole));  // after the step that has stopped it
  CHECK(same(setup.resume(places[11]), whole));
}

TEST_CASE("an epoch's seconds are its own", "[checkpoint]") {
  const test::TemporaryFolder folder;
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run");
  Watch watch;
  watch.after = [](int epoch, Index step) {
    if (epoch == 1 && step == 1) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  };
  Setup setup{.epochs = 1};
  setup.run(checkpoint, watch);
  setup.epochs = 2;
  const auto reports = setup.resume(folder / "run").reports;
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].seconds >= 0.5);
  CHECK(reports[1].seconds < 0.5);
}

TEST_CASE("what has diverged is not saved", "[checkpoint]") {
  const test::TemporaryFolder folder;
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run",
                                       Checkpoint::Options{.every_steps = 1, .messages = nullptr});
  Watch watch;
  watch.spoils = true;
  CHECK(contains(message_of<DivergenceError>([&] { Setup{}.run(checkpoint, watch); }),
                 "fit: epoch 1, step 4 of 6: fc1.weight has become NaN or infinite"));
  CHECK(checkpoint->last() == folder / "run" / "checkpoint-000000002.safetensors");
  CHECK(same(Setup{}.resume(folder / "run"), Setup{}.run()));
}

TEST_CASE("weights are read from a checkpoint", "[checkpoint]") {
  const test::TemporaryFolder folder;
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "run");
  const Setup::Result result = Setup{}.run(checkpoint);
  Net net = make_net();
  load_weights(checkpoint->last(), net);
  CHECK(net == result.net);
}

TEST_CASE("one folder is for one run", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run";
  std::optional<Checkpoint> checkpoint(std::in_place, run), other(std::in_place, run);
  std::string message;
  Watch watch;
  watch.after = [&](int, Index step) {
    if (step == 2) message = message_of<ValueError>([&] { Setup{}.run(other); });
  };
  Setup{}.run(checkpoint, watch);
#ifdef __unix__
  CHECK(message == run.string() + ": another run is saving its checkpoints here");
#endif
  CHECK(message_of<ValueError>([&] { Setup{}.run(other); }) ==
        run.string() +
            ": there are checkpoints of a run here. Resume it (.resume = true), take another "
            "folder, or remove them");
}

TEST_CASE("a run that was refused leaves its folder to others", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run";
  std::optional<Checkpoint> first(std::in_place, run), refused(std::in_place, run);
  const Setup setup;
  const Setup::Result whole = setup.run(first);
  CHECK_THROWS_AS(setup.run(refused), ValueError);
  CHECK(same(setup.resume(run), whole));

  std::optional<Checkpoint> never_begun(std::in_place, run,
                                        Checkpoint::Options{.resume = true, .messages = nullptr});
  Watch watch;
  watch.refuses = true;
  CHECK(message_of<ValueError>([&] { setup.run(never_begun, watch); }) == "refused");
  CHECK(same(setup.resume(run), whole));
}

TEST_CASE("options of checkpoints are checked", "[checkpoint]") {
  const auto refused = [](Checkpoint::Options options) {
    return message_of<ValueError>([&] { Checkpoint("folder", options); });
  };
  CHECK(refused({.every_steps = -1}) == "Checkpoint: every_steps must be at least 0, got -1");
  CHECK(refused({.every_minutes = -1}) ==
        "Checkpoint: every_minutes must be a finite number >= 0, got -1");
  CHECK(refused({.keep = 0}) == "Checkpoint: keep must be at least 1, got 0");
  const test::TemporaryFolder folder;
  test::write_file(folder / "file", "");
  std::optional<Checkpoint> checkpoint(std::in_place, folder / "file" / "run");
  CHECK(contains(message_of<FileError>([&] { Setup{}.run(checkpoint); }), "cannot be made: "));
}

TEST_CASE("a checkpoint is written when its minutes are over", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const double minutes = GENERATE(0.0, 1e-9);
  std::optional<Checkpoint> checkpoint(
      std::in_place, folder / "run",
      Checkpoint::Options{.every_minutes = minutes, .keep = 1000, .messages = nullptr});
  Setup{}.run(checkpoint);
  CHECK(files_of(folder / "run").size() == (minutes == 0 ? 2 : 1 + 18));
}

#ifdef __unix__
/// Lets files be of no more than so many bytes, as a full disk would.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE("a full disk loses nothing", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run";
  const Messages messages;
  std::optional<Checkpoint> checkpoint(
      std::in_place, run,
      Checkpoint::Options{.every_steps = 1, .keep = 2, .messages = messages.file()});
  std::optional<FileLimit> limit;
  std::vector<std::string> on_full_disk;
  std::string failure;
  Watch watch;
  const Setup setup;
  SECTION("for a while") {
    watch.after = [&](int epoch, Index step) {
      if (epoch == 1 && step == 4) limit.emplace(1000);
      if (epoch == 2 && step == 2) {
        failure = checkpoint->failure();
        on_full_disk = files_of(run);
        limit.reset();
      }
    };
    CHECK(same(setup.run(checkpoint, watch), setup.run()));
    const fs::path wanted = run / "checkpoint-000000004.safetensors",
                   safe = run / "checkpoint-000000003.safetensors";
    CHECK(contains(failure, "cannot be written: File too large"));
    CHECK(on_full_disk == std::vector<std::string>{"checkpoint-000000002.safetensors",
                                                   "checkpoint-000000003.safetensors"});
    CHECK(messages.text() == ("Cannot save a checkpoint: " + wanted.string() +
                              ": cannot be written: File too large. The newest that is "
                              "safe is " +
                              safe.string() + ".\n"));
    CHECK(checkpoint->failure().empty());
    CHECK(checkpoint->last() == run / "checkpoint-000000018.safetensors");
  }
  SECTION("to the end") {
    watch.after = [&](int epoch, Index step) {
      if (epoch == 2 && step == 5) limit.emplace(1000);
    };
    CHECK(same(setup.run(checkpoint, watch), setup.run()));
    limit.reset();
    CHECK(checkpoint->last() == run / "checkpoint-000000010.safetensors");
    CHECK(!checkpoint->failure().empty());
    CHECK(same(setup.resume(run), setup.run()));
  }
  SECTION("from the beginning") {
    limit.emplace(1000);
    CHECK(contains(message_of<FileError>([&] { setup.run(checkpoint); }), "File too large"));
    limit.reset();
    CHECK(files_of(run).empty());
  }
}

#ifndef __SANITIZE_THREAD__
TEST_CASE("a run that is killed again and again ends with the same bits", "[checkpoint]") {
  const test::TemporaryFolder folder;
  const fs::path run = folder / "run", said = folder / "said", done = folder / "done";
  const Setup setup{.samples = 300, .epochs = 4, .average = WeightAverage::exponential(0.9)};
  const auto live = [&] {
    std::FILE* messages = std::fopen(said.c_str(), "a");
    std::optional<Checkpoint> checkpoint(
        std::in_place, run,
        Checkpoint::Options{.every_steps = 1, .keep = 2, .resume = true, .messages = messages});
    save_weights(done, setup.run(checkpoint).net);
  };
  const auto start = [&] {
    const pid_t child = fork();
    if (child == 0) {
      try {
        live();
        std::_Exit(0);
      } catch (const std::exception& error) {
        test::write_file(folder / "error", error.what());
        std::_Exit(1);
      }
    }
    return child;
  };
  const auto wait = [](pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  };

  Random random{static_cast<std::uint64_t>(GENERATE(1, 2))};
  int kills = 0, unfinished = 0;
  while (kills < 25) {
    const pid_t child = start();
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    kill(child, SIGKILL);
    const int status = wait(child);
    if (WIFEXITED(status)) {  // it was faster: once more from the beginning
      INFO(test::read_file(folder / "error"));
      REQUIRE(WEXITSTATUS(status) == 0);
      fs::remove_all(run);
      continue;
    }
    ++kills;
    const auto names = fs::exists(run) ? files_of(run) : std::vector<std::string>{};
    unfinished += std::any_of(names.begin(), names.end(),
                              [](const std::string& name) { return name.ends_with(".tmp"); });
  }
  REQUIRE(WEXITSTATUS(wait(start())) == 0);
  CHECK(unfinished > 0);  // some were killed while they wrote
  CHECK(!contains(test::read_file(said), "Cannot"));
  CHECK(contains(test::read_file(said), "Resuming from"));
  Net net = make_net();
  load_weights(done, net);
  CHECK(net == setup.run().net);
}
#endif
#endif

}  // namespace
