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

TEST_CASE("borders beside what they surround") {
  Report report;
  for (DType dtype : {f32, f64, bf16, i32})
    for (int64_t width : {1, 15, 16, 40, 67}) {
      Array x = sample({3, width}, dtype, -9, 9, 5);
      // Masked and whole loads of the same vectors, and a border that arithmetic fills.
      Body body = [&](const Tensors &in) {
        Tensor front = slice(in[0], {{}, {0, width - 1}});
        return Tensors{pad(front, {{0, 0}, {0, 1}}) + in[0] * 2, pad(in[0] * in[0], {{1, 1}, {2, 18}}, 7) * 2,
                       reverse(in[0], {1}) + in[0]};
      };
      Tensors inputs = {tensor_of(x, dtype)};
      Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
      const std::string what = std::string(name_of(dtype)) + " rows of " + std::to_string(width);
      Array sums = generate({3, width}, [&](const Position &p) { return (p[1] < width - 1 ? 3 : 2) * x[p]; });
      Array squares = generate({5, width + 20}, [&](const Position &p) -> long double {
        if (p[0] < 1 || p[0] > 3 || p[1] < 2 || p[1] >= width + 2) return 14;
        const long double inside = x[{p[0] - 1, p[1] - 2}];
        return 2 * inside * inside;
      });
      Array mirrored = generate({3, width}, [&](const Position &p) { return x[p] + x[{p[0], width - 1 - p[1]}]; });
      const std::vector<Array> expected = {sums, squares, mirrored};
      for (size_t i = 0; i < 3; ++i) {
        require_bits(report, what + " result " + std::to_string(i), compiled[i], eager[i]);
        if (dtype != bf16) require_close(report, what + " result " + std::to_string(i), compiled[i], expected[i], 0.51);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("concatenations that arithmetic reads") {
  Report report;
  for (DType dtype : {f32, f16, bf16, i64})
    for (int64_t axis : {0, 1}) {
      std::vector<Array> parts;
      Tensors inputs;
      for (int64_t extent : {5, 20, 0, 1, 33}) {
        parts.push_back(
            sample(axis ? Shape{3, extent} : Shape{extent, 3}, dtype, -9, 9, static_cast<uint64_t>(extent)));
        inputs.push_back(tensor_of(parts.back(), dtype));
      }
      Array expected = generate(axis ? Shape{3, 59} : Shape{59, 3}, [&](const Position &p) -> long double {
        Position q = p;
        for (const Array &part : parts) {
          if (q[static_cast<size_t>(axis)] < part.extent(static_cast<int>(axis))) return 2 * part[q];
          q[static_cast<size_t>(axis)] -= part.extent(static_cast<int>(axis));
        }
        return 0;
      });
      Body body = [&](const Tensors &in) {
        Tensor whole = concatenate(in, axis), turned = concatenate({in[4], in[3], in[2], in[1], in[0]}, axis);
        // One kernel over one concatenation, one over two, one that reads its columns.
        return Tensors{whole + whole, whole - turned, sum(whole, {1}), whole * 2 + 0};
      };
      std::string what = "concatenate " + std::string(name_of(dtype)) + " axis " + std::to_string(axis);
      Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
      for (size_t i = 0; i < eager.size(); ++i)
        require_bits(report, what + " result " + std::to_string(i), compiled[i], eager[i]);
      for (size_t i : {0, 3}) require_close(report, what, compiled[i], expected, 0);
    }
  REQUIRE_CLEAN(report);
}

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
