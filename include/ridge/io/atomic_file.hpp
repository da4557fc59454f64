#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <ridge/core/error.hpp>
#include <ridge/io/file.hpp>

namespace ridge {

/// Writes a file so that what was there stays until its successor is safely on the disk.
///
/// What is written goes to a hidden `.ridge-N.tmp` in the same folder, which `commit` gives the
/// file's name, and the destructor removes if there was no `commit`. Symbolic links stay links,
/// permissions stay what they were. A device or a pipe, such as /dev/stdout, is written directly.
class AtomicFile {
 public:
  /// @throws FileError if the folder is missing or not writable, or if the file is write-protected
  explicit AtomicFile(const std::filesystem::path& path) : path_(path.string()), target_(path) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status old = fs::status(path, error);
    if (!fs::status_known(old)) fail("cannot be written", error);
    const bool is_new = !fs::exists(old);
    if (!is_new && !fs::is_regular_file(old)) {
      file_ = detail::open_file(path, "wb");
      if (!file_) fail("cannot be written");
      return;
    }
    // By hand: canonical() wants the end of the chain to exist. status() found no cycle in it.
    while (fs::is_symlink(fs::symlink_status(target_, error)))
      target_ = target_.parent_path() / fs::read_symlink(target_, error);
    // A rename needs no right to write the file that it replaces, but the user's wish counts.
    if (!is_new && !detail::open_file(target_, "r+b")) fail("cannot be replaced");

    const fs::path folder = target_.parent_path();
    for (int n = 0; !file_; ++n) {
      temporary_ = folder / detail::text(".ridge-", n, ".tmp");
      file_ = detail::open_file(temporary_, "wbx");
      if (!file_ && errno != EEXIST)
        fail("cannot write in the folder " + (folder.empty() ? "." : folder.string()));
    }
    if (!is_new) fs::permissions(temporary_, old.permissions(), error);
  }

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  ~AtomicFile() {
    file_.reset();
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
  }

  /// @throws FileError, as when the disk is full
  void write(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;  // of which data() may be null, and fwrite takes no null
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      fail("cannot be written");
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Puts the file in the place of the old one; nothing can be written after it.
  /// @throws FileError, and then the old file is what it was
  void commit() {
    const bool replaces = !temporary_.empty();
    if (!(replaces ? detail::flush_to_disk(file_.get()) : std::fflush(file_.get()) == 0))
      fail("cannot be written");
    if (std::fclose(file_.release()) != 0) fail("cannot be written");
    if (!replaces) return;
    std::error_code error;
    std::filesystem::rename(temporary_, target_, error);
    if (error) fail("cannot be replaced", error);
    temporary_.clear();
    detail::flush_folder(target_.parent_path());
  }

 private:
  [[noreturn]] void fail(const std::string& what,
                         std::error_code reason = {errno, std::generic_category()}) const {
    throw FileError(path_, what + ": " + reason.message());
  }

  std::string path_;
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  detail::File file_;
};

/// Writes a whole file at once, safely as `AtomicFile` does.
/// @throws FileError, and then an old file is what it was
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace ridge
