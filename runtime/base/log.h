#pragma once
// What Etch says on its own: warnings and notes to stderr, at the level of ETCH_LOG=off|error|warning|info|debug.

#include <cstdint>
#include <functional>
#include <string_view>

namespace etch {

enum class LogLevel : uint8_t { off, error, warning, info, debug };

std::string_view name_of(LogLevel level);

/// The most talkative level that is shown; ETCH_LOG at first use (warning when unset). Throws UserError for an
/// ETCH_LOG that names no level.
LogLevel log_level();
void set_log_level(LogLevel level);
inline bool log_enabled(LogLevel level) { return level <= log_level(); }

/// Shows one message ("etch: warning: ..."), if its level is enabled. Thread safe; messages never interleave.
void log(LogLevel level, std::string_view message);

using LogSink = std::function<void(LogLevel, std::string_view)>;
/// Sends messages to `sink` instead of stderr; an empty sink restores stderr. Returns the previous sink.
/// A sink may itself log: such messages go to stderr.
LogSink set_log_sink(LogSink sink);

}  // namespace etch
