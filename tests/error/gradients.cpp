// Mistakes with tapes and custom gradients.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("a tape that is asked in another body than it was made in") {
  auto loop = function("f", [](Tensor x) {
    GradientTape tape({.persistent = true});
    tape.watch(x);
    return for_range(0, 2, x, [&](Tensor, Tensor y) { return tape.gradient(y * y, x); });
  });
  expect_error<UserError>([&] { loop(constant(1.f)); }, __LINE__ - 2,
                          "[gradient] this GradientTape was made inside 'f' and is asked inside 'for_range', where it "
                          "does not know what is recorded; make the tape where it is asked");
  Tensor x = constant(1.f);
  GradientTape outside;
  outside.watch(x);
  auto traced = function("g", [&](Tensor y) { return outside.gradient(x * y, x); });
  expect_error<UserError>([&] { traced(x); }, __LINE__ - 1, "was made where ops run at once and is asked inside 'g'");
}

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
