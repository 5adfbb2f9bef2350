#pragma once
// What is known of values that are constants.

#include <optional>

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

namespace etch::ir {

/// The one element that the constant `value` repeats; null when it is no constant or has several.
mlir::SplatElementsAttr splatOf(mlir::Value value);

/// The number in every element of a floating-point tensor, also of a broadcast or reshaped one.
std::optional<double> splatNumber(mlir::Value value);
/// The number in every element of a constant of integers.
std::optional<int64_t> splatInteger(mlir::Value value);
/// Is every element of the constant `value` the number 0 (for floats +0)?
bool isZero(mlir::Value value);

}  // namespace etch::ir
