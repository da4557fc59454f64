#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#ifdef __unix__
#include <unistd.h>
#endif

#include <ridge/core/error.hpp>
#include <ridge/core/float_mode.hpp>
#include <ridge/core/processors.hpp>

namespace ridge {
namespace detail {

/// Tells the processor that this thread does nothing but wait.
inline void relax() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  __builtin_ia32_pause();
#elif defined(__GNUC__) && defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Up to 32 tasks that several threads take one by one, and who brings them first of all.
class Job {
 public:
  static constexpr int most_tasks = 32;
  /// Does a task; `thread` is one of the job's, 0 for who brings it.
  using Call = void (*)(const void* context, int task, int thread);

  /// Offers `call(context, task, thread)` for each task to `threads` threads, when the last job is
  /// done. They compute in the floating-point mode of the thread that offers it.
  void offer(Call call, const void* context, int tasks, int threads) {
    call_.store(call, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    tasks_.store(tasks, std::memory_order_relaxed);
    threads_.store(threads, std::memory_order_relaxed);
    mode_.store(float_mode(), std::memory_order_relaxed);
    unfinished_.store(tasks, std::memory_order_relaxed);
    // Sequentially consistent, so that either this is seen by who goes to sleep or that by us.
    state_.store(++number_ << 32 | ((std::uint64_t{1} << tasks) - 1));
  }

  /// Whether thread `id` could take a task.
  bool has_task(int id) const {
    return static_cast<std::uint32_t>(state_.load()) != 0 &&
           id < threads_.load(std::memory_order_relaxed);
  }

  /// Takes a free task and does it; false if there is none. Each thread begins at another place of
  /// the job, the same in every job, so that it finds what it worked on before in its cache.
  bool work(int id) {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    for (;;) {
      const auto free = static_cast<std::uint32_t>(state);
      const int threads = threads_.load(std::memory_order_relaxed);
      if (free == 0 || id >= threads) return false;
      const Call call = call_.load(std::memory_order_relaxed);
      const void* const context = context_.load(std::memory_order_relaxed);
      const int tasks = tasks_.load(std::memory_order_relaxed);
      const FloatMode mode = mode_.load(std::memory_order_relaxed);
      const std::uint32_t own = free & ~std::uint32_t{0} << (id * tasks / threads);
      const int task = std::countr_zero(own != 0 ? own : free);
      // Succeeds only if the job is still the one that was read above.
      if (!state_.compare_exchange_weak(state, state & ~(std::uint64_t{1} << task),
                                        std::memory_order_acq_rel, std::memory_order_acquire))
        continue;
      if (id != 0 && mode != float_mode()) set_float_mode(mode);
      try {
        call(context, task, id);
      } catch (...) {
        const std::lock_guard lock(failed_);
        if (!failure_) failure_ = std::current_exception();
      }
      unfinished_.fetch_sub(1, std::memory_order_acq_rel);
      return true;
    }
  }

  /// Does what nobody has begun and waits for the rest.
  void finish() {
    while (work(0)) {
    }
    for (int turns = 0; unfinished_.load(std::memory_order_acquire) > 0; ++turns)
      if (turns < 1000)
        relax();
      else
        std::this_thread::yield();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  // The job's number in the upper half, and a bit for each task that nobody has taken.
  alignas(64) std::atomic<std::uint64_t> state_{0};
  std::atomic<Call> call_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<int> tasks_{0};
  std::atomic<int> threads_{0};
  std::atomic<FloatMode> mode_{0};
  alignas(64) std::atomic<int> unfinished_{0};
  std::uint64_t number_ = 0;
  std::mutex failed_;
  std::exception_ptr failure_;
};

/// The threads of the process that share its products.
///
/// Whoever is free takes the next task of a job, the thread that brought it first of all: so nobody
/// waits for a worker that sleeps or that the system has not let run, only for one in the middle of
/// a task. Workers wait awake for the next job for a while, since jobs follow each other within
/// microseconds, and then sleep.
class Team {
 public:
  static Team& shared() {
    static Team team;
    return team;
  }

  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  ~Team() {
    quits_ = true;
    wake();
    for (int k = 0; k < started_; ++k)
      if (process_ == process())
        workers_[k].join();
      else
        workers_[k].detach();  // it is in the process that this one was forked from
  }

  int size() const { return size_.load(std::memory_order_relaxed); }
  void resize(int size) { size_.store(size, std::memory_order_relaxed); }

  /// Calls f(task) once for each of `tasks` tasks and returns when all are done. A job brought
  /// while another one runs, from within it or by another thread, is done by who brings it.
  template <class F>
  void run(int tasks, const F& f) {
    const auto call = [](const void* context, int task, int) {
      (*static_cast<const F*>(context))(task);
    };
    run(tasks, Job::most_tasks, call, &f);
  }
  /// The same for call(context, task, thread) by at most `most_threads` threads, of which each has
  /// another number below that; compiled once.
  void run(int tasks, int most_threads, Job::Call call, const void* context) {
    assert(tasks <= Job::most_tasks);
    const int threads = std::min({size(), tasks, most_threads});
    std::unique_lock lock(running_, std::defer_lock);
    if (threads < 2 || inside_ || !lock.try_lock()) {
      for (int task = 0; task < tasks; ++task) call(context, task, 0);
      return;
    }
    inside_ = true;
    struct Leave {  // NOLINT(cppcoreguidelines-special-member-functions): never copied
      ~Leave() { inside_ = false; }
    } leave;
    start_workers(threads - 1);
    job_.offer(call, context, tasks, threads);
    if (asleep_.load() > 0) wake();
    job_.finish();
  }

  /// Work that may be done meanwhile, by workers that have nothing else to do. One at a time has
  /// their attention; what they do not begin is done when it is waited for.
  class Background {
   public:
    Background() = default;
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    ~Background() {
      try {
        finish();
      } catch (...) {  // whose result nobody waits for
      }
    }

    /// Offers f(task) for each task; f must stay where it is until `finish`.
    template <class F>
    void start(int tasks, const F& f) {
      const auto call = [](const void* context, int task, int) {
        (*static_cast<const F*>(context))(task);
      };
      Team& team = shared();
      served_ = team.size() > 1 && !team.serves_.exchange(true);
      if (served_) {
        team.background_.offer(call, &f, tasks, team.size());
      } else {
        call_ = call;
        context_ = &f;
        tasks_ = tasks;
      }
    }

    /// Returns when all that was started is done.
    void finish() {
      if (served_) {
        served_ = false;
        struct Leave {  // NOLINT(cppcoreguidelines-special-member-functions): never copied
          ~Leave() { shared().serves_ = false; }
        } leave;
        shared().background_.finish();
      } else {
        const int tasks = std::exchange(tasks_, 0);
        for (int task = 0; task < tasks; ++task) call_(context_, task, 0);
      }
    }

   private:
    bool served_ = false;
    Job::Call call_ = nullptr;
    const void* context_ = nullptr;
    int tasks_ = 0;
  };

 private:
  Team() : available_(processors()), size_(available_) {}

  void start_workers(int count) {
    try {
      for (; started_ < count; ++started_)
        workers_[started_] = std::thread([this, id = started_ + 1] { serve(id); });
    } catch (const std::system_error&) {  // the system gives no more threads: these will do
      resize(started_ + 1);
    }
  }

  static long process() {
#ifdef __unix__
    return static_cast<long>(getpid());
#else
    return 0;
#endif
  }

  void wake() {
    signal_.fetch_add(1);
    signal_.notify_all();
  }

  void serve(int id) {
    using Clock = std::chrono::steady_clock;
    inside_ = true;
    auto last_work = Clock::now();
    for (int turns = 1; !quits_.load(std::memory_order_relaxed); ++turns) {
      if (job_.work(id) || background_.work(id)) {
        turns = 0;
        continue;
      }
      if (turns == 1) last_work = Clock::now();
      relax();
      if (turns % 64 == 0 && Clock::now() - last_work > patience()) {
        const std::uint32_t seen = signal_.load();
        asleep_.fetch_add(1);
        if (!job_.has_task(id) && !quits_.load()) signal_.wait(seen);
        asleep_.fetch_sub(1);
        turns = 0;
      }
    }
  }

  /// How long a worker waits awake; not at all where that would take a processor from another.
  std::chrono::microseconds patience() const {
    return std::chrono::microseconds(size() > available_ ? 0 : 100);
  }

  static inline thread_local bool inside_ = false;

  const int available_;  // processors
  std::atomic<int> size_;
  const long process_ = process();
  std::mutex running_;
  std::atomic<bool> serves_{false};  // a Background
  std::thread workers_[Job::most_tasks - 1];
  int started_ = 0;  // of them
  Job job_, background_;
  alignas(64) std::atomic<int> asleep_{0};
  std::atomic<std::uint32_t> signal_{0};
  std::atomic<bool> quits_{false};
};

}  // namespace detail

/// How many threads work on a product at most: unless set, one for each processor that the process
/// may run on. Small products are computed by fewer.
inline int threads() { return detail::Team::shared().size(); }

/// Sets how many threads work on a product at most, for the whole process. Results do not depend on
/// it: every number is computed by one thread, in the same order of operations.
/// @throws ValueError if `count` is below 1
inline void set_threads(int count) {
  if (count < 1) throw ValueError(detail::text("set_threads: expected at least 1, got ", count));
  detail::Team::shared().resize(count);
}

}  // namespace ridge
