#pragma once

// What a version of ridge is asked to do, by names that both sides know.

/// A job of a version: so many threads, and `run` does it once.
struct Job {
  const char* name;
  int threads;
  void (*run)();
};

/// What `version.cpp` exports: `jobs()` makes them ready and ends them by one without a name;
/// `set_threads` says how many threads the next ones take.
using Jobs = const Job* (*)();
using SetThreads = void (*)(int);
