// Runs a fuzz target over the files of a folder and over every truncation of each, where there is
// no libFuzzer: `idx_fuzz tests/fuzz/corpus/idx`.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "../temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
  int files = 0;
  for (int i = 1; i < count; ++i)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (!entry.is_regular_file()) continue;
      std::printf("%s\n", entry.path().string().c_str());
      std::fflush(stdout);  // or a crash would hide which file it was
      const std::string bytes = test::read_file(entry.path());
      // Copied, so that a sanitizer sees each end.
      for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::string part = bytes.substr(0, size);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(part.data()), size);
      }
      ++files;
    }
  if (files == 0) std::puts("There is no file to replay.");
  return files == 0;
}
