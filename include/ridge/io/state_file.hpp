#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <ridge/core/build.hpp>
#include <ridge/core/error.hpp>
#include <ridge/io/safetensors.hpp>
#include <ridge/io/tensor.hpp>

// The state of a run is a safetensors file, whose metadata have the format's version, the build
// that wrote it and a checksum. The network's parameters are among its tensors, as
// "net.fc1.weight".

namespace ridge::detail {

inline constexpr const char* state_key = "ridge.state";
inline constexpr const char* state_build = "ridge.build";
inline constexpr const char* state_crc = "ridge.crc32";
inline constexpr std::string_view state_version = "1";
inline constexpr std::string_view state_net = "net.";

/// The CRC-32 of all that a state's file says, however it is laid out.
inline std::string state_checksum(const std::vector<Tensor>& tensors,
                                  const std::map<std::string, std::string>& metadata) {
  uLong sum = crc32(0, nullptr, 0);
  const auto add = [&](const void* data, std::size_t size) {
    sum = crc32_z(sum, static_cast<const Bytef*>(data), size);
  };
  const auto add_text = [&](std::string_view text) {
    add(text.data(), text.size());
    add("", 1);
  };
  for (const auto& [key, value] : metadata)
    if (key != state_crc) {
      add_text(key);
      add_text(value);
    }
  for (const Tensor& tensor : tensors) {
    add_text(tensor.name);
    add_text(name_of(tensor.dtype));
    add_text(shape_text(tensor.shape));
    if (!tensor.bytes.empty()) add(tensor.bytes.data(), tensor.bytes.size());
  }
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08lx", static_cast<unsigned long>(sum & 0xffffffffu));
  return digits;
}

inline bool holds_state(const TensorFile& file) { return file.metadata.contains(state_key); }

/// Rejects the state of another version of the format, and a damaged one.
inline void require_whole_state(const std::filesystem::path& path, const TensorFile& file) {
  const auto said = [&](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  if (const std::string version = said(state_key); version != state_version)
    throw ValueError(
        text(path.string(), ": its format is version ", version, ", written by ", said(state_build),
             "; this is ridge " RIDGE_VERSION ", which reads version ", state_version));
  if (said(state_crc) != state_checksum(file.tensors, file.metadata))
    throw FormatError(path.string(), 0, "the checksum is wrong: the file is damaged");
}

inline void write_state(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                        std::map<std::string, std::string> metadata) {
  metadata[state_key] = state_version;
  metadata[state_build] = build_description();
  metadata["format"] = "pt";  // as write_safetensors will say too
  metadata[state_crc] = state_checksum(tensors, metadata);
  write_safetensors(path, tensors, metadata);
}

}  // namespace ridge::detail
