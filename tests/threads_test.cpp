// The threads that share the products: every task once, whoever brings it, and no waiting for who
// does not come.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

#ifdef __unix__
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <ridge/core/threads.hpp>
#include <ridge/kernels/share.hpp>

#include "catch.hpp"

namespace {

using ridge::detail::Job;
using ridge::detail::Shares;
using ridge::detail::Team;

struct Size {
  explicit Size(int count) { ridge::set_threads(count); }
  ~Size() { ridge::set_threads(before); }
  int before = ridge::threads();
};

TEST_CASE("the number of threads is that of the processors, or what is set", "[threads]") {
  CHECK(ridge::threads() == ridge::detail::processors());
  {
    const Size size(3);
    CHECK(ridge::threads() == 3);
  }
  CHECK_THROWS_WITH(ridge::set_threads(0), "set_threads: expected at least 1, got 0");
}

TEST_CASE("every task is done once", "[threads]") {
  for (const int count : {1, 2, 3, 7}) {
    const Size size(count);
    for (int round = 0; round < 2000; ++round) {
      const int tasks = round % (Job::most_tasks + 1);
      std::atomic<int> done[Job::most_tasks]{};
      Team::shared().run(tasks, [&](int task) { ++done[task]; });
      for (int task = 0; task < Job::most_tasks; ++task) REQUIRE(done[task] == (task < tasks));
    }
  }
}

TEST_CASE("shares are whole units, each once, in order, and no part is larger than it must be",
          "[threads]") {
  for (const int threads : {1, 2, 3, 7, 16, Job::most_tasks})
    for (ridge::Index units = 0; units < 200; ++units) {
      const Shares shares(units, threads);
      const int tasks = shares.tasks();
      CAPTURE(threads, units, tasks);
      REQUIRE(tasks <= Job::most_tasks);
      REQUIRE((tasks > 0) == (units > 0));
      if (tasks == 0) continue;
      REQUIRE(shares.begin(0) == 0);
      REQUIRE(shares.begin(tasks) == units);
      for (int task = 0; task < tasks; ++task) REQUIRE(shares.begin(task) < shares.begin(task + 1));
      const auto parts = static_cast<int>(std::min<ridge::Index>(units, threads));
      REQUIRE(tasks % parts == 0);
      for (int part = 0, pieces = tasks / parts; part < parts; ++part) {
        const ridge::Index size = shares.begin((part + 1) * pieces) - shares.begin(part * pieces);
        REQUIRE(size <= (units + parts - 1) / parts);
        REQUIRE(size >= units / parts);
      }
    }
  // The later a piece of a part, the smaller: 5, 2 and 1 eighths.
  const Shares two(32, 2);
  REQUIRE(two.tasks() == 6);
  CHECK(two.begin(1) == 10);
  CHECK(two.begin(2) == 14);
  CHECK(two.begin(3) == 16);
  CHECK(two.begin(4) == 26);
}

TEST_CASE("each thread of a job has a number of its own, and takes over what others do not begin",
          "[threads]") {
  const Size size(7);
  for (const int most : {1, 2, 3, 7})
    for (int round = 0; round < 300; ++round) {
      std::array<std::atomic<bool>, Job::most_tasks> busy{};
      std::array<std::atomic<int>, 240> done{};
      std::atomic<bool> clash{false};
      ridge::detail::share_among(most, 239, 2, [&](int thread, ridge::Index from, ridge::Index to) {
        auto& own = busy[static_cast<std::size_t>(thread)];
        if (thread < 0 || thread >= most || own.exchange(true)) clash = true;
        for (auto i = from; i < to; ++i) ++done[static_cast<std::size_t>(i)];
        if (thread == 0 && round % 50 == 0)
          std::this_thread::sleep_for(std::chrono::microseconds(200));
        own = false;
      });
      REQUIRE_FALSE(clash);
      for (std::size_t i = 0; i < done.size(); ++i) REQUIRE(done[i] == (i < 239));
    }
}

TEST_CASE("workers wake up after a pause", "[threads]") {
  const Size size(2);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> done{0};
    Team::shared().run(2, [&](int) { ++done; });
    REQUIRE(done == 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST_CASE("jobs within jobs, and of several threads at once", "[threads]") {
  const Size size(3);
  std::atomic<int> done{0};
  Team::shared().run(3, [&](int) { Team::shared().run(4, [&](int) { ++done; }); });
  CHECK(done == 12);

  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([&] {
      for (int round = 0; round < 500; ++round) Team::shared().run(3, [&](int) { ++done; });
    });
  for (std::thread& user : users) user.join();
  CHECK(done == 12 + 4 * 500 * 3);
}

TEST_CASE("an exception reaches who brought the job", "[threads]") {
  const Size size(2);
  for (int round = 0; round < 100; ++round) {
    CHECK_THROWS_WITH(Team::shared().run(4,
                                         [](int task) {
                                           if (task == 3) throw std::runtime_error("task 3");
                                         }),
                      "task 3");
    std::atomic<int> done{0};
    Team::shared().run(4, [&](int) { ++done; });
    REQUIRE(done == 4);
  }
}

TEST_CASE("what is done in the background is done when it is waited for", "[threads]") {
  for (const int count : {1, 2, 3}) {
    const Size size(count);
    for (int round = 0; round < 500; ++round) {
      std::atomic<int> done{0}, other_done{0};
      const auto task = [&](int) { ++done; };
      const auto other_task = [&](int) { ++other_done; };
      Team::Background background, other;
      background.start(8, task);
      other.start(5, other_task);
      Team::shared().run(3, [](int) {});
      background.finish();
      REQUIRE(done == 8);
      background.finish();
      REQUIRE(done == 8);
      other.finish();
      REQUIRE(other_done == 5);
    }
  }
}

TEST_CASE("what fails in the background is of no account if nobody waits for it", "[threads]") {
  for (const int count : {1, 2}) {
    const Size size(count);
    std::atomic<int> begun{0};
    const auto task = [&](int) {
      ++begun;
      throw std::runtime_error("a task");
    };
    {
      Team::Background background;
      background.start(3, task);
    }
    CHECK(begun == (count == 1 ? 1 : 3));  // one thread alone stops where it fails
    std::atomic<int> done{0};
    const auto other = [&](int) { ++done; };
    Team::Background background;
    background.start(3, other);
    background.finish();
    CHECK(done == 3);

    background.start(3, task);
    CHECK_THROWS_WITH(background.finish(), "a task");
  }
}

#ifdef __unix__
TEST_CASE("a forked process works on, and ends", "[threads]") {
  const Size size(2);
  std::atomic<int> done{0};
  Team::shared().run(2, [&](int) { ++done; });
  const pid_t child = fork();
  if (child == 0) {
    Team::shared().run(2, [&](int) { ++done; });
    alarm(10);  // a process that hangs at its end is ended by it, and fails
    std::exit(done == 4 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
#endif

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("where the system gives no more threads, those that there are do the work", "[threads]") {
  const pid_t child = fork();
  if (child == 0) {
    rlimit memory{};
    getrlimit(RLIMIT_AS, &memory);
    memory.rlim_cur = 1 << 20;  // less than there is already: no stack for a thread any more
    setrlimit(RLIMIT_AS, &memory);
    ridge::set_threads(Job::most_tasks);
    std::atomic<int> done{0};
    Team::shared().run(Job::most_tasks, [&](int) { ++done; });
    const bool fewer = ridge::threads() < Job::most_tasks;
    Team::shared().run(2, [&](int) { ++done; });
    std::_Exit(fewer && done == Job::most_tasks + 2 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
#endif

TEST_CASE("workers compute in the floating-point mode of who brings the work", "[threads]") {
  using namespace ridge;
  set_threads(3);
  const detail::FloatMode before = detail::float_mode();
  std::array<detail::FloatMode, 12> seen{};
  const auto look = [&](int task) {
    seen[static_cast<std::size_t>(task)] = detail::float_mode();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // so that others come too
  };
  for (int round = 0; round < 5; ++round) {
    {
      const detail::FlushDenormals flush;
      detail::Team::shared().run(12, look);
      for (const auto mode : seen) CHECK(mode == detail::float_mode());
    }
    CHECK(detail::float_mode() == before);
    detail::Team::shared().run(12, look);
    for (const auto mode : seen) CHECK(mode == before);
  }
  set_threads(detail::processors());
}

#if defined(__SSE2__) || defined(__aarch64__)
TEST_CASE("numbers too small to compute with quickly are taken as zero", "[threads]") {
  volatile float small = 1e-38f, tenth = 0.1f;
  CHECK(small * tenth != 0);
  {
    const ridge::detail::FlushDenormals flush;
    const ridge::detail::FlushDenormals again;
    CHECK(small * tenth == 0);
  }
  CHECK(small * tenth != 0);
}
#endif

}  // namespace
