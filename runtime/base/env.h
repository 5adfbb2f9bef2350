#pragma once
// Typed reading of ETCH_* environment variables. A value that means nothing is a UserError, never a silent default.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace etch::env {

/// The text of a variable; nullopt when it is unset or empty.
std::optional<std::string> text(const char *name);

/// An integer in [min, max], or `fallback` when unset. Throws UserError naming the variable, its value and the range.
int64_t integer(const char *name, int64_t fallback, int64_t min, int64_t max);

/// 1, on, true, yes or 0, off, false, no (any case); `fallback` when unset. Throws UserError for anything else.
bool flag(const char *name, bool fallback);

/// The index of the value in `choices`, or `fallback` when unset. Throws UserError listing the choices.
int choice(const char *name, std::span<const std::string_view> choices, int fallback);

}  // namespace etch::env
