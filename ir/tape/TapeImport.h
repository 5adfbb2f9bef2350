#pragma once
// Tape -> module of the trace stage, one op for one node.

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "ir/tape/tape.h"

namespace etch::ir {

/// A module with the tape as public function `name` and every tape it calls as a private function.
///
/// Argument attributes: `etch.name` (string), `etch.kind` ("variable" or "captured"). Result attributes: `etch.name`,
/// `etch.updates` (index of the variable argument that takes the result).
mlir::OwningOpRef<mlir::ModuleOp> importTape(const Tape &tape, llvm::StringRef name, mlir::MLIRContext &context);

}  // namespace etch::ir
