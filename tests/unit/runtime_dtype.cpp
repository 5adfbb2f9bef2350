#include <catch2/catch.hpp>
#include <bit>
#include <cmath>
#include <random>
#include <string>

#include "runtime/base/dtype.h"

using namespace etch;

namespace {
half half_of_bits(uint16_t bits) {
  half value;
  value.bits = bits;
  return value;
}
float as_float(uint16_t bits) { return static_cast<float>(half_of_bits(bits)); }
}  // namespace

TEST_CASE("the dtype table is consistent", "[dtype]") {
  const DType all[] = {boolean, u8, i32, i64, f16, f32, f64};
  for (DType dtype : all) {
    CHECK(dtype_from_name(name_of(dtype)) == dtype);
    CHECK(dtype_from_numpy(numpy_name_of(dtype)) == dtype);
    CHECK(numpy_name_of(dtype).back() - '0' == static_cast<int>(size_of(dtype)));
  }
  CHECK(name_of(boolean) == "bool");
  CHECK(mlir_name_of(u8) == "ui8");
  CHECK(dtype_from_name("i1") == boolean);
  CHECK_FALSE(dtype_from_name("float"));
  CHECK_FALSE(dtype_from_numpy(">f4"));
  CHECK(is_floating(f16));
  CHECK_FALSE(is_floating(i32));
  CHECK(is_integer(u8));
  CHECK_FALSE(is_integer(boolean));
}

TEST_CASE("promotion: the wider kind wins, inside a kind the wider type", "[dtype]") {
  CHECK(promote(boolean, u8) == u8);
  CHECK(promote(u8, i32) == i32);
  CHECK(promote(i64, f16) == f16);
  CHECK(promote(f16, f32) == f32);
  CHECK(promote(f64, boolean) == f64);
  const DType all[] = {boolean, u8, i32, i64, f16, f32, f64};
  for (DType a : all)
    for (DType b : all) CHECK(promote(a, b) == promote(b, a));
}

TEST_CASE("every half survives float and back", "[dtype][half]") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = as_float(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      REQUIRE(std::isnan(static_cast<float>(half(value))));
      continue;
    }
    REQUIRE(half(value).bits == bits);
  }
  CHECK(as_float(0x3c00) == 1.0f);
  CHECK(as_float(0x7bff) == 65504.0f);
  CHECK(as_float(0x0001) == 0x1p-24f);
  CHECK(as_float(0x0400) == 0x1p-14f);
  CHECK(as_float(0xfc00) == -INFINITY);
}

TEST_CASE("between two halves the nearest wins, a tie goes to the even one", "[dtype][half]") {
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = as_float(bits), high = as_float(static_cast<uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;  // exact in float
    const uint16_t even = bits % 2 == 0 ? bits : static_cast<uint16_t>(bits + 1);
    REQUIRE(half(middle).bits == even);
    REQUIRE(half(std::nextafter(middle, 0.0f)).bits == bits);
    REQUIRE(half(std::nextafter(middle, INFINITY)).bits == bits + 1);
    REQUIRE(half(-middle).bits == (even | 0x8000));
  }
}

TEST_CASE("halves at the edges of the range", "[dtype][half]") {
  CHECK(half(65519.996f).bits == 0x7bff);
  CHECK(half(65520.0f).bits == 0x7c00);
  CHECK(half(1e30f).bits == 0x7c00);
  CHECK(half(-INFINITY).bits == 0xfc00);
  CHECK(half(0x1p-25f).bits == 0);
  CHECK(half(std::nextafter(0x1p-25f, 1.0f)).bits == 1);
  CHECK(half(1e-30f).bits == 0);
  CHECK(half(-0.0f).bits == 0x8000);
  // A signalling NaN whose payload lies in the bits that are cut must not become an infinity.
  CHECK(std::isnan(static_cast<float>(half(std::bit_cast<float>(0x7f800001u)))));
}
