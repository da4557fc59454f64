// Any bytes as a safetensors file. Memory: in proportion to the file. What loads is the same when
// it is written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include <ridge/io/safetensors.hpp>

#include "file_of.hpp"
#include "safetensors_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path = fuzz::file_of({data, size});
  ridge::TensorFile file;
  if (!fuzz::loads(fuzz::safetensors_memory(size), [&] { file = ridge::read_safetensors(path); }))
    return 0;
  for (const ridge::Tensor& tensor : file.tensors) {
    tensor.require_consistent();
    if (tensor.dtype == ridge::DType::f32)
      fuzz::require(
          4 * static_cast<std::size_t>(tensor.elements<float>().size()) == tensor.bytes.size(),
          "a tensor has the elements that its bytes make");
  }
  const std::string copy = fuzz::path_of("copy");
  ridge::write_safetensors(copy, file.tensors, file.metadata);
  const ridge::TensorFile again = ridge::read_safetensors(copy);
  file.metadata.emplace("format", "pt");  // as it is written
  fuzz::require(again.tensors == file.tensors && again.metadata == file.metadata,
                "what was written is read");
  return 0;
}
