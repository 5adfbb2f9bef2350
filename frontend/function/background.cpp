#include "frontend/function/background.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <memory>

namespace etch::detail {
namespace {

std::atomic<BackgroundCompiler *> running{nullptr};

// At the exit of the process the compiler must be at rest before its statics are destroyed. Many of them are made while
// it compiles, thus after any static of ours, and are destroyed first. The thread_locals of the main thread end before
// all statics, whether main returns or calls exit.
struct RestBeforeExit {
  ~RestBeforeExit() {
    if (BackgroundCompiler *compiler = running.load()) compiler->rest();
  }
};

const bool guards_exit = [] {
  if (syscall(SYS_gettid) != getpid()) return false;  // loaded by another thread, whose end is not the process's
  static thread_local RestBeforeExit guard;
  return true;
}();

}  // namespace

BackgroundCompiler &BackgroundCompiler::instance() {
  static BackgroundCompiler compiler;
  return compiler;
}

BackgroundCompiler::BackgroundCompiler() {
  running.store(this);
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

BackgroundCompiler::~BackgroundCompiler() {
  running.store(nullptr);
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackgroundCompiler::add(const std::shared_ptr<ConcreteState> &state) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(state);
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  }
  changed_.notify_all();
}

void BackgroundCompiler::rest() {
  std::unique_lock lock(mutex_);
  forget_waiting();
  changed_.wait(lock, [&] { return !works_; });
}

void BackgroundCompiler::forget_waiting() {
  for (const auto &waiting : waiting_)
    if (auto state = waiting.lock()) state->background.store(ConcreteState::Background::none);
  waiting_.clear();
}

void BackgroundCompiler::before_fork() {
  BackgroundCompiler *compiler = running.load();
  if (!compiler) return;
  std::unique_lock lock(compiler->mutex_);
  compiler->changed_.wait(lock, [&] { return !compiler->works_; });
  lock.release();  // until the fork is done, so that no other compilation begins
}

void BackgroundCompiler::after_fork_in_parent() {
  if (BackgroundCompiler *compiler = running.load()) compiler->mutex_.unlock();
}

void BackgroundCompiler::after_fork_in_child() {
  BackgroundCompiler *compiler = running.load();
  if (!compiler) return;
  // Nobody joins or wakes a thread that is not there: these begin anew, and what they were is not destroyed.
  std::construct_at(&compiler->thread_);
  std::construct_at(&compiler->changed_);
  compiler->forget_waiting();
  compiler->mutex_.unlock();
}

void BackgroundCompiler::work() {
  for (;;) {
    std::shared_ptr<ConcreteState> state;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
      if (ends_) return;
      state = waiting_.front().lock();
      waiting_.pop_front();
      works_ = true;
    }
    try {
      if (state) state->compiled();
    } catch (...) {
      state->background_error = std::current_exception();
      state->background.store(ConcreteState::Background::failed, std::memory_order_release);
    }
    state.reset();  // maybe the last holder: code is unloaded before the thread counts as resting
    {
      std::lock_guard lock(mutex_);
      works_ = false;
    }
    changed_.notify_all();
  }
}

bool ConcreteState::ready_in_background() {
  if (published.load(std::memory_order_acquire)) return true;
  Background now = Background::none;
  if (background.compare_exchange_strong(now, Background::asked)) {
    BackgroundCompiler::instance().add(shared_from_this());
  } else if (now == Background::failed && background.compare_exchange_strong(now, Background::reported)) {
    std::rethrow_exception(background_error);
  }
  return false;
}

}  // namespace etch::detail
