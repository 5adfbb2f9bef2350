// The rows of linear.def.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "runtime/base/env.h"
#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Axis = std::vector<int64_t>;
struct Pair {
  Axis lhs, rhs;
};

bool holds(const Axis &axes, int64_t axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); }

/// dot_general as StableHLO writes it down.
Array dot_reference(const Array &lhs, const Array &rhs, const Pair &batch, const Pair &contract) {
  Shape result, sums;
  Axis lhs_free, rhs_free;
  for (int64_t axis : batch.lhs) result.push_back(lhs.shape[static_cast<int>(axis)]);
  for (int axis = 0; axis < lhs.rank(); ++axis)
    if (!holds(batch.lhs, axis) && !holds(contract.lhs, axis))
      lhs_free.push_back(axis), result.push_back(lhs.shape[axis]);
  for (int axis = 0; axis < rhs.rank(); ++axis)
    if (!holds(batch.rhs, axis) && !holds(contract.rhs, axis))
      rhs_free.push_back(axis), result.push_back(rhs.shape[axis]);
  for (int64_t axis : contract.lhs) sums.push_back(lhs.shape[static_cast<int>(axis)]);
  Position p(static_cast<size_t>(lhs.rank())), q(static_cast<size_t>(rhs.rank()));
  return generate(result, [&](const Position &at) {
    size_t next = 0;
    for (size_t i = 0; i < batch.lhs.size(); ++i, ++next) p[batch.lhs[i]] = q[batch.rhs[i]] = at[next];
    for (int64_t axis : lhs_free) p[axis] = at[next++];
    for (int64_t axis : rhs_free) q[axis] = at[next++];
    long double sum = 0;
    for_each_position(sums, [&](const Position &k) {
      for (size_t i = 0; i < k.size(); ++i) p[contract.lhs[i]] = q[contract.rhs[i]] = k[i];
      sum += lhs[p] * rhs[q];
    });
    return sum;
  });
}

/// matmul as NumPy writes it down.
Array matmul_reference(Array lhs, Array rhs, bool transpose_lhs, bool transpose_rhs) {
  auto swap_last = [](const Array &x) {
    Shape shape = x.shape;
    std::swap(shape[x.rank() - 1], shape[x.rank() - 2]);
    return generate(shape, [&](Position p) {
      std::swap(p[p.size() - 1], p[p.size() - 2]);
      return x[p];
    });
  };
  if (transpose_lhs) lhs = swap_last(lhs);
  if (transpose_rhs) rhs = swap_last(rhs);
  bool row = lhs.rank() == 1, column = rhs.rank() == 1;
  if (row) lhs.shape = {1, lhs.shape[0]};
  if (column) rhs.shape = {rhs.shape[0], 1};
  auto batch_of = [](const Array &x) { return Shape(std::vector<int64_t>(x.shape.begin(), x.shape.end() - 2)); };
  Shape result = broadcast_shape(batch_of(lhs), batch_of(rhs));
  int64_t m = lhs.shape[lhs.rank() - 2], k = lhs.shape[lhs.rank() - 1], n = rhs.shape[rhs.rank() - 1];
  result.push_back(m), result.push_back(n);
  auto read = [](const Array &x, const Position &at, int64_t i, int64_t j) {
    Position p = at;
    p.insert(p.end(), {i, j});
    Position own(p.end() - x.rank(), p.end());
    for (int axis = 0; axis < x.rank() - 2; ++axis)
      if (x.shape[axis] == 1) own[axis] = 0;
    return x[own];
  };
  Array product = generate(result, [&](const Position &p) {
    Position batch(p.begin(), p.end() - 2);
    long double sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += read(lhs, batch, p[p.size() - 2], i) * read(rhs, batch, i, p.back());
    return sum;
  });
  Shape shape;
  for (int axis = 0; axis < product.rank(); ++axis)
    if (!(row && axis == product.rank() - 2) && !(column && axis == product.rank() - 1))
      shape.push_back(product.shape[axis]);
  product.shape = shape;
  return product;
}

std::vector<Row> matmul_rows() {
  std::vector<Row> rows;
#define EXTENTS(...) {__VA_ARGS__}
#define MATMUL(name, lhs, rhs, transpose_lhs, transpose_rhs)                                            \
  rows.push_back({"matmul " name,                                                                       \
                  {Shape EXTENTS lhs, Shape EXTENTS rhs},                                               \
                  kNumbers,                                                                             \
                  -3,                                                                                   \
                  3,                                                                                    \
                  Nearness::sum,                                                                        \
                  true,                                                                                 \
                  [](const Tensors &in) { return matmul(in[0], in[1], transpose_lhs, transpose_rhs); }, \
                  [](const Arrays &x) { return matmul_reference(x[0], x[1], transpose_lhs, transpose_rhs); }});
#include "tests/numeric/linear.def"
  return rows;
}
std::vector<Row> size_rows() {
  std::vector<Row> rows;
#define SIZE(m, n, k)                                                     \
  rows.push_back({"matmul",                                               \
                  {Shape{m, k}, Shape{k, n}},                             \
                  {f64, f32, f16, bf16, i32},                             \
                  -3,                                                     \
                  3,                                                      \
                  Nearness::sum,                                          \
                  false,                                                  \
                  [](const Tensors &in) { return matmul(in[0], in[1]); }, \
                  [](const Arrays &x) { return matmul_reference(x[0], x[1], false, false); }});
#include "tests/numeric/linear.def"
  return rows;
}
std::vector<Row> dot_rows() {
  std::vector<Row> rows;
#define DOT(op, name, shape_x, shape_y, batch, contract)                                                     \
  {                                                                                                          \
    Pair b EXTENTS batch, c EXTENTS contract;                                                                \
    rows.push_back({#op " " name,                                                                            \
                    {Shape EXTENTS shape_x, Shape EXTENTS shape_y},                                          \
                    kNumbers,                                                                                \
                    -3,                                                                                      \
                    3,                                                                                       \
                    Nearness::sum,                                                                           \
                    true,                                                                                    \
                    [=](const Tensors &in) { return etch::op(in[0], in[1], {b.lhs, b.rhs, c.lhs, c.rhs}); }, \
                    [=](const Arrays &x) { return dot_reference(x[0], x[1], b, c); }});                      \
  }
#include "tests/numeric/linear.def"
  return rows;
}

/// Axes of every kind anywhere, extents of 1 among them.
std::vector<Row> random_dot_rows() {
  const int64_t first = etch::env::integer("ETCH_FUZZ_FIRST", 0, 0, 1 << 30),
                count = etch::env::integer("ETCH_FUZZ_SEEDS", 30, 1, 1 << 30);
  std::vector<Row> rows;
  for (int64_t seed = first; seed < first + count; ++seed) {
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    auto below = [&](size_t n) { return static_cast<int64_t>(random() % n); };
    enum Kind : uint8_t { batch, contract, free };
    struct Drawn {
      Kind kind;
      int64_t extent;
      size_t number;  // among those of its kind
    };
    const std::vector<int64_t> extents = {1, 2, 3, 4, 5, 8, 9, 17};
    std::vector<Drawn> shared, lhs, rhs;
    for (Kind kind : {batch, contract})
      for (int64_t n = below(3), i = 0; i < n; ++i)
        shared.push_back({kind, extents[below(extents.size())], static_cast<size_t>(i)});
    lhs = rhs = shared;
    for (auto *side : {&lhs, &rhs}) {
      for (int64_t n = below(3); n > 0; --n) side->push_back({free, extents[below(extents.size())], 0});
      std::shuffle(side->begin(), side->end(), random);
    }
    Pair batches, contracts;
    auto place = [](const std::vector<Drawn> &side, Kind kind, Axis &axes) {
      for (size_t i = 0; i < side.size(); ++i)
        if (side[i].kind == kind) {
          axes.resize(std::max(axes.size(), side[i].number + 1));
          axes[side[i].number] = static_cast<int64_t>(i);
        }
    };
    place(lhs, batch, batches.lhs), place(rhs, batch, batches.rhs);
    place(lhs, contract, contracts.lhs), place(rhs, contract, contracts.rhs);
    auto shape_of = [](const std::vector<Drawn> &side) {
      Shape shape;
      for (const Drawn &axis : side) shape.push_back(axis.extent);
      return shape;
    };
    if (shape_of(lhs).num_elements() * shape_of(rhs).num_elements() > 3'000'000) continue;
    rows.push_back({"dot_general, seed " + std::to_string(seed),
                    {shape_of(lhs), shape_of(rhs)},
                    {std::vector<DType>{f64, f32, bf16, i32}[static_cast<size_t>(seed % 4)]},
                    -3,
                    3,
                    Nearness::sum,
                    false,
                    [=](const Tensors &in) {
                      return dot_general(in[0], in[1], {batches.lhs, batches.rhs, contracts.lhs, contracts.rhs});
                    },
                    [=](const Arrays &x) { return dot_reference(x[0], x[1], batches, contracts); }});
  }
  return rows;
}

}  // namespace

TEST_CASE("matmul: ranks, transposes, batches, every dtype") { check_rows(matmul_rows()); }

TEST_CASE("matmul: sizes around the edges of blocks") { check_rows(size_rows()); }

TEST_CASE("dot_general: batches and sums over any axes") { check_rows(dot_rows()); }

TEST_CASE("dot_general: batches and sums over random axes") { check_rows(random_dot_rows()); }

TEST_CASE("matmul fused with what surrounds it") {
  Report report;
  for (DType dtype : kFloats) {
    Array x = sample({33, 17}, dtype, -2, 2, 1), w = sample({17, 9}, dtype, -2, 2, 2), b = sample({9}, dtype, -2, 2, 3);
    Array expected = matmul_reference(x, w, false, false), magnitude = expected;
    for_each_position(expected.shape, [&](const Position &p) {
      expected[p] = std::max(0.0L, expected[p] + b[{p[1]}]);
      magnitude[p] = 100 * epsilon(dtype);
    });
    Body body = [](const Tensors &in) { return Tensors{relu(matmul(in[0], in[1]) + in[2]), matmul(in[0] * 1, in[1])}; };
    Tensors inputs = {tensor_of(x, dtype), tensor_of(w, dtype), tensor_of(b, dtype)};
    Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
    require_within(report, "dense layer", eager[0], expected, magnitude);
    for (size_t i = 0; i < 2; ++i) require_bits(report, "dense layer compiled", strict[i], eager[i]);
  }
  REQUIRE_CLEAN(report);
}

// Sums of small whole numbers are exact in every dtype, so any block, tile or rest that is missed or counted twice
// shows.
TEST_CASE("matmul: random shapes and layouts, exactly") {
  std::mt19937 random(7);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  // Around every tile, panel and block border; few rows or columns; none.
  const std::vector<int64_t> sides = {0,  1,  2,  3,  4,  5,  7,  8,  9,   11,  13,  14,  15,  16,  17,  27,
                                      28, 31, 32, 33, 47, 48, 49, 64, 100, 127, 224, 225, 255, 256, 257, 300};
  for (int round = 0; round < 160; ++round) {
    int64_t m = sides[below(sides.size())], n = sides[below(sides.size())], k = sides[below(sides.size())];
    if (round % 16 == 0) k = 520 + below(300);                   // several passes over the depth
    if (round % 40 == 1) m = 300, n = 700 + below(40), k = 400;  // right operand packed on the way, left one copied
    if (round % 40 == 5) m = 200, n = 800 + below(40), k = 50;   // the same, for the length of its rows
    if (round % 40 == 3) n = 2100 + below(50);                   // several blocks of columns
    if (round % 40 == 7) m = 1 + below(4), n = 1000 + below(60), k = 560;  // right operand read from end to end
    if (round % 40 == 9)
      m = 2040 + below(40), n = 1 + below(8), k = below(9);  // few columns, by rows turned at the end
    if (round % 40 == 11) m = 100 + below(400), n = 33 + below(9), k = below(9);    // tiles below each other together
    if (round % 40 == 13) m = 9 + below(40), n = 3 + below(60), k = 3 + below(30);  // tiles of every height and rest
    if (round % 40 == 15) m = 0, n = 1000, k = 560;                                 // nothing, of a large operand
    if (round % 20 == 17) m = 1 + below(24), n = 20 + below(90), k = 16 * m + below(40);  // dot products
    if (round % 20 == 19) n = 1 + below(24), m = 20 + below(90), k = 16 * n + below(40);
    if (round == 47) m = 530, n = 550, k = 1100;  // bf16: several blocks of every side
    const bool lhs_turned = below(2) || round % 40 == 9,
               rhs_turned = (below(2) && round % 40 != 7) || round % 20 == 17 || round % 20 == 19;
    std::vector<int> x(static_cast<size_t>(m * k)), y(static_cast<size_t>(k * n)), z(static_cast<size_t>(m * n));
    for (int &v : x) v = static_cast<int>(below(3)) - 1;
    for (int &v : y) v = static_cast<int>(below(3)) - 1;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t p = 0; p < k; ++p)
        for (int64_t j = 0; j < n; ++j)
          z[static_cast<size_t>(i * n + j)] += x[static_cast<size_t>(i * k + p)] * y[static_cast<size_t>(p * n + j)];
    auto tensor = [](const std::vector<int> &values, int64_t rows, int64_t columns, bool turned, DType dtype) {
      Array array;
      array.shape = turned ? Shape{columns, rows} : Shape{rows, columns};
      for (int64_t i = 0; i < rows * columns; ++i)
        array.values.push_back(values[static_cast<size_t>(turned ? i % rows * columns + i / rows : i)]);
      return tensor_of(array, dtype);
    };
    const DType dtype = std::vector<DType>{f32, f32, f64, i32, f16, bf16, i64}[static_cast<size_t>(round % 7)];
    const Policy policy = round % 3 ? Policy::standard : Policy::strict;
    Tensors inputs = {tensor(x, m, k, lhs_turned, dtype), tensor(y, k, n, rhs_turned, dtype)};
    Body body = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], lhs_turned, rhs_turned)}; };
    Array eager = array_of(run_eager(body, inputs, policy)[0]),
          compiled = array_of(run_compiled(body, inputs, policy)[0]);
    INFO(m << " x " << n << " x " << k << (lhs_turned ? ", lhs^T" : "") << (rhs_turned ? ", rhs^T " : " ")
           << name_of(dtype));
    int64_t wrong = 0;
    for (size_t i = 0; i < z.size(); ++i) wrong += eager.values[i] != z[i] || compiled.values[i] != z[i];
    CHECK(wrong == 0);
  }
}

// Columns that whole blocks leave over are those of as few vectors as hold them: every number of vectors of 32 bytes up
// to more than the widest block, the last one full or of one column.
TEST_CASE("matmul: few rows, every number of columns left over, exactly") {
  std::mt19937 random(11);
  auto numbers = [&](int64_t rows, int64_t columns) {
    Array array;
    array.shape = {rows, columns};
    for (int64_t i = 0; i < rows * columns; ++i) array.values.push_back(static_cast<int>(random() % 3) - 1);
    return array;
  };
  for (DType dtype : {f32, f64})
    for (int64_t m : {1, 2, 3, 4, 6, 8}) {
      const int64_t k = 5 + static_cast<int64_t>(random() % 20), vector = 32 / static_cast<int64_t>(size_of(dtype));
      const Array x = numbers(m, k);
      Tensors inputs = {tensor_of(x, dtype)};
      std::vector<Array> wanted;
      for (int64_t i = 0; i < 2 * 34; ++i) {
        const int64_t n = i / 2 * vector + (i % 2 ? vector : 1);
        const Array y = numbers(k, n);
        Array sums;
        sums.shape = {m, n};
        sums.values.resize(static_cast<size_t>(m * n));
        for (int64_t r = 0; r < m; ++r)
          for (int64_t p = 0; p < k; ++p)
            for (int64_t c = 0; c < n; ++c) sums[{r, c}] += x[{r, p}] * y[{p, c}];
        wanted.push_back(sums);
        inputs.push_back(tensor_of(y, dtype));
      }
      // All of them in one program.
      const Tensors got = run_compiled(
          [](const Tensors &in) {
            Tensors products;
            for (size_t i = 1; i < in.size(); ++i) products.push_back(matmul(in[0], in[i]));
            return products;
          },
          inputs, Policy::standard);
      for (size_t i = 0; i < got.size(); ++i) {
        INFO(m << " x " << wanted[i].extent(1) << " x " << k << " " << name_of(dtype));
        CHECK(array_of(got[i]).values == wanted[i].values);
      }
    }
}

TEST_CASE("matmul gives the same bits on any number of threads") {
  struct Extents {
    int64_t m, n, k;
    bool rhs_turned = false;
  };
  // With the right operand turned, few rows are dot products: also if it is only a thread's part that has few.
  for (auto [m, n, k, rhs_turned] :
       {Extents{60, 700, 300}, Extents{500, 90, 270}, Extents{1, 3000, 200}, Extents{12, 1100, 1000, true},
        Extents{1100, 12, 1000, true}, Extents{40, 520, 2000, true}, Extents{244, 200, 2000, true}}) {
    Tensors inputs = {tensor_of(sample({m, k}, f32, -1, 1, 1), f32),
                      tensor_of(sample(rhs_turned ? Shape{n, k} : Shape{k, n}, f32, -1, 1, 2), f32)};
    Body body = [rhs_turned = rhs_turned](const Tensors &in) {
      return Tensors{matmul(in[0], in[1], false, rhs_turned)};
    };
    const int before = runtime::num_threads();
    Report report;
    runtime::set_num_threads(1);
    Tensor one = run_compiled(body, inputs, Policy::standard)[0];
    for (int threads : {2, 8, 61}) {
      runtime::set_num_threads(threads);
      require_bits(report, "threads", run_compiled(body, inputs, Policy::standard)[0], one);
    }
    runtime::set_num_threads(before);
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("matmul propagates NaN and infinities") {
  Tensor x = etch::constant({{1.f, NAN}, {0.f, 2.f}}), y = etch::constant({{INFINITY, 1.f}, {1.f, 0.f}});
  Array product = array_of(matmul(x, y));
  CHECK(std::isnan(product.values[0]));
  CHECK(std::isnan(product.values[1]));
  CHECK(std::isnan(product.values[2]));  // 0 * inf
  CHECK(product.values[3] == 0);
}

TEST_CASE("integer products wrap") {
  Tensor x = etch::constant({{200, 100}}, u8), y = etch::constant({{3}, {5}}, u8);
  CHECK(matmul(x, y).item<uint8_t>() == static_cast<uint8_t>(200 * 3 + 100 * 5));
  Tensor large = etch::constant({{1 << 30, 1 << 30}});
  CHECK(matmul(large, etch::constant({{2}, {3}})).item<int32_t>() == static_cast<int32_t>(5LL << 30));
}
