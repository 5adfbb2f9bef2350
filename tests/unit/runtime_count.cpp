// Counts and quantities in reports.

#include <catch2/catch.hpp>

#include "runtime/base/count.h"

using namespace etch;

TEST_CASE("one thing has no s") {
  CHECK(count_text(0, "trace") == "0 traces");
  CHECK(count_text(1, "trace") == "1 trace");
  CHECK(count_text(2401, "time") == "2401 times");
}

TEST_CASE("quantities have three digits and a prefix") {
  CHECK(quantity_text(-1, "B") == "unknown B");
  CHECK(quantity_text(0, "B") == "0 B");
  CHECK(quantity_text(999, "flop") == "999 flop");
  CHECK(quantity_text(1000, "B") == "1.00 kB");
  CHECK(quantity_text(33792, "B") == "33.8 kB");
  CHECK(quantity_text(4194304, "flop") == "4.19 Mflop");
  CHECK(quantity_text(999'499, "B") == "999 kB");
  CHECK(quantity_text(999'500, "B") == "1.00 MB");  // not 1000 kB
  CHECK(quantity_text(INT64_MAX, "B") == "9223 PB");
}

TEST_CASE("milliseconds never have an exponent") {
  CHECK(milliseconds_text(0) == "0.00 ms");
  CHECK(milliseconds_text(0.037) == "0.04 ms");
  CHECK(milliseconds_text(3.141) == "3.14 ms");
  CHECK(milliseconds_text(38.1) == "38.1 ms");
  CHECK(milliseconds_text(250.4) == "250 ms");
  CHECK(milliseconds_text(2503.7) == "2504 ms");
}
