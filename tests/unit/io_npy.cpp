#include <catch2/catch.hpp>
#include <algorithm>
#include <cstring>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/io/npy.h"
#include "frontend/io/npy_header.h"
#include "runtime/base/error.h"
#include "runtime/memory/pool.h"
#include "tests/unit/io_damage.h"
#include "tests/unit/io_temporary.h"

using namespace etch;
using Catch::Matchers::Contains;

namespace {

HostArray parse(const std::string &bytes) { return read_npy(std::as_bytes(std::span(bytes)), "test.npy"); }

// Laid out as NumPy's format specification says, version 1.0 unless told otherwise.
std::string npy(std::string header, const std::string &data, int version = 1) {
  const size_t before = version == 1 ? 10 : 12;
  while ((before + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string bytes = "\x93NUMPY" + std::string{static_cast<char>(version), '\0'};
  for (size_t i = 0; i < (version == 1 ? 2u : 4u); ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}
std::string describe(const std::string &descr, const std::string &shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
}

template <class T> std::string bytes_of(const std::vector<T> &values, bool swapped = false) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  if (swapped)
    for (size_t i = 0; i < bytes.size(); i += sizeof(T)) std::reverse(&bytes[i], &bytes[i] + sizeof(T));
  return bytes;
}
template <class T> std::vector<T> values_of(const HostArray &array) {
  const auto elements = array.elements<T>();
  return {elements.begin(), elements.end()};
}

}  // namespace

TEST_CASE("npy: every element type, both byte orders", "[npy]") {
  const auto check = [](auto values) {
    using T = typename decltype(values)::value_type;
    const std::string name(numpy_name_of(dtype_of<T>));
    for (bool swapped : {false, true}) {
      if (swapped && (sizeof(T) == 1 || dtype_of<T> == bf16)) continue;
      const std::string descr = (swapped ? ">" : name.substr(0, 1)) + name.substr(1);
      const HostArray array = parse(npy(describe(descr, "(2, 3)"), bytes_of(values, swapped)));
      CHECK(array.type == TensorType{dtype_of<T>, {2, 3}});
      CHECK(values_of<T>(array) == values);
    }
  };
  check(std::vector<uint8_t>{0, 1, 2, 3, 254, 255});
  check(std::vector<int32_t>{0, 1, -2, 3, INT32_MIN, INT32_MAX});
  check(std::vector<int64_t>{0, 1, -2, 3, INT64_MIN, INT64_MAX});
  check(std::vector<half>{half(0), half(1.5f), half(-2), half(3), half(65504), half(6e-8f)});
  check(std::vector<bfloat16>{bfloat16(0), bfloat16(1.5), bfloat16(-2), bfloat16(3), bfloat16(3e38), bfloat16(1e-40)});
  check(std::vector<float>{0, 1.5f, -2, 3, 1e30f, 1e-40f});
  check(std::vector<double>{0, 1.5, -2, 3, 1e300, 5e-324});
}

TEST_CASE("npy: booleans become 0 and 1 whatever the file holds", "[npy]") {
  const HostArray array = parse(npy(describe("|b1", "(4,)"), std::string("\x00\x01\x02\xff", 4)));
  CHECK(array.type == TensorType{boolean, {4}});
  CHECK(std::memcmp(array.data->data(), "\x00\x01\x01\x01", 4) == 0);
}

TEST_CASE("npy: Fortran order becomes row major", "[npy]") {
  // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)) in memory order
  std::vector<int32_t> stored;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) stored.push_back(12 * i + 4 * j + k);
  std::vector<int32_t> expected(24);
  std::iota(expected.begin(), expected.end(), 0);
  for (bool swapped : {false, true}) {
    const std::string header = describe(swapped ? ">i4" : "<i4", "(2, 3, 4)", true);
    CHECK(values_of<int32_t>(parse(npy(header, bytes_of(stored, swapped)))) == expected);
  }
  CHECK(values_of<int32_t>(parse(npy(describe("<i4", "(24,)", true), bytes_of(expected)))) == expected);
  CHECK(parse(npy(describe("<i4", "(0, 3)", true), "")).type.shape == Shape{0, 3});
}

TEST_CASE("npy: versions, scalars, empty arrays, spellings", "[npy]") {
  const std::string data = bytes_of<float>({1, 2});
  for (int version : {1, 2, 3}) CHECK(values_of<float>(parse(npy(describe("<f4", "(2,)"), data, version)))[1] == 2);
  CHECK(parse(npy(describe("<f4", "()"), bytes_of<float>({7}))).type.shape.rank() == 0);
  CHECK(parse(npy(describe("<f4", "(2, 0)"), "")).bytes() == 0);
  CHECK(parse(npy("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"=f4\"}", data)).type.shape == Shape{2});
  CHECK(values_of<float>(parse(npy(describe("<f4", "(2,)"), data + "more"))).size() == 2);  // numpy.load ignores it too
}

TEST_CASE("npy: what is written is what NumPy writes", "[npy]") {
  const TemporaryDirectory directory;
  HostArray array = HostArray::allocate({f32, {2, 3}});
  for (int i = 0; i < 6; ++i) array.elements<float>()[static_cast<size_t>(i)] = static_cast<float>(i);
  write_npy(directory.path() / "a.npy", array);
  std::ifstream file(directory.path() / "a.npy", std::ios::binary);
  std::stringstream written;
  written << file.rdbuf();
  // numpy.save("a.npy", numpy.arange(6, dtype="f4").reshape(2, 3))
  const std::string header = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') +
                             '\n';
  CHECK(written.str() == header + bytes_of<float>({0, 1, 2, 3, 4, 5}));

  for (const Shape &shape : {Shape{}, Shape{3}, Shape{0}, Shape{1, 2, 3, 4, 5, 6, 7, 8}}) {
    HostArray original = HostArray::allocate({i64, shape});
    for (int64_t i = 0; i < original.num_elements(); ++i) original.elements<int64_t>()[static_cast<size_t>(i)] = -i;
    write_npy(directory.path() / "b.npy", original);
    const HostArray copy = read_npy(directory.path() / "b.npy");
    CHECK(copy.type == original.type);
    CHECK(values_of<int64_t>(copy) == values_of<int64_t>(original));
  }
  // numpy.save("d.npy", numpy.array([1.5, -2, 0.1], ml_dtypes.bfloat16)) says "<V2"; older versions of NumPy said
  // "|V2".
  const std::vector<bfloat16> numbers{bfloat16(1.5), bfloat16(-2), bfloat16(0.1)};
  for (const char *descr : {"<V2", "|V2"})
    CHECK(values_of<bfloat16>(parse(npy(describe(descr, "(3,)"), bytes_of(numbers)))) == numbers);
  HostArray narrow = HostArray::allocate({bf16, {3}});
  std::copy(numbers.begin(), numbers.end(), narrow.elements<bfloat16>().begin());
  write_npy(directory.path() / "b.npy", narrow);
  CHECK(values_of<bfloat16>(read_npy(directory.path() / "b.npy")) == numbers);

  CHECK_THROWS_WITH(write_npy(directory.path() / "missing" / "c.npy", array), Contains("missing/c.npy"));
  const std::filesystem::directory_iterator files(directory.path());
  CHECK(std::distance(begin(files), end(files)) == 2);  // no temporary file stays
}

TEST_CASE("npy: types outside the table are refused with what is accepted", "[npy]") {
  for (const char *descr :
       {"<i2", "|i1", "<u4", "<c8", "<U5", "|S3", "|O", "<M8[ns]", "<f16", "", "f", "|f4", ">V2", "<V4"}) {
    INFO(descr);
    CHECK_THROWS_AS(parse(npy(describe(descr, "(2,)"), std::string(64, ' '))), UnsupportedError);
    CHECK_THROWS_WITH(parse(npy(describe(descr, "(2,)"), std::string(64, ' '))),
                      Contains("test.npy") && Contains("'" + std::string(descr) + "'") && Contains("f32 (<f4)"));
  }
  const std::string structured = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }";
  CHECK_THROWS_AS(parse(npy(structured, "")), UnsupportedError);
  CHECK_THROWS_AS(parse(npy(describe("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), "1234")), UnsupportedError);
}

TEST_CASE("npy: damaged headers say what is wrong", "[npy]") {
  const auto message = [](const std::string &header) {
    try {
      parse(npy(header, std::string(64, '\0')));
    } catch (const UserError &error) {
      return error.message();
    }
    return std::string("accepted");
  };
  CHECK_THAT(message(""), Contains("expected '{'"));
  CHECK_THAT(message("{'descr': '<f4', 'shape': (2,), }"), Contains("all of the keys"));
  CHECK_THAT(message("{'descr': '<f4', 'fortran_order': false, 'shape': (2,), }"), Contains("True or False"));
  CHECK_THAT(message(describe("<f4", "(-2,)")), Contains("extent from 0"));
  CHECK_THAT(message(describe("<f4", "(2)")), Contains("comma after the only extent"));
  CHECK_THAT(message(describe("<f4", "(99999999999999999999,)")), Contains("extent from 0"));
  CHECK_THAT(message(describe("<f4", "[2]")), Contains("expected '('"));
  CHECK_THAT(message(describe("<f4", "(2,)") + "x"), Contains("nothing after"));
  CHECK_THAT(message("{'descr': '<f4', 'descr': '<f4', 'fortran_order': True, 'shape': (2,)}"), Contains("each once"));
  CHECK_THAT(message("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}"), Contains("not 'x'"));
  CHECK(message("{'descr': '" + std::string(5000, 'x')).size() < 400);
}

TEST_CASE("npy: sizes beyond the file are refused before memory is asked for", "[npy]") {
  runtime::reset_peak_memory();
  const uint64_t before = runtime::memory_statistics().peak_bytes_in_use;
  for (const char *shape : {"(3,)", "(1099511627776,)", "(4611686018427387904, 4)", "(3037000500, 3037000500)"})
    CHECK_THROWS_WITH(parse(npy(describe("<f4", shape), bytes_of<float>({1, 2}))),
                      Contains("truncated") && Contains("8 bytes of data follow"));
  std::string huge_header = npy(describe("<f4", "(2,)"), "", 2);
  huge_header[8] = huge_header[9] = huge_header[10] = huge_header[11] = '\xff';
  CHECK_THROWS_WITH(parse(huge_header), Contains("the header claims 4294967295 bytes"));
  CHECK(runtime::memory_statistics().peak_bytes_in_use - before < 4096);
}

TEST_CASE("npy: other files, missing files, directories", "[npy]") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(read_npy(directory.path() / "none.npy"), Contains("none.npy") && Contains("no such file"));
  CHECK_THROWS_WITH(read_npy(directory.path()), Contains("not a regular file"));
  CHECK_THROWS_WITH(read_npy(directory.write("zip.npy", "PK\x03\x04 some other file")), Contains("is not a .npy file"));
  CHECK_THROWS_WITH(read_npy(directory.write("empty.npy", "")), Contains("truncated"));
  std::string future = npy(describe("<f4", "(2,)"), bytes_of<float>({1, 2}));
  future[6] = 9;
  CHECK_THROWS_WITH(read_npy(directory.write("future.npy", future)), Contains("version 9.0"));
}

TEST_CASE("npy: truncated anywhere or with flipped bits it is an error or an array, never a crash", "[npy][fuzz]") {
  const std::string whole = npy(describe(">f8", "(3, 2)", true), bytes_of<double>({1, 2, 3, 4, 5, 6}, true));
  check_damaged(whole, 7, parse);
}
