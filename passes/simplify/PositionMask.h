#pragma once
// Masks that are comparisons of positions.

#include "mlir/IR/Value.h"

namespace etch::passes {

/// Is the bool `mask` [..., n, m] `seen` just where the number of the column is not above that of the row, for all
/// leading axes: tril(ones), iota <= iota, not triu(ones, 1)?
bool isCausalMask(mlir::Value mask, bool seen);

}  // namespace etch::passes
