#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ridge/data/idx.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace std::string_literals;
using ridge::FileError;
using ridge::FormatError;
using ridge::Idx;
using ridge::Index;
using ridge::read_idx;
using ridge::ShapeError;
using ridge::write_idx;
using test::contains;
using test::message_of;

namespace {

const test::TemporaryFolder folder;

std::filesystem::path put(const std::string& bytes, const std::string& name = "file") {
  test::write_file(folder / name, bytes);
  return folder / name;
}

std::string gzip(const std::string& bytes) {
  ridge::detail::ByteWriter out(folder / "file.gz");
  out.write(std::as_bytes(std::span(bytes)));
  out.commit();
  return test::read_file(folder / "file.gz");
}

/// An array with the smallest and the largest value, and for floating-point types a NaN.
template <class T>
Idx<T> example(std::vector<Index> shape) {
  Index size = 1;
  for (const Index extent : shape) size *= extent;
  const Index columns = shape.empty() ? 1 : shape[0];
  Idx<T> idx{shape, ridge::Matrix<T>(columns == 0 ? 0 : size / columns, columns)};
  using Limits = std::numeric_limits<T>;
  const T special[] = {Limits::lowest(), Limits::max(), Limits::quiet_NaN(), Limits::min()};
  for (Index i = 0; i < size; ++i)
    idx.values(i) = i < 4 ? special[i] : static_cast<T>(static_cast<T>(i) / 3);
  return idx;
}

/// To the bit, so that a NaN equals itself.
template <class T>
bool same(const Idx<T>& a, const Idx<T>& b) {
  return a.shape == b.shape && a.values.rows() == b.values.rows() &&
         a.values.cols() == b.values.cols() &&
         (a.values.size() == 0 || std::memcmp(a.values.data(), b.values.data(),
                                              sizeof(T) * std::size_t(a.values.size())) == 0);
}

/// 2 x 3 values of int16: 1, 2, 3, -1, -2, -3.
const std::string small = "\0\0\x0b\x02\0\0\0\x02\0\0\0\x03\0\1\0\2\0\3\xff\xff\xff\xfe\xff\xfd"s;

void check_small(const Idx<std::int16_t>& idx) {
  CHECK(idx.shape == std::vector<Index>{2, 3});
  CHECK(idx.values == ridge::Matrix<std::int16_t, 3, 2>{
                          {1, -1}, {2, -2}, {3, -3}});  // a row of the file a column
}

}  // namespace

TEMPLATE_TEST_CASE("every type and shape comes back as it was written", "", std::uint8_t,
                   std::int8_t, std::int16_t, std::int32_t, float, double) {
  const std::vector<Index> shape =
      GENERATE(as<std::vector<Index>>{}, std::vector<Index>{}, std::vector<Index>{1},
               std::vector<Index>{5}, std::vector<Index>{2, 3}, std::vector<Index>{4, 1, 3},
               std::vector<Index>{2, 3, 4, 5}, std::vector<Index>{10'001},
               std::vector<Index>(255, 1), std::vector<Index>{0}, std::vector<Index>{0, 28, 28},
               std::vector<Index>{3, 0}, std::vector<Index>{0, 4294967295, 4294967295, 4294967295});
  const std::string name = GENERATE("array", "array.gz");
  const auto written = example<TestType>(shape);
  write_idx(folder / name, written);
  CHECK(same(read_idx<TestType>(folder / name), written));

  const ridge::AnyIdx any = read_idx(folder / name);
  REQUIRE(std::holds_alternative<Idx<TestType>>(any));
  CHECK(same(std::get<Idx<TestType>>(any), written));
}

TEST_CASE("the bytes of each type are big-endian") {
  const auto scalar = [](auto value, const std::string& bytes) {
    using T = decltype(value);
    CHECK(read_idx<T>(put(bytes)).values(0) == value);
    write_idx(folder / "file", Idx<T>{{}, ridge::Matrix<T>::Constant(1, 1, value)});
    CHECK(test::read_file(folder / "file") == bytes);
  };
  scalar(std::uint8_t{0xfe}, "\0\0\x08\0\xfe"s);
  scalar(std::int8_t{-2}, "\0\0\x09\0\xfe"s);
  scalar(std::int16_t{-2}, "\0\0\x0b\0\xff\xfe"s);
  scalar(std::int16_t{0x0102}, "\0\0\x0b\0\1\2"s);
  scalar(std::int32_t{0x01020304}, "\0\0\x0c\0\1\2\3\4"s);
  scalar(std::int32_t{-16}, "\0\0\x0c\0\xff\xff\xff\xf0"s);
  scalar(-0.15625f, "\0\0\x0d\0\xbe\x20\0\0"s);
  scalar(-0.15625, "\0\0\x0e\0\xbf\xc4\0\0\0\0\0\0"s);
}

TEST_CASE("an entry of the outermost dimension is a column") {
  check_small(read_idx<std::int16_t>(put(small)));
  write_idx(folder / "again", read_idx<std::int16_t>(put(small)));
  CHECK(test::read_file(folder / "again") == small);
}

TEST_CASE("gzip is told by content when reading, and by name when writing") {
  check_small(read_idx<std::int16_t>(put(gzip(small), "small")));
  check_small(read_idx<std::int16_t>(put(small, "small.gz")));
  check_small(read_idx<std::int16_t>(put(gzip(small.substr(0, 7)) + gzip(small.substr(7)))));

  const auto idx = read_idx<std::int16_t>(put(small));
  write_idx(folder / "small.gz.idx", idx);
  CHECK(test::read_file(folder / "small.gz.idx") == small);
  write_idx(folder / "small.gz", idx);
  const std::string zipped = test::read_file(folder / "small.gz");
  CHECK(zipped.substr(0, 8) == "\x1f\x8b\x08\0\0\0\0\0"s);  // deflate, no name, no time
  CHECK(zipped == gzip(small));
}

TEST_CASE("a file cut off anywhere is refused, plain or gzipped") {
  const std::string whole = GENERATE(as<std::string>{}, small, gzip(small));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto path = put(whole.substr(0, size));
    CHECK(contains(message_of<FormatError>([&] { read_idx<std::int16_t>(path); }), "truncated"));
    CHECK(contains(message_of<FormatError>([&] { read_idx(path); }), "download it again"));
  }
}

TEST_CASE("a truncated file says what its header promises and how much there is") {
  const auto message = [](const std::string& bytes) {
    return message_of<FormatError>([&] { read_idx<std::int16_t>(put(bytes)); });
  };
  CHECK(contains(message(small.substr(0, 3)),
                 "file: at byte 3: the file ends after 3 of the 4 bytes of the IDX magic number"));
  CHECK(contains(message(small.substr(0, 9)),
                 "at byte 9: the file ends after 5 of the 8 bytes of the extents of 2 dimensions"));
  CHECK(
      contains(message(small.substr(0, 21)),
               "at byte 4: the header promises 2 x 3 values of int16, 12 bytes, but at most 9 can "
               "follow it: the file is truncated or damaged"));
  CHECK(contains(message(gzip(small.substr(0, 21))),
                 "at byte 21: the file ends after 9 of the 12 bytes of 2 x 3 values of int16"));
}

TEST_CASE("bytes after the last value are an error") {
  CHECK(contains(message_of<FormatError>([] { read_idx(put(small + "abc")); }),
                 "file: at byte 24: the content should end here, but 3 bytes follow"));
  CHECK(contains(message_of<FormatError>([] { read_idx(put(gzip(small + "abc"))); }),
                 "file: at byte 24: the content should end here, but more bytes follow"));
  CHECK(contains(message_of<FormatError>([] { read_idx(put(gzip(small) + "abc")); }),
                 "but 3 bytes that are not gzip follow"));
}

TEST_CASE("damage to a gzipped file is noticed, or does not matter") {
  const std::string whole = gzip(small);
  int harmless = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      CAPTURE(i, flip);
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      try {
        check_small(read_idx<std::int16_t>(put(damaged)));
        ++harmless;
        CHECK(i >= 3);  // flags, time, extra flags and system: only those of the header
      } catch (const FormatError& error) {
        CHECK(error.offset() <= small.size() + 1);
      }
    }
  }
  CHECK(harmless >= 6 * 9);          // time, extra flags and system mean nothing
  CHECK(harmless <= 6 * 9 + 9 + 9);  // some flags, and bits that pad the deflate stream
}

TEST_CASE("a header that promises more than the file can hold is refused before any allocation") {
  const auto extents =
      GENERATE(as<std::string>{}, std::string(4 * 255, '\xff'), "\x7f\xff\xff\xff\x7f\xff\xff\xff"s,
               "\x80\0\0\0\x80\0\0\0\0\0\0\4"s, "\xff\xff\xff\xff"s,
               "\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xff"s);
  const auto type = GENERATE(as<std::string>{}, "\x08", "\x0e");
  const std::string bytes =
      "\0\0"s + type + static_cast<char>(extents.size() / 4) + extents + std::string(100, 'x');
  const std::string content = GENERATE_COPY(as<std::string>{}, bytes, gzip(bytes));
  CAPTURE(bytes);

  const auto path = put(content);
  const auto begin = std::chrono::steady_clock::now();
  const std::string message = message_of<FormatError>([&] { read_idx(path); });
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(100));
  CHECK(contains(message, "file: at byte 4: the header promises "));
  CHECK(contains(message, "can follow it: the file is truncated or damaged"));
  CHECK(message.size() < 500);
}

TEST_CASE("what is not IDX says so") {
  const auto message = [](const std::string& bytes) {
    return message_of<FormatError>([&] { read_idx(put(bytes)); });
  };
  CHECK(contains(message("<!DOCTYPE html>"),
                 "file: at byte 0: not an IDX file: expected the bytes 00 00, a type of 08, "));
  CHECK(contains(message("<!DOCTYPE html>"),
                 "got 3c 21 44 4f; if it was downloaded, it may be an "
                 "error page"));
  CHECK(contains(message("\0\0\x0a\x01"s), "got 00 00 0a 01"));
  CHECK(contains(message("\0\0\x0f\x01"s), "not an IDX file"));
  CHECK(contains(message("\0\1\x08\x01"s), "not an IDX file"));
  CHECK(contains(message("\1\0\x08\x01"s), "not an IDX file"));
}

TEST_CASE("another element type is refused, and both are named") {
  CHECK(contains(message_of<FormatError>([] { read_idx<float>(put(small)); }),
                 "file: at byte 2: expected elements of float, got int16; read_idx(path) reads any "
                 "type"));
}

TEST_CASE("what cannot be opened is a FileError") {
  CHECK(contains(message_of<FileError>([] { read_idx(folder.path()); }), "is a folder"));
  CHECK(contains(message_of<FileError>([] { read_idx<float>(folder / "missing"); }),
                 "missing: cannot be opened: No such file"));
}

TEST_CASE("what IDX cannot hold is refused, and nothing is written") {
  const auto message = [](std::vector<Index> shape, Index size) {
    Idx<float> idx{std::move(shape), ridge::Matrix<float>::Zero(1, size)};
    return message_of<ShapeError>([&] { write_idx(put(small, "old"), idx); });
  };
  CHECK(contains(message({2, 3}, 5), "the shape 2 x 3 makes 6 values, got 5"));
  CHECK(contains(message({}, 2), "the shape 1 makes 1 values, got 2"));
  CHECK(contains(message({2, -3}, 6), "an extent of IDX is 0 to 4294967295, got -3"));
  CHECK(contains(message({4294967296}, 1), "an extent of IDX is 0 to 4294967295, got 4294967296"));
  CHECK(contains(message(std::vector<Index>(256, 1), 1), "at most 255 dimensions, got 256"));
  CHECK(test::read_file(folder / "old") == small);
}

TEST_CASE("a file that cannot be written is a FileError") {
  const auto message = [](const std::filesystem::path& path, Index size) {
    const Idx<double> idx{{size}, ridge::Matrix<double>::Random(1, size)};
    return message_of<FileError>([&] { write_idx(path, idx); });
  };
  const Index size = GENERATE(1, 100'000);  // seen on closing, and on the way
  CHECK(contains(message(folder / "missing" / "array", size), "No such file"));
  CHECK(contains(message(folder / "missing" / "array.gz", size), "No such file"));
  CHECK(contains(message(folder.path(), size), "Is a directory"));
  if (std::filesystem::exists("/dev/full")) {
    std::filesystem::remove(folder / "full.gz");
    std::filesystem::create_symlink("/dev/full", folder / "full.gz");
    CHECK(contains(message("/dev/full", size), "/dev/full: cannot be written: No space left"));
    CHECK(contains(message(folder / "full.gz", size), "full.gz: cannot be written: No space left"));
  }
}

static_assert(ridge::IdxElement<std::uint8_t> && ridge::IdxElement<double>);
static_assert(!ridge::IdxElement<std::uint16_t> && !ridge::IdxElement<bool> &&
              !ridge::IdxElement<std::int64_t> && !ridge::IdxElement<const float>);
