#pragma once
// The plan of a reduce kernel whose rows are passed over more than once: what each pass computes, and which values a
// later pass reads back rather than computing them again.

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

/// Softmax has three passes: the maximum; the exponentials and their sum; the quotients. Pass p computes values that
/// need the reductions of the passes before it.
class RowPasses {
 public:
  /// `rowsTogether`: so many rows take each pass before any takes the next.
  /// `streams`: values had better not wait in the rows of results.
  RowPasses(mlir::func::FuncOp kernel, int64_t rowsTogether, bool streams = false);

  /// Where a kept value waits for the passes that read it.
  struct Kept {
    mlir::Value value;
    int pass = 0;
    int inOutput = -1;  // the output of the kernel whose row it uses until that is written, or is itself
    int onStack = -1;   // else a place in stackPlaces()
  };
  struct Pass {
    llvm::SmallVector<mlir::Operation *, 2> reductions;
    llvm::SmallVector<unsigned> outputs;            // full-size outputs that are stored in it
    llvm::SmallVector<Kept, 2> kept;                // values it leaves to later passes
    llvm::SmallVector<mlir::Operation *> epilogue;  // what is computed after its reductions, once a row
    int64_t cost = 0;                               // instructions for each element, roughly
  };

  llvm::ArrayRef<Pass> all() const { return passes; }
  /// Are the reduced axes the innermost ones, so that a row is one stretch of memory?
  bool isContiguous() const { return contiguous; }
  /// Bytes of the places on the stack. Values that no pass needs at once share one.
  llvm::SmallVector<int64_t> stackPlaces() const {
    return llvm::map_to_vector(places, [](const Place &place) { return place.bytes; });
  }
  /// Outputs that are stored once a row.
  llvm::ArrayRef<unsigned> rowOutputs() const { return onceARow; }

 private:
  mlir::Block &body;
  mlir::RankedTensorType domain;
  bool contiguous = false;
  int64_t rowElements = -1;
  llvm::SmallVector<Pass, 3> passes;
  llvm::SmallVector<unsigned> onceARow;
  llvm::DenseMap<mlir::Value, int> passOf;
  llvm::DenseSet<mlir::Value> reduced;
  llvm::DenseSet<int> takenOutputs;
  llvm::DenseSet<mlir::Value> waiting;  // kept values
  const int64_t rowsTogether;
  const bool streams;
  struct Place {
    int64_t bytes;
    int firstPass;  // that it is in use in; earlier ones may have it for another value
  };
  llvm::SmallVector<Place> places;
  int64_t stackLeft;

  void placeOps();
  void collect(int pass);
  void need(mlir::Value value, int pass, llvm::DenseSet<mlir::Value> &seen);
  bool keep(mlir::Value value, int reader);
  bool keepOnStack(Kept &kept, int reader);
  int outputNumber(mlir::Value value) const;
  int64_t costOf(mlir::Value value, llvm::DenseSet<mlir::Value> &seen) const;
  bool isReduction(mlir::Operation *op) const;
};

}  // namespace etch::codegen
