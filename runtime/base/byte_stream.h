#pragma once
// Numbers and texts as bytes, for keys and files that this machine reads back.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace etch {

/// Appends to a string. Lengths precede what they measure, so that no list can pass for the beginning of the next.
class ByteWriter {
 public:
  void number(uint64_t value) {
    // Most numbers are small: seven bits a byte, the eighth says that more follow.
    while (value >= 0x80) {
      bytes_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }
  const std::string &bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads them back. Reading past the end gives zeros and empty texts, and `ok` is false from then on.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  /// A view into what is read.
  std::string_view text() {
    const uint64_t size = number();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
  uint64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
};

/// 64 bits of a text, the same in every run and build: for file names, tables and checksums. Not for secrets.
inline uint64_t hash_bytes(std::string_view bytes) {
  uint64_t state = 0x9E3779B97F4A7C15ull ^ bytes.size();
  auto mix = [&](uint64_t word) {
    const unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xD6E8FEB86659FD93ull;
    state = (static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64)) + 0x632BE59BD9B4E019ull;
  };
  uint64_t word = 0;
  for (; bytes.size() >= sizeof(word); bytes.remove_prefix(sizeof(word))) {
    std::memcpy(&word, bytes.data(), sizeof(word));
    mix(word);
  }
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  mix(word);
  mix(0);
  return state;
}

}  // namespace etch
