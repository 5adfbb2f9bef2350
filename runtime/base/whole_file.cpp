#include "runtime/base/whole_file.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace etch {

std::string write_whole_file(const std::string &path, std::string_view bytes) {
  static std::atomic<int> counter = 0;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return "it is a folder";
  const bool replaces = !std::filesystem::is_other(path, error);
  const std::string unfinished =
      replaces ? path + ".tmp" + std::to_string(getpid()) + "-" + std::to_string(counter++) : path;
  errno = 0;
  std::ofstream file(unfinished, std::ios::binary);
  file << bytes << std::flush;
  std::string reason = file.good() ? "" : std::strerror(errno);
  file.close();
  error.clear();
  if (reason.empty() && replaces) std::filesystem::rename(unfinished, path, error);
  if (error) reason = error.message();
  if (!reason.empty() && replaces) std::filesystem::remove(unfinished, error);
  return reason;
}

}  // namespace etch
