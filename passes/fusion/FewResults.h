#pragma once
// Convolutions of few results with many filters, which have a kernel of their own
// (codegen/cpu/window/ConvPositions.cpp).

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

/// Two spatial axes, channels last; so many filters for so few results of a picture that reading them is what counts.
bool hasFewResults(ir::ConvolutionOp convolution);

/// The filters [window, outputs, inputs] where those of a convolution are theirs turned around, as the derivative by
/// the operand takes them: transpose(reverse(filters)). Else null.
mlir::Value turnedFilters(ir::ConvolutionOp convolution);

}  // namespace etch::passes
