#pragma once

#include <atomic>
#include <csignal>
#include <mutex>

#include <ridge/core/error.hpp>

namespace ridge {

namespace detail {

/// The handlers of SIGINT, SIGTERM and SIGHUP while at least one run wants to know of these. A
/// signal that is ignored stays so. After the first one its handler is the system's own, so that
/// the same signal again ends the process.
class Signals {
 public:
  static void watch() {
    const std::lock_guard lock(mutex_);
    if (watchers_++ > 0) return;
    received_ = 0;
    for (Handler& handler : handlers_) handler.install();
  }
  static void unwatch() {
    const std::lock_guard lock(mutex_);
    if (--watchers_ > 0) return;
    for (Handler& handler : handlers_) handler.restore();
  }
  /// The signal that has come, or 0.
  static int received() { return received_.load(std::memory_order_relaxed); }

 private:
  static void note(int signal) { received_.store(signal, std::memory_order_relaxed); }

#ifdef _WIN32
  struct Handler {
    int signal;
    void (*before)(int);

    void install() { before = std::signal(signal, note); }
    void restore() const { std::signal(signal, before); }
  };
#else
  struct Handler {
    int signal;
    struct sigaction before;

    void install() {
      struct sigaction ours {};
      ours.sa_handler = note;
      ours.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
      sigemptyset(&ours.sa_mask);
      sigaction(signal, nullptr, &before);
      if (before.sa_handler != SIG_IGN) sigaction(signal, &ours, nullptr);
    }
    void restore() const { sigaction(signal, &before, nullptr); }
  };
#endif

  static_assert(std::atomic<int>::is_always_lock_free);
  static inline std::atomic<int> received_{0};
  static inline std::mutex mutex_;
  static inline int watchers_ = 0;
  static inline Handler handlers_[] = {
      {SIGINT, {}},
      {SIGTERM, {}},
#ifndef _WIN32
      {SIGHUP, {}},
#endif
  };
};

/// The handlers, for several runs one after another.
class WatchSignals {
 public:
  explicit WatchSignals(bool watches) : watches_(watches) {
    if (watches_) Signals::watch();
  }
  WatchSignals(const WatchSignals&) = delete;
  WatchSignals& operator=(const WatchSignals&) = delete;
  ~WatchSignals() {
    if (watches_) Signals::unwatch();
  }

 private:
  bool watches_;
};

}  // namespace detail

/// A callback that, on SIGINT (Ctrl-C), SIGTERM and SIGHUP (a terminal that is closed), lets a run
/// finish its step and then leaves it where it is; a `Checkpoint` beside it saves that. The same
/// signal again ends the process as usual. A search for hyperparameters ends when the trials that
/// are running have ended.
///
///     StopOnSignal stop;
///     fit(net, loss, SGD{}, data, {.epochs = 60}, stop, Checkpoint{"run1"});
///     if (stop.signal() != 0) return 128 + stop.signal();
class StopOnSignal {
 public:
  /// The signal that has come; 0 if none has. With it, no further run begins.
  int signal() const { return signal_; }

  template <class R>
  void begin(R& run) {
    detail::Signals::watch();
    if (signal_ != 0) run.interrupt();  // whoever has stopped one run wants no other
  }
  template <class R>
  void after_step(R& run) {
    look(run);
  }
  template <class R>
  void after_epoch(R& run) {
    look(run);
  }
  template <class R>
  void after_trial(R& run) {
    look(run);
  }
  template <class R>
  void end(R&) {
    if (signal_ == 0) signal_ = detail::Signals::received();  // after the last step
    detail::Signals::unwatch();
  }

 private:
  template <class R>
  void look(R& run) {
    if (signal_ == 0) signal_ = detail::Signals::received();
    if (signal_ != 0) run.interrupt();
  }

  int signal_ = 0;
};

}  // namespace ridge
