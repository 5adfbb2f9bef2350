#pragma once
// How "not built yet" travels through MLIR's diagnostics, which know no types of errors.

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"

#include "runtime/base/error.h"

namespace etch::codegen {

inline constexpr llvm::StringLiteral kUnsupportedPrefix = "unsupported: ";

/// Reports an UnsupportedError on `op`, at the user's line if the error has one; PipelineRun throws it again.
inline void emitUnsupported(mlir::Operation *op, const UnsupportedError &error) {
  mlir::Location at = op->getLoc();
  if (error.location().known())
    at = mlir::FileLineColLoc::get(op->getContext(), error.location().file, error.location().line,
                                   error.location().column);
  mlir::emitError(at, kUnsupportedPrefix + error.message());
}

}  // namespace etch::codegen
