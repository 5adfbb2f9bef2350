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
  const DType all[] = {boolean, u8, i32, i64, f16, bf16, f32, f64};
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
  CHECK(promote(i64, bf16) == bf16);
  CHECK(promote(bf16, bf16) == bf16);
  CHECK(promote(bf16, f32) == f32);
  CHECK(promote(bf16, f64) == f64);
  CHECK(promote(f16, bf16) == f32);  // neither holds the other
  const DType all[] = {boolean, u8, i32, i64, f16, bf16, f32, f64};
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

TEST_CASE("sixteen bits of a double are rounded once", "[dtype][half]") {
  // As floats these are ties, which go to the even number below.
  CHECK(static_cast<float>(half(1 + 0x1p-11 + 0x1p-40)) == 1 + 0x1p-10f);
  CHECK(static_cast<float>(bfloat16(1 + 0x1p-8 + 0x1p-40)) == 1 + 0x1p-7f);
  CHECK(static_cast<float>(bfloat16(1 + 0x3p-8 - 0x1p-40)) == 1 + 0x1p-7f);
  CHECK(static_cast<float>(bfloat16(-0x1p-134 - 0x1p-160)) == -0x1p-133f);
  CHECK(static_cast<float>(bfloat16(-0x1p-134)) == 0);
  CHECK(static_cast<float>(bfloat16(1e-320)) == 0);
  CHECK(static_cast<float>(bfloat16(0x1.ffp127 - 0x1p90)) == 0x1.fep127f);
  CHECK(bfloat16(0x1.ffp127).bits == 0x7f80);
  CHECK(bfloat16(1e300).bits == 0x7f80);
  CHECK(std::isnan(static_cast<float>(bfloat16(std::nan("")))));
}

TEST_CASE("bfloat16 is the upper half of a float, rounded to nearest even", "[dtype][bfloat16]") {
  auto number = [](uint32_t bits) { return std::bit_cast<float>(bits << 16); };
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = number(bits);
    const bfloat16 stored(value);
    if (std::isnan(value)) {
      REQUIRE(std::isnan(static_cast<float>(stored)));
      continue;
    }
    REQUIRE(stored.bits == bits);
    REQUIRE(static_cast<float>(stored) == value);
    if ((bits & 0x7fff) >= 0x7f80) continue;
    // Half way to the next number away from zero, which may be infinity.
    const float middle = std::bit_cast<float>(bits << 16 | 0x8000u);
    REQUIRE(bfloat16(middle).bits == (bits & 1 ? bits + 1 : bits));
    REQUIRE(bfloat16(std::nextafter(middle, 0.0f)).bits == bits);
    REQUIRE(bfloat16(std::nextafter(middle, std::copysign(INFINITY, middle))).bits == bits + 1);
  }
  // NaNs whose payload is cut, or whose rounding would carry into the sign.
  for (uint32_t bits : {0x7f800001u, 0xff800001u, 0x7fffffffu, 0xffffffffu})
    CHECK(std::isnan(static_cast<float>(bfloat16(std::bit_cast<float>(bits)))));
  CHECK(round_to(bf16, 3.14159) == 3.140625);
  CHECK(round_to(f64, 3.14159) == 3.14159);
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
