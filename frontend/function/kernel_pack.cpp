#include "frontend/function/kernel_pack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "runtime/base/byte_stream.h"
#include "runtime/base/env.h"
#include "runtime/cpu/cpu_features.h"
#include "runtime/cpu/target_cpu.h"

namespace etch::detail {

namespace {

struct Header {
  char magic[8] = {'e', 't', 'c', 'h', 'p', 'a', 'k', '1'};
  char target[24] = {};
  uint64_t count = 0;  // of Index, which follow in the order of their hashes; then the keys and values
  uint64_t longest_key = 0;
};

struct Index {
  uint64_t hash;
  uint64_t offset;  // of the key in the file; its value follows
  uint64_t key_bytes, value_bytes;
};

struct Level {
  const char *target;
  const char *features;
};

// Best first: the levels of the x86-64 psABI.
#define ETCH_V3 "avx,avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt,sse4.2"
constexpr Level kLevels[] = {{"x86-64-v4", ETCH_V3 ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl"},
                             {"x86-64-v3", ETCH_V3}};
#undef ETCH_V3

/// Of the process; null when no pack is made for it.
const Level *best_level() {
  const std::string &target = runtime::target_cpu();
  const auto *best = std::find_if(std::begin(kLevels), std::end(kLevels), [&](const Level &level) {
    return (target == "native" || target == level.target) && KernelPack::runs_here(level.target);
  });
  return best == std::end(kLevels) ? nullptr : best;
}

std::string folder_of_libetch() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&KernelPack::file_name), &info) || !info.dli_fname) return {};
  return std::filesystem::path(info.dli_fname).parent_path().string();
}

}  // namespace

std::unique_ptr<const KernelPack> KernelPack::open(const std::string &path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status{};
  void *memory = MAP_FAILED;
  if (fstat(file, &status) == 0 && static_cast<size_t>(status.st_size) >= sizeof(Header))
    memory = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (memory == MAP_FAILED) return nullptr;
  std::unique_ptr<KernelPack> pack(new KernelPack);
  pack->bytes_ = {static_cast<const char *>(memory), static_cast<size_t>(status.st_size)};
  Header header;
  const Header expected;
  std::memcpy(&header, memory, sizeof(header));
  const size_t room = pack->bytes_.size() - sizeof(header);
  if (std::memcmp(header.magic, expected.magic, sizeof(header.magic)) != 0 ||
      header.target[sizeof(header.target) - 1] || header.count > room / sizeof(Index))
    return nullptr;
  pack->target_ = static_cast<const Header *>(memory)->target;
  pack->count_ = header.count;
  pack->longest_key_ = header.longest_key;
  pack->index_ = pack->bytes_.data() + sizeof(header);
  return pack;
}

const KernelPack *KernelPack::of_process() {
  // Mapped until the process ends: the compiler reads routines from it.
  static const KernelPack *pack = []() -> std::unique_ptr<const KernelPack> {
    if (const char *chosen = std::getenv("ETCH_KERNEL_PACK")) return open(chosen);
    const Level *level = best_level();
    return level ? open(folder_of_libetch() + "/" + file_name(level->target)) : nullptr;
  }()
                                              .release();
  return pack;
}

const KernelPack *KernelPack::of_programs() {
  static const bool are_used = env::flag("ETCH_CACHE", true);
  return are_used ? of_process() : nullptr;
}

bool KernelPack::runs_here(std::string_view target) {
  for (const Level &level : kLevels)
    if (level.target == target) return runtime::first_missing_cpu_feature(level.features).empty();
  return false;
}

bool KernelPack::is_best() const {
  const Level *best = best_level();
  return best && target_ == best->target;
}

KernelPack::~KernelPack() {
  if (!bytes_.empty()) munmap(const_cast<char *>(bytes_.data()), bytes_.size());
}

std::optional<std::string_view> KernelPack::find(std::string_view key) const {
  const uint64_t hash = hash_bytes(key);
  auto at = [&](uint64_t i) {
    Index index;
    std::memcpy(&index, index_ + i * sizeof(Index), sizeof(index));
    return index;
  };
  uint64_t first = 0, last = count_;
  while (first < last) {
    const uint64_t middle = first + (last - first) / 2;
    if (at(middle).hash < hash)
      first = middle + 1;
    else
      last = middle;
  }
  for (; first < count_ && at(first).hash == hash; ++first) {
    const Index index = at(first);
    const uint64_t size = bytes_.size();
    if (index.offset > size || index.key_bytes > size - index.offset ||
        index.value_bytes > size - index.offset - index.key_bytes)
      return std::nullopt;
    if (bytes_.substr(index.offset, index.key_bytes) == key)
      return bytes_.substr(index.offset + index.key_bytes, index.value_bytes);
  }
  return std::nullopt;
}

std::string KernelPack::file_name(std::string_view target) { return "etch-" + std::string(target) + ".pack"; }

std::string KernelPack::write(std::string_view target, const std::map<std::string, std::string> &values) {
  Header header;
  target.copy(header.target, sizeof(header.target) - 1);
  header.count = values.size();
  std::vector<Index> index;
  std::string content;
  const size_t start = sizeof(Header) + values.size() * sizeof(Index);
  for (const auto &[key, value] : values) {
    index.push_back({hash_bytes(key), start + content.size(), key.size(), value.size()});
    header.longest_key = std::max<uint64_t>(header.longest_key, key.size());
    content += key;
    content += value;
  }
  std::sort(index.begin(), index.end(),
            [](const Index &a, const Index &b) { return std::pair(a.hash, a.offset) < std::pair(b.hash, b.offset); });
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
  bytes.append(reinterpret_cast<const char *>(index.data()), index.size() * sizeof(Index));
  return bytes + content;
}

}  // namespace etch::detail
