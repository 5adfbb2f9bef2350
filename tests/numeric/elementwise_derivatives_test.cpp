// Derivatives of the rows of elementwise.def: against differences, in narrow types, and where they jump.
#include <catch2/catch.hpp>

#include "tests/numeric/elementwise_rows.h"

using namespace etch;
using namespace numeric;

TEST_CASE("semantics 55: derivatives of unary ops") {
  Report report;
  for (const UnaryRow &row : kUnary) {
    Tensor x = tensor_of(sample({7}, f64, row.x.low, row.x.high, 5), f64);
    if (row.derivative == smooth || row.derivative == once) {
      require_gradients(report, row.op, [&](const Tensors &in) { return row.apply(in[0]); }, {x},
                        {.second_order = row.derivative == smooth});
    } else if (row.derivative == none) {
      auto f = [&](Tensor y) { return row.apply(y); };
      CHECK_THROWS_WITH(etch::grad(f)(x), Catch::Contains(row.op));
      CHECK_THROWS_WITH(etch::jvp(f, x, x), Catch::Contains(row.op));
    } else {
      auto f = [&](Tensor y) { return row.apply(y) * 2.0; };
      require_close(report, std::string(row.op) + " gradient", etch::grad(f)(x),
                    map(array_of(x), [](Real) { return 0; }), 0);
      require_close(report, std::string(row.op) + " tangent", etch::jvp(f, x, x).second,
                    map(array_of(x), [](Real) { return 0; }), 0);
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("semantics 55: derivatives of binary ops, with broadcasting") {
  Report report;
  for (const BinaryRow &row : kBinary) {
    Tensor x = tensor_of(sample({3, 1}, f64, row.x.low, row.x.high, 5), f64),
           y = tensor_of(sample({4}, f64, row.y.low, row.y.high, 6), f64);
    require_gradients(report, row.op, [&](const Tensors &in) { return row.apply(in[0], in[1]); }, {x, y});
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("semantics 55: derivatives of select, clamp and cast") {
  Report report;
  Tensor x = tensor_of(sample({9}, f64, -3, 3, 5), f64), y = tensor_of(sample({9}, f64, -3, 3, 6), f64);
  Tensor low = tensor_of(sample({9}, f64, -2, 0, 7), f64), high = tensor_of(sample({9}, f64, 0, 2, 8), f64);
  Tensor pred = tensor_of(sample({9}, boolean, 0, 1, 9), boolean);
  require_gradients(report, "select", [&](const Tensors &in) { return etch::select(pred, in[0], in[1]) * in[0]; },
                    {x, y});
  require_gradients(report, "clamp", [&](const Tensors &in) { return etch::clamp(in[0], in[1], in[2]) * in[0]; },
                    {x, low, high});
  require_gradients(report, "cast", [&](const Tensors &in) { return etch::cast(in[0], f64) * in[0]; }, {x});
  // Through f32 and back the derivative is 1; from integers there is none.
  Tensor through = etch::grad([](Tensor v) { return etch::cast(etch::cast(v, f32), f64); })(x);
  require_close(report, "cast to f32 and back", through, map(array_of(x), [](Real) { return 1; }), 0);
  Tensor none = etch::grad([](Tensor v) { return v * 1.0 + etch::cast(etch::cast(v, i64), f64); })(x);
  require_close(report, "cast to i64 and back", none, map(array_of(x), [](Real) { return 1; }), 0);
  REQUIRE_CLEAN(report);
}

TEST_CASE("derivatives in f32, f16 and bf16") {
  Report report;
  auto bound = [](DType dtype, const Array &expected) {
    Real relative = dtype == f32 ? 1e-3L : dtype == f16 ? 3e-2L : 24e-2L;
    return map(expected, [=](Real v) { return relative * (std::fabs(v) + 0.1L); });
  };
  for (DType dtype : {f32, f16, bf16}) {
    for (const UnaryRow &row : kUnary) {
      if (row.derivative == zero || row.derivative == none) continue;
      Array x = sample({33}, dtype, row.x.low, row.x.high, 11);
      Tensor gradient = etch::grad([&](Tensor v) { return row.apply(v); })(tensor_of(x, dtype));
      Array slope = map(x, [&](Real v) { return (row.oracle(v + 1e-5L) - row.oracle(v - 1e-5L)) / 2e-5L; });
      require_within(report, label(row.op, dtype, x.shape) + " gradient", gradient, slope, bound(dtype, slope));
    }
    for (const BinaryRow &row : kBinary) {
      Array x = sample({33}, dtype, row.x.low, row.x.high, 11), y = sample({33}, dtype, row.y.low, row.y.high, 12);
      auto [dx, dy] = etch::grad<0, 1>([&](Tensor v, Tensor w) { return row.apply(v, w); })(tensor_of(x, dtype),
                                                                                            tensor_of(y, dtype));
      Array slope_x =
          map(x, y, [&](Real v, Real w) { return (row.oracle(v + 1e-5L, w) - row.oracle(v - 1e-5L, w)) / 2e-5L; });
      Array slope_y =
          map(x, y, [&](Real v, Real w) { return (row.oracle(v, w + 1e-5L) - row.oracle(v, w - 1e-5L)) / 2e-5L; });
      report.require(dx.dtype() == dtype && dy.dtype() == dtype, std::string(row.op) + " gradient's dtype");
      require_within(report, label(row.op, dtype, x.shape) + " gradient of x", dx, slope_x, bound(dtype, slope_x));
      require_within(report, label(row.op, dtype, x.shape) + " gradient of y", dy, slope_y, bound(dtype, slope_y));
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("conventions where the derivative jumps") {
  auto at = [](auto f, double x) {
    return etch::grad([&](Tensor v) { return f(v); })(etch::constant(x)).template item<double>();
  };
  CHECK(at([](Tensor v) { return etch::abs(v); }, 0) == 0);
  CHECK(at([](Tensor v) { return etch::relu(v); }, 0) == 0);
  CHECK(std::isinf(at([](Tensor v) { return etch::sqrt(v); }, 0)));
  CHECK(at([](Tensor v) { return etch::maximum(v, 1.0); }, 1) == 0.5);
  CHECK(at([](Tensor v) { return etch::minimum(v, 1.0); }, 1) == 0.5);
  CHECK(at(
            [](Tensor v) {
              return etch::reduce_max(etch::concatenate({etch::reshape(v, {1}), etch::constant({2.0, 1.0})}));
            },
            2) == 0.5);
}
