#pragma once

#include <algorithm>
#include <chrono>

#include <ridge/kernels/registers.hpp>

namespace bench {

/// What one core can do at this moment, in multiplications and additions a second: products in
/// registers, and nothing else. Shared machines change their minds, so measure it each time.
template <class S>
double peak() {
  using namespace ridge::detail;
  using Clock = std::chrono::steady_clock;
  constexpr int registers = many_registers ? 24 : 12, steps = 100000;
  double best = 0;
  for (int round = 0; round < 5; ++round) {
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
    best = std::max(best, 2.0 * registers * lanes<S> * steps / taken.count());
  }
  return best;
}

}  // namespace bench
