// The math functions of compiled programs: their kernels call routines for vectors of as many lanes as suit the count
// (docs/decisions/0056-math-routines.md).

#include "tools/etch-pack/CommonOps.h"

namespace etch::pack {

namespace {

using Unary = Tensor (*)(Operand);

constexpr Unary kUnary[] = {exp,   exp2,  expm1,   log,     log2, log10,  log1p,   sinh,    cosh, tanh,
                            asinh, acosh, atanh,   sigmoid, sin,  cos,    tan,     asin,    acos, atan,
                            erf,   erfc,  erf_inv, rsqrt,   cbrt, lgamma, digamma, trigamma};

}  // namespace

std::vector<Tensor> callMathFunctions(DType dtype, int64_t count) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<double>(i + 1) / static_cast<double>(count + 1));
  auto all = function([](Tensor x) {
    std::vector<Tensor> results;
    for (Unary f : kUnary) results.push_back(f(x));
    results.push_back(pow(x, x));
    results.push_back(atan2(x, x));
    return results;
  });
  return all(cast(from_vector(values, {count}), dtype));
}

}  // namespace etch::pack
