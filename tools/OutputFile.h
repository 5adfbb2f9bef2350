#pragma once
// What tools write: a file that appears complete or not at all, or stdout.

#include <filesystem>
#include <iostream>
#include <string>

#include "runtime/base/error.h"
#include "runtime/base/whole_file.h"

namespace etch::tools {

/// Devices, such as /dev/null, hold nothing that could be lost.
inline bool areSameFile(const std::string &x, const std::string &y) {
  std::error_code error;
  if (std::filesystem::exists(x, error) && !std::filesystem::is_regular_file(x, error)) return false;
  auto place = [&](const std::string &path) { return std::filesystem::weakly_canonical(path, error); };
  return place(x) == place(y) && !error;
}

/// Throws UserError that names the option and the reason. A device or a pipe is written as it is; "-" is stdout.
inline void writeFile(const std::string &path, const std::string &bytes, const char *option) {
  if (path == "-") {
    std::cout << bytes << std::flush;
    return;
  }
  const std::string reason = write_whole_file(path, bytes);
  if (!reason.empty()) throw UserError(std::string(option) + ": cannot write " + path + ": " + reason);
}

/// Text with a newline at its end.
inline void writeText(const std::string &path, std::string text, const char *option) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  writeFile(path, text, option);
}

}  // namespace etch::tools
