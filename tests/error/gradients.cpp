// Mistakes with tapes and custom gradients.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("a custom gradient that assigns a variable") {
  Variable calls(constant(0.f), "calls");
  auto counts = custom_gradient([](Tensor x) { return x; },
                                [&](Tensor x, Tensor dy) {
                                  calls.assign_add(1.f);
                                  return dy;
                                });
  const int line = __LINE__ - 5;
  const char *text = "[custom_gradient] the backward function assigns the variable 'calls'; assign it outside";
  expect_error<UserError>([&] { counts(constant(1.f)); }, line, text);
  expect_error<UserError>([&] { function(grad([&](Tensor x) { return counts(x); }))(constant(1.f)); }, line, text);
}
