#include <catch2/catch.hpp>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frontend/io/idx.h"
#include "frontend/io/mnist.h"
#include "runtime/base/error.h"
#include "runtime/memory/pool.h"
#include "tests/unit/io_damage.h"
#include "tests/unit/io_temporary.h"

using namespace etch;
using Catch::Matchers::Contains;

namespace {

HostArray parse(const std::string &bytes) { return read_idx(std::as_bytes(std::span(bytes)), "test.idx"); }

std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string idx(int code, const std::vector<uint32_t> &dims, const std::string &data) {
  std::string bytes{0, 0, static_cast<char>(code), static_cast<char>(dims.size())};
  for (uint32_t extent : dims) bytes += big_endian(extent);
  return bytes + data;
}

std::string gzip(const std::string &bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

const std::string kImages = idx(8, {2, 2, 3}, "abcdefghijkl");

std::vector<uint8_t> pixels(const HostArray &array) {
  return {array.elements<uint8_t>().begin(), array.elements<uint8_t>().end()};
}

}  // namespace

TEST_CASE("idx: plain and compressed, told apart by their bytes", "[idx]") {
  const std::string text = "abcdefghijkl";
  for (const std::string &bytes : {kImages, gzip(kImages), gzip(kImages.substr(0, 9)) + gzip(kImages.substr(9))}) {
    const HostArray array = parse(bytes);
    CHECK(array.type == TensorType{u8, {2, 2, 3}});
    CHECK(pixels(array) == std::vector<uint8_t>(text.begin(), text.end()));
  }
  const TemporaryDirectory directory;
  CHECK(read_idx(directory.write("misnamed", gzip(kImages))).type.shape == Shape{2, 2, 3});
}

TEST_CASE("idx: the wider element types are big endian", "[idx]") {
  const HostArray ints = parse(idx(0x0C, {2}, big_endian(7) + big_endian(0xfffffffe)));
  CHECK(ints.type == TensorType{i32, {2}});
  CHECK(ints.elements<int32_t>()[1] == -2);
  CHECK(parse(idx(0x0D, {1}, big_endian(0x3fc00000))).elements<float>()[0] == 1.5f);
  CHECK(parse(idx(0x0E, {1}, big_endian(0x3ff80000) + big_endian(0))).elements<double>()[0] == 1.5);
  CHECK(parse(idx(8, {}, "x")).type.shape.rank() == 0);
  CHECK(parse(idx(8, {0, 28, 28}, "")).bytes() == 0);
}

TEST_CASE("idx: what is wrong is said", "[idx]") {
  CHECK_THROWS_AS(parse(idx(0x09, {1}, "x")), UnsupportedError);
  CHECK_THROWS_WITH(parse(idx(0x0B, {1}, "xx")), Contains("test.idx") && Contains("i16") && Contains("u8, i32, f32"));
  CHECK_THROWS_WITH(parse(idx(0x42, {1}, "x")), Contains("0x42"));
  CHECK_THROWS_WITH(parse("not an idx file"), Contains("two zero bytes"));
  CHECK_THROWS_AS(parse(idx(8, std::vector<uint32_t>(9, 1), "x")), UnsupportedError);
  CHECK_THROWS_WITH(parse(idx(8, {2, 2}, "abc")), Contains("truncated") && Contains("u8[2,2]") && Contains("3 bytes"));
  CHECK_THROWS_WITH(parse(idx(8, {2, 2}, "abcde")), Contains("more than the u8[2,2]"));
  std::string bad_checksum = gzip(kImages);
  bad_checksum[bad_checksum.size() - 6] ^= 1;
  CHECK_THROWS_WITH(parse(bad_checksum), Contains("damaged"));
  const std::string half = gzip(idx(8, {10000}, std::string(10000, 'x')));
  CHECK_THROWS_WITH(parse(half.substr(0, half.size() - 9)), Contains("ends too early"));
}

TEST_CASE("idx: sizes beyond the file are refused before memory is asked for", "[idx]") {
  runtime::reset_peak_memory();
  const uint64_t before = runtime::memory_statistics().peak_bytes_in_use;
  const uint32_t most = 0xffffffff;
  for (const std::string &bytes : {idx(8, {most}, "x"), idx(8, {most, most, most}, "x"), idx(8, {1 << 20}, "x")}) {
    CHECK_THROWS_WITH(parse(bytes), Contains("truncated") && Contains("promises"));
    CHECK_THROWS_WITH(parse(gzip(bytes)), Contains("truncated") && Contains("promises"));
  }
  CHECK(runtime::memory_statistics().peak_bytes_in_use - before < 4096);
}

TEST_CASE("idx: truncated anywhere or with flipped bits it is an error or an array, never a crash", "[idx][fuzz]") {
  for (const std::string &whole : {kImages, gzip(kImages)}) check_damaged(whole, 11, parse);
}

TEST_CASE("mnist: the four files are found, compressed or not", "[mnist]") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(MnistFiles::find(directory.path()), Contains("train-images-idx3-ubyte.gz"));
  directory.write("train-images-idx3-ubyte", kImages);
  directory.write("train-labels-idx1-ubyte.gz", gzip(idx(8, {2}, "\x03\x04")));
  directory.write("t10k-images.idx3-ubyte", idx(8, {1, 2, 3}, "abcdef"));
  directory.write("t10k-labels.idx1-ubyte.gz", gzip(idx(8, {2}, "\x05\x06")));
  const MnistFiles files = MnistFiles::find(directory.path());
  const LabelledImages train = files.load_train();
  CHECK(train.images.type == TensorType{u8, {2, 2, 3}});
  CHECK(pixels(train.labels) == std::vector<uint8_t>{3, 4});
  CHECK_THROWS_WITH(files.load_test(), Contains("1 images") && Contains("2 labels"));

  MnistFiles swapped = files;
  std::swap(swapped.train_images, swapped.train_labels);
  CHECK_THROWS_WITH(swapped.load_train(), Contains("u8[n,height,width]") && Contains("u8[2]"));
}
