#pragma once
// The command line of mnist_mlp.

#include <cstdint>
#include <optional>
#include <string>

#include "etch/policy.h"

struct Flags {
  std::optional<std::string> data;
  bool sgd = false;
  int64_t hidden = 128;
  int64_t epochs = 5;
  int64_t batch = 64;
  std::optional<double> learning_rate;  ///< the optimizer's default otherwise
  uint64_t seed = 1;
  etch::Policy policy = etch::Policy::standard;
  bool quick = false;
  bool needs_mnist = false;
  double required_accuracy = 0;
  bool help = false;
};

/// Throws etch::UserError for a flag that does not exist or a value that it cannot have.
Flags parse_flags(int argc, char **argv);
extern const char *const kUsage;
