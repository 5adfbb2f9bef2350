#include "frontend/io/npy.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "frontend/io/byte_source.h"
#include "frontend/io/npy_header.h"
#include "runtime/base/error.h"

static_assert(std::endian::native == std::endian::little, "files are read as little endian without conversion");

namespace etch {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;
constexpr size_t kLongestHeader = 1 << 20;  // bytes; eight axes need 250

struct ElementType {
  DType dtype;
  bool swapped;
};

// "<f4", ">f4", "=f4", and "|u1" where bytes have no order; bf16, which NumPy does not know, is "<V2" or "|V2".
ElementType element_type(const ByteSource &source, const std::string &descr) {
  if (descr.size() > 1) {
    const char order = descr[0];
    for (char stored : {'<', '|'}) {
      const auto dtype = dtype_from_numpy(stored + descr.substr(1));
      if (!dtype) continue;
      const bool has_order = size_of(*dtype) > 1 && *dtype != DType::bf16;
      if (order == '>' && *dtype == DType::bf16) break;  // bytes without a meaning are not swapped
      if (order == '<' || order == '>' || order == '=' || (order == '|' && !has_order))
        return {*dtype, order == '>' && has_order};
    }
  }
  std::string accepted;
  for (DType dtype : {boolean, u8, i32, i64, f16, bf16, f32, f64})
    accepted +=
        (accepted.empty() ? "" : ", ") + std::string(name_of(dtype)) + " (" + std::string(numpy_name_of(dtype)) + ")";
  source.fail_unsupported("element type '" + descr.substr(0, 40) + "' is not supported; accepted are " + accepted +
                          "; convert with array.astype before saving");
}

std::string read_header_text(ByteSource &source) {
  unsigned char start[8];
  source.read(start, sizeof start, "the magic string and version");
  if (std::memcmp(start, kMagic.data(), kMagic.size()) != 0)
    source.fail("is not a .npy file: it does not begin with \"\\x93NUMPY\"");
  const int major = start[6];
  if (major < 1 || major > 3 || start[7] != 0)
    source.fail("has .npy version " + std::to_string(major) + "." + std::to_string(start[7]) +
                "; versions 1.0, 2.0 and 3.0 can be read");
  unsigned char length_bytes[4] = {};
  source.read(length_bytes, major == 1 ? 2 : 4, "the header's length");
  uint32_t length = 0;
  std::memcpy(&length, length_bytes, 4);
  if (length > kLongestHeader || length > source.at_most_left())
    source.fail("the header claims " + std::to_string(length) + " bytes, but " + std::to_string(source.at_most_left()) +
                " are left in the file and at most " + std::to_string(kLongestHeader) + " are accepted");
  std::string text(length, '\0');
  source.read(text.data(), length, "the header");
  return text;
}

void swap_bytes(std::byte *data, size_t count, size_t size) {
  for (size_t i = 0; i < count; ++i) std::reverse(data + i * size, data + (i + 1) * size);
}

// Copies column-major `from` into row-major `to`, writing in order.
void transpose(const std::byte *from, std::byte *to, const Shape &shape, size_t size) {
  std::array<int64_t, kMaxRank> index{}, stride{};
  int64_t count = 1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    stride[static_cast<size_t>(axis)] = count;
    count *= shape[axis];
  }
  int64_t source = 0;
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(to + static_cast<size_t>(i) * size, from + static_cast<size_t>(source) * size, size);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const size_t a = static_cast<size_t>(axis);
      source += stride[a];
      if (++index[a] < shape[axis]) break;
      source -= stride[a] * shape[axis];
      index[a] = 0;
    }
  }
}

HostArray read_from(ByteSource &source) {
  NpyHeader header;
  const std::string text = read_header_text(source);
  try {
    header = parse_npy_header(text);
  } catch (const UnsupportedError &error) {
    source.fail_unsupported(error.message());
  } catch (const UserError &error) {
    source.fail(error.message());
  }
  const ElementType element = element_type(source, header.descr);
  const size_t size = size_of(element.dtype);

  // In steps that cannot overflow, and before anything is allocated.
  int64_t count = 0;
  bool fits = true;
  try {
    count = header.shape.num_elements();
    fits = static_cast<uint64_t>(count) <= source.at_most_left() / size;
  } catch (const UserError &) {
    fits = false;
  }
  if (!fits)
    source.fail("truncated: the header promises " + to_string(TensorType{element.dtype, header.shape}) + ", but only " +
                std::to_string(source.at_most_left()) + " bytes of data follow");

  HostArray array = HostArray::allocate({element.dtype, header.shape});
  source.read(array.data->data(), array.bytes(), "the data");
  if (element.swapped) swap_bytes(array.data->data(), static_cast<size_t>(count), size);
  // Compiled code relies on 0 and 1.
  if (element.dtype == DType::boolean)
    for (std::byte &value : std::span(array.data->data(), array.bytes())) value = std::byte{value != std::byte{0}};
  if (!header.fortran_order || header.shape.rank() < 2) return array;

  HostArray row_major = HostArray::allocate(array.type);
  if (count) transpose(array.data->data(), row_major.data->data(), header.shape, size);
  return row_major;
}

}  // namespace

HostArray read_npy(const std::filesystem::path &path) { return read_from(*open_file(path)); }

HostArray read_npy(std::span<const std::byte> bytes, const std::string &name) {
  return read_from(*open_memory(bytes, name));
}

void write_npy(const std::filesystem::path &path, const HostArray &array) {
  std::string text = npy_header_text({std::string(numpy_name_of(array.type.dtype)), false, array.type.shape});
  // Spaces and a newline up to the alignment, so that the data can be mapped.
  const size_t unpadded = kMagic.size() + 2 + 2 + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ') += '\n';

  // Under a name of its own until it is complete: a crash leaves no half file, and readers never see one. What is no
  // file, a device or a pipe, stays what it is.
  static std::atomic<int> counter = 0;
  std::error_code unknown;
  const bool replaces = !std::filesystem::is_other(path, unknown);
  std::filesystem::path unfinished = path;
  if (replaces) unfinished += ".tmp" + std::to_string(getpid()) + "-" + std::to_string(counter++);
  std::FILE *file = std::fopen(unfinished.c_str(), "wb");
  if (!file) throw UserError(path.string() + ": cannot be written: " + std::strerror(errno));
  const unsigned char version_and_length[] = {1, 0, static_cast<unsigned char>(text.size() & 0xff),
                                              static_cast<unsigned char>(text.size() >> 8)};
  bool written = std::fwrite(kMagic.data(), 1, kMagic.size(), file) == kMagic.size() &&
                 std::fwrite(version_and_length, 1, 4, file) == 4 &&
                 std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                 (array.bytes() == 0 || std::fwrite(array.data->data(), 1, array.bytes(), file) == array.bytes());
  written = std::fclose(file) == 0 && written;
  if (written && (!replaces || std::rename(unfinished.c_str(), path.c_str()) == 0)) return;
  const std::string reason = std::strerror(errno);
  if (replaces) std::remove(unfinished.c_str());
  throw UserError(path.string() + ": cannot be written: " + reason);
}

}  // namespace etch
