#pragma once
// When the ops of a schedule run, and until when its values are needed.

#include <cstdint>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::passes {

/// When an op of a schedule runs: its number and, where it belongs to a strand, the numbers between which other strands
/// may see it run.
struct Moment {
  int64_t at = -1;
  int64_t strand = -1;  ///< a number of its own, -1 for none
  int64_t earliest = at, latest = at;
};
inline bool isBefore(Moment a, Moment b) { return a.strand == b.strand ? a.at < b.at : a.latest < b.earliest; }
/// The first moment at which both are over.
Moment later(Moment a, Moment b);

/// The ops of a function numbered in program order, regions in place.
class Moments {
 public:
  explicit Moments(mlir::func::FuncOp function);

  Moment begin(mlir::Operation *op) const { return momentOf(op, first.lookup(op)); }
  /// With the regions of the op.
  Moment end(mlir::Operation *op) const { return momentOf(op, last.lookup(op)); }
  bool isAt(Moment moment, mlir::Operation *op) const {
    return moment.at == first.lookup(op) && moment.strand == begin(op).strand;
  }
  /// When the ops of `value`'s block that read it, directly, through views, or from inside a region, are done.
  Moment lastUse(mlir::Value value) const;

 private:
  struct Section {
    int64_t earliest = -1, latest = -1;
  };
  mlir::func::FuncOp function;
  llvm::DenseMap<mlir::Operation *, int64_t> first, last;
  llvm::SmallVector<Section> sections;  // of strands

  void numberOps();
  void numberSections();
  Moment momentOf(mlir::Operation *op, int64_t number) const;
  /// When the section that an op is part of is done, else the op.
  Moment endOfSection(mlir::Operation *op) const;
  Moment lastUseInBlock(mlir::Value view, mlir::Block &block) const;
};

}  // namespace etch::passes
