#pragma once

#include <algorithm>

#include <ridge/core/threads.hpp>
#include <ridge/core/types.hpp>

// How threads share work: in parts that begin at the same places in every kernel, so that a thread
// finds in its own cache what it worked on before.
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

/// The first of `units` units that belongs to a part, of `parts` that are as equal as can be.
constexpr Index begin_of(Index part, Index parts, Index units) { return units * part / parts; }

/// Calls f(part, from, to) for at most `count` parts of [0, size) that begin at multiples of
/// `unit`; none of a size of 0. A single part is called in the same way, so that f is compiled
/// once.
template <class F>
void share_among(int count, Index size, Index unit, const F& f) {
  const Index units = (size + unit - 1) / unit;
  const auto parts = static_cast<int>(std::min<Index>(units, count));
  Team::shared().run(parts, [&](int part) {
    f(part, begin_of(part, parts, units) * unit,
      std::min(size, begin_of(part + 1, parts, units) * unit));
  });
}

/// The same for as many parts as the work is worth threads. Their number may be another one the
/// next time, since `set_threads` may be called meanwhile: memory for parts needs `share_among`.
template <class F>
void share(Index size, Index unit, double work, const F& f) {
  share_among(workers(work), size, unit, f);
}

}  // namespace ridge::detail
