#pragma once
// Which ops run together: the decision alone, no rewriting (FormKernels.cpp does that).

#include <string>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

namespace etch::passes {

/// What an op is to kernel formation.
enum class Role {
  Lazy,     ///< moves or makes elements: copied into each kernel that reads it
  Loop,     ///< one result element from one element of each operand
  Reduce,   ///< folds axes of its operand
  Dot,      ///< contraction: a kernel of its own
  Update,   ///< writes part of a copy of its operand: a kernel of its own
  View,     ///< the same memory under another shape: stays in the schedule
  Barrier,  ///< control flow and effects: stays in the schedule, in order
};
Role roleOf(mlir::Operation *op);

/// Marks ops that compute an extent (an etch.dim, arithmetic on such) for the `sizes` of one op. They have no memory:
/// the entry function and the kernels work extents out from the shapes of the arguments.
inline constexpr llvm::StringLiteral kExtent = "etch.extent";

/// Instructions of an op for each element, roughly.
int64_t weightOf(mlir::Operation *op);

/// Ops that become one kernel.
struct Group {
  enum class Kind { Loop, Reduce, Dot, Update };
  Kind kind = Kind::Loop;
  llvm::SmallVector<mlir::Operation *> ops;  // in program order, lazy ops excluded
  llvm::SmallVector<int64_t> domain;         // extents of the index space
  llvm::SmallVector<int64_t> axes;           // reduced axes of the domain (Kind::Reduce)
  int64_t weight = 0;                        // how much code its loop body will be, in plain instructions

  /// May a value for each row be read again along the rows, in further passes over them? So it is where the vectorised
  /// axis is folded, and a row stays in the cache or there are enough of them to keep every thread busy.
  bool mayPassAgain() const;
};

/// One step of a block's schedule: a group, or an op that stays.
struct Step {
  int group = -1;
  mlir::Operation *op = nullptr;
};

struct Grouping {
  llvm::SmallVector<Group, 0> groups;
  llvm::SmallVector<Step, 0> schedule;
  llvm::DenseMap<mlir::Value, int> inMemory;  // lazy values that a step computes all the same; later steps read those
};

/// Groups the ops of one block (not of the regions inside it). Time is linear in ops and operands.
Grouping groupOps(mlir::Block &block);

}  // namespace etch::passes
