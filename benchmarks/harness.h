#pragma once
// Measuring: repeats, medians, and comparisons within one run.

#include <functional>
#include <string>
#include <vector>

#include "etch/detail/function_ref.h"
#include "report.h"

namespace etch::bench {

struct Settings {
  int threads = 1;
  int samples = 15;              ///< medians are over these
  double sample_seconds = 0.01;  ///< a sample repeats its body for at least this long
  bool smoke = false;            ///< only see that everything runs
};

using Body = detail::FunctionRef<void()>;

/// Keeps the optimizer from removing the computation of a value.
template <class T> inline void keep(const T &value) { asm volatile("" : : "g"(&value) : "memory"); }

double median(std::vector<double> values);

/// Collects figures, prints each at once.
class Bench {
 public:
  Bench(Settings settings, Report &report) : settings_(settings), report_(report) {}
  const Settings &settings() const { return settings_; }

  /// Seconds: of the thread (one thread) or of the world (several).
  double now() const;
  /// Median seconds of one `body`.
  double time(Body body) const;
  /// The same for two bodies, measured in turn.
  struct Pair {
    double seconds, reference_seconds;
    double ratio;  ///< median of the ratios of neighbouring samples
  };
  Pair time(Body body, Body reference) const;
  /// Median seconds of `body(i)` run once for each sample, after `warm_up` runs; `samples` as in
  /// the settings unless given. For what can be done only once at a time.
  double time_once(detail::FunctionRef<void(int)> body, int warm_up = 3, int samples = 0) const;

  void begin_topic(std::string topic);
  void add(Figure figure);

 private:
  Settings settings_;
  Report &report_;
  std::string topic_;
};

// The topics, each in a file of its own.
void bench_calls(Bench &bench);
void bench_first_calls(Bench &bench);
void bench_growth(Bench &bench);
void bench_start_up(Bench &bench);
void bench_training(Bench &bench);
void bench_kernels(Bench &bench);
void bench_convolutions(Bench &bench);
void bench_pooling(Bench &bench);
void bench_gemm(Bench &bench);

}  // namespace etch::bench
