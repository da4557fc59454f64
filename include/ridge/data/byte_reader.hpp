#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <zlib.h>

#include <ridge/core/error.hpp>

namespace ridge::detail {

/// What the system said about the call that just failed.
inline std::string system_message() { return std::generic_category().message(errno); }

/// Reads a file front to back, and inflates it on the way if it is gzip by content, not by name.
///
/// What it reads goes straight into the caller's memory. Offsets are those of the inflated content.
class ByteReader {
 public:
  /// @throws FileError if `path` is no regular file or cannot be opened
  explicit ByteReader(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status))
      throw FileError(path_, "is a folder; expected a file");
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      throw FileError(path_, "is a device or a pipe; expected a file, whose size is known");
    file_.open(path, std::ios::binary);
    if (!file_) throw FileError(path_, "cannot be opened: " + system_message());
    size_ = std::filesystem::file_size(path, error);
    if (error) throw FileError(path_, "has no size: " + error.message());

    unsigned char start[2];
    gzipped_ = read_file(start, 2) == 2 && is_gzip(start);
    file_.clear();
    file_.seekg(0);
    if (gzipped_) {
      buffer_ = std::make_unique<unsigned char[]>(buffer_size);
      stream_.next_in = buffer_.get();
      if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
  }
  ~ByteReader() { inflateEnd(&stream_); }
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  const std::string& path() const { return path_; }

  /// How many bytes of content were read.
  std::uint64_t offset() const { return offset_; }

  /// No more bytes than this can follow, so that a header which promises more is refused before
  /// memory is allocated for it: of gzip, deflate's limit of 258 bytes for every two bits.
  std::uint64_t remaining_at_most() const { return (gzipped_ ? 1032 * size_ : size_) - offset_; }

  /// Fills `to` with the next `size` bytes.
  /// @param what they are, for the message
  /// @throws FormatError if the content ends before, or is damaged gzip
  void read(void* to, std::size_t size, std::string_view what) {
    const std::size_t got = next(static_cast<unsigned char*>(to), size);
    if (got < size)
      fail(text("the file ends after ", got, " of the ", size, " bytes of ", what, truncated));
  }

  /// Checks that nothing is left, and of gzip that it is complete and its checksums are right.
  /// @throws FormatError if not
  void expect_end() {
    const std::uint64_t end = offset_;
    unsigned char extra;
    if (next(&extra, 1) > 0) {
      const std::string count = gzipped_ ? "more" : std::to_string(size_ - end);
      throw FormatError(path_, end, "the content should end here, but " + count + " bytes follow");
    }
    if (in_member_) fail(text("the file ends within its gzip stream", truncated));
  }

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 17;
  static constexpr std::string_view truncated = ": it is truncated; copy or download it again";

  static bool is_gzip(const unsigned char* bytes) { return bytes[0] == 0x1f && bytes[1] == 0x8b; }

  [[noreturn]] void fail(const std::string& what) const { throw FormatError(path_, offset_, what); }

  /// Reads up to `size` bytes; fewer only at the end of the content.
  std::size_t next(unsigned char* to, std::size_t size) {
    if (gzipped_) return inflate(to, size);
    const std::size_t got = read_file(to, size);
    offset_ += got;
    return got;
  }

  std::size_t inflate(unsigned char* to, std::size_t size) {
    std::size_t got = 0;
    while (got < size && (in_member_ || start_member())) {
      if (stream_.avail_in == 0 && !fill()) break;
      const auto room = static_cast<uInt>(std::min(size - got, std::size_t{1} << 30));
      stream_.next_out = to + got;
      stream_.avail_out = room;
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      got += room - stream_.avail_out;
      offset_ += room - stream_.avail_out;
      if (status == Z_STREAM_END)
        in_member_ = false;
      else if (status != Z_OK)
        fail(text("damaged gzip stream at byte ", file_position(), " of the file (",
                  stream_.msg ? stream_.msg : zError(status), "); copy or download it again"));
    }
    return got;
  }

  /// Begins the next gzip member, if there is one: members may be concatenated (RFC 1952, 2.2).
  bool start_member() {
    if (stream_.avail_in < 2 && !fill() && stream_.avail_in == 0) return false;
    if (stream_.avail_in < 2 || !is_gzip(stream_.next_in))
      fail(text("the gzip stream ends at byte ", file_position(), " of the file, but ",
                size_ - file_position(), " bytes that are not gzip follow; cut them off"));
    inflateReset(&stream_);
    return in_member_ = true;
  }

  /// Tops the buffer up; false at the end of the file.
  bool fill() {
    std::memmove(buffer_.get(), stream_.next_in, stream_.avail_in);
    stream_.next_in = buffer_.get();
    const auto got = read_file(buffer_.get() + stream_.avail_in, buffer_size - stream_.avail_in);
    stream_.avail_in += static_cast<uInt>(got);
    buffered_ += got;
    return got > 0;
  }

  std::size_t read_file(unsigned char* to, std::size_t size) {
    file_.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(size));
    if (file_.bad()) throw FileError(path_, "cannot be read: " + system_message());
    return static_cast<std::size_t>(file_.gcount());
  }

  /// How many bytes of the file itself are inflated.
  std::uint64_t file_position() const { return buffered_ - stream_.avail_in; }

  std::string path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;    // of the file itself
  std::uint64_t offset_ = 0;  // in the content
  bool gzipped_ = false;

  z_stream stream_{};
  std::unique_ptr<unsigned char[]> buffer_;  // of what is still deflated
  std::uint64_t buffered_ = 0;               // how many bytes ever went into it
  bool in_member_ = false;
};

}  // namespace ridge::detail
