// The rows of indexing.def, and one_hot: indices inside, repeated and outside.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/numeric/random_shapes.h"
#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

/// The parts of a position of take's result: before the axis, of the index, after.
Position source(const Position &p, int64_t axis, size_t index_rank, int64_t index) {
  Position q(p.begin(), p.begin() + axis);
  q.push_back(index);
  q.insert(q.end(), p.begin() + axis + static_cast<long>(index_rank), p.end());
  return q;
}
Shape taken(const Shape &operand, const Shape &indices, int64_t axis) {
  std::vector<int64_t> extents(operand.begin(), operand.begin() + axis);
  extents.insert(extents.end(), indices.begin(), indices.end());
  extents.insert(extents.end(), operand.begin() + axis + 1, operand.end());
  return extents;
}
Position index_position(const Position &p, int64_t axis, size_t index_rank) {
  return {p.begin() + axis, p.begin() + axis + static_cast<long>(index_rank)};
}

#define EXTENTS(...) {__VA_ARGS__}
struct IndexedRow {
  std::string op;
  Shape operand, indices;
  int64_t axis;
};
const std::vector<IndexedRow> kIndexed = {
#define INDEXED(op, operand, indices, axis) {#op, Shape EXTENTS operand, Shape EXTENTS indices, axis},
#include "tests/numeric/indexing.def"
};
struct BlockRow {
  std::string op;
  Shape operand, sizes;
  std::vector<int64_t> starts;
};
const std::vector<BlockRow> kBlocks = {
#define BLOCK(op, operand, sizes, starts) {#op, Shape EXTENTS operand, Shape EXTENTS sizes, EXTENTS starts},
#include "tests/numeric/indexing.def"
};
template <class Row> std::vector<Row> rows_of(const std::vector<Row> &rows, const std::string &op) {
  std::vector<Row> result;
  for (const Row &row : rows)
    if (row.op == op) result.push_back(row);
  return result;
}
/// The rows of an op, and random ones.
std::vector<IndexedRow> with_random_rows(const std::string &op) {
  std::vector<IndexedRow> rows = rows_of(kIndexed, op);
  const std::vector<Shape> indices = random_shapes(40, 2, 70, 5);
  unsigned which = 0;
  for (const Shape &operand : random_shapes(40, 3, 1'000, 9)) {
    const IndexedRow row{op, operand, indices[which], which % static_cast<unsigned>(operand.rank())};
    ++which;
    // Nothing can be taken from an axis of no elements.
    if (operand[static_cast<int>(row.axis)] > 0) rows.push_back(row);
  }
  return rows;
}
Array some_indices(const IndexedRow &c, uint64_t seed) {
  return sample(c.indices, i64, 0, static_cast<double>(c.operand[static_cast<int>(c.axis)] - 1), seed);
}

}  // namespace

TEST_CASE("take") {
  Report report;
  for (DType dtype : kAll)
    for (DType index_dtype : {i64, i32})
      for (const IndexedRow &c : with_random_rows("take")) {
        if (index_dtype == i32 && dtype != f32) continue;
        Array x = sample(c.operand, dtype, -9, 9, 1), indices = some_indices(c, 2);
        Array expected = generate(taken(c.operand, c.indices, c.axis), [&](const Position &p) {
          size_t rank = static_cast<size_t>(c.indices.rank());
          return x[source(p, c.axis, rank, static_cast<int64_t>(indices[index_position(p, c.axis, rank)]))];
        });
        Body body = [&](const Tensors &in) { return Tensors{take(in[0], in[1], c.axis)}; };
        Tensors inputs = {tensor_of(x, dtype), tensor_of(indices, index_dtype)};
        std::string name = "take " + std::string(name_of(dtype)) + to_string(c.operand) + to_string(c.indices) +
                           " axis " + std::to_string(c.axis);
        Tensor eager = run_eager(body, inputs, Policy::strict)[0];
        require_close(report, name, eager, expected, 0);
        require_bits(report, name + " compiled", run_compiled(body, inputs, Policy::strict)[0], eager);
      }
  REQUIRE_CLEAN(report);
}

TEST_CASE("take outside the axis: eager throws, compiled clamps") {
  Tensor x = etch::constant({10.f, 20.f, 30.f});
  for (int64_t bad : {int64_t{3}, int64_t{-1}, int64_t{1} << 40})
    CHECK_THROWS_AS(take(x, etch::constant({int64_t{0}, bad})), UserError);
  auto compiled = etch::function([](Tensor y, Tensor i) { return take(y, i); });
  CHECK(compiled(x, etch::constant({int64_t{-5}, int64_t{1}, int64_t{1} << 40})).to_vector<float>() ==
        std::vector<float>{10, 20, 30});
  CHECK(compiled(x, etch::constant({-1, 7, 2})).to_vector<float>() == std::vector<float>{10, 30, 30});
}

TEST_CASE("scatter_add") {
  Report report;
  for (DType dtype : kNumbers)
    for (const IndexedRow &c : with_random_rows("scatter_add")) {
      Array x = sample(c.operand, dtype, -3, 3, 1), indices = some_indices(c, 2);
      // Whole numbers, so that f16 and bf16 add exactly, too.
      for (Real &value : x.values) value = std::nearbyint(value);
      Array updates = sample(taken(c.operand, c.indices, c.axis), dtype, -3, 3, 3);
      for (Real &value : updates.values) value = std::nearbyint(value);
      if (indices.values.size() > 2) indices.values[0] = -1, indices.values[1] = 99;  // dropped
      Array expected = x;
      size_t rank = static_cast<size_t>(c.indices.rank());
      for_each_position(updates.shape, [&](const Position &p) {
        auto index = static_cast<int64_t>(indices[index_position(p, c.axis, rank)]);
        if (index >= 0 && index < c.operand[static_cast<int>(c.axis)])
          expected[source(p, c.axis, rank, index)] += updates[p];
      });
      for (Real &value : expected.values) value = stored(value, dtype);
      Body body = [&](const Tensors &in) { return Tensors{scatter_add(in[0], in[1], in[2], c.axis)}; };
      Tensors inputs = {tensor_of(x, dtype), tensor_of(indices, i64), tensor_of(updates, dtype)};
      std::string name = "scatter_add " + std::string(name_of(dtype)) + to_string(c.operand) + to_string(c.indices) +
                         " axis " + std::to_string(c.axis);
      Tensor eager = run_eager(body, inputs, Policy::strict)[0];
      // The sign of a zero sum is not at issue.
      for (size_t i = 0; i < expected.values.size(); ++i) expected.values[i] += 0.0L;
      require_within(report, name, eager, expected, generate(expected.shape, [](const Position &) { return 0; }));
      require_bits(report, name + " compiled", run_compiled(body, inputs, Policy::strict)[0], eager);
      require_close(report, name + " leaves its operand", inputs[0], x, 0);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("dynamic_slice and dynamic_update_slice") {
  Report report;
  for (DType dtype : kAll)
    for (const BlockRow &row : kBlocks) {
      bool update = row.op == "dynamic_update_slice";
      Array x = sample(row.operand, dtype, -9, 9, 1), block = sample(row.sizes, dtype, -9, 9, 2);
      Position start = row.starts;
      for (int axis = 0; axis < row.operand.rank(); ++axis)
        start[static_cast<size_t>(axis)] =
            std::clamp<int64_t>(start[static_cast<size_t>(axis)], 0, row.operand[axis] - row.sizes[axis]);
      auto shifted = [&](Position p) {
        for (size_t axis = 0; axis < p.size(); ++axis) p[axis] += start[axis];
        return p;
      };
      Array expected = update ? x : generate(row.sizes, [&](const Position &p) { return x[shifted(p)]; });
      if (update) for_each_position(row.sizes, [&](const Position &p) { expected[shifted(p)] = block[p]; });
      Tensors inputs = {tensor_of(x, dtype), tensor_of(block, dtype)};
      for (int64_t first : row.starts) inputs.push_back(etch::constant(first));
      Body body = [&](const Tensors &in) {
        Tensors starts(in.begin() + 2, in.end());
        return Tensors{update ? dynamic_update_slice(in[0], in[1], starts) : dynamic_slice(in[0], starts, row.sizes)};
      };
      std::string name = row.op + " " + std::string(name_of(dtype)) + to_string(row.operand) + to_string(row.sizes);
      Tensor eager = run_eager(body, inputs, Policy::strict)[0];
      require_close(report, name, eager, expected, 0);
      require_close(report, name + " leaves its operand", inputs[0], x, 0);
      require_bits(report, name + " compiled", run_compiled(body, inputs, Policy::strict)[0], eager);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("one_hot") {
  Tensor hot = one_hot(etch::constant({1, 0, 5, -1}), 3);
  CHECK(hot.shape() == Shape{4, 3});
  CHECK(hot.to_vector<float>() == std::vector<float>{0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("semantics 55: derivatives of indexing") {
  Report report;
  auto random = [](Shape shape, uint64_t seed) { return tensor_of(sample(shape, f64, -2, 2, seed), f64); };
  Tensor repeated = etch::constant({2, 0, 2});
  require_gradients(report, "take", [&](const Tensors &in) { return etch::square(take(in[0], repeated, 0)); },
                    {random({4, 3}, 1)});
  require_gradients(report, "take of columns",
                    [&](const Tensors &in) { return etch::square(take(in[0], repeated, 1)); }, {random({2, 4}, 1)});
  require_gradients(report, "scatter_add",
                    [&](const Tensors &in) { return etch::square(scatter_add(in[0], repeated, in[1], 0)); },
                    {random({4, 2}, 1), random({3, 2}, 2)});
  require_gradients(report, "scatter_add of columns",
                    [&](const Tensors &in) { return etch::square(scatter_add(in[0], repeated, in[1], 1)); },
                    {random({2, 4}, 1), random({2, 3}, 2)});
  Tensors starts = {etch::constant(int64_t{1}), etch::constant(int64_t{9})};
  require_gradients(report, "dynamic_slice",
                    [&](const Tensors &in) { return etch::square(dynamic_slice(in[0], starts, {2, 3})); },
                    {random({4, 5}, 1)});
  require_gradients(report, "dynamic_update_slice",
                    [&](const Tensors &in) { return etch::square(dynamic_update_slice(in[0], in[1], starts)); },
                    {random({4, 5}, 1), random({2, 3}, 2)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("segment_sum") {
  Tensor x = etch::constant({{1.f, 2.f}, {3.f, 4.f}, {5.f, 6.f}}), ids = etch::constant({2, 0, 2});
  CHECK(to_numpy_string(segment_sum(x, ids, 4)) == "[[3. 4.]\n [0. 0.]\n [6. 8.]\n [0. 0.]]");
  CHECK(to_numpy_string(segment_sum(x, etch::constant({{1, 0}, {0, 7}, {-1, 1}}), 2)) == "[5. 7.]");
  auto compiled = etch::function([](Tensor x, Tensor ids) { return segment_sum(x, ids, 4); });
  CHECK(same_bits(compiled(x, ids), segment_sum(x, ids, 4)));
  Report report;
  require_gradients(report, "segment_sum", [&](const Tensors &in) { return segment_sum(in[0], ids, 4); },
                    {tensor_of(sample({3, 2}, f64, -1, 1, 9), f64)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("scatter_add of many rows: in parts, in order") {
  // Large enough to be split; f32 sums depend on their order.
  for (int64_t width : {1, 2, 3, 7, 12, 16, 23, 64}) {
    int64_t rows = 300, count = 20'000;
    Array x = sample({rows, width}, f32, -1, 1, 1), updates = sample({count, width}, f32, -1, 1, 2);
    Array indices = sample({count}, i64, -3, static_cast<double>(rows + 2), 3);
    std::vector<float> expected;
    for (Real value : x.values) expected.push_back(static_cast<float>(value));
    for (int64_t i = 0; i < count; ++i) {
      auto row = static_cast<int64_t>(indices.values[static_cast<size_t>(i)]);
      if (row < 0 || row >= rows) continue;
      for (int64_t c = 0; c < width; ++c)
        expected[static_cast<size_t>(row * width + c)] +=
            static_cast<float>(updates.values[static_cast<size_t>(i * width + c)]);
    }
    Tensor operand = tensor_of(x, f32), ids = tensor_of(indices, i64), slices = tensor_of(updates, f32);
    auto compiled = etch::function([](Tensor x, Tensor ids, Tensor u) { return scatter_add(x, ids, u); });
    CHECK(scatter_add(operand, ids, slices).to_vector<float>() == expected);
    CHECK(compiled(operand, ids, slices).to_vector<float>() == expected);
  }
}
