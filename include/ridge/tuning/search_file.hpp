#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <ridge/core/build.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/terminal.hpp>
#include <ridge/io/process_lock.hpp>
#include <ridge/io/state.hpp>
#include <ridge/tuning/search_run.hpp>

namespace ridge {

/// A callback that saves a search after each trial, so that another process can go on with it and
/// end with the same trials as if it had never stopped.
///
///     search.run(objective, StopOnSignal{}, SearchFile{"lambda.search", {.resume = true}});
///
/// The objective comes from the program: give the same again. Kind of search, space, seed and
/// what else proposals depend on are compared, and another one is refused by name; the number of
/// trials and of threads may be others. Trials that were running when the process ended are made
/// again from their beginning. A file is of one search, and of one process at a time: while it has
/// the file, there is a hidden `.NAME.ridge-lock` beside it.
class SearchFile {
 public:
  /// Whether to go on, and where to say what was found.
  struct Options {
    bool resume = false;           ///< go on from the file, if it is there
    std::FILE* messages = stderr;  ///< where to say what is worth saying; null: nowhere
  };

  /// @throws ValueError if the path is empty
  explicit SearchFile(std::filesystem::path path) : SearchFile(std::move(path), Options{}) {}
  SearchFile(std::filesystem::path path, Options options)
      : path_(std::move(path)), options_(options) {
    if (path_.empty()) throw ValueError("SearchFile: the path is empty; give the file a name");
  }

  /// Why the newest state was not written; empty if it was.
  const std::string& failure() const { return failure_; }

  /// @throws FileError   if the file cannot be read or written
  /// @throws FormatError if it is damaged, or no file of a search
  /// @throws ValueError  if another process has it, if it is of another search, if it is there and
  ///         the options do not ask for it, or if it is a folder
  void resume(SearchRun& run) {
    std::error_code error;
    if (std::filesystem::is_directory(path_, error))
      throw ValueError(path_.string() + ": is a folder; give the search a file of its own");
    lock_ = {};
    lock_ = detail::ProcessLock::of_file(path_);
    if (lock_.refused())
      throw ValueError(path_.string() +
                       ": another search is being saved here. Wait until it has ended, or take "
                       "another file");
    failure_.clear();
    saved_ = false;
    if (!std::filesystem::exists(path_, error)) return;
    if (!options_.resume)
      throw ValueError(path_.string() +
                       ": there is a search here. Resume it (.resume = true), take another file, "
                       "or remove it");
    const std::string build = load(run);
    run.resumed = true;
    if (build != build_description())
      say("The search in " + path_.string() +
          " was begun by another build, so proposals may differ from those of a search without a "
          "pause: " +
          build + "; this is " + build_description());
  }

  /// A file that cannot be written later than at the beginning does not stop the search.
  void record(SearchRun& run) {
    try {
      save_state(path_, run);
      failure_.clear();
    } catch (const FileError& error) {
      if (!saved_) throw;  // nothing is lost yet, and it may be a mistake
      if (failure_.empty())
        say(std::string("Cannot save the search: ") + error.what() +
            ". The file has the trials before");
      failure_ = error.what();
    }
    saved_ = true;
  }

  void end(SearchRun&) { lock_ = {}; }

 private:
  std::string load(SearchRun& run) const {
    try {
      return load_state(path_, run);
    } catch (const ValueError& error) {
      throw ValueError(error.what() +
                       std::string(". Give the search what that one had, or take another file"));
    }
  }

  void say(const std::string& what) const {
    if (!options_.messages) return;
    const char* bar = detail::is_terminal(options_.messages) ? detail::erase_line : "";
    std::fprintf(options_.messages, "%s%s.\n", bar, what.c_str());
    std::fflush(options_.messages);
  }

  std::filesystem::path path_;
  Options options_;
  std::string failure_;
  bool saved_ = false;
  detail::ProcessLock lock_;
};

}  // namespace ridge
