#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ridge/core/error.hpp>
#include <ridge/io/atomic_file.hpp>

namespace ridge {

/// A folder that a report is written into, found out to be writable before there is one: make it
/// before a long run.
class ReportFolder {
 public:
  /// Makes the folder if it is missing.
  /// @throws FileError if it cannot be made, or files in it cannot be written
  explicit ReportFolder(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    std::error_code ignored;
    if (!std::filesystem::is_directory(path_, ignored))
      throw FileError(path_.string(),
                      "cannot be made a folder: " +
                          (error ? error.message() : std::string("there is a file here")));
    AtomicFile{path_ / page};
  }

  const std::filesystem::path& path() const { return path_; }

  /// @throws FileError
  void write(std::string_view name, std::string_view content) const {
    write_file(path_ / name, content);
  }

  static constexpr std::string_view page = "index.html";

 private:
  std::filesystem::path path_;
};

}  // namespace ridge
