#pragma once
// Rows of ops that are not elementwise: one instance of an op with definite shapes, an oracle in plain loops, and what
// to check. The rows are in reduction.def, linear.def, shape.def and indexing.def.

#include <functional>
#include <string>
#include <vector>

#include "tests/numeric/checks.h"

namespace numeric {

/// How near a result must be.
enum class Nearness {
  exact,    ///< elements are moved or chosen
  sum,      ///< sums of products: the oracle on absolute values says how much may be lost
  product,  ///< relative to the result (reductions)
};

struct Row {
  std::string name;
  std::vector<Shape> shapes;  ///< of the operands
  std::vector<DType> dtypes;
  double low, high;
  Nearness nearness;
  bool differentiable;
  std::function<Tensor(const Tensors &)> apply;
  std::function<Array(const Arrays &)> oracle;
};

/// Eager and compiled against the oracle, compiled strict against eager strict bit for bit, derivatives in f64.
void check_row(Report &report, const Row &row);
/// `known`: prefixes of failures that are reported bugs (Report::expect_failure).
void check_rows(const std::vector<Row> &rows, const std::vector<std::string> &known = {});

}  // namespace numeric
