#pragma once
// Compiling on another thread while calls run eagerly.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "frontend/function/concrete_state.h"

namespace etch::detail {

/// One thread that compiles what it is asked for, in order. What nobody holds any more is not compiled.
class BackgroundCompiler {
 public:
  static BackgroundCompiler &instance();
  void add(const std::shared_ptr<ConcreteState> &state);
  /// Forgets what waits, so that it can be asked for again, and returns when nothing is being compiled.
  void rest();
  ~BackgroundCompiler();

 private:
  BackgroundCompiler();
  void work();
  void forget_waiting();
  /// Around fork: the child has this memory and not the thread, so nothing is being compiled when it is made.
  static void before_fork(), after_fork_in_parent(), after_fork_in_child();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::weak_ptr<ConcreteState>> waiting_;
  bool works_ = false;
  bool ends_ = false;
  std::thread thread_;  ///< from the first request on
};

}  // namespace etch::detail
