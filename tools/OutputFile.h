#pragma once
// What tools write: a file that appears complete or not at all, or stdout.

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "runtime/base/error.h"

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
  std::error_code error;
  auto fail = [&](const std::string &reason) {
    throw UserError(std::string(option) + ": cannot write " + path + ": " + reason);
  };
  if (std::filesystem::is_directory(path, error)) fail("it is a folder");
  const bool replaces = !std::filesystem::is_other(path, error);
  const std::string temporary = replaces ? path + ".part" : path;
  errno = 0;
  std::ofstream file(temporary, std::ios::binary);
  file << bytes << std::flush;
  const bool isWritten = file.good();
  const std::string reason = std::strerror(errno);
  file.close();
  error.clear();
  if (isWritten && replaces) std::filesystem::rename(temporary, path, error);
  if (isWritten && !error) return;
  const std::string why = isWritten ? error.message() : reason;
  if (replaces) std::filesystem::remove(temporary, error);
  fail(why);
}

/// Text with a newline at its end.
inline void writeText(const std::string &path, std::string text, const char *option) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  writeFile(path, text, option);
}

}  // namespace etch::tools
