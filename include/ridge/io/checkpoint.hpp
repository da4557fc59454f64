#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ridge/core/build.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/terminal.hpp>
#include <ridge/io/atomic_file.hpp>
#include <ridge/io/process_lock.hpp>
#include <ridge/io/state.hpp>

namespace ridge {

/// A callback that saves a run as it goes on, so that another process can go on with it and end
/// with the same bits: weights, what the optimizer remembers, random generators, the place in the
/// epoch, reports, and the state of other callbacks such as `EarlyStopping`.
///
///     fit(net, objective, sgd, data, {.epochs = 100}, StopOnSignal{},
///         Checkpoint{"run1", {.resume = true}});
///
/// Hyperparameters, data and callbacks are not in a checkpoint: give `fit` the same again. It finds
/// out if network, optimizer, order of samples or callbacks have changed. The number of epochs and
/// of threads, learning rates and penalties may be others.
///
/// A checkpoint is a file `checkpoint-N.safetensors` after N steps, which `load_weights` reads too.
/// The newest stay, and beside them that of which the last epoch that had ended has the lowest loss
/// of all that there are, in the validation or, without one, in training: where a run that diverges
/// can be taken up. A file gets its name only when it is whole and on the disk. One that cannot be
/// written later than at the beginning does not stop the run: a message says so, and those before
/// it stay. One that is refused while an older one is taken is renamed, with ".refused" at its end.
class Checkpoint {
 public:
  /// When to save, how much to keep, and whether to go on.
  struct Options {
    std::int64_t every_steps = 0;  ///< save after so many steps; 0 is never for their sake
    double every_minutes = 1;      ///< save after so many minutes; 0 is never for their sake
    int keep = 3;                  ///< how many of the newest stay, beside that of the best epoch
    bool resume = false;           ///< go on from the newest whole one, if there is any
    std::FILE* messages = stderr;  ///< where to say what is worth saying; null: nowhere
  };

  /// @param folder made when the run begins, if it is not there; one run's alone
  /// @throws ValueError for options outside their domain
  explicit Checkpoint(std::filesystem::path folder) : Checkpoint(std::move(folder), Options{}) {}
  Checkpoint(std::filesystem::path folder, Options options)
      : folder_(std::move(folder)), options_(options) {
    if (options.every_steps < 0)
      throw ValueError(
          detail::text("Checkpoint: every_steps must be at least 0, got ", options.every_steps));
    detail::require_non_negative(options.every_minutes, "Checkpoint: every_minutes");
    if (options.keep < 1)
      throw ValueError(detail::text("Checkpoint: keep must be at least 1, got ", options.keep));
  }

  /// The newest that this run has written or begun from; empty if there is none.
  const std::filesystem::path& last() const { return last_; }

  /// Why the newest that was to be written was not; empty if it was.
  const std::string& failure() const { return failure_; }

  /// @throws FileError  if the folder cannot be made or read
  /// @throws ValueError if another process has a run in it; if there are checkpoints and the
  ///         options do not ask for them; or if they do and none can be resumed from, or the run
  ///         has had more epochs than are asked for
  template <class R>
  void resume(R& run) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw FileError(folder_.string(), "cannot be made: " + error.message());
    lock_ = {};
    lock_ = detail::ProcessLock::of_folder(folder_);
    if (lock_.refused())
      throw ValueError(folder_.string() + ": another run is saving its checkpoints here");
    last_.clear();
    failure_.clear();
    saved_.reset();
    time_ = Clock::now();
    const std::vector<Found> found = look(error);
    if (error) throw FileError(folder_.string(), "cannot be read: " + error.message());
    // A folder that cannot be written is found now, not later.
    [[maybe_unused]] const AtomicFile probe(path_of(0));
    if (found.empty()) {
      remove_unfinished();
      if (options_.resume)
        say("No checkpoint in " + folder_.string() + " yet: the run begins anew");
      return;
    }
    if (!options_.resume)
      throw ValueError(folder_.string() +
                       ": there are checkpoints of a run here. Resume it (.resume = true), take "
                       "another folder, or remove them");
    resume_from_newest(run, found);
    remove_unfinished();
    run.resumed = true;
  }

  template <class R>
  void record(R& run) {
    const Place place{run.epoch, run.step, steps_done(run)};
    if (saved_ != place && (!saved_ || run.ended() || is_due(place))) save(run, place);
    if (run.interrupted)
      say(detail::text("Interrupted ", where(run), ". The newest checkpoint is ", last_.string(),
                       "; resume to go on"));
  }

  template <class R>
  void end(R&) {
    lock_ = {};
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Place {
    int epoch;
    Index step;
    std::int64_t steps;  // in all
    friend bool operator==(const Place&, const Place&) = default;
  };

  struct Found {
    std::int64_t steps;
    std::filesystem::path path;
  };

  template <class R>
  static std::int64_t steps_done(const R& run) {
    return (std::int64_t{run.epoch} - run.options.first_epoch) * run.steps + run.step;
  }

  std::filesystem::path path_of(std::int64_t steps) const {
    std::string digits = std::to_string(steps);
    digits.insert(0, digits.size() < 9 ? 9 - digits.size() : 0, '0');
    return folder_ / ("checkpoint-" + digits + ".safetensors");
  }

  /// The folder's checkpoints, the newest first.
  std::vector<Found> look(std::error_code& error) const {
    std::vector<Found> found;
    for (std::filesystem::directory_iterator entry(folder_, error), none; !error && entry != none;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const std::size_t dash = name.find('-'), dot = name.find('.');
      if (dash == name.npos || dot == name.npos || dot < dash) continue;
      const std::string digits = name.substr(dash + 1, dot - dash - 1);
      if (digits.empty() || digits.size() > 18 ||
          digits.find_first_not_of("0123456789") != digits.npos)
        continue;
      const std::int64_t steps = std::stoll(digits);
      if (path_of(steps).filename() == name) found.push_back({steps, entry->path()});
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.steps > b.steps; });
    return found;
  }

  /// E.g. `in epoch 3 after step 6 of 7`.
  template <class R>
  static std::string where(const R& run) {
    if (run.epoch > run.options.first_epoch && run.step == 0)
      return detail::text("after epoch ", run.epoch - 1);
    return detail::text("in epoch ", run.epoch, " after step ", run.step, " of ", run.steps);
  }

  template <class R>
  void resume_from_newest(R& run, const std::vector<Found>& found) {
    std::vector<std::string> refusals;
    bool damaged = false;  // the newest
    for (const Found& each : found) try {
        const std::string build = load_state(each.path, run);
        saved_ = Place{run.epoch, run.step, steps_done(run)};
        last_ = each.path;
        for (std::size_t i = 0; i < refusals.size(); ++i) {
          set_aside(found[i].path);
          say("Cannot resume from " + refusals[i]);
        }
        if (run.ended() && run.epoch <= run.last_epoch())
          say("The run of " + last_.string() + " was ended by a callback " + where(run) +
              ", and nothing is left to do. To train on, begin another one with its weights, by "
              "load_weights");
        else if (run.ended())
          say("The run of " + last_.string() + " has ended, and nothing is left to do");
        else
          say("Resuming from " + last_.string() + ", " + where(run));
        if (build != build_description())
          say("It was written by another build, so the last bits may differ from those of a run "
              "without a pause: " +
              build + "; this is " + build_description());
        return;
      } catch (const FileError&) {
        throw;  // it may be whole, and be read the next time
      } catch (const FormatError& error) {
        damaged = damaged || refusals.empty();
        refusals.emplace_back(error.what());
      } catch (const Error& error) {
        // A run that has come further than is asked for stays as it is.
        if (each.steps > run.options.epochs * run.steps) throw;
        refusals.emplace_back(error.what());
      }
    throw ValueError(detail::text(
        folder_.string(),
        ": none of the checkpoints here can be resumed from. The newest: ", refusals[0],
        damaged ? ". It is damaged: take another folder, or remove it"
                : ". Give fit what that run had, or take another folder"));
  }

  /// Keeps what may be of use to the user out of the run's way.
  static void set_aside(const std::filesystem::path& refused) {
    std::error_code ignored;
    std::filesystem::rename(refused, refused.string() + ".refused", ignored);
  }

  /// What a process that was killed has left behind: AtomicFile's `.ridge-N.tmp`.
  void remove_unfinished() const {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder_, error), none; !error && entry != none;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      constexpr std::string_view head = ".ridge-", tail = ".tmp";
      if (name.size() <= head.size() + tail.size() || !name.starts_with(head) ||
          !name.ends_with(tail) ||
          name.find_first_not_of("0123456789", head.size()) != name.size() - tail.size())
        continue;
      std::error_code ignored;
      std::filesystem::remove(entry->path(), ignored);
    }
  }

  bool is_due(const Place& place) const {
    if (options_.every_steps > 0 && place.steps - saved_->steps >= options_.every_steps)
      return true;
    return options_.every_minutes > 0 &&
           Clock::now() - time_ >= std::chrono::duration<double>(60 * options_.every_minutes);
  }

  template <class R>
  void save(R& run, const Place& place) {
    run.trainer.require_finite();  // what has diverged is not worth going on with
    const bool first = !saved_;
    time_ = Clock::now();
    try {
      std::error_code ignored;  // the folder may have gone
      std::filesystem::create_directories(folder_, ignored);
      save_state(path_of(place.steps), run);
      last_ = path_of(place.steps);
      failure_.clear();
    } catch (const FileError& error) {
      if (first) throw;  // nothing is lost yet, and it may be a mistake
      if (failure_.empty())
        say(detail::text("Cannot save a checkpoint: ", error.what(),
                         ". The newest that is safe is ", last_.string()));
      failure_ = error.what();
    }
    saved_ = place;
    if (failure_.empty()) remove_old(run, place.steps);
  }

  template <class R>
  void remove_old(const R& run, std::int64_t newest) const {
    std::error_code ignored;
    std::vector<Found> found = look(ignored);
    std::erase_if(found, [&](const Found& each) {
      return each.steps > newest;  // of a run that had come further, and was damaged
    });
    // The loss of the last epoch that had ended; the earliest of equals, being the last looked at.
    const bool validated = std::any_of(run.reports.begin(), run.reports.end(),
                                       [](const auto& report) { return report.validation; });
    const Found* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const Found& each : found) {
      const std::int64_t epochs = run.steps > 0 ? each.steps / run.steps : 0;
      if (epochs < 1 || epochs > static_cast<std::int64_t>(run.reports.size())) continue;
      const auto& report = run.reports[static_cast<std::size_t>(epochs - 1)];
      if (validated && !report.validation) continue;
      const double loss = validated ? report.validation->loss : report.train_loss;
      if (loss <= least) {
        best = &each;
        least = loss;
      }
    }
    int kept = 0;
    for (const Found& each : found)
      if (++kept > options_.keep && &each != best) std::filesystem::remove(each.path, ignored);
  }

  void say(const std::string& what) const {
    if (!options_.messages) return;
    const char* bar = detail::is_terminal(options_.messages) ? detail::erase_line : "";
    std::fprintf(options_.messages, "%s%s.\n", bar, what.c_str());
    std::fflush(options_.messages);
  }

  std::filesystem::path folder_, last_;
  Options options_;
  std::string failure_;
  detail::ProcessLock lock_;
  std::optional<Place> saved_;  // or tried
  Clock::time_point time_;
};

}  // namespace ridge
