// Pads and concatenations that other ops read: at their borders and seams, and away from them.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

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

namespace {

/// x at a position moved by whole rows and columns; what leaves at one end comes in at the other.
long double around(const Array &x, int64_t row, int64_t column) {
  const int64_t rows = x.extent(0), columns = x.extent(1);
  return x[{(row % rows + rows) % rows, (column % columns + columns) % columns}];
}

/// 0 outside.
long double inside(const Array &x, int64_t row, int64_t column) {
  return row < 0 || column < 0 || row >= x.extent(0) || column >= x.extent(1) ? 0 : x[{row, column}];
}

}  // namespace

TEST_CASE("neighbours across borders") {
  Report report;
  for (DType dtype : {f32, f64, f16, bf16, i32, u8})
    for (int64_t rows : {1, 2, 5})
      for (int64_t columns : {1, 2, 15, 17, 48, 50, 64, 67, 131}) {
        Array x = sample({rows, columns}, dtype, 0, 9, static_cast<uint64_t>(columns));
        Body body = [&](const Tensors &in) {
          Tensor ring = roll(in[0], 1, 0) + roll(in[0], -1, 0) + roll(in[0], 1, 1) + roll(roll(in[0], -1, 1), 2, 0);
          Tensor framed = pad(in[0], {{1, 1}, {1, 1}});
          Tensor plane =
              slice(framed, {{0, rows}, {1, columns + 1}}) + slice(framed, {{2, rows + 2}, {1, columns + 1}}) +
              slice(framed, {{1, rows + 1}, {0, columns}}) + slice(framed, {{1, rows + 1}, {2, columns + 2}});
          // Seams where neither side is long, sides read back to front and in steps, and a sum behind all of it.
          Tensor seams = concatenate({flip(in[0], 1), in[0], slice(in[0], {{}, {0, columns, 2}})}, 1);
          return Tensors{ring, plane, seams + 1, max(seams + 0, {1}), sum(ring * plane, {0})};
        };
        Array ring = generate({rows, columns}, [&](const Position &p) {
          return around(x, p[0] - 1, p[1]) + around(x, p[0] + 1, p[1]) + around(x, p[0], p[1] - 1) +
                 around(x, p[0] - 2, p[1] + 1);
        });
        Array plane = generate({rows, columns}, [&](const Position &p) {
          return inside(x, p[0] - 1, p[1]) + inside(x, p[0] + 1, p[1]) + inside(x, p[0], p[1] - 1) +
                 inside(x, p[0], p[1] + 1);
        });
        Array seams = generate({rows, 2 * columns + (columns + 1) / 2}, [&](const Position &p) {
          const int64_t column = p[1];
          if (column < columns) return x[{p[0], columns - 1 - column}] + 1;
          if (column < 2 * columns) return x[{p[0], column - columns}] + 1;
          return x[{p[0], 2 * (column - 2 * columns)}] + 1;
        });
        Tensors inputs = {tensor_of(x, dtype)};
        Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
        const std::string what =
            std::string(name_of(dtype)) + " " + std::to_string(rows) + "x" + std::to_string(columns);
        for (size_t i = 0; i < eager.size(); ++i)
          require_bits(report, what + " result " + std::to_string(i), compiled[i], eager[i]);
        // Sums of four fractions are rounded.
        if (is_floating(dtype)) continue;
        const std::vector<Array> expected = {ring, plane, seams};
        for (size_t i = 0; i < expected.size(); ++i)
          require_close(report, what + " result " + std::to_string(i), compiled[i], expected[i], 0);
      }
  REQUIRE_CLEAN(report);
}
