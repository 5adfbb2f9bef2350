#pragma once
// Starts cache-client (main.cpp) and reads what it prints.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

namespace etch::test {

/// What a client prints, stderr included, with these settings before its command.
inline std::string client(const std::string &settings, const std::string &what) {
  const std::string command = "env -u XDG_CACHE_HOME -u ETCH_KERNEL_PACK ETCH_CACHE=1 " + settings + " " +
                              ETCH_CACHE_CLIENT + " " + what + " 2>&1";
  FILE *pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  char buffer[4096];
  while (size_t count = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, count);
  INFO(command << "\n" << output);
  REQUIRE(pclose(pipe) == 0);
  return output;
}
/// Settings for a cache folder.
inline std::string in(const std::filesystem::path &folder) { return "ETCH_CACHE_DIR=" + folder.string(); }
inline bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

/// The lines that are the same wherever the code comes from.
inline std::string results(const std::string &output) {
  std::string kept;
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size() - 1) + 1;
    const std::string line = output.substr(at, end - at);
    const auto about = [&](const char *what) { return line.starts_with(what); };
    if (!about("source:") && !about("llvm:") && !about("etch:") && !about("routine:")) kept += line;
    at = end;
  }
  return kept;
}

}  // namespace etch::test
