#pragma once
// Convolutions that are matrix products of what they are given.

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

/// The value of a convolution whose windows do not overlap, or of a derivative of one, as `etch.dot_general` of a
/// reshaped operand. Null for others, where a convolution is faster, and where sums would not keep their order under
/// policy `strict`.
mlir::Value productOfWindows(ir::ConvolutionOp convolution, bool strict);

}  // namespace etch::passes
