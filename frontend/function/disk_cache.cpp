#include "frontend/function/disk_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/base/byte_stream.h"
#include "runtime/base/env.h"
#include "runtime/base/log.h"

namespace etch::detail {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".etch", kUnfinished = "unfinished-";

struct Header {
  char magic[8] = {'e', 't', 'c', 'h', 'o', 'b', 'j', '1'};
  uint64_t checksum = 0;  // of all that follows
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
};

void note(const std::string &what) {
  if (log_enabled(LogLevel::debug)) log(LogLevel::debug, "disk cache: " + what);
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  bool read_all(char *data, size_t bytes) {
    while (bytes > 0) {
      const ssize_t count = read(descriptor_, data, bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      data += count;
      bytes -= static_cast<size_t>(count);
    }
    return true;
  }
  bool write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

 private:
  int descriptor_;
};

std::string default_folder() {
  // The XDG base directory specification; relative paths there mean nothing.
  const char *base = std::getenv("XDG_CACHE_HOME");
  if (base && *base == '/') return std::string(base) + "/etch";
  const char *home = std::getenv("HOME");
  std::error_code error;
  if (home && *home == '/' && fs::is_directory(home, error)) return std::string(home) + "/.cache/etch";
  return {};
}

}  // namespace

DiskCache::DiskCache(std::string folder, uint64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

const DiskCache *DiskCache::of_process() {
  static const std::unique_ptr<const DiskCache> cache = []() -> std::unique_ptr<const DiskCache> {
    if (!env::flag("ETCH_CACHE", true)) return nullptr;
    const char *chosen = std::getenv("ETCH_CACHE_DIR");
    std::string folder = chosen ? chosen : default_folder();
    const auto megabytes = static_cast<uint64_t>(env::integer("ETCH_CACHE_SIZE", 256, 1, 1 << 20));
    if (folder.empty()) return nullptr;
    return std::make_unique<const DiskCache>(std::move(folder), megabytes << 20);
  }();
  return cache.get();
}

std::string DiskCache::path_of(std::string_view key) const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  const uint64_t hash = hash_bytes(key);
  for (int shift = 60; shift >= 0; shift -= 4) name += kDigits[hash >> shift & 15];
  return folder_ + "/" + name + std::string(kSuffix);
}

std::optional<std::string> DiskCache::find(std::string_view key) const {
  const std::string path = path_of(key);
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return std::nullopt;
  struct stat status{};
  // Code is only taken from those who could run it anyway.
  if (fstat(file.descriptor(), &status) != 0 || (status.st_uid != geteuid() && status.st_uid != 0)) return std::nullopt;
  auto damaged = [&]() -> std::optional<std::string> {
    note("removed the damaged " + path);
    unlink(path.c_str());
    return std::nullopt;
  };
  Header header;
  const Header expected;
  const auto bytes = static_cast<uint64_t>(status.st_size);
  if (bytes < sizeof(header) || !file.read_all(reinterpret_cast<char *>(&header), sizeof(header)) ||
      std::memcmp(header.magic, expected.magic, sizeof(header.magic)) != 0)
    return damaged();
  const uint64_t rest = bytes - sizeof(header);
  if (header.key_bytes > rest || header.value_bytes != rest - header.key_bytes) return damaged();
  std::string content(rest, '\0');
  if (!file.read_all(content.data(), rest) || hash_bytes(content) != header.checksum) return damaged();
  if (std::string_view(content).substr(0, header.key_bytes) != key) return std::nullopt;
  // What is used stays longest. Fails where the folder may only be read; so be it.
  futimens(file.descriptor(), nullptr);
  content.erase(0, header.key_bytes);
  return content;
}

void DiskCache::store(std::string_view key, std::string_view value) const {
  std::string content(key);
  content.append(value);
  Header header;
  header.checksum = hash_bytes(content);
  header.key_bytes = key.size();
  header.value_bytes = value.size();
  const uint64_t bytes = sizeof(header) + content.size();
  if (bytes > max_bytes_ / 4) return;
  static std::atomic<uint64_t> counter{0};
  const std::string path = path_of(key);
  std::string unfinished;
  auto create = [&] {
    // Containers that share the folder have processes of one number, and one that was killed leaves its file.
    int descriptor;
    do {
      unfinished =
          folder_ + "/" + std::string(kUnfinished) + std::to_string(getpid()) + "-" + std::to_string(counter++);
      descriptor = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (descriptor < 0 && errno == EEXIST);
    return descriptor;
  };
  int descriptor = create();
  if (descriptor < 0 && errno == ENOENT) {
    std::error_code error;
    fs::create_directories(folder_, error);
    chmod(folder_.c_str(), 0700);
    descriptor = create();
  }
  bool written = false;
  {
    File file(descriptor);
    if (!file.is_open()) return note("cannot write in " + folder_ + ": " + std::strerror(errno));
    written = file.write_all({reinterpret_cast<const char *>(&header), sizeof(header)}) && file.write_all(content);
  }
  if (!written || rename(unfinished.c_str(), path.c_str()) != 0) {
    note("cannot write " + path + ": " + std::strerror(errno));
    unlink(unfinished.c_str());
    return;
  }
  // Looking at every file costs milliseconds, so it is done once for about each 32nd part of the limit that is written:
  // by whom the hash decides, which needs no state.
  if (hash_bytes(content) % max_bytes_ < 32 * bytes) trim();
}

void DiskCache::trim() const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    uint64_t bytes;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;  // other processes trim, too
    const std::string name = it->path().filename().string();
    const fs::file_time_type used = it->last_write_time(gone);
    if (gone) continue;
    if (name.starts_with(kUnfinished)) {
      if (now - used > std::chrono::hours(1)) fs::remove(it->path(), gone);
      continue;
    }
    if (!name.ends_with(kSuffix)) continue;
    const uint64_t bytes = it->file_size(gone);
    if (gone) continue;
    entries.push_back({it->path(), used, bytes});
    total += bytes;
  }
  if (total <= max_bytes_) return;
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.used < b.used; });
  for (const Entry &entry : entries) {
    // A little further than needed, or the next store would be here again.
    if (total <= max_bytes_ / 10 * 9) break;
    std::error_code gone;
    fs::remove(entry.path, gone);
    total -= entry.bytes;
  }
}

}  // namespace etch::detail
