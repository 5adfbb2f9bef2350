#pragma once
// What the programs share that run ops beside those of oneDNN 3, both in one process and in turn: their flags, how a
// ratio is shown, and what is said of random shapes.

#include <string>
#include <vector>

#include "harness.h"

namespace etch::bench {

struct BesideOneDnn {
  Settings settings{.samples = 9, .sample_seconds = 0.005};
  unsigned seed = 2026;  ///< of random shapes
  int count = 100;       ///< of them
};

struct Ratio {
  std::string name;
  double ratio;  ///< of oneDNN's speed
};

/// A figure of `flops` in both, and its ratio; `note` stands behind it.
Ratio add_beside_onednn(Bench &bench, const std::string &name, double flops, const Bench::Pair &pair,
                        const std::string &note = {});
/// Figures of many: the geometric mean, the worst one and which are under 0.85.
void summarize(Bench &bench, const std::string &what, const std::vector<Ratio> &ratios);

/// main() of such a program: measure(bench, list or shape, options) for each that the command line names, or for
/// `usual` ones. `ops` are what the topic says is measured.
using MeasureBeside = void (*)(Bench &bench, std::string what, const BesideOneDnn &options);
int run_beside_onednn(int argc, char **argv, const std::string &program, const char *usage, const std::string &ops,
                      std::vector<std::string> usual, MeasureBeside measure);

}  // namespace etch::bench
