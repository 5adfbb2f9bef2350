#pragma once
// Random numbers from a counter: the same bits eagerly, compiled and exported, for any number of threads.

#include <cstdint>
#include <source_location>
#include <vector>

#include "etch/variable.h"

namespace etch {

/// A stream of random numbers. Its state (key, counter) is a Variable: functions capture it by reference and advance
/// it. The counter advances by one for each block drawn, so that the same calls give the same numbers everywhere.
///
///     etch::Generator generator(42);
///     etch::Tensor noise = generator.normal({2, 3});
class Generator {
 public:
  explicit Generator(int64_t seed, std::source_location at = std::source_location::current());

  /// Uniform in [low, high), f32 or f64. Throws UserError for another dtype.
  Tensor uniform(Shape shape, double low = 0, double high = 1, DType dtype = f32,
                 std::source_location at = std::source_location::current()) const;
  /// Normal with this mean and standard deviation (Box-Muller on two uniform numbers for each element).
  Tensor normal(Shape shape, double mean = 0, double stddev = 1, DType dtype = f32,
                std::source_location at = std::source_location::current()) const;
  /// Integers in [low, high), i64.
  Tensor integers(Shape shape, int64_t low, int64_t high,
                  std::source_location at = std::source_location::current()) const;
  /// (key, counter), i64[2].
  const Variable &state() const { return state_; }

 private:
  Tensor take_state(int64_t blocks, std::source_location at) const;
  Variable state_;
};

}  // namespace etch
