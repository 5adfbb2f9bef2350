#include <catch2/catch.hpp>

#include "runtime/cpu/caches.h"
#include "runtime/executable/abi.h"

using namespace etch::runtime;

TEST_CASE("compiled code sees the first cache of the machine that runs it") {
  const int64_t before = l1_bytes();
  // No x86-64 processor has less, and a number of lines it is.
  CHECK(before >= 16 << 10);
  CHECK(before % 64 == 0);
  CHECK(etch_rt_l1_bytes() == before);
  set_l1_bytes(48 << 10);
  CHECK(etch_rt_l1_bytes() == 48 << 10);
  set_l1_bytes(before);
}
