#include "runtime/base/env.h"

#include <charconv>
#include <cstdlib>

#include "runtime/base/error.h"

namespace etch::env {
namespace {

[[noreturn]] void reject(const char *name, std::string_view value, const std::string &expected) {
  throw UserError("environment variable " + std::string(name) + "=" + std::string(value) + ": expected " + expected);
}

std::string lower_case(std::string text) {
  for (char &c : text)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return text;
}

}  // namespace

std::optional<std::string> text(const char *name) {
  const char *value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return std::string(value);
}

int64_t integer(const char *name, int64_t fallback, int64_t min, int64_t max) {
  const std::optional<std::string> value = text(name);
  if (!value) return fallback;
  int64_t number = 0;
  const char *end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc() || stop != end || number < min || number > max)
    reject(name, *value, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return number;
}

bool flag(const char *name, bool fallback) {
  const std::optional<std::string> value = text(name);
  if (!value) return fallback;
  const std::string word = lower_case(*value);
  for (std::string_view yes : {"1", "on", "true", "yes"})
    if (word == yes) return true;
  for (std::string_view no : {"0", "off", "false", "no"})
    if (word == no) return false;
  reject(name, *value, "1 or 0 (also on, off, true, false, yes, no)");
}

int choice(const char *name, std::span<const std::string_view> choices, int fallback) {
  const std::optional<std::string> value = text(name);
  if (!value) return fallback;
  const std::string word = lower_case(*value);
  std::string expected = choices.size() > 1 ? "one of " : "";
  for (size_t i = 0; i < choices.size(); ++i) {
    if (word == choices[i]) return static_cast<int>(i);
    expected += (i ? ", " : "") + std::string(choices[i]);
  }
  reject(name, *value, expected);
}

}  // namespace etch::env
