#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <zlib.h>

#include <ridge/core/error.hpp>
#include <ridge/io/file.hpp>

namespace ridge::detail {

/// Reads a file front to back, and inflates it on the way if it is gzip by content, not by name.
///
/// What it reads goes straight into the caller's memory. Offsets are those of the inflated content.
class ByteReader {
 public:
  /// @throws FileError if `path` is no regular file or cannot be opened
  explicit ByteReader(const std::filesystem::path& path) : file_(path) {
    unsigned char start[2];
    gzipped_ = file_.read_some(start, 2) == 2 && is_gzip(start);
    file_.rewind();
    if (gzipped_) {
      buffer_.reset(new unsigned char[buffer_size]);  // make_unique would fill it with zeros
      stream_.next_in = buffer_.get();
      if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
  }
  ~ByteReader() { inflateEnd(&stream_); }
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  const std::string& path() const { return file_.path(); }

  /// How many bytes of content were read.
  std::uint64_t offset() const { return offset_; }

  /// No more bytes than this can follow, so that a header which promises more is refused before
  /// memory is allocated for it: of gzip, deflate's limit of 258 bytes for every two bits.
  std::uint64_t remaining_at_most() const {
    return (gzipped_ ? 1032 * file_.size() : file_.size()) - offset_;
  }

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
    unsigned char extra = 0;
    if (next(&extra, 1) > 0) {
      const std::string count = gzipped_ ? "more" : std::to_string(file_.size() - end);
      throw FormatError(path(), end, "the content should end here, but " + count + " bytes follow");
    }
    if (in_member_) fail(text("the file ends within its gzip stream", truncated));
  }

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 17;
  static constexpr std::string_view truncated = ": it is truncated; copy or download it again";

  static bool is_gzip(const unsigned char* bytes) { return bytes[0] == 0x1f && bytes[1] == 0x8b; }

  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(path(), offset_, what);
  }

  /// Reads up to `size` bytes; fewer only at the end of the content.
  std::size_t next(unsigned char* to, std::size_t size) {
    if (gzipped_) return inflate(to, size);
    const std::size_t got = file_.read_some(to, size);
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
                file_.size() - file_position(), " bytes that are not gzip follow; cut them off"));
    inflateReset(&stream_);
    return in_member_ = true;
  }

  /// Tops the buffer up; false at the end of the file.
  bool fill() {
    std::memmove(buffer_.get(), stream_.next_in, stream_.avail_in);
    stream_.next_in = buffer_.get();
    const auto got =
        file_.read_some(buffer_.get() + stream_.avail_in, buffer_size - stream_.avail_in);
    stream_.avail_in += static_cast<uInt>(got);
    return got > 0;
  }

  /// How many bytes of the file itself are inflated.
  std::uint64_t file_position() const { return file_.at() - stream_.avail_in; }

  InputFile file_;
  std::uint64_t offset_ = 0;  // in the content
  bool gzipped_ = false;

  z_stream stream_{};
  std::unique_ptr<unsigned char[]> buffer_;  // of what is still deflated
  bool in_member_ = false;
};

}  // namespace ridge::detail
