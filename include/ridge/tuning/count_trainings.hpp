#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace ridge::detail {

/// Counts trainings, and tells a function: 0 if it is gone before all are done. One that has thrown
/// is told no more.
class CountTrainings {
 public:
  CountTrainings(std::function<void(int, int)> tell, int all) : tell_(std::move(tell)), all_(all) {}
  CountTrainings(const CountTrainings&) = delete;
  CountTrainings& operator=(const CountTrainings&) = delete;
  ~CountTrainings() {
    if (done_ < all_) try {
        tell(0);
      } catch (...) {  // which nobody could catch
      }
  }

  void add() {
    const std::lock_guard lock(mutex_);
    tell(++done_);
  }

 private:
  void tell(int done) {
    if (!tell_) return;
    auto told = std::exchange(tell_, nullptr);
    told(done, all_);
    tell_ = std::move(told);
  }

  std::function<void(int, int)> tell_;
  int all_, done_ = 0;
  std::mutex mutex_;
};

}  // namespace ridge::detail
