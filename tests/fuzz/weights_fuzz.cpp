// Any bytes as the weights of a small network: they load, and are then finite and the same when
// they are saved and loaded again, or the network stays what it was.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>

#include <ridge/io/weights.hpp>

#include "file_of.hpp"
#include "safetensors_input.hpp"

namespace {

/// A weight whose columns the compiler knows, a bias, a running mean, in two types.
struct Net {
  ridge::Matrix<float, ridge::Dynamic, 2> weight{{1, 2}, {3, 4}};
  ridge::Vector<float> bias{{5, 6}};
  ridge::Vector<double> mean{{7}};

  auto parameters() {
    return std::tuple{ridge::as_weight(weight), ridge::as_bias(bias),
                      ridge::as_statistic(mean, "mean")};
  }
  auto parameters() const {
    return std::tuple{ridge::as_weight(weight), ridge::as_bias(bias),
                      ridge::as_statistic(mean, "mean")};
  }
  bool operator==(const Net&) const = default;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path = fuzz::file_of({data, size});
  Net net;
  if (!fuzz::loads(fuzz::safetensors_memory(size), [&] { ridge::load_weights(path, net); })) {
    fuzz::require(net == Net{}, "a file that is refused changes nothing");
    return 0;
  }
  fuzz::require(net.weight.size() == 4 && net.bias.size() == 2 && net.mean.size() == 1 &&
                    net.weight.allFinite() && net.bias.allFinite() && net.mean.allFinite(),
                "what is loaded is finite, and no size is changed");
  const std::string copy = fuzz::path_of("copy");
  ridge::save_weights(copy, net);
  Net again;
  ridge::load_weights(copy, again);
  fuzz::require(again == net, "what was saved is loaded");
  return 0;
}
