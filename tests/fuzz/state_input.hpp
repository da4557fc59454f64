// What the targets that read state share.
#pragma once

#include <cstddef>
#include <string>

#include <ridge/io/safetensors.hpp>
#include <ridge/io/state.hpp>

#include "safetensors_input.hpp"

namespace fuzz {

/// Any bytes as the state of a Subject's `run`: it is loaded, and the subject goes on from there,
/// or the run stays what it was. What the checksum would refuse is tried without it too.
template <class Subject, class GoOn>
void read_state(Bytes bytes, const GoOn& go_on) {
  const std::string path = file_of(bytes);
  const std::size_t most = 2 * safetensors_memory(bytes.size());  // the old state is kept beside
  Subject subject;
  const ridge::StateWriter before = subject.state();
  if (loads(most, [&] { ridge::load_state(path, subject.run); }))
    go_on(subject);
  else
    require(subject.state().tensors == before.tensors, "what is refused changes nothing");

  Subject unchecked;
  if (loads(most, [&] {
        const ridge::TensorFile file = ridge::read_safetensors(path);
        ridge::StateReader reader(file.tensors, before.metadata);
        unchecked.run.visit_state(reader);
      }))
    go_on(unchecked);
}

}  // namespace fuzz
