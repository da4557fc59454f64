// Any bytes as the state of a run: it is loaded, and the run goes on from there, or the run stays
// what it was. What the checksum would refuse is tried without it too.
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include <ridge/io/state.hpp>
#include <ridge/layers/dropout.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/layers/sequential.hpp>
#include <ridge/losses/mean_squared_error.hpp>
#include <ridge/optimizers/adam.hpp>
#include <ridge/training/early_stopping.hpp>
#include <ridge/training/schedule.hpp>
#include <ridge/training/weight_average.hpp>

#include "state_input.hpp"

namespace {

using namespace ridge;

/// A run of two epochs with three batches each, of which two make a step. The seeds of the corpus
/// are what `save_state` has made of it: at first, in the middle of a step, and in the end.
struct Training {
  using Net = Sequential<Linear<double>, Dropout>;
  using Its = Trainer<Net, MeanSquaredError, NoPenalty, Adam>;

  Net net{Linear<double>{2, 1}, Dropout{0.5}};
  FitOptions options{.epochs = 2};
  EarlyStopping stopping;
  WeightAverage average = WeightAverage::of_epochs(1);
  ReduceOnPlateau plateau;
  Its trainer{net, MeanSquaredError{}, Adam{}, {.accumulate = 2}};
  Run<Its, EarlyStopping, WeightAverage, ReduceOnPlateau> run{trainer,  options, 3,      3,
                                                              stopping, average, plateau};

  void step() {
    const Matrix<double> x{{1.0}, {2.0}}, target{{3.0}};
    run.add(trainer.step(x, target), 1, 1);
    if (run.step < run.steps) return;
    trainer.flush();
    run.report = {run.epoch, run.loss, 0, run.loss, 0, Evaluation{run.loss, {}, 3}, "Validation"};
    stopping.after_epoch(run);
    average.after_epoch(run);
    plateau.after_epoch(run);
    run.end_epoch();
  }

  StateWriter state() {
    StateWriter writer;
    run.visit_state(writer);
    std::erase_if(writer.tensors, [](const Tensor& t) { return t.name == "run.seconds"; });
    return writer;
  }
};

void go_on(Training& training) {
  try {
    training.run.resumed = true;
    training.stopping.begin(training.run);
    training.average.begin(training.run);
    training.plateau.begin(training.run);
    for (int step = 0; step < 6 && !training.run.ended(); ++step)
      if (training.run.step < training.run.steps) training.step();
    training.stopping.end(training.run);
    training.average.end(training.run);
  } catch (const Error&) {  // numbers that no training has made may diverge
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::read_state<Training>({data, size}, go_on);
  return 0;
}
