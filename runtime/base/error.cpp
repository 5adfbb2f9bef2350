#include "runtime/base/error.h"

#include <mutex>
#include <string_view>
#include <unordered_set>

namespace etch {
namespace {

std::string with_location(const std::string &message, const Location &location) {
  return location.known() ? to_string(location) + ": " + message : message;
}

}  // namespace

std::string to_string(const Location &location) {
  if (!location.known()) return "<unknown>";
  std::string text = std::string(location.file) + ':' + std::to_string(location.line);
  if (location.column != 0) text += ':' + std::to_string(location.column);
  return text;
}

const char *intern_file_name(std::string_view name) {
  // Never destroyed: errors thrown from static destructors still point into it. Node based, so c_str() stays.
  static auto *mutex = new std::mutex;
  static auto *names = new std::unordered_set<std::string>;
  std::lock_guard lock(*mutex);
  return names->emplace(name).first->c_str();
}

Error::Error(const std::string &message, Location location)
    : std::runtime_error(with_location(message, location)), location_(location), message_(message) {}

InternalError::InternalError(const std::string &message, Location location)
    : Error("internal error: " + message + " (this is a bug in Etch, please report it)", location) {}

}  // namespace etch
