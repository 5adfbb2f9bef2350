#pragma once
// Conditions on unknown extents that a call must meet: what ir/infer proves of known ones while tracing.

#include <set>
#include <tuple>

#include "codegen/cpu/elements/Elements.h"

namespace etch::codegen {

/// Called with a condition (i1) and what is wrong when it does not hold.
using RequireExtents = llvm::function_ref<void(mlir::Value holds, mlir::Operation *op, llvm::StringRef what)>;

/// Conditions that have been stated: an op of a chain asks what the one before it asked.
using StatedExtents = std::set<std::tuple<const void *, int64_t, const void *, int64_t, bool>>;

/// States the conditions of one op of a kernel or of the schedule. Those that known extents decide are left out.
void checkExtentsOf(mlir::Operation *op, mlir::OpBuilder &b, ExtentEmitter &extents, StatedExtents &stated,
                    RequireExtents require);

}  // namespace etch::codegen
