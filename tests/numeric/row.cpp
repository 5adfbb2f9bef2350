#include "tests/numeric/row.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace numeric {
using namespace etch;

static std::string label(const Row &row, DType dtype) {
  std::string text = row.name + " " + std::string(name_of(dtype));
  for (const Shape &shape : row.shapes) text += to_string(shape);
  return text;
}

static Array bound(const Row &row, const Arrays &operands, const Array &expected, DType dtype) {
  if (row.nearness == Nearness::exact || !is_floating(dtype))
    return generate(expected.shape, [](const Position &) { return 0; });
  // Half a unit for the result. Of what is added up, the rounding errors grow like the root of the number of terms
  // (with a factor that leaves room for any order); f16 and bf16 accumulate in f32.
  Arrays magnitudes = operands, ones = operands;
  for (Array &operand : magnitudes)
    for (long double &value : operand.values) value = std::fabs(value);
  for (Array &operand : ones)
    for (long double &value : operand.values) value = 1;
  Array scale = row.oracle(magnitudes), terms = row.oracle(ones), result = expected;
  for (size_t i = 0; i < result.values.size(); ++i) {
    long double inner = 2 * std::sqrt(terms.values[i] + 1) * epsilon(accumulator_of(dtype)) * scale.values[i];
    result.values[i] = inner + 0.501L * unit_in_last_place(expected.values[i], dtype);
  }
  return result;
}

void check_row(Report &report, const Row &row) {
  for (DType dtype : row.dtypes) {
    Arrays operands;
    Tensors inputs;
    for (size_t i = 0; i < row.shapes.size(); ++i) {
      operands.push_back(sample(row.shapes[i], dtype, row.low, row.high, 31 * i + row.shapes.size()));
      inputs.push_back(tensor_of(operands.back(), dtype));
    }
    try {
      Array expected = row.oracle(operands);
      Tensor probe = run_eager([&](const Tensors &in) { return Tensors{row.apply(in)}; }, inputs, Policy::strict)[0];
      if (!is_floating(probe.dtype()))
        for (long double &value : expected.values) value = stored(value, probe.dtype());
      Array limits = bound(row, operands, expected, dtype);
      Body body = [&](const Tensors &in) { return Tensors{row.apply(in)}; };
      require_within(report, label(row, dtype) + " eager", probe, expected, limits);
      require_bits(report, label(row, dtype) + " compiled strict", run_compiled(body, inputs, Policy::strict)[0],
                   probe);
      if (row.nearness != Nearness::exact)
        require_within(report, label(row, dtype) + " compiled", run_compiled(body, inputs, Policy::standard)[0],
                       expected, limits);
    } catch (const std::exception &error) {
      report.require(false, label(row, dtype) + ": " + error.what());
    }
    if (row.differentiable && dtype == f64) require_gradients(report, label(row, dtype), row.apply, inputs);
  }
}

void check_rows(const std::vector<Row> &rows, const std::vector<std::string> &known) {
  Report report;
  for (const std::string &prefix : known) report.expect_failure(prefix);
  for (const Row &row : rows) check_row(report, row);
  REQUIRE_CLEAN(report);
}

}  // namespace numeric
