#pragma once
// Machine code that comes with Etch: common ops, compiled when Etch was built.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace etch::detail {

/// A file of values by key, mapped into memory: beside libetch one for each level of processors. tools/etch-pack writes
/// them. Keys and values are those of the disk cache (stored_code.h).
class KernelPack {
 public:
  /// Null when the file is not there or is no pack.
  static std::unique_ptr<const KernelPack> open(const std::string &path);
  /// The pack for this processor (or for ETCH_TARGET_CPU), or the one that ETCH_KERNEL_PACK names; null when there is
  /// none.
  static const KernelPack *of_process();
  /// The same where its programs are used, too, and not only their routines: not with ETCH_CACHE=0.
  static const KernelPack *of_programs();

  /// Whether this processor runs code for a target; false for targets that no pack is made for.
  static bool runs_here(std::string_view target);

  /// Whether it is the pack for what this process compiles for: this processor's best, or ETCH_TARGET_CPU.
  bool is_best() const;

  ~KernelPack();
  KernelPack(const KernelPack &) = delete;
  KernelPack &operator=(const KernelPack &) = delete;

  /// What its code was compiled for: "x86-64-v3".
  std::string_view target() const { return target_; }
  /// Longer keys are not in it.
  size_t longest_key() const { return longest_key_; }
  uint64_t size() const { return count_; }
  /// The value of a key, which lives as long as the pack.
  std::optional<std::string_view> find(std::string_view key) const;

  /// The bytes of a pack.
  static std::string write(std::string_view target, const std::map<std::string, std::string> &values);
  /// "etch-x86-64-v3.pack"
  static std::string file_name(std::string_view target);

 private:
  KernelPack() = default;
  std::string_view bytes_, target_;
  uint64_t count_ = 0;
  size_t longest_key_ = 0;
  const char *index_ = nullptr;
};

}  // namespace etch::detail
