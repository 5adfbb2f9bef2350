#pragma once
// Which ops run together: the decision alone, no rewriting (FormKernels.cpp does that).

#include <string>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

namespace etch::ir {
class ScatterAddOp;
}

namespace etch::passes {

/// What an op is to kernel formation.
enum class Role {
  Lazy,       ///< moves or makes elements: copied into each kernel that reads it
  Loop,       ///< one result element from one element of each operand
  Reduce,     ///< folds axes of its operand
  Dot,        ///< contraction: a kernel of its own, which takes elementwise ops behind it along
  Attention,  ///< a kernel of its own
  Scan,       ///< running results along an axis: a kernel of its own
  Window,     ///< convolution or pooling: a kernel of its own, which takes elementwise ops behind a convolution along
  Update,     ///< writes part of a copy of its operand: a kernel of its own
  View,       ///< the same memory under another shape: stays in the schedule
  Barrier,    ///< control flow and effects: stays in the schedule, in order
};
Role roleOf(mlir::Operation *op);
/// Elements of the tensors of a straight-line kernel at most: those of a vector of f32.
inline constexpr int64_t kFewElements = 16;
/// Has the tensor at least one element, and no more than that?
bool hasFewElements(mlir::Value value);
/// Do kernels of the role need their operands in memory, as against those that read element by element?
inline bool readsMemory(Role role) {
  return role == Role::Dot || role == Role::Attention || role == Role::Scan || role == Role::Window;
}

/// Marks ops that compute an extent (an etch.dim, arithmetic on such) for the `sizes` of one op. They have no memory:
/// the entry function and the kernels work extents out from the shapes of the arguments.
inline constexpr llvm::StringLiteral kExtent = "etch.extent";

/// Marks reshapes that add or remove axes of extent 1 only, and that kernels follow to the elements of their operands.
/// Others are memory.
inline constexpr llvm::StringLiteral kFollowed = "etch.followed";

/// Does the kernel of the operand's owner ask for single elements of it, so that a lazy op that makes it is copied
/// there? Otherwise it must be in memory.
bool readsByIndex(mlir::OpOperand &operand);

/// Is it a transpose of rows, such as the channels of pixels, that become a few planes? Kernels take the elements of a
/// plane out of whole vectors (codegen/cpu/elements/ElementMemory.cpp).
inline constexpr int64_t kMostPlanes = 4;
bool becomesPlanes(mlir::Operation *op);

/// Does a tensor of known extents have few elements behind so many axes, and many rows of them?
bool areFewColumns(llvm::ArrayRef<int64_t> shape, int64_t axis);
/// Elements from which on reductions over rows of at most sixteen take sixteen rows side by side
/// (codegen/cpu/reduce/ReduceShortRows.cpp). Fewer are worth less than what so many shuffles take to compile: softmax
/// over 64x10 takes 0.5 us less, and 10 ms more until it runs first.
inline constexpr int64_t kManyShortRows = 1 << 13;
/// Does it put columns side by side, as stack does along a last axis? Kernels compute such rows a vector of rows at a
/// time, column after column (codegen/cpu/elements/LoopJoinedColumns.cpp).
bool joinsColumns(mlir::Operation *op);

/// Are the updates rows that the kernel picks, repeats or cuts out itself?
bool areUpdatesInRows(ir::ScatterAddOp scatter);

/// Marks constants that loops start with and overwrite before anything reads them: they need not be filled in.
inline constexpr llvm::StringLiteral kUnwritten = "etch.unwritten";

/// Why an op does not run in the kernel that makes one of its operands; Reasons.def has the sentences.
enum class Apart {
#define ETCH_APART(name, sentence) name,
#include "passes/fusion/Reasons.def"
};
llvm::StringRef sentenceOf(Apart reason);

/// What may run behind a window at most (weightOf, with the window) if the code of the kernel holds it for each sum of
/// a tile: no transcendental functions.
inline constexpr int64_t kMaxInTile = 16;

/// Does the kernel of a convolution store sums of this type whole and compute what stands behind row by row, if it is
/// much code?
bool computesRowsBehind(mlir::Operation *window, mlir::Type type);

/// Does the kernel of a Window op hold each result once, whole, before it stores it?
bool storesOnce(mlir::Operation *window);

/// Is `value` an argument of the function or of a loop whose memory a later value takes?
bool isReplaced(mlir::Value value);

/// Instructions of an op for each element, roughly.
int64_t weightOf(mlir::Operation *op);

/// Ops that become one kernel.
struct Group {
  enum class Kind { Loop, Reduce, Dot, Attention, Scan, Window, Update, Straight };
  Kind kind = Kind::Loop;
  llvm::SmallVector<mlir::Operation *> ops;  // in program order, lazy ops excluded
  llvm::SmallVector<int64_t> domain;         // extents of the index space
  llvm::SmallVector<int64_t> axes;           // reduced axes of the domain (Kind::Reduce)
  llvm::SmallVector<int64_t> folded;         // axes that reductions of its values will fold (Kind::Loop), if any
  int64_t weight = 0;                        // how much code its loop body will be, in plain instructions
  int64_t streams = 0;                       // tensors in memory that it is known to read and write
  bool fixed = false;                        // holds a lazy op that was put in memory; stays where it is

  /// Is the vectorised axis among the reduced ones?
  bool foldsVectors() const;
  /// Does a row stay in the cache, or are there enough of them to keep every thread busy?
  bool hasManyRows() const;
};

/// One step of a block's schedule: a group, or an op that stays.
struct Step {
  int group = -1;
  mlir::Operation *op = nullptr;
};

/// Two neighbours that run in different kernels: the second reads what the first computes.
struct Border {
  mlir::Operation *producer = nullptr, *consumer = nullptr;
  Apart reason;
};

struct Grouping {
  llvm::SmallVector<Group, 0> groups;
  llvm::SmallVector<Step, 0> schedule;
  llvm::SmallVector<Border, 0> borders;      // when asked for
  llvm::DenseSet<mlir::Operation *> copied;  // ops of groups that other groups which read them compute (again)
  llvm::DenseSet<mlir::Operation *> moved;   // those of groups that one reader alone computes, where it moves them to
  llvm::DenseSet<mlir::OpOperand *> made;    // of products and scatters: computed (copied) by the kernel that reads it
  llvm::DenseSet<mlir::Operation *> straight;  // ops of straight-line groups
  llvm::DenseMap<mlir::Value, int> inMemory;   // lazy values that a step computes all the same; later steps read those
};

/// Turns concatenations of views that add an axis, as stack makes them of computed values, into views of
/// concatenations, and finds the views that kernels follow.
void viewStacks(mlir::Operation *function);

/// Groups the ops of one block (not of the regions inside it). Time is linear in ops and operands. A group that moved
/// into a later one is left in the schedule without ops.
Grouping groupOps(mlir::Block &block, bool explain = false);

}  // namespace etch::passes
