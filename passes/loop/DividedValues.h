#pragma once
// Values that are computed in parts: what SplitParts and UnrollAxes have in common.

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include "passes/loop/Loops.h"

namespace etch::passes {

/// Loops around a block.
int64_t depthOf(mlir::Block *block);

/// A network of values, each of which becomes so many parts: results of ops that are computed for each part
/// (`members`), and what loops carry of them (`carried`). A pass says which these are, then calls `rewrite`.
class DividedValues {
 public:
  virtual ~DividedValues() = default;

  const llvm::SetVector<mlir::Value> &allValues() const { return values; }
  const llvm::SetVector<mlir::Operation *> &allMembers() const { return members; }

  /// Computes the parts in the place of the values. The members are gone then.
  void rewrite();

 protected:
  using Parts = llvm::SmallVector<mlir::Value>;

  /// What a loop carries. The loop is known by its body, which stays when the loop gets more results.
  struct Carried {
    mlir::Block *body;
    unsigned position;
    unsigned firstPart = 0;

    ir::ForOp loop() const { return llvm::cast<ir::ForOp>(body->getParentOp()); }
    mlir::BlockArgument argument() const { return body->getArgument(1 + position); }
    mlir::Value result() const { return loop().getResult(position); }
  };

  const size_t count;  // of parts
  llvm::SetVector<mlir::Value> values;
  llvm::SetVector<mlir::Operation *> members;
  llvm::SmallVector<Carried> carried;
  llvm::MapVector<mlir::Value, Parts> parts;

  explicit DividedValues(size_t count) : count(count) {}

  //===-- What the pass knows --------------------------------------------------------------------------------===//

  /// Computes the parts of a member's result and enters them in `parts`; or replaces the result, if it is whole.
  virtual void splitMember(mlir::Operation *op) = 0;
  /// A part of a value that nothing divides.
  virtual mlir::Value leafPart(autodiff::Builder &b, mlir::Value value, size_t part) = 0;
  /// Does the use, by an op that is no member, want elements of a single part?
  virtual bool readsPart(mlir::OpOperand &use) const = 0;
  /// Makes that op, whose operand `use` is, read the part; it is erased.
  virtual void replaceRead(mlir::OpOperand &use, const Parts &its) = 0;
  /// The value, put together again.
  virtual mlir::Value wholeOf(autodiff::Builder &b, mlir::Value value, const Parts &its) = 0;

  //===-- What is the same for all ---------------------------------------------------------------------------===//

  /// The loop that carries on what is used.
  static ir::ForOp carrierOf(mlir::OpOperand &use);
  /// Adds what the loop carries at a position; false if it is there already.
  bool addLoop(ir::ForOp loop, unsigned position);
  /// Is the value needed in one piece?
  bool isWhole(mlir::OpOperand &use) const;
  bool isWholeAnywhere(mlir::Value value) const {
    return llvm::any_of(value.getUses(), [&](mlir::OpOperand &use) { return isWhole(use); });
  }
  /// The members, producers first.
  llvm::SmallVector<mlir::Operation *> inOrder() const;
  /// A part of an operand of `user`; of scalars, the scalar.
  mlir::Value partOf(mlir::Value value, size_t part, mlir::Operation *user);

 private:
  llvm::DenseMap<std::pair<mlir::Value, mlir::Block *>, Parts> leaves;

  bool isInit(mlir::OpOperand &use) const;
  void splitCarried(Carried &its);
  void nameCarried(const Carried &its);
  void yieldParts(const Carried &its);
  void replaceUses(mlir::Value value, const Parts &its);
};

}  // namespace etch::passes
