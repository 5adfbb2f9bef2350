#pragma once
// Where tests find what the repository does not hold. A test that needs it and does not find it says so and passes.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

namespace etch::testing {

/// $VARIABLE, else ../shared/<folder> beside the checkout; nothing when neither is a directory.
inline std::optional<std::filesystem::path> material(const char *variable, const char *folder) {
  const char *chosen = std::getenv(variable);
  std::filesystem::path path = chosen && *chosen
                                   ? std::filesystem::path(chosen)
                                   : std::filesystem::path(ETCH_SOURCE_DIR).parent_path() / "shared" / folder;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path;
  WARN("skipped: needs " << path.string() << "; set " << variable << " to a copy");
  return std::nullopt;
}

/// The folder with the MNIST files.
inline std::optional<std::filesystem::path> data_dir() { return material("ETCH_DATA_DIR", "data/mnist"); }
/// The folder with stablehlo_ops.jsonl.
inline std::optional<std::filesystem::path> cases_dir() { return material("ETCH_CASES_DIR", "cases"); }

}  // namespace etch::testing
