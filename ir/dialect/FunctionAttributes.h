#pragma once
// What attributes of functions say of a program's arguments and results, from the trace on, and of kernels.

#include <optional>

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::ir {

/// On arguments and results: the name the user gave.
inline constexpr llvm::StringLiteral kName = "etch.name";
/// On arguments that are no parameters: "variable" or "captured".
inline constexpr llvm::StringLiteral kKind = "etch.kind";
bool isVariable(mlir::func::FuncOp function, unsigned argument);
bool isCaptured(mlir::func::FuncOp function, unsigned argument);
/// On variables of exported programs: the elements they start from.
inline constexpr llvm::StringLiteral kInitialValue = "etch.initial_value";

/// On results: the number of the argument whose memory the result takes, a variable or a donated one.
inline constexpr llvm::StringLiteral kUpdates = "etch.updates";
std::optional<unsigned> updatedArgument(mlir::func::FuncOp function, unsigned result);

/// On functions: a kernel, and which emitter it is for: "loop", "reduce", ... ("" for functions that are none).
inline constexpr llvm::StringLiteral kKernel = "etch.kernel";
inline bool isKernel(mlir::func::FuncOp function) { return function->hasAttr(kKernel); }
llvm::StringRef kernelKind(mlir::func::FuncOp function);

}  // namespace etch::ir
