#pragma once
// Bytes to read from, whether they come from a file, from memory or out of a gzip stream. All failures are UserErrors
// that begin with the source's name.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace etch {

class ByteSource {
 public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource &) = delete;
  ByteSource &operator=(const ByteSource &) = delete;

  /// Reads up to `size` bytes; fewer only at the end of the data.
  virtual size_t read_some(void *to, size_t size) = 0;
  /// An upper bound of what is left: exact for files and memory. Callers compare it with what a header promises before
  /// they allocate.
  virtual uint64_t at_most_left() const = 0;

  /// Reads exactly `size` bytes of `what`, or throws a UserError that says how many there were.
  void read(void *to, size_t size, std::string_view what);
  /// Throws UserError("<name>: <message>").
  [[noreturn]] void fail(const std::string &message) const;
  [[noreturn]] void fail_unsupported(const std::string &message) const;
  const std::string &name() const { return name_; }

 private:
  std::string name_;
};

/// Throws UserError when the file cannot be opened or is no regular file.
std::unique_ptr<ByteSource> open_file(const std::filesystem::path &path);
/// `bytes` must outlive the source. `name` stands in messages.
std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes, std::string name);
/// What `compressed` holds, if it begins like a gzip stream; else `compressed` itself. Damage is
/// reported while reading.
std::unique_ptr<ByteSource> open_maybe_gzip(std::unique_ptr<ByteSource> compressed);

}  // namespace etch
