#pragma once

#include <algorithm>

#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>

// How threads share work: in parts that begin at the same places in every kernel, so that a thread
// finds in its own cache most of what it worked on before.
namespace ridge::detail {

/// Threads share columns, which are samples or features, in stripes of whole tiles, so that it does
/// not depend on the number of threads which elements are finished together.
inline constexpr Index stripe = 24;

/// The multiplications, each with an addition, of a product.
inline double work_of(Index rows, Index depth, Index cols) {
  return static_cast<double>(rows) * static_cast<double>(depth) * static_cast<double>(cols);
}

/// How many threads are worth waking for so much work.
inline int workers(double work) {
  constexpr double least = 500e3;  // for each: some microseconds
  if (work < 2 * least) return 1;
  return static_cast<int>(
      std::min<double>(work / least, std::min(Team::shared().size(), Job::most_tasks)));
}

/// Units of work in a part for each thread, and a part in pieces that get smaller: a job's tasks,
/// part by part. Processors are not equally fast, and none is at all times, so who is done with its
/// own part takes pieces that another thread has not begun.
class Shares {
 public:
  /// Of `units` units for so many threads at most; a single task for one.
  Shares(Index units, int threads) : units_(units) {
    parts_ = static_cast<int>(std::min<Index>(units, threads));
    if (parts_ < 2) return;
    const Index in_part = units / parts_;
    in_part_ = std::min(in_part >= 8 ? 3 : in_part >= 2 ? 2 : 1, Job::most_tasks / parts_);
  }

  int tasks() const { return parts_ * in_part_; }

  /// The first unit of a task, and so the end of the one before it.
  Index begin(int task) const {
    constexpr int eighths[] = {0, 5, 7};
    const Index part = task / in_part_, first = units_ * part / parts_;
    const Index size = units_ * (part + 1) / parts_ - first;
    return first + (size * eighths[task % in_part_] + 4) / 8;
  }

 private:
  Index units_;
  int parts_ = 1, in_part_ = 1;
};

/// Calls f(thread, from, to) for pieces of [0, size) that begin at multiples of `unit`, by at most
/// `count` threads, each with its number below that; not at all for a size of 0. A single thread
/// gets the whole of it in the same way, so that f is compiled once.
template <class F>
void share_among(int count, Index size, Index unit, const F& f) {
  struct Context {
    Shares shares;
    Index size, unit;
    const F* f;
  };
  const Context all{Shares((size + unit - 1) / unit, count), size, unit, &f};
  const auto call = [](const void* context, int task, int thread) {
    const auto& [shares, end, step, g] = *static_cast<const Context*>(context);
    (*g)(thread, shares.begin(task) * step, std::min(end, shares.begin(task + 1) * step));
  };
  Team::shared().run(all.shares.tasks(), count, call, &all);
}

/// The same by as many threads as the work is worth. Their number may be another one the next
/// time, since `set_threads` may be called meanwhile: memory for threads needs `share_among`.
template <class F>
void share(Index size, Index unit, double work, const F& f) {
  share_among(workers(work), size, unit, f);
}

}  // namespace ridge::detail
