#pragma once

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace ridge::detail {

/// One process's claim to a folder or a file, as long as the object lives and the process does.
/// Where the system has no such locks nobody is refused.
class ProcessLock {
 public:
  ProcessLock() = default;

  static ProcessLock of_folder([[maybe_unused]] const std::filesystem::path& folder) {
    ProcessLock lock;
#ifndef _WIN32
    lock.claim(folder, O_RDONLY);
#endif
    return lock;
  }

  /// Of a file that is replaced whenever it is written, so that what is locked is a hidden empty
  /// `.NAME.ridge-lock` beside it, which is removed with the lock.
  static ProcessLock of_file([[maybe_unused]] const std::filesystem::path& path) {
    ProcessLock lock;
#ifndef _WIN32
    std::error_code ignored;
    const std::filesystem::path target = std::filesystem::weakly_canonical(path, ignored);
    std::filesystem::path beside = ignored ? path : target;
    beside.replace_filename("." + beside.filename().string() + ".ridge-lock");
    // Its owner before may have removed it between our opening and our locking it.
    while (lock.claim(beside, O_RDONLY | O_CREAT) && !lock.is(beside)) lock = {};
    if (lock.descriptor_ >= 0 && !lock.refused_) lock.file_ = std::move(beside);
#endif
    return lock;
  }

  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  ProcessLock(ProcessLock&& other) noexcept { swap(other); }
  ProcessLock& operator=(ProcessLock&& other) noexcept {
    ProcessLock(std::move(other)).swap(*this);
    return *this;
  }
  ~ProcessLock() {
#ifndef _WIN32
    if (descriptor_ < 0) return;
    std::error_code ignored;
    if (!file_.empty() && is(file_)) std::filesystem::remove(file_, ignored);
    ::close(descriptor_);
#endif
  }

  /// Whether somebody else has it.
  bool refused() const { return refused_; }

 private:
#ifndef _WIN32
  /// Whether it has been opened and locked.
  bool claim(const std::filesystem::path& path, int flags) {
    constexpr mode_t everybody = 0666;
    descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, everybody);
    if (descriptor_ < 0) return false;
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
    refused_ = errno == EWOULDBLOCK;
    return false;
  }
  /// Whether what is open is what has that path.
  bool is(const std::filesystem::path& path) const {
    struct stat open {
    }, there{};
    return ::fstat(descriptor_, &open) == 0 && ::stat(path.c_str(), &there) == 0 &&
           open.st_ino == there.st_ino && open.st_dev == there.st_dev;
  }
#endif
  void swap(ProcessLock& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(refused_, other.refused_);
    std::swap(file_, other.file_);
  }

  int descriptor_ = -1;
  bool refused_ = false;
  std::filesystem::path file_{};  // to be removed
};

}  // namespace ridge::detail
