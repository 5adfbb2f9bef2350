#pragma once
// The number of threads of compiled loops, for the length of a scope.

#include "etch/threads.h"

namespace etch::testing {

class Threads {
 public:
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

 private:
  const int before_ = num_threads();
};

}  // namespace etch::testing
