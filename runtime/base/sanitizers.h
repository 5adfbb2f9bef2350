#pragma once
// Which sanitizer this build has, and what the thread sanitizer must be told.

#if defined(__SANITIZE_ADDRESS__)
#define ETCH_HAS_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define ETCH_HAS_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ETCH_HAS_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define ETCH_HAS_TSAN 1
#endif
#endif
#ifndef ETCH_HAS_ASAN
#define ETCH_HAS_ASAN 0
#endif
#ifndef ETCH_HAS_TSAN
#define ETCH_HAS_TSAN 0
#endif

#if ETCH_HAS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace etch::runtime {

/// What this thread did so far is seen by those that take over at the same address later. For order that comes from a
/// library without instrumentation; nothing in other builds.
inline void hand_over([[maybe_unused]] const void *address) {
#if ETCH_HAS_TSAN
  __tsan_release(const_cast<void *>(address));
#endif
}
inline void take_over([[maybe_unused]] const void *address) {
#if ETCH_HAS_TSAN
  __tsan_acquire(const_cast<void *>(address));
#endif
}

}  // namespace etch::runtime
