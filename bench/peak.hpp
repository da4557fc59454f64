#pragma once

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <thread>
#include <vector>

#include <ridge/kernels/registers.hpp>

namespace bench {

/// Multiplies and adds packets in registers, and nothing else, for some 20 ms.
/// @return how many multiplications and additions it made a second
template <class S>
double rate_in_registers() {
  using namespace ridge::detail;
  using Clock = std::chrono::steady_clock;
  constexpr int registers = many_registers ? 24 : 12, steps = 8000000;
  Packet<S> sums[registers];
  // Each begins elsewhere, or the compiler would see that they are all the same.
  unrolled<registers>([&](auto i) { sums[i] = packet::pset1<Packet<S>>(S(1 + i)); });
  Packet<S> a = packet::pset1<Packet<S>>(S(0.5)), b = packet::pset1<Packet<S>>(S(1));
  const auto started = Clock::now();
  for (int step = 0; step < steps; ++step) {
    RIDGE_KEEP(a);
    unrolled<registers>([&](auto i) { sums[i] = packet::pmadd(sums[i], a, b); });
  }
  const std::chrono::duration<double> taken = Clock::now() - started;
  Packet<S> all = sums[0];
  unrolled<registers>([&](auto i) { all = packet::padd(all, sums[i]); });
  [[maybe_unused]] const volatile S needed = packet::pfirst(all);
  return 2.0 * registers * lanes<S> * steps / taken.count();
}

/// What so many threads together can do at this moment, in multiplications and additions a second:
/// the median of five rounds. Shared machines change their minds, so measure it each time; and two
/// processors of a virtual machine may be one core.
template <class S>
double peak(int threads = 1) {
  std::array<double, 5> rounds{};
  std::vector<double> rates(static_cast<std::size_t>(threads));
  std::barrier together(threads);
  const auto work = [&](std::size_t thread) {
    for (double& round : rounds) {
      together.arrive_and_wait();
      rates[thread] = rate_in_registers<S>();
      together.arrive_and_wait();
      if (thread == 0) round = std::accumulate(rates.begin(), rates.end(), 0.0);
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t thread = 1; thread < rates.size(); ++thread) others.emplace_back(work, thread);
    work(0);
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[rounds.size() / 2];
}

}  // namespace bench
