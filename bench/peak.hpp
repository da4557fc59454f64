#pragma once

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

#include <ridge/kernels/registers.hpp>

namespace bench {

/// Multiplies and adds packets in registers, and nothing else.
/// @return how many multiplications and additions it made
template <class S>
double multiply_in_registers() {
  using namespace ridge::detail;
  constexpr int registers = many_registers ? 24 : 12, steps = 100000;
  Packet<S> sums[registers];
  // Each begins elsewhere, or the compiler would see that they are all the same.
  unrolled<registers>([&](auto i) { sums[i] = packet::pset1<Packet<S>>(S(1 + i)); });
  Packet<S> a = packet::pset1<Packet<S>>(S(0.5)), b = packet::pset1<Packet<S>>(S(1));
  for (int step = 0; step < steps; ++step) {
    RIDGE_KEEP(a);
    unrolled<registers>([&](auto i) { sums[i] = packet::pmadd(sums[i], a, b); });
  }
  Packet<S> all = sums[0];
  unrolled<registers>([&](auto i) { all = packet::padd(all, sums[i]); });
  [[maybe_unused]] const volatile S needed = packet::pfirst(all);
  return 2.0 * registers * lanes<S> * steps;
}

/// What so many threads together can do at this moment, in multiplications and additions a second.
/// Shared machines change their minds, so measure it each time; and two processors of a virtual
/// machine may be one core.
template <class S>
double peak(int threads = 1) {
  constexpr int rounds = 5;
  using Clock = std::chrono::steady_clock;
  std::barrier together(threads);
  double best = 0;
  const auto work = [&](bool measures) {
    for (int round = 0; round < rounds; ++round) {
      together.arrive_and_wait();
      const auto started = Clock::now();
      const double operations = multiply_in_registers<S>();
      together.arrive_and_wait();
      const std::chrono::duration<double> taken = Clock::now() - started;
      if (measures) best = std::max(best, threads * operations / taken.count());
    }
  };
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(work, false);
  work(true);
  return best;
}

}  // namespace bench
