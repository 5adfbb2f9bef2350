#pragma once
// Sums of rows in which one element counts: sum(where(labels == iota, x, 0)), as the cross-entropy of labels has them.
// Nothing but that element is computed, once a row.

#include <optional>

#include "codegen/cpu/reduce/ReduceKernel.h"

namespace etch::codegen {

/// The parts of such a sum.
struct PickedElement {
  mlir::Value values;  // x, at full size
  mlir::Value label;   // at full size, the same along the row: the position that counts; others when it is none
};

/// `reduction` as such a sum over the vectorised axis, if it is one.
std::optional<PickedElement> pickedElementOf(mlir::Operation *reduction);

/// The sum of the row at the frame's index; to the bit what adding up gives.
mlir::Value emitPickedElement(ReduceFrame &frame, const PickedElement &picked);

}  // namespace etch::codegen
