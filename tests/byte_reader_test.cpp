#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include <ridge/core/random.hpp>
#include <ridge/data/byte_reader.hpp>
#include <ridge/data/byte_writer.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

using ridge::FileError;
using ridge::FormatError;
using ridge::detail::ByteReader;
using ridge::detail::ByteWriter;
using test::contains;
using test::message_of;

namespace {

const test::TemporaryFolder folder;

std::filesystem::path put(const std::string& bytes) {
  test::write_file(folder / "file", bytes);
  return folder / "file";
}

std::string gzip(const std::string& bytes) {
  ByteWriter out(folder / "file.gz");
  out.write(std::as_bytes(std::span(bytes)));
  out.commit();
  return test::read_file(folder / "file.gz");
}

/// Everything, in pieces.
std::string read_all(const std::filesystem::path& path, std::size_t size, std::size_t piece) {
  ByteReader in(path);
  std::string bytes(size, '?');
  for (std::size_t i = 0; i < size; i += piece)
    in.read(bytes.data() + i, std::min(piece, size - i), "all");
  in.expect_end();
  CHECK(in.offset() == size);
  return bytes;
}

std::string random_bytes(std::size_t size) {
  ridge::Random random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("what is read is what was written, gzipped or not, in pieces of any size") {
  const std::string content =
      GENERATE(as<std::string>{}, "", "x", std::string(3'000'000, 'x'), random_bytes(700'000));
  const std::size_t piece = GENERATE(997u, 131'072u, 5'000'000u);
  CHECK(read_all(put(content), content.size(), piece) == content);
  CHECK(read_all(put(gzip(content)), content.size(), piece) == content);
}

TEST_CASE("the content tells gzip, not the name") {
  test::write_file(folder / "plain.gz", "plain");
  CHECK(read_all(folder / "plain.gz", 5, 5) == "plain");
  CHECK(read_all(put(gzip("gzipped")), 7, 7) == "gzipped");
  CHECK(read_all(put("\x1f"), 1, 1) == "\x1f");
}

TEST_CASE("gzip members may follow one another, empty ones too") {
  const std::string content = "onetwo";
  CHECK(read_all(put(gzip("one") + gzip("") + gzip("two") + gzip("")), 6, 6) == content);
  CHECK(read_all(put(gzip("one") + gzip("") + gzip("two") + gzip("")), 6, 3) == content);
}

TEST_CASE("a gzip member may end anywhere in the input buffer") {
  // Around its size of 2^17 bytes, so that the next member's first two bytes are torn apart.
  const std::string begin = random_bytes((1u << 17) - 300), zipped_begin = gzip(begin);
  for (std::size_t size = (1u << 17) - 3; size <= (1u << 17) + 2; ++size) {
    const std::string middle = begin.substr(0, size - zipped_begin.size() - 23);
    const std::string zipped = zipped_begin + gzip(middle), content = begin + middle;
    REQUIRE(zipped.size() == size);
    CHECK(read_all(put(zipped + gzip("end")), content.size() + 3, 4096) == content + "end");
    const std::string message =
        message_of<FormatError>([&] { read_all(put(zipped + "z"), content.size(), 4096); });
    CHECK(contains(message, ridge::detail::text("ends at byte ", size, " of the file, but 1 ")));
  }
}

TEST_CASE("remaining_at_most is exact for plain files and never too low for gzip") {
  char half[500'000];
  ByteReader plain(put(std::string(1'000'000, '\0')));
  CHECK(plain.remaining_at_most() == 1'000'000);
  plain.read(half, sizeof half, "half");
  CHECK(plain.remaining_at_most() == 500'000);

  ByteReader gzipped(put(gzip(std::string(1'000'000, '\0'))));
  CHECK(gzipped.remaining_at_most() >= 1'000'000);
  CHECK(gzipped.remaining_at_most() < 1'100'000);  // zeros are what deflate is best at
  gzipped.read(half, sizeof half, "half");
  CHECK(gzipped.remaining_at_most() >= 500'000);
}

TEST_CASE("a file that ends too early says where, and what is missing") {
  const std::string bytes = GENERATE(as<std::string>{}, "12345", gzip("12345"));
  try {
    read_all(put(bytes), 7, 4);
    FAIL("nothing was thrown");
  } catch (const FormatError& error) {
    CHECK(error.path() == (folder / "file").string());
    CHECK(error.offset() == 5);
    CHECK(contains(error.what(), "at byte 5: the file ends after 1 of the 3 bytes of all: it is "));
    CHECK(contains(error.what(), "copy or download it again"));
  }
}

TEST_CASE("a file that becomes shorter while it is read says where") {
  const auto path = put(random_bytes(200'000));
  ridge::detail::InputFile in(path);
  std::string bytes(200'000, '?');
  in.read(bytes.data(), 10);
  std::filesystem::resize_file(path, 100'000);
  CHECK(message_of<FormatError>([&] { in.read(bytes.data(), 199'990); }) ==
        path.string() + ": at byte 100000: the file ends here, shorter than it was a moment ago");
}

TEST_CASE("bytes that are left over are an error, counted where that is possible") {
  CHECK(contains(message_of<FormatError>([] { read_all(put("12345"), 3, 3); }),
                 "at byte 3: the content should end here, but 2 bytes follow"));
  CHECK(contains(message_of<FormatError>([] { read_all(put(gzip("12345")), 3, 3); }),
                 "at byte 3: the content should end here, but more bytes follow"));
  CHECK(contains(message_of<FormatError>([] { read_all(put(gzip("123") + gzip("4")), 3, 3); }),
                 "at byte 3: the content should end here, but more bytes follow"));
}

TEST_CASE("what follows a gzip stream and is not gzip is an error, zero padding too") {
  const std::string junk = GENERATE(as<std::string>{}, "j", "junk", "\x1f", std::string("\0", 1),
                                    std::string(512, '\0'), std::string(1'000'000, 'j'));
  const std::string stream = gzip("123");
  CHECK(contains(message_of<FormatError>([&] { read_all(put(stream + junk), 3, 3); }),
                 ridge::detail::text("at byte 3: the gzip stream ends at byte ", stream.size(),
                                     " of the file, but ", junk.size(),
                                     " bytes that are not gzip follow; cut them off")));
}

TEST_CASE("gzip's checksum and length are checked") {
  const std::string stream = gzip("123");
  for (std::size_t i = stream.size() - 8; i < stream.size(); ++i) {
    std::string damaged = stream;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    const std::string message = message_of<FormatError>([&] { read_all(put(damaged), 3, 3); });
    CHECK(contains(message, "damaged gzip stream at byte "));
    CHECK(contains(message, i < stream.size() - 4 ? "incorrect data check" : "incorrect length"));
  }
}

TEST_CASE("what is no readable file is refused") {
  const auto refusal = [](const std::filesystem::path& path) {
    const std::string message = message_of<FileError>([&] { read_all(path, 1, 1); });
    CHECK(contains(message, path.string() + ": "));
    return message;
  };
  CHECK(contains(refusal(folder / "missing"), "cannot be opened: No such file"));
  CHECK(contains(refusal(""), "cannot be opened: No such file"));
  CHECK(contains(refusal(put("x") / "below"), "cannot be opened: Not a directory"));
  CHECK(contains(refusal(folder.path()), "is a folder; expected a file"));
  if (std::filesystem::exists("/dev/zero"))
    CHECK(contains(refusal("/dev/zero"), "is a device or a pipe; expected a file"));
  if (std::filesystem::exists("/proc/self/mem"))  // its first page can never be read
    CHECK(contains(refusal("/proc/self/mem"), "cannot be read: Input/output error"));
}
