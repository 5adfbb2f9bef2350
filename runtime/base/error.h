#pragma once
// What can go wrong, by who can fix it: the user, us, or the machine.

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace etch {

/// A place in the user's source: file, 1-based line and column. line 0 means unknown.
struct Location {
  const char *file = "";  ///< outlives the program: a literal, or interned by intern_file_name
  uint32_t line = 0;
  uint32_t column = 0;

  constexpr Location() = default;
  constexpr Location(const char *file, uint32_t line, uint32_t column) : file(file), line(line), column(column) {}
  constexpr Location(std::source_location at) : file(at.file_name()), line(at.line()), column(at.column()) {}
  static consteval Location current(std::source_location at = std::source_location::current()) { return at; }
  bool known() const { return line != 0; }
  /// The same place, whoever keeps the file's name.
  friend bool operator==(const Location &a, const Location &b) {
    return a.line == b.line && a.column == b.column &&
           (a.file == b.file || std::string_view(a.file) == std::string_view(b.file));
  }
};

/// "model.cpp:12:7", or "<unknown>".
std::string to_string(const Location &location);
/// A file name that lives as long as the process.
const char *intern_file_name(std::string_view name);

/// Base of everything Etch throws. what() is the whole message; location() the user's line where known.
class Error : public std::runtime_error {
 public:
  Error(const std::string &message, Location location);
  const Location &location() const { return location_; }
  /// The message without the location prefix.
  const std::string &message() const { return message_; }

 private:
  Location location_;
  std::string message_;
};

/// The program or its input is wrong. The message says what came, what was expected, and how to fix it.
class UserError : public Error {
 public:
  explicit UserError(const std::string &message, Location location = {}) : Error(message, location) {}
};

/// An argument does not fit a signature (TensorFlow's TypeError).
class TypeError : public UserError {
 public:
  using UserError::UserError;
};

/// Well formed, but not built yet. Tools exit with 77.
class UnsupportedError : public UserError {
 public:
  using UserError::UserError;
};

/// Etch is wrong: please report.
class InternalError : public Error {
 public:
  explicit InternalError(const std::string &message, Location location = {});
};

/// A device or its driver failed.
class DeviceError : public Error {
 public:
  explicit DeviceError(const std::string &message, Location location = {}) : Error(message, location) {}
};

}  // namespace etch
