#include "frontend/io/idx.h"

#include <algorithm>

#include "frontend/io/byte_source.h"
#include "runtime/base/error.h"

namespace etch {
namespace {

DType element_type(const ByteSource &source, unsigned char code) {
  switch (code) {
    case 0x08: return DType::u8;
    case 0x0C: return DType::i32;
    case 0x0D: return DType::f32;
    case 0x0E: return DType::f64;
    case 0x09:
    case 0x0B:
      source.fail_unsupported(std::string("IDX element type ") + (code == 0x09 ? "0x09 (i8)" : "0x0B (i16)") +
                              " is not supported; accepted are u8, i32, f32 and f64");
    default: break;
  }
  constexpr char kHex[] = "0123456789ABCDEF";
  source.fail(std::string("is not an IDX file: byte 2, the element type, is 0x") + kHex[code >> 4] + kHex[code & 15]);
}

HostArray read_from(std::unique_ptr<ByteSource> source) {
  unsigned char magic[4];
  source->read(magic, sizeof magic, "the IDX magic number");
  if (magic[0] != 0 || magic[1] != 0) source->fail("is not an IDX file: it does not begin with two zero bytes");
  TensorType type{element_type(*source, magic[2]), {}};
  if (magic[3] > kMaxRank)
    source->fail_unsupported("the IDX header has " + std::to_string(magic[3]) + " axes; at most " +
                             std::to_string(kMaxRank) + " are supported");
  for (int axis = 0; axis < magic[3]; ++axis) {
    unsigned char extent[4];  // big endian
    source->read(extent, sizeof extent, "extent " + std::to_string(axis) + " of the IDX header");
    type.shape.push_back(int64_t{extent[0]} << 24 | extent[1] << 16 | extent[2] << 8 | extent[3]);
  }

  const size_t size = size_of(type.dtype);
  bool fits = true;
  try {
    fits = static_cast<uint64_t>(type.shape.num_elements()) <= source->at_most_left() / size;
  } catch (const UserError &) {
    fits = false;
  }
  if (!fits)
    source->fail("truncated: the IDX header promises " + to_string(type) + ", but at most " +
                 std::to_string(source->at_most_left()) + " bytes of data follow");

  HostArray array = HostArray::allocate(type);
  source->read(array.data->data(), array.bytes(), "the data of " + to_string(type));
  // Also makes a gzip stream check its length and checksum.
  char more;
  if (source->read_some(&more, 1) != 0)
    source->fail("holds more than the " + to_string(type) + " that its IDX header promises");
  if (size > 1)
    for (size_t i = 0; i < array.bytes(); i += size)
      std::reverse(array.data->data() + i, array.data->data() + i + size);
  return array;
}

}  // namespace

HostArray read_idx(const std::filesystem::path &path) { return read_from(open_maybe_gzip(open_file(path))); }

HostArray read_idx(std::span<const std::byte> bytes, const std::string &name) {
  return read_from(open_maybe_gzip(open_memory(bytes, name)));
}

}  // namespace etch
