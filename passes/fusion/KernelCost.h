#pragma once
// What a kernel moves and computes, as far as its ops tell.

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::passes {

/// -1 where an extent is unknown.
struct KernelCost {
  int64_t read = 0, written = 0;  ///< bytes
  int64_t flops = 0;
};

/// Each operand is read once, of one that is only sliced or taken from what is taken, and each result is written once;
/// rows that an update adds to are read and written where they are. An elementwise op is one flop for each element, a
/// reduction too, whatever the function; a product is two for each pair of numbers, those with the zeros around or
/// between the elements of a convolution included; attention is its products, under a mask as without.
KernelCost costOf(mlir::func::FuncOp kernel);

}  // namespace etch::passes
