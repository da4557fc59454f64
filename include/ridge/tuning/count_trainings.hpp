#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace ridge::detail {

/// Counts trainings, and tells a function: 0 if it is gone before all are done.
class CountTrainings {
 public:
  CountTrainings(std::function<void(int, int)> tell, int all) : tell_(std::move(tell)), all_(all) {}
  CountTrainings(const CountTrainings&) = delete;
  CountTrainings& operator=(const CountTrainings&) = delete;
  ~CountTrainings() {
    if (tell_ && done_ < all_) tell_(0, all_);
  }

  void add() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (tell_) tell_(done_, all_);
  }

 private:
  std::function<void(int, int)> tell_;
  int all_, done_ = 0;
  std::mutex mutex_;
};

}  // namespace ridge::detail
