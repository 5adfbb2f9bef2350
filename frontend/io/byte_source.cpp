#include "frontend/io/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

#include "runtime/base/error.h"

namespace etch {
namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path &path) : ByteSource(path.string()) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) fail("no such file");
    if (!std::filesystem::is_regular_file(status)) fail("is not a regular file");
    left_ = std::filesystem::file_size(path, error);
    if (!error) file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) fail(std::string("cannot be opened: ") + std::strerror(errno));
  }

  size_t read_some(void *to, size_t size) override {
    const size_t got = std::fread(to, 1, size, file_.get());
    if (got < size && std::ferror(file_.get())) fail(std::string("reading failed: ") + std::strerror(errno));
    left_ -= std::min<uint64_t>(left_, got);
    return got;
  }
  uint64_t at_most_left() const override { return left_; }

 private:
  struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  uint64_t left_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name) : ByteSource(std::move(name)), bytes_(bytes) {}

  size_t read_some(void *to, size_t size) override {
    const size_t count = std::min(size, bytes_.size());
    if (count) std::memcpy(to, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return count;
  }
  uint64_t at_most_left() const override { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

// A source whose first bytes were looked at.
class PeekedSource final : public ByteSource {
 public:
  PeekedSource(std::string peeked, std::unique_ptr<ByteSource> rest)
      : ByteSource(rest->name()), peeked_(std::move(peeked)), rest_(std::move(rest)) {}

  size_t read_some(void *to, size_t size) override {
    const size_t count = std::min(size, peeked_.size());
    std::memcpy(to, peeked_.data(), count);
    peeked_.erase(0, count);
    return count == size ? count : count + rest_->read_some(static_cast<char *>(to) + count, size - count);
  }
  uint64_t at_most_left() const override { return peeked_.size() + rest_->at_most_left(); }

 private:
  std::string peeked_;
  std::unique_ptr<ByteSource> rest_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> compressed)
      : ByteSource(compressed->name()), compressed_(std::move(compressed)), input_(64 << 10) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) fail("zlib cannot start");  // 16: expect a gzip header
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  size_t read_some(void *to, size_t size) override {
    size_t done = 0;
    while (done < size && !finished_) {
      if (stream_.avail_in == 0) refill();
      const size_t step = std::min<size_t>(size - done, std::numeric_limits<uInt>::max());
      stream_.next_out = static_cast<Bytef *>(to) + done;
      stream_.avail_out = static_cast<uInt>(step);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += step - stream_.avail_out;
      if (status == Z_STREAM_END)
        next_member();
      else if (status == Z_MEM_ERROR)
        fail("out of memory while decompressing");
      else if (status != Z_OK && status != Z_BUF_ERROR)
        fail(std::string("the gzip data is damaged: ") + (stream_.msg ? stream_.msg : "unknown error"));
      else if (stream_.avail_in == 0 && compressed_->at_most_left() == 0 && stream_.avail_out != 0)
        fail("the gzip data ends too early, after " + std::to_string(total_ + done) + " decompressed bytes");
    }
    total_ += done;
    return done;
  }

  // Deflate never expands to more than 1032 times its size; what zlib has read but not yet written is a few symbols.
  uint64_t at_most_left() const override {
    if (finished_) return 0;
    return (compressed_->at_most_left() + stream_.avail_in) * 1032 + kPendingOutput;
  }

 private:
  static constexpr uint64_t kPendingOutput = 16 << 10;

  void refill() {
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(compressed_->read_some(input_.data(), input_.size()));
  }
  // A gzip file may consist of several members, one after the other; anything else after the end is ignored, as gzip
  // itself does.
  void next_member() {
    if (stream_.avail_in == 0) refill();
    if (stream_.avail_in == 0 || stream_.next_in[0] != 0x1f || inflateReset(&stream_) != Z_OK) finished_ = true;
  }

  std::unique_ptr<ByteSource> compressed_;
  std::vector<Bytef> input_;
  z_stream stream_{};
  uint64_t total_ = 0;
  bool finished_ = false;
};

}  // namespace

void ByteSource::read(void *to, size_t size, std::string_view what) {
  const size_t got = read_some(to, size);
  if (got != size)
    fail("truncated: " + std::string(what) + " needs " + std::to_string(size) + " bytes, but the file ends after " +
         std::to_string(got));
}

void ByteSource::fail(const std::string &message) const { throw UserError(name_ + ": " + message); }
void ByteSource::fail_unsupported(const std::string &message) const { throw UnsupportedError(name_ + ": " + message); }

std::unique_ptr<ByteSource> open_file(const std::filesystem::path &path) { return std::make_unique<FileSource>(path); }

std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

std::unique_ptr<ByteSource> open_maybe_gzip(std::unique_ptr<ByteSource> compressed) {
  std::string magic(2, '\0');
  magic.resize(compressed->read_some(magic.data(), magic.size()));
  auto whole = std::make_unique<PeekedSource>(magic, std::move(compressed));
  if (magic != "\x1f\x8b") return whole;
  return std::make_unique<GzipSource>(std::move(whole));
}

}  // namespace etch
