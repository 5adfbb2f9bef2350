// The rows of random.def against Philox4x32-10 written down here, which is checked against the published vectors.
#include <catch2/catch.hpp>

#include <array>
#include <cmath>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

using Block = std::array<uint32_t, 4>;

/// Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.
Block philox(Block counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t{0xD2511F53} * counter[0], b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9, key[1] += 0xBB67AE85;
  }
  return counter;
}
/// The block for element i of a draw.
Block block(int64_t key, int64_t counter, int64_t i) {
  uint64_t k = static_cast<uint64_t>(key), c = static_cast<uint64_t>(counter) + static_cast<uint64_t>(i);
  return philox({static_cast<uint32_t>(c), static_cast<uint32_t>(c >> 32), 0, 0},
                {static_cast<uint32_t>(k), static_cast<uint32_t>(k >> 32)});
}

const std::vector<std::array<int64_t, 2>> kStates = {
    {0, 0}, {1, 0}, {42, 7}, {-1, -1}, {0x123456789abcdef, 0xfffffffd}, {-5, -3}};
const std::vector<Shape> kShapes = {{}, {1}, {0}, {17}, {5, 7}, {1000}};

}  // namespace

TEST_CASE("the reference is Philox4x32-10") {
  // Random123 1.14.0, kat_vectors.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random_bits and random_uniform are the same numbers everywhere") {
  Report report;
  struct Row {
    std::string op;
    DType dtype;
    Tensor (*apply)(Operand, Shape, DType);
    long double (*element)(const Block &w);
  };
  const std::vector<Row> rows = {
#define RANDOM(op, dtype, element) \
  {#op " " #dtype, dtype, etch::op, [](const Block &w) -> long double { return element; }},
#include "tests/numeric/random.def"
  };
  for (const auto &[key, counter] : kStates)
    for (const Shape &shape : kShapes) {
      Tensor state = etch::constant({key, counter});
      Body body = [&](const Tensors &in) {
        Tensors out;
        for (const Row &row : rows) out.push_back(row.apply(in[0], shape, row.dtype));
        return out;
      };
      Tensors eager = run_eager(body, {state}, Policy::strict),
              compiled = run_compiled(body, {state}, Policy::standard);
      std::string place = " key " + std::to_string(key) + " counter " + std::to_string(counter) + to_string(shape);
      for (size_t i = 0; i < rows.size(); ++i) {
        int64_t next = 0;
        Array expected = generate(shape, [&, &key = key, &counter = counter](const Position &) {
          return rows[i].element(block(key, counter, next++));
        });
        require_close(report, rows[i].op + place, eager[i], expected, 0);
        require_bits(report, rows[i].op + " compiled" + place, compiled[i], eager[i]);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("a Generator draws the same eagerly and compiled, and advances") {
  Generator eager(42), captured(42);
  auto compiled = etch::function(
      [&] { return std::vector{captured.uniform({33}), captured.normal({17}), captured.uniform({5}, -2, 3, f64)}; });
  Report report;
  for (int call = 0; call < 3; ++call) {
    Tensors a = {eager.uniform({33}), eager.normal({17}), eager.uniform({5}, -2, 3, f64)}, b = compiled();
    // Box-Muller multiplies and adds: only the uniform numbers are free of contraction.
    require_bits(report, "uniform, call " + std::to_string(call), b[0], a[0]);
    Array normal = array_of(a[1]);
    require_within(report, "normal, call " + std::to_string(call), b[1], normal,
                   generate({17}, [](const Position &) { return 1e-5L; }));
  }
  report.require(array_of(eager.state().read()).values == array_of(captured.state().read()).values,
                 "the same state afterwards");
  REQUIRE_CLEAN(report);
}

TEST_CASE("distributions have the moments they promise") {
  Generator generator(7);
  Array uniform = array_of(generator.uniform({20000}, 2, 5)), normal = array_of(generator.normal({20000}, 1, 3)),
        dice = array_of(generator.integers({6000}, 1, 7));
  auto moments = [](const Array &x) {
    long double mean = 0, variance = 0;
    for (long double v : x.values) mean += v / static_cast<long double>(x.values.size());
    for (long double v : x.values) variance += (v - mean) * (v - mean) / static_cast<long double>(x.values.size());
    return std::pair(static_cast<double>(mean), static_cast<double>(variance));
  };
  auto [uniform_mean, uniform_variance] = moments(uniform);
  CHECK(uniform_mean == Approx(3.5).margin(0.03));
  CHECK(uniform_variance == Approx(0.75).margin(0.03));
  auto [normal_mean, normal_variance] = moments(normal);
  CHECK(normal_mean == Approx(1).margin(0.1));
  CHECK(normal_variance == Approx(9).margin(0.5));
  CHECK(*std::min_element(uniform.values.begin(), uniform.values.end()) >= 2);
  CHECK(*std::max_element(uniform.values.begin(), uniform.values.end()) < 5);
  std::array<int, 7> faces{};
  for (long double face : dice.values) {
    REQUIRE((face >= 1 && face <= 6));
    ++faces[static_cast<size_t>(face)];
  }
  for (size_t face = 1; face <= 6; ++face) CHECK(faces[face] == Approx(1000).margin(150));
}
