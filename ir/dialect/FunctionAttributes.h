#pragma once
// What attributes of functions say of a program's arguments and results, from the trace on, and of kernels; which
// functions ops name.

#include <optional>

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::ir {

/// On arguments and results: the name the user gave.
inline constexpr llvm::StringLiteral kName = "etch.name";
/// On arguments that are no parameters: what else they are.
inline constexpr llvm::StringLiteral kKind = "etch.kind";
inline constexpr llvm::StringLiteral kVariable = "variable";
inline constexpr llvm::StringLiteral kCaptured = "captured";
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
/// On kernels that are launched over tensors of several shapes.
inline constexpr llvm::StringLiteral kFlat = "etch.flat";
/// On emitted kernels, whose functions take pointers: the type they had as functions of tensors.
inline constexpr llvm::StringLiteral kEmitted = "etch.emitted";
/// On emitted kernels: the names of the ops they were made of, for people.
inline constexpr llvm::StringLiteral kOps = "etch.ops";

/// The functions that `op` names, in attributes "callee" and "backward", which the op's verifier has found.
llvm::SmallVector<mlir::func::FuncOp> calleesOf(mlir::ModuleOp module, mlir::Operation *op);

}  // namespace etch::ir
