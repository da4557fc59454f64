// What the targets that read safetensors share: their bound of memory, and mutations that reach
// beyond the header's length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "loads.hpp"

namespace fuzz {

/// What reading a safetensors file of this size may take at a time.
inline constexpr std::size_t safetensors_memory(std::size_t size) { return 32 * size + (16 << 10); }

}  // namespace fuzz

#ifdef RIDGE_FUZZ
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

/// Three times in four sets the length right, of a header that ends at the first "}}": or nearly
/// every mutation would end at a wrong one.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 4 == 0 || size < 8) return size;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 8, size - 8);
  const std::size_t end = rest.find("}}");
  const std::uint64_t length = end == rest.npos ? rest.size() : end + 2;
  std::memcpy(data, &length, 8);
  return size;
}
#endif
