#pragma once
// What each thread has of its own.

#include <utility>

namespace etch {

/// This thread's T, made when it is first asked for and destroyed when the thread ends. Who asks later still, in a
/// destructor of another thread_local or, as those of the main thread end before its statics, in a destructor of a
/// static, gets a new one, which stays; a plain thread_local would be used after its end.
template <class T> T &of_thread() {
  static constinit thread_local T *own = nullptr;
  if (!own) [[unlikely]] {
    struct Exit {
      ~Exit() { delete std::exchange(own, nullptr); }
    };
    own = new T;
    static thread_local Exit at_exit;
    (void)at_exit;
  }
  return *own;
}

}  // namespace etch
