// The rows of shape.def and create.def, and dim.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

#define SHAPES(...) {__VA_ARGS__}
#define RESULT(...) {__VA_ARGS__}
#define SHAPE(op, name, shapes, call, result, ...)                         \
  {#op " " name,                                                           \
   shapes,                                                                 \
   kAll,                                                                   \
   -9,                                                                     \
   9,                                                                      \
   Nearness::exact,                                                        \
   true,                                                                   \
   [](const Tensors &in) -> Tensor { return call; },                       \
   [](const Arrays &x) {                                                   \
     size_t count = 0;                                                     \
     return generate(Shape result, [&](const Position &p) -> long double { \
       size_t n = count++;                                                 \
       static_cast<void>(p), static_cast<void>(n), static_cast<void>(x);   \
       return __VA_ARGS__;                                                 \
     });                                                                   \
   }},
const std::vector<Row> kRows = {
#include "tests/numeric/shape.def"
};

}  // namespace

TEST_CASE("ops that move elements") { check_rows(kRows); }

TEST_CASE("dim") {
  Tensor x = zeros({3, 0, 5});
  auto compiled = etch::function([](Tensor y) { return std::vector{dim(y, 0), dim(y, 1), dim(y, -1)}; },
                                 {.input_signature = {{f32, {kDynamic, 0, kDynamic}}}});
  CHECK(dim(x, 0).item<int64_t>() == 3);
  CHECK(dim(x, -2).item<int64_t>() == 0);
  for (int64_t n : {3, 7, 0}) {  // an unknown extent is never 1
    auto extents = compiled(zeros({n, 0, 5}));
    CHECK(extents[0].item<int64_t>() == n);
    CHECK(extents[1].item<int64_t>() == 0);
    CHECK(extents[2].item<int64_t>() == 5);
  }
  CHECK(compiled.trace_count() == 1);
}

#define EXTENTS(...) {__VA_ARGS__}

TEST_CASE("iota") {
  Report report;
  auto check = [&](const char *op, Tensor (*apply)(Shape, int64_t, DType), const Shape &shape, int64_t axis,
                   DType dtype) {
    size_t at = static_cast<size_t>(axis < 0 ? axis + shape.rank() : axis);
    Array expected = generate(shape, [&](const Position &p) { return p[at]; });
    Body body = [&](const Tensors &) { return Tensors{apply(shape, axis, dtype)}; };
    Tensor eager = run_eager(body, {}, Policy::strict)[0];
    std::string name = op + (" " + std::string(name_of(dtype))) + to_string(shape) + " axis " + std::to_string(axis);
    require_close(report, name, eager, expected, 0);
    require_bits(report, name + " compiled", run_compiled(body, {}, Policy::strict)[0], eager);
  };
  for (DType dtype : kNumbers) {
#define COUNT(op, shape, axis) \
  check(#op, [](Shape s, int64_t a, DType d) { return etch::op(s, a, d); }, EXTENTS shape, axis, dtype);
#include "tests/numeric/create.def"
  }
  // Beyond the integers that f16 holds exactly: rounded to nearest even.
  Tensor wide = iota({2100}, 0, f16);
  require_close(report, "iota f16[2100]", wide, generate({2100}, [](const Position &p) { return stored(p[0], f16); }),
                0);
  wide = iota({2100}, 0, bf16);
  require_close(report, "iota bf16[2100]", wide, generate({2100}, [](const Position &p) { return stored(p[0], bf16); }),
                0);
  Tensor wrapping = iota({300}, 0, u8);
  require_close(report, "iota u8[300]", wrapping, generate({300}, [](const Position &p) { return p[0] % 256; }), 0);
  REQUIRE_CLEAN(report);
}

TEST_CASE("constant") {
  Report report;
  auto check = [&](const Shape &shape, DType dtype) {
    Array values = sample(shape, dtype, -9, 9, 3);
    Tensor eager = tensor_of(values, dtype);
    std::string name = "constant " + std::string(name_of(dtype)) + to_string(shape);
    require_close(report, name, eager, values, 0);
    // Made inside a trace, and returned as it is.
    Tensor traced =
        run_compiled([&](const Tensors &) { return Tensors{tensor_of(values, dtype)}; }, {}, Policy::strict)[0];
    require_bits(report, name + " compiled", traced, eager);
    Tensor filled = full(shape, dtype == boolean ? 1 : 3, dtype);
    require_close(report, "full " + std::string(name_of(dtype)), filled,
                  generate(shape, [&](const Position &) { return dtype == boolean ? 1 : 3; }), 0);
  };
  for (DType dtype : kAll) {
#define CREATE(op, shape) check(EXTENTS shape, dtype);
#include "tests/numeric/create.def"
  }
  REQUIRE_CLEAN(report);
}
