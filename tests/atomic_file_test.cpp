#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <ridge/io/atomic_file.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

#ifndef _WIN32
#include <sys/stat.h>
#endif

namespace fs = std::filesystem;
using ridge::AtomicFile;
using ridge::FileError;

namespace {

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string get(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void save(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

auto entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a committed file has what was written, and nothing else is left") {
  const test::TemporaryFolder folder;
  const std::string old = GENERATE("nothing", "", "what was there before");
  if (old != "nothing") put(folder / "file", old);
  {
    AtomicFile file(folder / "file");
    file.write(std::string_view("one\0", 4));
    file.write(std::string_view());
    file.write(std::string(3'000'000, 'x'));
    file.commit();
  }
  CHECK(get(folder / "file") == std::string("one\0", 4) + std::string(3'000'000, 'x'));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("until the commit the old file is what it was, and without one it stays") {
  const test::TemporaryFolder folder;
  put(folder / "old", "old");
  {
    AtomicFile replaced(folder / "old"), added(folder / "new");
    replaced.write(std::string(100'000, 'x'));
    added.write("new");
    CHECK(get(folder / "old") == "old");
    CHECK_FALSE(fs::exists(folder / "new"));
  }
  CHECK(get(folder / "old") == "old");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("two writers of one file do not meet, and what another run left is not touched") {
  const test::TemporaryFolder folder;
  put(folder / ".ridge-0.tmp", "left");
  AtomicFile first(folder / "file"), second(folder / "file");
  first.write("first");
  second.write("second");
  second.commit();
  CHECK(get(folder / "file") == "second");
  first.commit();
  CHECK(get(folder / "file") == "first");
  CHECK(get(folder / ".ridge-0.tmp") == "left");
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("a writer that is done leaves the next one's temporary alone") {
  const test::TemporaryFolder folder;
  std::optional<AtomicFile> first(folder / "file");
  first->write("first");
  first->commit();
  AtomicFile second(folder / "file");
  second.write("second");
  first.reset();
  second.commit();
  CHECK(get(folder / "file") == "second");
}

TEST_CASE("a missing folder is named") {
  const test::TemporaryFolder folder;
  const std::string message =
      test::message_of<FileError>([&] { AtomicFile(folder / "runs" / "model"); });
  CHECK(test::contains(message, (folder / "runs" / "model").string() + ": cannot write in"));
  CHECK(test::contains(message, "the folder " + (folder / "runs").string() + ": No such file"));
  CHECK_THROWS_AS(save("", "text"), FileError);
}

TEST_CASE("a folder is not replaced by a file") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "model");
  CHECK(test::contains(test::message_of<FileError>([&] { AtomicFile(folder / "model"); }),
                       "model: cannot be written: Is a directory"));
}

TEST_CASE("a commit that fails leaves no temporary") {
  const test::TemporaryFolder folder;
  {
    AtomicFile file(folder / "model");
    fs::create_directory(folder / "model");
    CHECK(test::contains(test::message_of<FileError>([&] { file.commit(); }),
                         "model: cannot be replaced: "));
  }
  CHECK(fs::is_directory(folder / "model"));
  CHECK(entries(folder.path()) == 1);
}

#ifndef _WIN32

TEST_CASE("a file's name alone is a file in the working folder") {
  const test::TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  CHECK_NOTHROW(save("file", "text"));
  fs::current_path(before);
  CHECK(get(folder / "file") == "text");
}

TEST_CASE("a symbolic link stays one, and what it points to is written") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "data");
  const bool exists = GENERATE(true, false);
  if (exists) put(folder / "data" / "model", "old");
  fs::create_symlink("data/model", folder / "relative");
  fs::create_symlink(folder / "relative", folder / "absolute");
  save(folder / "absolute", "new");
  CHECK(fs::is_symlink(folder / "absolute"));
  CHECK(fs::is_symlink(folder / "relative"));
  CHECK(get(folder / "data" / "model") == "new");
  CHECK(entries(folder / "data") == 1);

  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK_THROWS_AS(AtomicFile(folder / "a"), FileError);
}

TEST_CASE("a file keeps its permissions") {
  const test::TemporaryFolder folder;
  put(folder / "file", "old");
  fs::permissions(folder / "file", fs::perms(0600));
  save(folder / "file", "new");
  CHECK(fs::status(folder / "file").permissions() == fs::perms(0600));
}

TEST_CASE("a write-protected file is not replaced") {
  const test::TemporaryFolder folder;
  put(folder / "file", "old");
  fs::permissions(folder / "file", fs::perms(0400));
  if (std::ofstream(folder / "file", std::ios::app)) return;  // root may do anything
  CHECK(test::contains(test::message_of<FileError>([&] { AtomicFile(folder / "file"); }),
                       "file: cannot be replaced: Permission denied"));
  CHECK(get(folder / "file") == "old");
}

TEST_CASE("a full disk is an error at the latest on commit") {
  if (!fs::exists("/dev/full")) return;
  const auto size = GENERATE(std::size_t{1}, std::size_t{1'000'000});
  CHECK(test::contains(
      test::message_of<FileError>([&] { save("/dev/full", std::string(size, 'x')); }),
      "/dev/full: cannot be written: No space left on device"));
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("a pipe is written into, not replaced") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  save(path, "text");
  char text[8] = {};
  CHECK(::read(reader, text, sizeof text) == 4);
  ::close(reader);
  CHECK(std::string(text) == "text");
  CHECK(fs::is_fifo(path));
}

#endif
