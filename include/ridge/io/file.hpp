#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#ifdef _WIN32
#include <io.h>
#include <share.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

#include <ridge/core/error.hpp>

// What reading and writing a file safely needs, of the standard library and of the system.
namespace ridge::detail {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// `std::fopen` for any path: an empty File, and errno, if it fails.
inline File open_file(const std::filesystem::path& path, std::string_view mode) {
#ifdef _WIN32
  return File(_wfsopen(path.c_str(), std::wstring(mode.begin(), mode.end()).c_str(), _SH_DENYNO));
#else
  return File(std::fopen(path.c_str(), std::string(mode).c_str()));
#endif
}

/// Waits until the disk has what was written: false, and errno, if it fails.
inline bool flush_to_disk(std::FILE* file) {
  if (std::fflush(file) != 0) return false;
#ifdef _WIN32
  return ::_commit(::_fileno(file)) == 0;
#else
  return ::fsync(::fileno(file)) == 0;
#endif
}

/// Makes a rename in this folder survive a power cut. Where a folder cannot be opened or synced it
/// does nothing: both files are whole on the disk, and only which of them has the name is open.
inline void flush_folder([[maybe_unused]] const std::filesystem::path& folder) {
#ifndef _WIN32
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
#endif
}

/// A file of known size that is read from its beginning to its end.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (!error) file_ = open_file(path, "rb");
    if (!error && !file_) error = {errno, std::generic_category()};
    if (error) throw FileError(path_, "cannot be read: " + error.message());
  }

  void read(void* to, std::uint64_t size) {
    if (size == 0) return;  // `to` may then be null, which fread does not take
    const std::size_t done = std::fread(to, 1, static_cast<std::size_t>(size), file_.get());
    at_ += done;
    if (done == size) return;
    if (std::ferror(file_.get()) != 0)
      throw FileError(path_, "cannot be read: " + std::generic_category().message(errno));
    throw FormatError(path_, at_, "the file ends here, shorter than it was a moment ago");
  }

  const std::string& path() const { return path_; }
  std::uint64_t left() const { return size_ - at_; }
  std::uint64_t at() const { return at_; }

 private:
  std::string path_;
  File file_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
};

}  // namespace ridge::detail
