#pragma once
// Products of a small depth, which are mostly stores of the result.

#include "codegen/cpu/gemm/GemmBlocks.h"

namespace etch::codegen {

/// The functions, for a depth of one step, two, ... up to GemmTiles::shallowDepth; of pairs a step is one.
///   shallow(left, right, out, leftRow, leftDepth, rightDepth, rightNext, outRow, depth, rows, columns)
/// is the product. The right operand lies in panels rightNext apart, or in rows; `depth` counts numbers. All numbers of
/// a row of pairs are neighbours, two at least.
llvm::SmallVector<mlir::func::FuncOp> emitGemmShallow(GemmEmitter &e, llvm::StringRef routine);

/// What they take, pointers first.
struct ShallowArguments {
  mlir::Value left, right, out, leftRow, leftDepth, rightDepth, rightNext, outRow, depth, rows, columns;

  static constexpr unsigned kPointers = 3, kWords = 8;
  llvm::SmallVector<mlir::Value *> fields() {
    return {&left, &right, &out, &leftRow, &leftDepth, &rightDepth, &rightNext, &outRow, &depth, &rows, &columns};
  }
};

/// Calls the one of so many steps.
void callGemmShallow(GemmEmitter &e, llvm::ArrayRef<mlir::func::FuncOp> shallow, mlir::Value steps,
                     const ShallowArguments &arguments);

}  // namespace etch::codegen
