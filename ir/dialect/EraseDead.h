#pragma once

#include "mlir/IR/Operation.h"

namespace etch::ir {

/// Erases pure ops below `root` whose results nothing uses, last first, so that their producers follow in the same
/// walk.
void eraseDead(mlir::Operation *root);

}  // namespace etch::ir
