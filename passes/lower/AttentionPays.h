#pragma once
#include "mlir/IR/Value.h"

namespace etch::passes {

/// Is the kernel of attention as fast as storing the scores of [..., n, d] and [..., m, d]?
/// Unknown extents may be large.
bool attentionPays(mlir::Value query, mlir::Value key);

}  // namespace etch::passes
