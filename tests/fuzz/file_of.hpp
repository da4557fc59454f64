// Bytes as a file, for readers that take a path.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "../temporary_folder.hpp"

namespace fuzz {

using Bytes = std::span<const std::uint8_t>;

/// The path of this name in a folder that the process has for itself.
inline std::string path_of(const char* name) {
  static const test::TemporaryFolder folder;
  return (folder / name).string();
}

/// Writes a file of these bytes, in the place of the one of the same name before it.
inline std::string file_of(Bytes bytes, const char* name = "input") {
  std::string path = path_of(name);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  // fwrite takes no null, which is what no bytes may begin at.
  if (!file || (!bytes.empty() && std::fwrite(bytes.data(), bytes.size(), 1, file) != 1) ||
      std::fclose(file) != 0) {
    std::perror(path.c_str());
    std::abort();
  }
  return path;
}

}  // namespace fuzz
