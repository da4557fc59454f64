#pragma once

#include <algorithm>
#include <atomic>

#include <ridge/core/threads.hpp>

namespace ridge::detail {

/// Calls f(0), ..., f(count - 1), each once, as many at once as there are threads. What they
/// compute is not shared out further.
/// @throws what one of them throws, when all that others have begun is done
template <class F>
void at_once(int count, const F& f) {
  std::atomic<int> next{0};
  std::atomic<bool> failed{false};
  Team::shared().run(std::min({count, threads(), Job::most_tasks}), [&](int) {
    for (int i = 0; !failed && (i = next++) < count;) try {
        f(i);
      } catch (...) {
        failed = true;
        throw;
      }
  });
}

}  // namespace ridge::detail
