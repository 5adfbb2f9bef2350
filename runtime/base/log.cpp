#include "runtime/base/log.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/base/env.h"

namespace etch {
namespace {

constexpr std::string_view kLevelNames[] = {"off", "error", "warning", "info", "debug"};

std::atomic<LogLevel> &current_level() {
  static std::atomic<LogLevel> level{
      static_cast<LogLevel>(env::choice("ETCH_LOG", kLevelNames, static_cast<int>(LogLevel::warning)))};
  return level;
}

// Never destroyed: static destructors may still log.
struct SinkHolder {
  std::mutex mutex;
  std::shared_ptr<const LogSink> sink;
};
SinkHolder &sink_holder() {
  static auto *holder = new SinkHolder;
  return *holder;
}

void log_to_stderr(LogLevel level, std::string_view message) {
  std::string line = "etch: " + std::string(name_of(level)) + ": ";
  line.append(message) += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

thread_local bool in_sink = false;

}  // namespace

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<size_t>(level)]; }

LogLevel log_level() { return current_level().load(std::memory_order_relaxed); }
void set_log_level(LogLevel level) { current_level().store(level, std::memory_order_relaxed); }

void log(LogLevel level, std::string_view message) {
  if (level == LogLevel::off || !log_enabled(level)) return;
  std::shared_ptr<const LogSink> sink;
  if (!in_sink) {
    std::lock_guard lock(sink_holder().mutex);
    sink = sink_holder().sink;
  }
  if (!sink) return log_to_stderr(level, message);
  // Called without the lock, so that a sink may do anything, replacing itself included.
  struct Guard {
    Guard() { in_sink = true; }
    ~Guard() { in_sink = false; }
  } guard;
  (*sink)(level, message);
}

LogSink set_log_sink(LogSink sink) {
  auto next = sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr;
  std::lock_guard lock(sink_holder().mutex);
  std::swap(sink_holder().sink, next);
  return next ? *next : LogSink();
}

}  // namespace etch
