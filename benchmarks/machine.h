#pragma once
// The machine a measurement was made on, and its limits, measured.

#include <cstddef>
#include <string>

namespace etch::bench {

struct Machine {
  std::string cpu, isa, commit, date, load, clock;
  int cores = 0;
  int threads = 1;
};
/// Asks the operating system, git, and the clock.
Machine this_machine(int threads);

/// Runs `rounds` of independent fused multiply-adds on the widest vectors that this machine has; returns their flops.
/// 0 where there are none (not x86-64, or no FMA).
double run_fma(long rounds);

}  // namespace etch::bench
