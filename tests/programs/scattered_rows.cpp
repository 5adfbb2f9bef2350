// scatter_add of rows that its kernel repeats itself: what comes of it is what comes of the same rows in memory, and
// what a loop over the indices adds up, bit for bit and for any number of threads.
#include <catch2/catch.hpp>

#include <cstring>
#include <functional>

#include "etch/etch.h"

using namespace etch;

namespace {

struct Case {
  std::vector<int64_t> table, indices;
  std::vector<int64_t> rows;  // as the updates [outer, indices, inner], with 1 where they are repeated
  int64_t axis;
};

/// updates[outer, indices, inner] from rows, one after the other.
std::vector<float> by_loop(const Case &c, const Tensor &rows, const Tensor &indices, const Tensor &updates) {
  auto product = [](const std::vector<int64_t> &shape, size_t from, size_t to) {
    int64_t count = 1;
    for (size_t axis = from; axis < to; ++axis) count *= shape[axis];
    return count;
  };
  const auto axis = static_cast<size_t>(c.axis);
  const int64_t outer = product(c.table, 0, axis), extent = c.table[axis],
                inner = product(c.table, axis + 1, c.table.size()), count = product(c.indices, 0, c.indices.size());
  std::vector<float> sums(static_cast<size_t>(outer * extent * inner));
  const auto *from = static_cast<const float *>(updates.data());
  const auto *picked = static_cast<const int64_t *>(indices.data());
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < count; ++i)
      if (picked[i] >= 0 && picked[i] < extent)
        for (int64_t j = 0; j < inner; ++j)
          sums[static_cast<size_t>((o * extent + picked[i]) * inner + j)] += from[(o * count + i) * inner + j];
  return sums;
}

}  // namespace

TEST_CASE("rows that a scatter repeats are those in memory", "[threads]") {
  const std::vector<Case> cases = {{{50, 16}, {4, 8}, {4, 1, 16}, 0},
                                   {{13, 37}, {5, 3}, {1, 1, 37}, 0},
                                   {{7, 300}, {3, 11}, {1, 11, 1}, 0},
                                   {{9}, {6, 5}, {6, 1}, 0},
                                   {{3, 11, 17}, {7, 2}, {3, 1, 2, 17}, 1},
                                   {{4, 5, 6}, {9}, {4, 1, 6}, 1},
                                   {{5, 1}, {0, 4}, {1, 4, 1}, 0},
                                   {{0, 8}, {3}, {1, 8}, 0},
                                   {{4, 3}, {}, {1}, 1},
                                   {{10'007, 64}, {701, 13}, {701, 1, 64}, 0}};
  const int before = num_threads();
  for (const Case &c : cases) {
    Generator generator(3);
    Tensor rows = generator.normal(c.rows);
    // Some lie outside the axis on either side.
    const int64_t extent = c.table[static_cast<size_t>(c.axis)];
    Tensor indices = generator.integers(c.indices, -2, extent + 2);
    std::vector<int64_t> shape(c.table.begin(), c.table.begin() + c.axis);
    shape.insert(shape.end(), c.indices.begin(), c.indices.end());
    shape.insert(shape.end(), c.table.begin() + c.axis + 1, c.table.end());
    INFO("table " << to_string(Shape(c.table)) << ", indices " << to_string(Shape(c.indices)) << ", axis " << c.axis);
    auto repeated =
        function([&](Tensor i, Tensor r) { return scatter_add(zeros(c.table), i, broadcast_to(r, shape), c.axis); });
    auto stored = function([&](Tensor i, Tensor u) { return scatter_add(zeros(c.table), i, u, c.axis); });
    Tensor updates = broadcast_to(rows, shape);
    auto expected = by_loop(c, rows, indices, updates);
    for (int threads : {1, 2, 8}) {
      set_num_threads(threads);
      for (const Tensor &result : {repeated(indices, rows), stored(indices, updates)}) {
        REQUIRE(static_cast<size_t>(result.size()) == expected.size());
        CHECK((expected.empty() || std::memcmp(result.data(), expected.data(), expected.size() * sizeof(float)) == 0));
      }
    }
    set_num_threads(before);
  }
}

namespace {

/// Sums, by node, of messages that the edges i -> j of a graph carry.
struct Messages {
  std::string what;
  std::function<Tensor(Tensor nodes, Tensor from, Tensor weights)> of;
};

void require_same_bytes(const Tensor &x, const Tensor &y) {
  REQUIRE(x.shape() == y.shape());
  REQUIRE(x.dtype() == y.dtype());
  const size_t bytes = static_cast<size_t>(x.size()) * size_of(x.dtype());
  CHECK((bytes == 0 || std::memcmp(x.data(), y.data(), bytes) == 0));
}

}  // namespace

TEST_CASE("updates that a scatter computes are those in memory", "[threads]") {
  const std::vector<Messages> messages = {
      {"picked", [](Tensor nodes, Tensor from, Tensor) { return take(nodes, from, 0); }},
      {"weighted", [](Tensor nodes, Tensor from, Tensor weights) { return take(nodes, from, 0) * weights; }},
      {"of its own", [](Tensor, Tensor, Tensor weights) { return abs(weights) + weights; }},
      {"long", [](Tensor nodes, Tensor from, Tensor weights) { return tanh(take(nodes, from, 0) - weights); }},
      {"cut out", [](Tensor nodes, Tensor from, Tensor weights) {
         const int64_t edges = from.shape()[0];
         return slice(concatenate({nodes, nodes, weights}, 0), {{0, edges}}) - weights;
       }}};
  const int before = num_threads();
  for (int64_t edges : {0, 1, 17, 203, 5'000})
    for (const std::vector<int64_t> &row : std::vector<std::vector<int64_t>>{{}, {1}, {3}, {8}, {37}, {2, 9}})
      for (DType dtype : {f32, f64, bf16, i32}) {
        if (edges > 203 && dtype != f32) continue;
        std::vector<int64_t> table = {101}, updates = {edges};
        table.insert(table.end(), row.begin(), row.end());
        updates.insert(updates.end(), row.begin(), row.end());
        Generator generator(7);
        Tensor nodes = cast(3.f * generator.normal(table), dtype), weights = cast(generator.normal(updates), dtype);
        Tensor from = generator.integers({edges}, 0, 101), to = generator.integers({edges}, -3, 104);
        for (const Messages &message : messages) {
          if (dtype == i32 && message.what == "long") continue;
          INFO(message.what << ", " << edges << " edges, rows " << to_string(Shape(row)) << ", " << name_of(dtype));
          auto sums = function([&](Tensor x, Tensor i, Tensor j, Tensor w) {
            return scatter_add(zeros(table, dtype), j, message.of(x, i, w));
          });
          auto shifted = function(
              [&](Tensor x, Tensor i, Tensor j, Tensor w) { return scatter_add(x, j * 2 - 7, message.of(x, i, w)); });
          Tensor stored = message.of(nodes, from, weights);
          Tensor expected = scatter_add(zeros(table, dtype), to, stored),
                 other = scatter_add(nodes, to * 2 - 7, stored);
          for (int threads : {1, 2, 8}) {
            set_num_threads(threads);
            require_same_bytes(sums(nodes, from, to, weights), expected);
            require_same_bytes(shifted(nodes, from, to, weights), other);
          }
          set_num_threads(before);
        }
      }
}

TEST_CASE("one index of an inner axis takes an update in each row", "[threads]") {
  auto computed =
      function([](Tensor i, Tensor updates) { return scatter_add(zeros({19, 3}), i * 2 - 1, updates * 2.f, 1); });
  Tensor updates = Generator(5).normal({19});
  for (int64_t index : {0, 1, 2}) {
    Tensor expected = scatter_add(zeros({19, 3}), constant(2 * index - 1), updates * 2.f, 1);
    CHECK((index == 0 || index == 2) == (to_numpy_string(reduce_max(abs(expected))) == "0.0"));
    require_same_bytes(computed(constant(index), updates), expected);
  }
}

TEST_CASE("one number is added at computed indices, and computed updates at one index") {
  auto number = function([](Tensor i, Tensor w) { return scatter_add(zeros({9}), i * 2 - 7, broadcast_to(w, {20})); });
  auto place = function([](Tensor i, Tensor w) { return scatter_add(zeros({9}), broadcast_to(i, {20}), w * 2.f); });
  Tensor expected = constant({0.f, 3.f, 0.f, 3.f, 0.f, 3.f, 0.f, 3.f, 0.f});
  require_same_bytes(number(arange(20, i64), constant(3.f)), expected);
  require_same_bytes(number(arange(20, i64), constant({3.f})), expected);
  require_same_bytes(place(constant(4), arange(20, f32)), constant({0.f, 0.f, 0.f, 0.f, 380.f, 0.f, 0.f, 0.f, 0.f}));
}

TEST_CASE("what a scatter reads of the tensor that it updates is read before") {
  Variable nodes(ones({300, 16}), "nodes");
  auto step = function([&](Tensor from, Tensor to) {
    Tensor x = nodes.read();
    nodes.assign(scatter_add(x, to, take(x, from, 0) * 2.f));
  });
  // A chain: each node is told what its predecessor was before anything changed.
  step(arange(299, i64), arange(299, i64) + 1);
  Tensor expected = concatenate({ones({1, 16}), full({299, 16}, 3.f)}, 0);
  require_same_bytes(nodes.read(), expected);
}
