#pragma once
// What training shows while it runs: a bar on a terminal, a line now and then elsewhere.

#include <chrono>
#include <cstdint>

class Progress {
 public:
  Progress(int64_t epochs, int64_t steps_per_epoch);
  /// One step is done.
  void step(double loss, double accuracy);
  double seconds() const;

 private:
  void draw(int64_t epoch, int64_t step_in_epoch);

  using Clock = std::chrono::steady_clock;
  int64_t epochs_, steps_per_epoch_, done_ = 0;
  bool is_terminal_;
  double loss_ = 0, accuracy_ = 0;  // running means
  Clock::time_point start_ = Clock::now(), drawn_ = start_ - std::chrono::hours(1);
};
