#pragma once

#include <cerrno>
#include <filesystem>
#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#endif

namespace ridge::detail {

/// One process's claim to a folder, as long as the object lives and the process does. Where the
/// system has no such locks nobody is refused.
class FolderLock {
 public:
  FolderLock() = default;
  explicit FolderLock([[maybe_unused]] const std::filesystem::path& folder) {
#ifndef _WIN32
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ >= 0)
      refused_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
#endif
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  FolderLock(FolderLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), refused_(other.refused_) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(refused_, other.refused_);
    return *this;
  }
  ~FolderLock() {
#ifndef _WIN32
    if (descriptor_ >= 0) ::close(descriptor_);
#endif
  }

  /// Whether somebody else has the folder.
  bool refused() const { return refused_; }

 private:
  int descriptor_ = -1;
  bool refused_ = false;
};

}  // namespace ridge::detail
