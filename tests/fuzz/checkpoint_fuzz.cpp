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

#include "file_of.hpp"
#include "safetensors_input.hpp"

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
  const std::string path = fuzz::file_of({data, size});
  const std::size_t most = 2 * fuzz::safetensors_memory(size);  // the old state is kept beside
  Training training;
  const StateWriter before = training.state();
  if (fuzz::loads(most, [&] { load_state(path, training.run); }))
    go_on(training);
  else
    fuzz::require(training.state().tensors == before.tensors, "what is refused changes nothing");

  Training unchecked;
  if (fuzz::loads(most, [&] {
        const TensorFile file = read_safetensors(path);
        StateReader reader(file.tensors, before.metadata);
        unchecked.run.visit_state(reader);
      }))
    go_on(unchecked);
  return 0;
}
