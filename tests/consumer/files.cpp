// What ridge::io brings: zlib, of which gzip is made, and nlohmann/json, for the headers of model
// files.
#include <ridge/data/idx.hpp>
#include <ridge/io/weights.hpp>
#include <ridge/layers/linear.hpp>

int main() {
  const ridge::Idx<float> written{{2}, ridge::Matrix<float>{{1, 2}}};
  ridge::write_idx("numbers.gz", written);
  ridge::Linear<float> saved{2, 1}, loaded{2, 1};
  saved.weight.setOnes();
  ridge::save_weights("layer.safetensors", saved);
  ridge::load_weights("layer.safetensors", loaded);
  return ridge::read_idx<float>("numbers.gz").values == written.values && saved == loaded ? 0 : 1;
}
