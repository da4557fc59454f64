#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>

#include <ridge/core/error.hpp>

namespace ridge {

namespace detail {

/// One signal, with what handled it before `install`.
struct SignalHandler {
  using Ticks = std::chrono::steady_clock::rep;

  /// The same signal twice within this time is one: programs that run others, as `timeout` does,
  /// send it to the process and to its group, and a terminal sends it once more.
  static constexpr std::chrono::milliseconds one_press{500};

  explicit SignalHandler(int number) : signal(number) {}

  void install(void (*handler)(int)) {
    first = 0;
#ifdef _WIN32
    before = std::signal(signal, handler);
#else
    struct sigaction ours {};
    ours.sa_handler = handler;
    ours.sa_flags = SA_RESTART;
    sigemptyset(&ours.sa_mask);
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &ours, nullptr);
#endif
  }
  void restore() const {
#ifdef _WIN32
    std::signal(signal, before);
#else
    sigaction(signal, &before, nullptr);
#endif
  }
  /// It has come; if again, the process ends as if there were no handler.
  void come() {
    const Ticks now = std::chrono::steady_clock::now().time_since_epoch().count();
    Ticks earlier = 0;
    if (first.compare_exchange_strong(earlier, now)) return;
    if (std::chrono::steady_clock::duration(now - earlier) < one_press) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }

  static_assert(std::atomic<Ticks>::is_always_lock_free);
  int signal;
#ifdef _WIN32
  void (*before)(int) = SIG_DFL;
#else
  struct sigaction before {};
#endif
  std::atomic<Ticks> first{0};  // when it came, or 0
};

/// The handlers of SIGINT, SIGTERM and SIGHUP while at least one run wants to know of these. A
/// signal that is ignored stays so. The same signal again ends the process.
class Signals {
 public:
  static void watch() {
    const std::lock_guard lock(mutex_);
    if (watchers_++ > 0) return;
    received_ = 0;
    for (SignalHandler& handler : handlers_) handler.install(note);
  }
  static void unwatch() {
    const std::lock_guard lock(mutex_);
    if (--watchers_ > 0) return;
    for (SignalHandler& handler : handlers_) handler.restore();
  }
  /// The signal that has come, or 0.
  static int received() { return received_.load(std::memory_order_relaxed); }

 private:
  static void note(int signal) {
#ifdef _WIN32
    std::signal(signal, note);  // which one signal has taken away
#endif
    received_.store(signal, std::memory_order_relaxed);
    for (SignalHandler& handler : handlers_)
      if (handler.signal == signal) handler.come();
  }

  static_assert(std::atomic<int>::is_always_lock_free);
  static inline std::atomic<int> received_{0};
  static inline std::mutex mutex_;
  static inline int watchers_ = 0;
  static inline SignalHandler handlers_[] = {
      SignalHandler{SIGINT},
      SignalHandler{SIGTERM},
#ifndef _WIN32
      SignalHandler{SIGHUP},
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
/// signal again, half a second later or more, ends the process as usual. A search for
/// hyperparameters ends when the trials that are running have ended.
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
