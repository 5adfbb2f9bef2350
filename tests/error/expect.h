#pragma once
// What a mistake must lead to.

#include <string>

#include <catch2/catch.hpp>

#include <etch/etch.h>

namespace etch::test {

/// Checks that `mistake` throws exactly E, at `line` of a test file, with `text` in its message.
template <class E, class F> void expect_error(F &&mistake, int line, const std::string &text) {
  try {
    mistake();
  } catch (const Error &error) {
    INFO(error.what());
    CHECK(typeid(error) == typeid(E));
    CHECK_THAT(error.message(), Catch::Contains(text));
    CHECK(error.location().line == static_cast<uint32_t>(line));
    CHECK_THAT(error.location().file, Catch::Contains("tests/error/"));
    return;
  }
  FAIL_CHECK("nothing was thrown; expected: " << text);
}

}  // namespace etch::test
