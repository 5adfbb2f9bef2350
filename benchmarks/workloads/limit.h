#pragma once
// The least time that a computation can take on this machine, measured when it is asked for.

namespace etch::bench {

struct Limit {
  double memory = 0;      ///< seconds to read and write so many bytes
  double arithmetic = 0;  ///< seconds for so many flops in fused multiply-adds
};
/// Copies `writes` bytes and reads what `reads` has beyond them, on memory of this size: what fits into a cache is
/// measured there. `threads` share the work.
Limit measure_limit(double reads, double writes, double flops, int threads);

}  // namespace etch::bench
