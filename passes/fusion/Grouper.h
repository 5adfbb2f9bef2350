#pragma once
// The walk behind groupOps: what it knows of a block, and its parts. Grouping.cpp opens groups and adds ops to them,
// Refusals.cpp says why an op or a group may not join another, CrossedRows.cpp which transposes are made before rows
// are folded, ComputedAgain.cpp finds cheap values that readers compute themselves, BeforeProducts.cpp those that
// contractions do, BeforeScatters.cpp those that scatter_add does, BeforeMoves.cpp groups that are computed where their
// results are moved to, StraightLine.cpp keeps a few elements in registers, Borders.cpp explains what stayed apart.

#include <optional>
#include <set>

#include "mlir/IR/BuiltinTypes.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

/// The time a value is ready: the index of the step that makes it, -1 when it comes from outside the block.
inline constexpr int kOutside = -1;

/// LLVM's instruction selection takes time that grows faster than the block it works on: one kernel of 10,000 ops took
/// 2 s to emit, 20 s with a tanh in every fifth. From here on storing an intermediate value is cheaper than going on.
inline constexpr int64_t kMaxWeight = 400;
/// Of many times the registers there are for addresses each is read anew for each vector, and has to be found a place
/// on the stack first: a kernel of 400 operands and as many results took 2 s to emit.
inline constexpr int64_t kMaxStreams = 64;

/// Rows of fewer elements are less than a vector: each is stored and read with a mask.
inline constexpr int64_t kShortRow = 16;

class Grouper {
 public:
  Grouper(mlir::Block &block, bool explain) : block(block), explain(explain) {}

  Grouping run() {
    findStraight();
    for (mlir::Operation &op : block) visit(&op);
    findCopies();
    findMade();
    findScattered();
    findMoved();
    if (explain) findBorders();
    return std::move(result);
  }

 private:
  using Steps = llvm::SmallVector<int, 2>;

  mlir::Block &block;
  bool explain;
  Grouping result;
  // Step of every value made by a step; for a lazy value, the step after which it may be computed.
  llvm::DenseMap<mlir::Value, int> ready;
  llvm::DenseSet<mlir::Value> lazy;
  llvm::DenseMap<mlir::Value, int64_t> lazyReads;  // elements that one element of a lazy value reads
  llvm::DenseMap<mlir::Value, Steps> lazySources;  // steps that make what a lazy value reads
  // Values on the reduced side of a Reduce group: reductions and what follows them.
  llvm::DenseSet<mlir::Value> reduced;
  // Values over a Reduce group's full index space: its ops on that side, and what they and its reductions read.
  llvm::DenseSet<std::pair<mlir::Value, int>> spans;  // with the group's step
  llvm::DenseSet<mlir::Operation *> keptExtents;
  // For each value read at full size by a group of loops or reductions, the last such group; puts siblings together.
  llvm::DenseMap<mlir::Value, int> lastReader;
  llvm::DenseMap<int, std::set<int>> readers;    // of what a step makes: the other steps
  llvm::DenseMap<int, int> movedTo;              // steps whose group went into a later one
  llvm::DenseSet<mlir::Operation *> candidates;  // for straight-line groups
  int straightStep = kOutside;                   // of the last such group

  /// Lazy values of enclosing blocks are copied like those of this one.
  bool isLazy(mlir::Value value) const {
    if (lazy.contains(value)) return true;
    mlir::Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() == &block || roleOf(op) != Role::Lazy || ready.contains(value)) return false;
    return op->getBlock()->findAncestorOpInBlock(*block.getParentOp()) != nullptr;  // not in a nested block
  }

  /// Does the block hand the value on?
  bool isYielded(mlir::Value value) const {
    return llvm::any_of(value.getUsers(), [&](mlir::Operation *user) { return user == block.getTerminator(); });
  }

  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }
  static bool isStatic(llvm::ArrayRef<int64_t> shape) { return !llvm::is_contained(shape, mlir::ShapedType::kDynamic); }
  static llvm::SmallVector<int64_t> axesOf(mlir::Operation *reduction) {
    if (auto axis = reduction->getAttrOfType<mlir::IntegerAttr>("axis")) return {axis.getInt()};
    llvm::SmallVector<int64_t> axes(reduction->getAttrOfType<mlir::DenseI64ArrayAttr>("axes").asArrayRef());
    llvm::sort(axes);
    return axes;
  }

  int whereNow(int step) const {
    for (auto it = movedTo.find(step); it != movedTo.end(); it = movedTo.find(step)) step = it->second;
    return step;
  }
  int readyOf(mlir::Value value) const {
    auto it = ready.find(value);
    return it == ready.end() ? kOutside : whereNow(it->second);
  }
  Group *groupAt(int step) {
    if (step == kOutside || result.schedule[step].group < 0) return nullptr;
    return &result.groups[result.schedule[step].group];
  }
  /// A group that ops may still join.
  Group *openGroupAt(int step) {
    Group *group = groupAt(step);
    return group && (group->kind == Group::Kind::Loop || group->kind == Group::Kind::Reduce) ? group : nullptr;
  }

  //===-- Grouping.cpp ---------------------------------------------------------------------------------------===//

  void visit(mlir::Operation *op);
  void visitLoop(mlir::Operation *op);
  void visitReduce(mlir::Operation *op);
  std::pair<int, bool> latestProducer(mlir::Operation *op);
  void visitLazy(mlir::Operation *op);
  void visitAlone(mlir::Operation *op, Group::Kind kind);
  void visitStaying(mlir::Operation *op);
  int open(Group::Kind kind, llvm::ArrayRef<int64_t> domain);
  void join(mlir::Operation *op, int step, bool onReducedSide);
  bool takesEpilogue(int step, llvm::ArrayRef<int64_t> shape);
  int siblingOf(mlir::Operation *op, llvm::ArrayRef<int64_t> shape);
  static std::optional<llvm::SmallVector<int64_t>> axesFolding(mlir::Operation *op, int depth);
  void noteRead(mlir::Value value, int step);
  void readAll(mlir::Operation *op, int step);
  void fetchProducer(mlir::Operation *op, mlir::Value operand, int step);
  void boundCopies(mlir::Operation *op);
  bool keepExtent(mlir::Value value);
  void materialize(mlir::Value value);

  //===-- StraightLine.cpp -----------------------------------------------------------------------------------===//

  void findStraight();
  bool isCandidate(mlir::Operation *op);
  bool visitStraight(mlir::Operation *op);
  bool joinsItsProducer(mlir::Operation *op);
  bool comesAlong(mlir::OpOperand &use);

  //===-- Refusals.cpp ---------------------------------------------------------------------------------------===//

  bool isRepeated(mlir::Value value) const;
  bool dependsOn(mlir::Value value, int step) const;
  int stepInPlace(mlir::Value value) const;
  static bool readsElsewhere(mlir::Operation *op);
  bool spansRows(mlir::Operation *op, int step);
  bool isOnReducedSide(mlir::Operation *op) const;
  std::optional<Apart> refusalOf(mlir::Operation *op, mlir::Value operand, int step, bool onReducedSide);
  std::optional<Apart> refusalOf(mlir::Operation *op, int step, bool onReducedSide);
  std::optional<Apart> refusalOfMove(int from, int to);
  std::optional<Apart> refusalBehindDot(mlir::Operation *op);
  bool liesInRows(mlir::Value value) const;
  bool leadsToNewState(mlir::Operation *op, int depth);
  bool isOfLongUpdate(mlir::Operation *op);
  bool isForReductionsOnly(mlir::Operation *op, int depth);

  //===-- CrossedRows.cpp ------------------------------------------------------------------------------------===//

  static bool crossesRows(mlir::Operation *op);
  static bool leadsToReduction(mlir::Operation *op, int depth);

  //===-- ComputedAgain.cpp ----------------------------------------------------------------------------------===//

  void findCopies();
  bool isCheapToRepeat(mlir::Operation *op);
  bool isReadByKernelsOnly(mlir::Value value);

  //===-- BeforeProducts.cpp ---------------------------------------------------------------------------------===//

  void findMade();
  Group *makerOf(ir::DotGeneralOp dot, mlir::OpOperand &operand);
  Group *onlyMakerOf(mlir::Value value);

  //===-- BeforeScatters.cpp ---------------------------------------------------------------------------------===//

  void findScattered();
  Group *makerOf(ir::ScatterAddOp scatter, mlir::OpOperand &operand);

  //===-- BeforeMoves.cpp ------------------------------------------------------------------------------------===//

  void findMoved();
  bool isComputedAnywhere(const Group &group);
  bool passesOnce(const Group &group) const;
  Group *joinerOf(const Group &group, int64_t &code);
  bool foldsFewColumns(const Group &group) const;
  Group *joinerBehind(mlir::Operation *op, bool isJoined);
  Group *onlyReaderOf(const Group &group, int64_t &code);
  Group *readerBehindMoves(mlir::OpOperand &use, int64_t &copies);

  //===-- Borders.cpp ----------------------------------------------------------------------------------------===//

  void findBorders();
  void borders(mlir::Operation *consumer, mlir::Value operand, mlir::Value source, int step, bool throughView,
               llvm::DenseSet<mlir::Operation *> &seen);
  Apart reasonOf(mlir::Operation *consumer, mlir::Value operand, int from, int step, bool throughView);
};

}  // namespace etch::passes
