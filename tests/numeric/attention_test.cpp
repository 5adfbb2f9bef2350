// The rows of attention.def, its derivatives, masks, heads in groups, against plain loops.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

enum class Mask { none, full, keys, heads, added, nothing };

struct AttentionRow {
  std::string text;
  std::vector<int64_t> leading;
  int64_t queries, keys, depth, size;
  Mask mask;
  bool causal;

  Shape shape(int64_t rows, int64_t columns) const {
    std::vector<int64_t> extents = leading;
    extents.push_back(rows);
    extents.push_back(columns);
    return Shape(extents);
  }
  /// With extent 1 along the axes that the kind of mask repeats.
  Shape mask_shape() const {
    Shape full = shape(queries, keys);
    const int rank = full.rank();
    for (int axis = 0; axis + 1 < rank; ++axis)
      if ((mask == Mask::keys && axis > 0) || (mask == Mask::heads && axis + 2 < rank && axis > 0) ||
          (mask == Mask::added && axis + 2 < rank))
        full[axis] = 1;
    return full;
  }
};

const std::vector<AttentionRow> kRows = {
#define ATTENTION(op, leading, queries, keys, depth, size, mask, causal)  \
  {#op " " #queries "x" #keys "x" #depth "x" #size " " #mask " " #causal, \
   {leading},                                                             \
   queries,                                                               \
   keys,                                                                  \
   depth,                                                                 \
   size,                                                                  \
   Mask::mask,                                                            \
   causal},
#include "tests/numeric/attention.def"
};

struct GradientRow {
  DType dtype;
  Real units;
};
const std::vector<GradientRow> kGradients = {
#define GRADIENT(op, dtype, units) {dtype, units},
#include "tests/numeric/attention.def"
};

Array mask_of(const AttentionRow &row, DType dtype) {
  const Shape shape = row.mask_shape();
  if (row.mask == Mask::added) return sample(shape, dtype, -2, 2, 7);
  // Every third query sees nothing where the mask has queries.
  return generate(shape, [&](const Position &p) -> Real {
    if (row.mask == Mask::nothing) return 0;
    Real sum = 0;
    for (size_t i = 0; i < p.size(); ++i) sum += static_cast<Real>(p[i]) * static_cast<Real>(i + 1);
    const bool blind = shape[shape.rank() - 2] > 1 && p[p.size() - 2] % 3 == 2;
    return !blind && std::fmod(sum, 3) != 0;
  });
}

/// Operands, and a factor for each element of the result, whose product is summed to have a gradient.
struct Problem {
  Array query, key, value, factors, mask;
  Tensors inputs;
  Tensor weights;
};

Problem problem_of(const AttentionRow &row, DType dtype) {
  Problem problem{sample(row.shape(row.queries, row.depth), dtype, -2, 2, 1),
                  sample(row.shape(row.keys, row.depth), dtype, -2, 2, 2),
                  sample(row.shape(row.keys, row.size), dtype, -1, 1, 3),
                  sample(row.shape(row.queries, row.size), dtype, -1, 1, 4),
                  mask_of(row, dtype),
                  {},
                  {}};
  for (const Array *operand : {&problem.query, &problem.key, &problem.value})
    problem.inputs.push_back(tensor_of(*operand, dtype));
  if (row.mask != Mask::none)
    problem.inputs.push_back(tensor_of(problem.mask, row.mask == Mask::added ? dtype : boolean));
  problem.weights = tensor_of(problem.factors, dtype);
  return problem;
}

/// Row r, column c of the matrix that `p` is in.
Position in_matrix(Position p, int64_t r, int64_t c) {
  p[p.size() - 2] = r;
  p[p.size() - 1] = c;
  return p;
}

/// What attention gives, how far its rounding may be off, and its gradients.
struct Expected {
  Array result, bound, by_query, by_key, by_value;
};

Expected expected_of(const AttentionRow &row, const Problem &problem) {
  auto zeros = [&](int64_t rows, int64_t columns) {
    return generate(row.shape(rows, columns), [](const Position &) { return 0; });
  };
  Expected e{zeros(row.queries, row.size), zeros(row.queries, row.size), zeros(row.queries, row.depth),
             zeros(row.keys, row.depth), zeros(row.keys, row.size)};
  const Real scale = row.depth > 0 ? 1 / std::sqrt(static_cast<Real>(row.depth)) : 1;
  for_each_position(row.shape(row.queries, 1), [&](const Position &p) {
    const int64_t i = p[p.size() - 2];
    auto at = [&](int64_t r, int64_t c) { return in_matrix(p, r, c); };
    std::vector<Real> weights, magnitudes;
    Real top = -INFINITY, total = 0, delta = 0;
    for (int64_t j = 0; j < row.keys; ++j) {
      Real score = 0, magnitude = 0;
      for (int64_t d = 0; d < row.depth; ++d) {
        const Real product = problem.query[at(i, d)] * problem.key[at(j, d)] * scale;
        score += product;
        magnitude += std::fabs(product);
      }
      if (row.mask == Mask::added) score += broadcast_read(problem.mask, at(i, j));
      bool is_seen = row.mask == Mask::none || row.mask == Mask::added || broadcast_read(problem.mask, at(i, j)) != 0;
      if (row.causal && j > i) is_seen = false;
      weights.push_back(is_seen ? score : -INFINITY);
      magnitudes.push_back(magnitude);
      top = std::max(top, weights.back());
    }
    for (Real &weight : weights) total += weight = std::isinf(top) ? 0 : std::exp(weight - top);
    std::vector<Real> by_weight(weights.size());
    for (int64_t j = 0; j < row.keys; ++j) {
      const auto n = static_cast<size_t>(j);
      weights[n] = total > 0 ? weights[n] / total : 0;
      for (int64_t c = 0; c < row.size; ++c) {
        const Real value = problem.value[at(j, c)], factor = problem.factors[at(i, c)];
        e.result[at(i, c)] += weights[n] * value;
        // Relative errors of as many terms, and of the exponential's argument.
        e.bound[at(i, c)] +=
            weights[n] * std::fabs(value) * (static_cast<Real>(row.depth + row.keys + 8) + 8 * magnitudes[n]);
        e.by_value[at(j, c)] += weights[n] * factor;
        by_weight[n] += factor * value;
      }
      delta += weights[n] * by_weight[n];
    }
    for (int64_t j = 0; j < row.keys; ++j) {
      const Real by_score = weights[static_cast<size_t>(j)] * (by_weight[static_cast<size_t>(j)] - delta) * scale;
      for (int64_t d = 0; d < row.depth; ++d) {
        e.by_query[at(i, d)] += by_score * problem.key[at(j, d)];
        e.by_key[at(j, d)] += by_score * problem.query[at(i, d)];
      }
    }
  });
  return e;
}

Tensor attend(const Tensors &in, bool causal) {
  AttentionOptions options{.causal = causal};
  if (in.size() > 3) options.mask = in[3];
  return etch::dot_product_attention(in[0], in[1], in[2], options);
}

/// The largest element of an array times so many units, everywhere.
Array relative_to_largest(const Array &array, Real units) {
  Real largest = 0;
  for (Real value : array.values) largest = std::max(largest, std::fabs(value));
  return generate(array.shape, [&](const Position &) { return units * largest; });
}

}  // namespace

TEST_CASE("attention") {
  Report report;
  for (const AttentionRow &row : kRows)
    for (DType dtype : kFloats) {
      const Problem problem = problem_of(row, dtype);
      Expected expected = expected_of(row, problem);
      const bool is_narrow = size_of(dtype) == 2;
      for (size_t i = 0; i < expected.bound.values.size(); ++i)
        expected.bound.values[i] =
            expected.bound.values[i] * epsilon(is_narrow ? f32 : dtype) +
            (is_narrow ? epsilon(dtype) * std::fabs(expected.result.values[i]) + (dtype == f16 ? 0x1p-24L : 0) : 0);
      const std::string what = row.text + " " + std::string(name_of(dtype));
      const Body body = [&](const Tensors &in) { return Tensors{attend(in, row.causal)}; };
      const Tensors &inputs = problem.inputs;
      const Tensor strict = run_eager(body, inputs, Policy::strict)[0];
      require_within(report, what + " strict", strict, expected.result, expected.bound);
      require_bits(report, what + " strict, compiled", run_compiled(body, inputs, Policy::strict)[0], strict);
      for (bool is_compiled : {false, true})
        require_within(report, what + (is_compiled ? " compiled" : " eager"),
                       (is_compiled ? run_compiled : run_eager)(body, inputs, Policy::standard)[0], expected.result,
                       expected.bound);
    }
  REQUIRE_CLEAN(report);
}

// The kernel's derivatives; those of attention as it is written out are below.
TEST_CASE("gradients of attention") {
  Report report;
  for (const AttentionRow &row : kRows)
    for (const GradientRow &of : kGradients) {
      const DType dtype = of.dtype;
      const Problem problem = problem_of(row, dtype);
      const Expected expected = expected_of(row, problem);
      const Body gradients = [&](const Tensors &in) {
        Tensors rest(in.begin() + 3, in.end());
        return vjp(
                   [&](const Tensor &q, const Tensor &k, const Tensor &v) {
                     Tensors all{q, k, v};
                     all.insert(all.end(), rest.begin(), rest.end());
                     return attend(all, row.causal);
                   },
                   in[0], in[1], in[2])
            .second(problem.weights);
      };
      const std::string what = row.text + " " + std::string(name_of(dtype)) + " by ";
      const Array *arrays[] = {&expected.by_query, &expected.by_key, &expected.by_value};
      for (bool is_compiled : {false, true}) {
        const Tensors actual = (is_compiled ? run_compiled : run_eager)(gradients, problem.inputs, Policy::standard);
        for (size_t i = 0; i < 3; ++i)
          require_within(report, what + std::to_string(i) + (is_compiled ? " compiled" : " eager"), actual[i],
                         *arrays[i], relative_to_largest(*arrays[i], of.units * epsilon(dtype)));
      }
    }
  REQUIRE_CLEAN(report);
}

// Every part of the kernel alone, and none: a gradient that nobody asks for is not computed.
TEST_CASE("single gradients of attention are those of all") {
  const AttentionRow row{"", {2}, 140, 300, 8, 5, Mask::keys, true};
  const Problem problem = problem_of(row, f32);
  auto gradient = [&](const Tensors &in, const std::vector<size_t> &which) {
    return function([&](const Tensors &given) {
      Tensors all = vjp([&](const Tensor &q, const Tensor &k,
                            const Tensor &v) { return attend({q, k, v, given[3]}, row.causal); },
                        given[0], given[1], given[2])
                        .second(problem.weights);
      Tensors chosen;
      for (size_t i : which) chosen.push_back(all[i]);
      return chosen;
    })(in);
  };
  Report report;
  const Tensors all = gradient(problem.inputs, {0, 1, 2});
  for (size_t i = 0; i < 3; ++i)
    require_bits(report, "gradient " + std::to_string(i), gradient(problem.inputs, {i})[0], all[i]);
  REQUIRE_CLEAN(report);
}

TEST_CASE("derivatives of attention in every mode and order") {
  Report report;
  for (bool causal : {false, true})
    for (Mask mask : {Mask::none, Mask::keys, Mask::added, Mask::full}) {
      const AttentionRow row{"", {2}, 4, 3, 2, 3, mask, causal};
      Problem problem = problem_of(row, f64);
      const Tensors rest(problem.inputs.begin() + 3, problem.inputs.end());
      const bool by_mask = mask == Mask::added;
      if (!by_mask) problem.inputs.resize(3);
      require_gradients(
          report, "mask " + std::to_string(static_cast<int>(mask)) + " causal " + std::to_string(causal),
          [&](const Tensors &in) {
            Tensors all = in;
            if (!by_mask) all.insert(all.end(), rest.begin(), rest.end());
            return attend(all, causal);
          },
          problem.inputs);
    }
  REQUIRE_CLEAN(report);
}

// Reverse over the op of the gradient, forward over reverse; written out there, with the kernel before it.
TEST_CASE("second derivatives of attention under policy standard") {
  const AttentionRow row{"", {}, 40, 40, 3, 2, Mask::none, true};
  const Problem problem = problem_of(row, f64);
  auto gradient = [&](const Tensor &q) {
    return grad([&](const Tensor &x) {
      return sum(attend({x, problem.inputs[1], problem.inputs[2]}, true) * problem.weights);
    })(q);
  };
  const Tensor q = problem.inputs[0], direction = tensor_of(sample(row.shape(40, 3), f64, -1, 1, 9), f64);
  auto product =
      function([&](Tensor x) { return grad([&](const Tensor &y) { return sum(gradient(y) * direction); })(x); });
  const double step = 1e-5;
  const Tensor difference = (gradient(q + direction * step) - gradient(q - direction * step)) / (2 * step);
  CHECK(max(abs(product(q) - difference)).item<double>() < 1e-7 * max(abs(difference)).item<double>() + 1e-9);
  const Tensor forward = jvp(gradient, q, direction).second;
  CHECK(max(abs(forward - difference)).item<double>() < 1e-7 * max(abs(difference)).item<double>() + 1e-9);
}

TEST_CASE("heads of keys and values that several heads of queries share") {
  Report report;
  for (int64_t heads : {1, 2}) {
    Tensor q = tensor_of(sample({2, 4, 5, 3}, f32, -1, 1, 1), f32),
           k = tensor_of(sample({2, heads, 6, 3}, f32, -1, 1, 2), f32),
           v = tensor_of(sample({2, heads, 6, 2}, f32, -1, 1, 3), f32);
    Tensors each;
    for (int64_t h = 0; h < 4; ++h) {
      const Range all, own(h, h + 1), shared(h / (4 / heads), h / (4 / heads) + 1);
      each.push_back(etch::dot_product_attention(q[{all, own}], k[{all, shared}], v[{all, shared}]));
    }
    const Body body = [&](const Tensors &in) { return Tensors{etch::dot_product_attention(in[0], in[1], in[2])}; };
    const Tensor expected = concatenate(each, 1);
    for (bool is_compiled : {false, true}) {
      const Tensor actual = (is_compiled ? run_compiled : run_eager)(body, {q, k, v}, Policy::standard)[0];
      report.require(max(abs(actual - expected)).item<float>() < 1e-6f, std::to_string(heads) + " heads");
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("attention: scales, NaN, and queries that see nothing") {
  Tensor one = ones({1, 1}), keys = etch::constant({{0.f}, {1.f}}), values = etch::constant({{0.f}, {1.f}});
  CHECK(to_numpy_string(etch::dot_product_attention(one * 100.f, keys, values, {.scale = 1})) == "[[1.]]");
  CHECK(to_numpy_string(etch::dot_product_attention(one * 100.f, keys, values, {.scale = 0})) == "[[0.5]]");
  CHECK(to_numpy_string(etch::dot_product_attention(one, keys, values, {.mask = etch::constant({false, false})})) ==
        "[[0.]]");
  CHECK(to_numpy_string(etch::dot_product_attention(one, keys, values, {.mask = etch::constant({false})})) == "[[0.]]");
  CHECK(to_numpy_string(etch::dot_product_attention(one, keys, values, {.mask = etch::constant({true, false})})) ==
        "[[0.]]");
  // A NaN stays in its row.
  Tensor queries = concatenate({ones({40, 1}), full({1, 1}, NAN), ones({40, 1})}, 0);
  Tensor rows = is_nan(etch::dot_product_attention(queries, ones({50, 1}), ones({50, 1})));
  CHECK(sum(cast(rows, i32)).item<int32_t>() == 1);
  CHECK(rows[{40, 0}].item<bool>());
}

TEST_CASE("attention: a batch that only the values know") {
  Tensor q = tensor_of(sample({2, 5, 8}, f32, -1, 1, 1), f32), k = tensor_of(sample({2, 7, 8}, f32, -1, 1, 2), f32),
         v = tensor_of(sample({2, 7, 3}, f32, -1, 1, 3), f32);
  for (Policy policy : {Policy::strict, Policy::standard}) {
    Options options{.policy = policy};
    options.input_signature = {{f32, {kDynamic, kDynamic, 8}}, {f32, {kDynamic, kDynamic, 8}}, {f32, {2, kDynamic, 3}}};
    auto attend = function([](Tensor q, Tensor k, Tensor v) { return etch::dot_product_attention(q, k, v); }, options);
    auto slopes = function(
        [](Tensor q, Tensor k, Tensor v) {
          return grad([&](Tensor k) { return sum(square(etch::dot_product_attention(q, k, v))); })(k);
        },
        options);
    CHECK(max(abs(attend(q, k, v) - etch::dot_product_attention(q, k, v))).item<float>() < 1e-6f);
    CHECK(slopes(q, k, v).shape() == k.shape());
  }
}
