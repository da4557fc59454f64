// Claims of one process to a folder or a file.
#include <filesystem>
#include <optional>
#include <utility>

#include <ridge/io/process_lock.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

#ifdef __unix__

namespace {

namespace fs = std::filesystem;
using namespace ridge;
using detail::ProcessLock;

TEST_CASE("a folder is claimed once at a time", "[files]") {
  const test::TemporaryFolder folder;
  std::optional<ProcessLock> first = ProcessLock::of_folder(folder.path());
  CHECK(!first->refused());
  CHECK(ProcessLock::of_folder(folder.path()).refused());
  first.reset();
  CHECK(!ProcessLock::of_folder(folder.path()).refused());
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a file is claimed once at a time, by whatever name, and nothing of it stays",
          "[files]") {
  const test::TemporaryFolder folder;
  test::write_file(folder / "file", "1");
  fs::create_symlink("file", folder / "link");
  ProcessLock first = ProcessLock::of_file(folder / "link");
  CHECK(!first.refused());
  CHECK(ProcessLock::of_file(folder / "file").refused());
  CHECK(!ProcessLock::of_file(folder / "other").refused());
  CHECK(fs::exists(folder / ".file.ridge-lock"));  // those that are refused leave it
  ProcessLock moved = std::move(first);
  CHECK(ProcessLock::of_file(folder / "file").refused());
  moved = {};
  CHECK(!fs::exists(folder / ".file.ridge-lock"));
  CHECK(!ProcessLock::of_file(folder / "file").refused());
}

TEST_CASE("what a killed process has left is claimed, and another's claim is left alone",
          "[files]") {
  const test::TemporaryFolder folder;
  const fs::path lock = folder / ".file.ridge-lock";
  test::write_file(lock, "");
  std::optional<ProcessLock> first = ProcessLock::of_file(folder / "file");
  CHECK(!first->refused());
  fs::remove(lock);  // by hand, though it is held: the next one makes its own
  const ProcessLock second = ProcessLock::of_file(folder / "file");
  CHECK(!second.refused());
  first.reset();
  CHECK(fs::exists(lock));
  CHECK(ProcessLock::of_file(folder / "file").refused());
}

TEST_CASE("without a folder to write in nobody is refused", "[files]") {
  const test::TemporaryFolder folder;
  CHECK(!ProcessLock::of_file(folder / "none" / "file").refused());
  CHECK(!ProcessLock::of_folder(folder / "none").refused());
}

}  // namespace

#endif
