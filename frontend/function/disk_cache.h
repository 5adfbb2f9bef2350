#pragma once
// Byte strings by key in a folder: survives the process, is shared by processes, never grows beyond its limit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etch::detail {

/// One file an entry, named by the hash of its key; the file holds the whole key, so that a hash that two keys share
/// gives a miss and never the other's value. Files appear under their names by rename(2) and carry a checksum: whoever
/// is killed at any point leaves either a whole entry or none. No locks; safe for threads and processes.
/// Nothing throws: a folder that cannot be read or written is a cache that never hits.
class DiskCache {
 public:
  /// `folder` is made when something is stored. Entries beyond `max_bytes` in all go, the longest unused first.
  DiskCache(std::string folder, uint64_t max_bytes);

  /// What the environment asks for (ETCH_CACHE, ETCH_CACHE_DIR, ETCH_CACHE_SIZE; docs/env.md), read at first use; null
  /// when that is no cache. Throws UserError for a value that means nothing.
  static const DiskCache *of_process();

  /// The value of a key. A damaged entry is removed.
  std::optional<std::string> find(std::string_view key) const;
  void store(std::string_view key, std::string_view value) const;
  /// Removes what is beyond the limit, and what writers that died have left. `store` does so now and then.
  void trim() const;

  const std::string &folder() const { return folder_; }
  std::string path_of(std::string_view key) const;

 private:
  std::string folder_;
  uint64_t max_bytes_;
};

}  // namespace etch::detail
