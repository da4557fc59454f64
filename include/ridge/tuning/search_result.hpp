#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/io/atomic_file.hpp>
#include <ridge/tuning/edges.hpp>
#include <ridge/tuning/trial.hpp>

namespace ridge {

namespace detail {

/// The better one of two trials that did not fail: trained for longer, or else with the smaller
/// value, or else the first.
inline bool is_better(const FinishedTrial& a, const FinishedTrial& b) {
  if (a.epochs != b.epochs) return a.epochs > b.epochs;
  return a.value != b.value ? a.value < b.value : a.number < b.number;
}

/// The best one; null if none has a value.
inline const FinishedTrial* best_of(const std::vector<FinishedTrial>& trials) {
  const FinishedTrial* best = nullptr;
  for (const FinishedTrial& trial : trials)
    if (!trial.failed() && (!best || is_better(trial, *best))) best = &trial;
  return best;
}

}  // namespace detail

/// What a search came to.
struct SearchResult {
  std::vector<FinishedTrial> trials;  ///< in the order of their numbers
  bool interrupted = false;           ///< whether there would have been more

  /// The trial with the smallest value, of those that were trained for the most epochs.
  /// @throws ValueError if no trial has a value
  const FinishedTrial& best() const {
    const FinishedTrial* best = detail::best_of(trials);
    if (!best)
      throw ValueError(trials.empty() ? "SearchResult: no trial has ended"
                                      : "SearchResult: all trials failed, the first one with: " +
                                            trials.front().failure);
    return *best;
  }

  /// Which numbers of the best trial are at an end of their range, a sentence a line: then a wider
  /// range may have a better one. Empty if none is, and if no trial has a value.
  std::string edge_warning() const {
    const FinishedTrial* const its_best = detail::best_of(trials);
    return its_best ? detail::edge_warning(*its_best) : "";
  }

  /// Writes a table with a line for each trial, numbers with every digit.
  /// @throws FileError if the file cannot be written
  void write_csv(const std::filesystem::path& path) const {
    std::string table = "trial,candidate,epochs";
    if (!trials.empty()) {
      const SearchSpace& space = trials.front().parameters.space();
      for (std::size_t i = 0; i < space.size(); ++i)
        table += "," + detail::csv_field(space[i].name);
    }
    table += ",value,standard_error,seconds,failure\n";
    for (const FinishedTrial& trial : trials) {
      table += detail::text(trial.number, ",", trial.candidate, ",", trial.epochs);
      const SearchSpace& space = trial.parameters.space();
      for (std::size_t i = 0; i < space.size(); ++i)
        table += "," + detail::csv_field(trial[space[i].name].text());
      table += "," + (trial.failed() ? "" : detail::csv_field(trial.value)) + "," +
               detail::csv_field(trial.standard_error) + "," + detail::csv_field(trial.seconds) +
               "," + detail::csv_field(trial.failure) + "\n";
    }
    AtomicFile file(path);
    file.write(table);
    file.commit();
  }
};

}  // namespace ridge
