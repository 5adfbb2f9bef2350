#pragma once
// The eager ops whose first use costs no compilation, and the functions whose routines compiled programs share.

#include <functional>
#include <string>
#include <vector>

#include "etch/etch.h"

namespace etch::pack {

/// One op on operands of one dtype and rank. The compiled code serves all extents
/// (docs/decisions/0002-unknown-extents.md); extents of 1 make other code, so the usual ones of those are here, too.
struct CommonOp {
  std::string name;  ///< "tanh f32 rank 2"
  std::function<Tensor()> run;
};
std::vector<CommonOp> commonOps();

/// The results of every math function, called in one compiled function, of `count` elements, f32 or f64.
std::vector<Tensor> callMathFunctions(DType dtype, int64_t count);

/// A matrix product, whose routine every product of the dtype and policy calls.
Tensor multiply(DType dtype, Policy policy);

}  // namespace etch::pack
