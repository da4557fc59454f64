#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <new>
#include <span>

#include <zlib.h>

#include <ridge/io/atomic_file.hpp>

namespace ridge::detail {

/// Writes a file, gzipped if its name ends in ".gz": the same content, the same bytes.
class ByteWriter {
 public:
  /// @throws FileError if the folder is missing or not writable, or the file write-protected
  explicit ByteWriter(const std::filesystem::path& path)
      : file_(path), gzipped_(path.extension() == ".gz") {
    // zlib's own gzip header has neither a name nor a time in it.
    if (gzipped_ && deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                                 Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~ByteWriter() { deflateEnd(&stream_); }
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;

  /// @throws FileError, as when the disk is full
  void write(std::span<const std::byte> bytes) {
    if (!gzipped_) return file_.write(bytes);
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(bytes.size(), std::size_t{1} << 30));
      bytes = bytes.subspan(part.size());
      // zlib only reads it.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data()));
      stream_.avail_in = static_cast<uInt>(part.size());
      deflate(Z_NO_FLUSH);
    }
  }

  /// Puts the file in its place; without it, an older file stays as it was.
  /// @throws FileError
  void commit() {
    if (gzipped_) deflate(Z_FINISH);
    file_.commit();
  }

 private:
  /// Writes what zlib has ready: a buffer that it did not fill was the last.
  void deflate(int flush) {
    std::array<std::byte, 1 << 14> buffer;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      ::deflate(&stream_, flush);
      file_.write(std::span(buffer).first(buffer.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
  }

  AtomicFile file_;
  bool gzipped_;
  z_stream stream_{};
};

}  // namespace ridge::detail
