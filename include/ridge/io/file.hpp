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

/// What the system said about the call that just failed.
inline std::string system_message() { return std::generic_category().message(errno); }

/// A file of known size that is read from its beginning to its end, into the caller's memory.
class InputFile {
 public:
  /// @throws FileError if `path` is no regular file or cannot be opened
  explicit InputFile(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status))
      throw FileError(path_, "is a folder; expected a file");
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      throw FileError(path_, "is a device or a pipe; expected a file, whose size is known");
    file_ = open_file(path, "rb");
    if (!file_) throw FileError(path_, "cannot be opened: " + system_message());
    size_ = std::filesystem::file_size(path, error);
    if (error) throw FileError(path_, "has no size: " + error.message());
  }

  /// Reads up to `size` bytes, fewer only at the end of the file, and returns how many.
  /// @throws FileError if the system cannot
  std::size_t read_some(void* to, std::size_t size) {
    if (size == 0) return 0;  // `to` may then be null, which fread does not take
    const std::size_t got = std::fread(to, 1, size, file_.get());
    at_ += got;
    if (got < size && std::ferror(file_.get()) != 0)
      throw FileError(path_, "cannot be read: " + system_message());
    return got;
  }

  /// Reads `size` bytes, which must be no more than are left.
  /// @throws FileError if the system cannot, FormatError if the file has become shorter
  void read(void* to, std::uint64_t size) {
    if (read_some(to, static_cast<std::size_t>(size)) < size)
      throw FormatError(path_, at_, "the file ends here, shorter than it was a moment ago");
  }

  void rewind() {
    std::rewind(file_.get());
    at_ = 0;
  }

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t left() const { return size_ - at_; }
  std::uint64_t at() const { return at_; }

 private:
  std::string path_;
  File file_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
};

}  // namespace ridge::detail
