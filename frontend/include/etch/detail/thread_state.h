#pragma once
// What every call asks of its thread, in one place that is reached without a function call. Not for user code.

#include <cstdint>
#include <string>

namespace etch::detail {

class Trace;
struct CallFrame;

struct ThreadState {
  /// Everything outside of the arguments that decides which code serves a call: one comparison tells all of it.
  uint64_t context = kStandardPolicy;
  /// The frame of the next call; null where none has been made yet.
  CallFrame *next_frame = nullptr;
  /// The innermost trace, null when ops run at once.
  Trace *trace = nullptr;

  // Part of signatures:
  static constexpr uint64_t kStandardPolicy = 1;  // etch::Policy
  static constexpr uint64_t kPolicy = 0xff;
  static constexpr int kDeviceShift = 8;
  static constexpr uint64_t kDevice = uint64_t{0xff} << kDeviceShift;
  static constexpr uint64_t kSignature = kPolicy | kDevice;
  // Modes in which calls take another road:
  static constexpr uint64_t kTracing = uint64_t{1} << 32;
  static constexpr uint64_t kEager = uint64_t{1} << 33;      // run_functions_eagerly
  static constexpr uint64_t kRecording = uint64_t{1} << 34;  // a GradientTape looks on
  static constexpr uint64_t kModes = kTracing | kEager | kRecording;

  void set_mode(uint64_t mode, bool on) { context = on ? context | mode : context & ~mode; }
};

/// "cpu:0", or "any" where no DeviceScope asks for one.
std::string device_text(uint64_t context);

// A few words of the static TLS block: 1 ns, where a shared library's thread_local costs a call of __tls_get_addr.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadState thread_state;

}  // namespace etch::detail
