#pragma once
// Windows over the innermost axis, kLanes neighbouring results of each phase (WindowAxis.h) in a vector: pooling of
// channels-first pictures.
//
// A window position gives such results elements `advance` apart. They are picked out of as many neighbouring vectors,
// which serve all positions that differ by less. At the ends of a row both what there is to load and which results
// meet it is known when code is emitted.

#include "codegen/cpu/window/Lanes.h"
#include "codegen/cpu/window/WindowAxis.h"

namespace etch::codegen {

class WindowColumns {
 public:
  WindowColumns(KernelFrame &f, DType dtype, const WindowAxis &axis);

  /// Neither too many window positions to write out nor too many vectors to pick from.
  bool fits() const;
  llvm::ArrayRef<WindowPhase> phases() const { return phaseList; }
  /// Results of the first phase, which has most.
  int64_t count() const { return phaseList[0].count; }

  /// Results start, start + 1, ... of each phase. `at` is `start` at the ends of a row; elsewhere nothing is missing.
  struct Block {
    mlir::Value start;
    std::optional<int64_t> at;
  };
  /// All results of a block from `start` on exist, and so does everything that is loaded for them.
  bool isInside(int64_t start) const;

  using BlockBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(const Block &, mlir::ValueRange carried)>;
  /// carried = body(block, carried) for blocks from 0 on until `end`: a loop where isInside(start).
  llvm::SmallVector<mlir::Value> overBlocks(int64_t end, llvm::function_ref<bool(int64_t)> isInside,
                                            mlir::ValueRange carried, BlockBody body) const;

  /// Results of a block that meet an element at a window position of their phase.
  Lanes met(const Block &block, const WindowPhase &phase, int64_t tap) const;

  /// What a block meets of one row.
  class Row {
   public:
    /// The row begins at element `line` of `tensor`.
    Row(const WindowColumns &columns, const Block &block, mlir::Value tensor, mlir::Value line)
        : columns(columns), block(block), tensor(tensor), line(line) {}
    /// The elements at a window position; in lanes that meet none, anything.
    mlir::Value at(const WindowPhase &phase, int64_t tap);

   private:
    const WindowColumns &columns;
    const Block &block;
    mlir::Value tensor, line;
    llvm::DenseMap<int64_t, llvm::SmallVector<mlir::Value>> loaded;  // by how many advances behind the block's start
  };

 private:
  KernelFrame &f;
  DType dtype;
  WindowAxis axis;
  llvm::SmallVector<WindowPhase> phaseList;
};

}  // namespace etch::codegen
