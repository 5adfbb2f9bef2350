// Kernels that pass over each row several times (softmax and its kin): the same bits as one kernel an op, over many
// widths, and the right numbers.
#include <catch2/catch.hpp>

#include "tests/numeric/random_shapes.h"
#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

/// Written op by op, so that eagerly each op is a kernel of its own.
struct Form {
  const char *name;
  Tensors (*body)(const Tensors &in, Axes axes);
};

Tensor exponentials(const Tensor &x, const Axes &axes) { return exp(x - reduce_max(x, axes, true)); }
Tensor normalized(const Tensor &x, const Axes &axes) {
  Tensor centred = x - mean(x, axes, true);
  return centred * rsqrt(mean(square(centred), axes, true) + 1e-5);
}

const std::vector<Form> kForms = {
    {"softmax",
     [](const Tensors &in, Axes axes) {
       Tensor e = exponentials(in[0], axes);
       return Tensors{e / reduce_sum(e, axes, true)};
     }},
    {"log_softmax and its exponentials",
     [](const Tensors &in, Axes axes) {
       Tensor centred = in[0] - reduce_max(in[0], axes, true), e = exp(centred);
       return Tensors{centred - log(reduce_sum(e, axes, true)), e};
     }},
    {"weights of a softmax, summed",  // exponentials in two passes and no result to keep them in
     [](const Tensors &in, Axes axes) {
       Tensor e = exponentials(in[0], axes);
       return Tensors{reduce_sum(e / reduce_sum(e, axes, true) * in[1], axes)};
     }},
    {"gradient of softmax",
     [](const Tensors &in, Axes axes) {
       Tensor e = exponentials(in[0], axes), total = reduce_sum(e, axes, true);
       Tensor lost = reduce_sum(neg(in[1] * (e / total / total)), axes, true);
       return Tensors{(in[1] / total + lost) * e};
     }},
    {"normalization", [](const Tensors &in, Axes axes) { return Tensors{normalized(in[0], axes) * in[1] + in[0]}; }},
    {"gradient of normalization",
     [](const Tensors &in, Axes axes) {
       Tensor centred = in[0] - mean(in[0], axes, true), scale = rsqrt(mean(square(centred), axes, true) + 1e-5);
       Tensor y = centred * scale;
       return Tensors{(in[1] - mean(in[1], axes, true) - y * mean(in[1] * y, axes, true)) * scale};
     }},
    {"a chain of means, each of what the one before left, and one of its steps again at its end",
     [](const Tensors &in, Axes axes) {
       Tensor x = in[0], early = x;
       for (int i = 0; i < 24; ++i) {
         x = x - mean(x, axes, true) * in[1];
         if (i == 8) early = x;
       }
       return Tensors{x, reduce_sum(early * x, axes)};
     }},
    {"several reductions",
     [](const Tensors &in, Axes axes) {
       Tensor low = reduce_min(in[0], axes, true), high = reduce_max(in[0], axes, true);
       Tensor share = (in[0] - low) / (high - low + 1.0);
       return Tensors{share,
                      reduce_sum(share, axes),
                      reduce_prod(share + 0.5, axes),
                      reduce_any(greater(share, 0.25), axes),
                      reduce_sum(in[0] * in[0], axes),
                      low};
     }},
};

/// Inputs of one shape, and every form compiled and op by op: the same bits.
void require_forms(Report &report, const Shape &shape, const Axes &axes, const std::string &axes_name, DType dtype) {
  Tensors inputs = {tensor_of(sample(shape, dtype, -3, 3, 1), dtype), tensor_of(sample(shape, dtype, -1, 1, 2), dtype)};
  for (const Form &form : kForms) {
    Body body = [&](const Tensors &in) { return form.body(in, axes); };
    Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
    for (size_t i = 0; i < eager.size(); ++i)
      require_bits(report,
                   std::string(form.name) + " result " + std::to_string(i) + " of " + std::string(name_of(dtype)) +
                       to_string(shape) + " over " + axes_name,
                   compiled[i], eager[i]);
  }
}

}  // namespace

TEST_CASE("rows of every width are what one kernel an op computes") {
  Report report;
  const std::vector<int64_t> rows = {1, 2, 3, 5, 7, 13, 31};
  for (int64_t width = 1; width <= 70; ++width)
    require_forms(report, {rows[static_cast<size_t>(width) % rows.size()], width}, {-1}, "the last axis", f32);
  for (int64_t width : {127, 255, 1023, 1024, 1025})
    for (DType dtype : {f32, f64}) require_forms(report, {11, width}, {-1}, "the last axis", dtype);
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows of random shapes are what one kernel an op computes") {
  Report report;
  std::mt19937 random(23);
  for (const Shape &shape : random_shapes(12, 4, 30'000, 29)) {
    const auto axis = static_cast<int64_t>(random() % static_cast<unsigned>(shape.rank()));
    require_forms(report, shape, {axis}, std::to_string(axis), random() % 2 ? f32 : f64);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("many rows of few elements, sixteen side by side") {
  Report report;
  for (int64_t width : {2, 3, 4, 6, 10, 11, 16, 17})
    require_forms(report, {8192 / width + width, width}, {-1}, "the last axis", f32);
  for (DType dtype : {f16, bf16, f64})
    for (int64_t width : {3, 10, 16}) {
      require_forms(report, {2739, width}, {-1}, "the last axis", dtype);
      require_forms(report, {131, 33, width}, {2}, "2", dtype);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows that take their passes together: whole groups, parts of one, several axes") {
  Report report;
  for (int64_t rows : {15, 32, 37})
    for (int64_t width : {10, 24, 100, 256, 257}) require_forms(report, {rows, width}, {-1}, "the last axis", f32);
  for (DType dtype : {f16, bf16, f64}) require_forms(report, {37, 48}, {-1}, "the last axis", dtype);
  require_forms(report, {3, 2, 19, 40}, {-1}, "the last axis", f32);
  require_forms(report, {5, 18, 1, 40}, {3}, "3, behind an axis of 1", f32);
  require_forms(report, {21, 3, 4, 6}, {1, 2, 3}, "1, 2, 3", f32);
  require_forms(report, {6, 7, 20, 5}, {1, 3}, "1, 3", f32);
  REQUIRE_CLEAN(report);
}

TEST_CASE("numbers of rows together, of every type: integers that divide, indices, truth, one element of each row") {
  Report report;
  for (int64_t rows : {9, 16, 35})
    for (DType dtype : {i32, i64, u8, f32, f64}) {
      const int64_t width = 40;
      Tensors inputs = {tensor_of(sample({rows, width}, dtype, 1, 4, 3), dtype),
                        tensor_of(sample({rows}, i32, 0, width - 1, 4), i32),
                        tensor_of(sample({rows}, dtype, 1, 3, 5), dtype)};
      auto body = [&](const Tensors &in) {
        Tensor high = reduce_max(in[0], {1}, true), best = argmax(in[0], 1), label = reshape(in[1], {rows, 1});
        Tensor share = reduce_sum(in[0] / high, {1}, true);
        Tensor ofLabel = where(equal(label, iota({rows, width}, 1, i32)), in[0] - high, zeros({rows, width}, dtype));
        Tensor isMost = equal(reshape(best, {rows, 1}), iota({rows, width}, 1, i64));
        return Tensors{(in[0] * share) / (share + reshape(in[2], {rows, 1})), reduce_sum(ofLabel, {1}) / in[2],
                       reduce_any(isMost, {1}), best};
      };
      Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
      for (size_t i = 0; i < eager.size(); ++i)
        require_bits(
            report,
            "result " + std::to_string(i) + " of " + std::string(name_of(dtype)) + ", rows " + std::to_string(rows),
            compiled[i], eager[i]);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("reductions of short rows of every element type") {
  Report report;
  for (DType dtype : kAll)
    for (int64_t width : {2, 7, 10, 16}) {
      Tensor x = tensor_of(sample({4101, width}, dtype, -4, 4, 9), dtype);
      auto several = [&](const Tensors &in) {
        if (dtype == boolean) return Tensors{reduce_any(in[0], {1}), reduce_all(in[0], {1}), logical_not(in[0])};
        return Tensors{argmax(in[0], 1),
                       argmin(in[0], 1),
                       reduce_max(in[0], {1}),
                       reduce_min(in[0], {1}),
                       reduce_sum(in[0], {1}),
                       reduce_prod(in[0], {1}),
                       in[0] - reduce_min(in[0], {1}, true)};
      };
      Tensors eager = run_eager(several, {x}, Policy::strict), compiled = run_compiled(several, {x}, Policy::strict);
      for (size_t i = 0; i < eager.size(); ++i)
        require_bits(
            report,
            "result " + std::to_string(i) + " of " + std::string(name_of(dtype)) + " rows of " + std::to_string(width),
            compiled[i], eager[i]);
    }
  // Equal elements, NaN, and nothing but infinities.
  const float inf = HUGE_VALF, nan = NAN;
  std::vector<float> rows;
  for (int i = 0; i < 800; ++i)
    for (float value : {1.f, 2.f, 2.f, -inf, -inf, -inf, 3.f, nan, nan, -0.f, 0.f, -0.f}) rows.push_back(value);
  auto f = function([](Tensor x) { return argmax(x, 1); });
  CHECK(f(from_vector(rows, {3200, 3})).to_vector<int64_t>()[0] == 1);
  CHECK(f(from_vector(rows, {3200, 3})).to_vector<int64_t>()[1] == 0);
  CHECK(f(from_vector(rows, {3200, 3})).to_vector<int64_t>()[2] == 1);
  CHECK(f(from_vector(rows, {3200, 3})).to_vector<int64_t>()[3] == 0);
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows longer than the caches, few and many of them") {
  Report report;
  for (int64_t count : {1, 3, 17}) require_forms(report, {count, 100'003}, {-1}, "the last axis", f32);
  require_forms(report, {70'001}, {0}, "the only axis", f32);
  REQUIRE_CLEAN(report);
}

// Of two values that the third pass reads one waits in the row of its result. The other one finds room for the second
// pass only, in the row that this pass writes, and is computed again for the third one.
TEST_CASE("values of rows that wait until the row is written") {
  Report report;
  auto body = [](const Tensors &in) {
    Tensor e = exp(in[0]), total = reduce_sum(e, 0, true);
    Tensor shifted = exp(in[0] - total), share = e / total;
    return Tensors{share, shifted * reduce_sum(share * in[0] + shifted, 0, true) + e};
  };
  for (const Shape &shape : {Shape{4, 1}, Shape{9001}, Shape{17, 1, 1}})
    for (DType dtype : {f32, f64})
      require_same(report, std::string(name_of(dtype)) + to_string(shape), body,
                   {tensor_of(sample(shape, dtype, -1, 1, 3), dtype)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows of several axes, of other element types, and none") {
  Report report;
  for (DType dtype : {f16, bf16, f32, f64}) {
    require_forms(report, {7, 5, 33}, {1, 2}, "1, 2", dtype);
    require_forms(report, {7, 5, 33}, {0, 2}, "0, 2", dtype);
    require_forms(report, {7, 5, 33}, {1}, "1", dtype);
    require_forms(report, {37, 1}, {0}, "0 of a column", dtype);
    require_forms(report, {4, 19, 1}, {1}, "1 of 1", dtype);
    require_forms(report, {20}, {0}, "the only axis", dtype);
  }
  require_forms(report, {0, 9}, {1}, "1, no rows", f32);
  require_forms(report, {300, 260}, {0}, "0 of a tall matrix", f32);
  REQUIRE_CLEAN(report);
}

TEST_CASE("softmax and normalization of long rows are the right numbers") {
  Report report;
  for (int64_t width : {1, 16, 65, 1000, 100'003}) {
    Array x = sample({3, width}, f32, -4, 4, 5);
    Tensor input = tensor_of(x, f32);
    Tensors got = run_compiled(
        [](const Tensors &in) {
          Tensor e = exponentials(in[0], {-1});
          return Tensors{e / reduce_sum(e, {-1}, true), normalized(in[0], {-1})};
        },
        {input}, Policy::standard);
    Array soft = x, normal = x, soft_bound = x, normal_bound = x;
    for (int64_t row = 0; row < 3; ++row) {
      Real *begin = &x.values[static_cast<size_t>(row * width)];
      Real top = *std::max_element(begin, begin + width), sum = 0, total = 0, squares = 0;
      for (int64_t i = 0; i < width; ++i) sum += std::exp(begin[i] - top), total += begin[i];
      Real average = total / static_cast<Real>(width);
      for (int64_t i = 0; i < width; ++i) squares += (begin[i] - average) * (begin[i] - average);
      Real scale = 1 / std::sqrt(squares / static_cast<Real>(width) + 1e-5L);
      for (int64_t i = 0; i < width; ++i) {
        auto at = static_cast<size_t>(row * width + i);
        soft.values[at] = std::exp(begin[i] - top) / sum;
        soft_bound.values[at] = 40 * epsilon(f32) * soft.values[at];
        normal.values[at] = (begin[i] - average) * scale;
        normal_bound.values[at] = 60 * epsilon(f32);
      }
    }
    require_within(report, "softmax of " + std::to_string(width), got[0], soft, soft_bound);
    require_within(report, "normalization of " + std::to_string(width), got[1], normal, normal_bound);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows over one number: every kind of dividend and divisor") {
  Report report;
  const float inf = HUGE_VALF, tiny = 0x1p-149f, large = 0x1.fffffep127f;
  std::vector<float> numbers = {
      0.f,  -0.f,  1.f,   -3.f,   0x1.8p-60f, 0x1.8p-61f, 0x1.8p60f, -0x1.8p61f, 0x1p-126f,        0x1.4p-130f,
      tiny, -tiny, large, -large, inf,        -inf,       NAN,       0.1f,       0x1.234566p-100f, 0x1.fffffep100f};
  Array random = sample({40}, f32, -100, 100, 3);
  for (long double value : random.values) numbers.push_back(static_cast<float>(value));
  const auto n = static_cast<int64_t>(numbers.size());
  Tensor dividends = broadcast_to(from_vector(numbers, {n}), {n, n}), divisors = from_vector(numbers, {n});
  // The sum of a row of one element is that element.
  Body body = [&](const Tensors &in) {
    Tensor divisor = reduce_max(reshape(in[1], {n, 1}), 1);
    return Tensors{in[0] / reshape(divisor, {n, 1})};
  };
  for (Policy policy : {Policy::strict, Policy::standard})
    for (bool compiled : {false, true}) {
      Array got = array_of((compiled ? run_compiled : run_eager)(body, {dividends, divisors}, policy)[0]);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j) {
          // reduce_max made +0 of zeros.
          float x = numbers[static_cast<size_t>(j)], d = numbers[static_cast<size_t>(i)] + 0.f, q = x / d;
          long double value = got.values[static_cast<size_t>(i * n + j)];
          bool isOrdinary = std::abs(x) > 0x1p-102f && std::abs(q) > 0x1p-102f;
          bool same = std::isnan(q) ? std::isnan(value)
                                    : value == static_cast<long double>(q) && std::signbit(value) == std::signbit(q);
          long double off = std::isnan(q) || std::isinf(q) ? (same ? 0 : 2) : ulp_distance(value, q, f32);
          report.require(same || (policy == Policy::standard && !isOrdinary && off <= 1),
                         std::to_string(x) + " / " + std::to_string(d) + " is " + std::to_string(q) + ", not " +
                             std::to_string(static_cast<double>(value)));
        }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("sums of rows in which one element counts are that element") {
  Report report;
  for (DType label_dtype : {i32, i64})
    for (DType dtype : {f16, f32, f64, i32})
      for (int64_t n : {1, 10, 64, 301}) {
        const std::vector<int64_t> labels = {0, n - 1, n / 2, -1, n, -1'000'000'007, 1'000'000'007};
        const auto rows = static_cast<int64_t>(labels.size());
        Tensor label = cast(from_vector(labels, {rows}), label_dtype);
        Array x = sample({rows, n}, dtype, -5, 5, 11);
        if (is_floating(dtype)) x.values[0] = -0.L, x.values[static_cast<size_t>(2 * n)] = NAN;
        auto picked = [&](const Tensor &values, const Tensor &label) {
          Tensor position = iota({rows, n}, 1, label_dtype);
          Tensor chosen = where(equal(reshape(label, {rows, 1}), position), values, zeros_like(values));
          return reduce_sum(chosen, 1);
        };
        Body body = [&](const Tensors &in) {
          // Alone; of what a reduction is needed for; and needed by others.
          Tensor top = reduce_max(in[0], 1, true), own = picked(in[0] - top, in[1]);
          return Tensors{picked(in[0], in[1]), own + own, in[0] * reshape(own, {rows, 1})};
        };
        Tensors inputs = {tensor_of(x, dtype), label};
        Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
        for (size_t i = 0; i < eager.size(); ++i)
          require_bits(report,
                       "element " + std::to_string(i) + " of " + std::string(name_of(dtype)) + " " + std::to_string(n),
                       compiled[i], eager[i]);
        Array got = array_of(compiled[0]);
        for (int64_t row = 0; row < rows; ++row) {
          int64_t at = labels[static_cast<size_t>(row)];
          Real wanted = at < 0 || at >= n ? 0 : x.values[static_cast<size_t>(row * n + at)],
               value = got.values[static_cast<size_t>(row)];
          report.require(std::isnan(wanted) ? std::isnan(value) : value == wanted,
                         "the element at " + std::to_string(at));
        }
      }
  REQUIRE_CLEAN(report);
}
