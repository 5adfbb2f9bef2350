#include "passes/fusion/Grouping.h"

#include "mlir/IR/BuiltinTypes.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

using ir::OpCode;

Role roleOf(mlir::Operation *op) {
  std::optional<OpCode> code = ir::opCodeOf(op);
  if (!code) return Role::Barrier;
  if (op->hasAttr(kExtent)) return Role::Lazy;
  switch (ir::family_of(*code)) {
    case ir::Family::Elementwise: return Role::Loop;
    case ir::Family::Reduction: return Role::Reduce;
    case ir::Family::Linear: return Role::Dot;
    case ir::Family::Shape: return *code == OpCode::reshape ? Role::View : Role::Lazy;
    // Random numbers are dear enough to be made once.
    case ir::Family::Random: return Role::Loop;
    case ir::Family::Indexing:
      return *code == OpCode::scatter_add || *code == OpCode::dynamic_update_slice ? Role::Update : Role::Lazy;
    case ir::Family::Create:
      // Tables of numbers stay in the schedule as read-only data; splats are immediates of the kernels.
      if (auto constant = llvm::dyn_cast<ir::ConstantOp>(op))
        return llvm::isa<mlir::SplatElementsAttr>(constant.getValue()) ? Role::Lazy : Role::View;
      return Role::Lazy;
    default: return Role::Barrier;
  }
}

int64_t weightOf(mlir::Operation *op) {
  switch (*ir::opCodeOf(op)) {
    case OpCode::exp:
    case OpCode::expm1:
    case OpCode::log:
    case OpCode::log1p:
    case OpCode::tanh:
    case OpCode::sigmoid:
    case OpCode::erf:
    case OpCode::random_bits:
    case OpCode::random_uniform: return 25;
    case OpCode::sin:
    case OpCode::cos:
    case OpCode::pow:
    case OpCode::atan2: return 60;
    default: return 1;
  }
}

namespace {

/// The time a value is ready: the index of the step that makes it, -1 when it comes from outside the block.
constexpr int kOutside = -1;

/// LLVM's instruction selection takes time that grows faster than the block it works on: one kernel of 10,000 ops took
/// 2 s to emit, 20 s with a tanh in every fifth. From here on storing an intermediate value is cheaper than going on.
constexpr int64_t kMaxWeight = 400;

/// Numbers in a row of which there are few: passed over by one thread, it should stay in the L2 cache.
constexpr int64_t kFewRows = 8;
constexpr int64_t kShortRow = 1 << 16;

/// Elements that one element of a lazy op may read; see boundCopies.
constexpr int64_t kMaxLazyReads = 16;

class Grouper {
 public:
  explicit Grouper(mlir::Block &block) : block(block) {}

  Grouping run() {
    for (mlir::Operation &op : block) visit(&op);
    return std::move(result);
  }

 private:
  mlir::Block &block;
  Grouping result;
  // Step of every value made by a step; for a lazy value, the step after which it may be computed.
  llvm::DenseMap<mlir::Value, int> ready;
  llvm::DenseSet<mlir::Value> lazy;
  llvm::DenseMap<mlir::Value, int64_t> lazyReads;  // elements that one element of a lazy value reads
  // Values on the reduced side of a Reduce group: reductions and what follows them.
  llvm::DenseSet<mlir::Value> reduced;
  // Values over a Reduce group's full index space: its ops on that side, and what they and its reductions read.
  llvm::DenseSet<std::pair<mlir::Value, int>> spans;  // with the group's step
  llvm::DenseSet<mlir::Operation *> keptExtents;
  // For each value read from outside a Loop group, the last such group; used to put siblings together.
  llvm::DenseMap<mlir::Value, int> lastReader;

  /// Lazy values of enclosing blocks are copied like those of this one.
  bool isLazy(mlir::Value value) const {
    if (lazy.contains(value)) return true;
    mlir::Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() == &block || roleOf(op) != Role::Lazy || ready.contains(value)) return false;
    return op->getBlock()->findAncestorOpInBlock(*block.getParentOp()) != nullptr;  // not in a nested block
  }

  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }

  int readyOf(mlir::Value value) const {
    auto it = ready.find(value);
    return it == ready.end() ? kOutside : it->second;
  }

  Group *groupAt(int step) {
    if (step == kOutside || result.schedule[step].group < 0) return nullptr;
    return &result.groups[result.schedule[step].group];
  }

  void visit(mlir::Operation *op) {
    switch (roleOf(op)) {
      case Role::Lazy: {
        int when = kOutside;
        for (mlir::Value operand : op->getOperands()) when = std::max(when, readyOf(operand));
        for (mlir::Value value : op->getResults()) {
          ready[value] = when;
          lazy.insert(value);
        }
        boundCopies(op);
        return;
      }
      case Role::Loop: return visitLoop(op);
      case Role::Reduce: return visitReduce(op);
      case Role::Dot: return visitAlone(op, Group::Kind::Dot);
      case Role::Update: return visitAlone(op, Group::Kind::Update);
      case Role::View:
      case Role::Barrier: return visitStaying(op);
    }
  }

  /// The results of a group's reductions, one a row, repeated along the rows: `value` where the group of step `step`
  /// passes over each row again.
  bool isAlongRows(mlir::Value value, int step) {
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    if (!broadcast || !isLazy(value) || !reduced.contains(broadcast.getOperand())) return false;
    Group *group = groupAt(step);
    if (readyOf(broadcast.getOperand()) != step || !group->mayPassAgain()) return false;
    llvm::ArrayRef<int64_t> shape = shapeOf(value);
    if (shape.size() != group->domain.size() || !llvm::equal(shape, group->domain)) return false;
    llvm::SmallVector<int64_t> kept;
    for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis)
      if (!llvm::is_contained(group->axes, axis)) kept.push_back(axis);
    return llvm::equal(kept, broadcast.getDims());
  }

  /// Does `op` run over the index space of the group? With unknown extents only an operand in common tells.
  bool spansRows(mlir::Operation *op, int step) {
    if (!llvm::is_contained(shapeOf(op->getResult(0)), mlir::ShapedType::kDynamic)) return true;
    return llvm::any_of(op->getOperands(), [&](mlir::Value operand) { return spans.contains({operand, step}); });
  }

  /// May `op` run in the group of step `step`, given the side (full or reduced) it would be on?
  bool mayJoin(mlir::Operation *op, int step, bool onReducedSide) {
    if (groupAt(step)->weight + weightOf(op) > kMaxWeight) return false;
    for (mlir::Value operand : op->getOperands()) {
      int when = readyOf(operand);
      if (when > step) return false;
      if (when < step) continue;
      // The operand is made by that very group: it must be at hand for the same index.
      if (!onReducedSide && !readsElsewhere(op) && isAlongRows(operand, step) && spansRows(op, step)) continue;
      if (isLazy(operand) || readsElsewhere(op) || reduced.contains(operand) != onReducedSide) return false;
    }
    return true;
  }

  /// A lazy op reads its operands at indices of its own, so that each concatenation in a chain doubles the code: one
  /// that would read too many elements for one of its own is put in memory.
  void boundCopies(mlir::Operation *op) {
    if (op->hasAttr(kExtent) || llvm::isa<ir::DimOp>(op)) return;
    int64_t reads = 0;
    for (mlir::Value operand : op->getOperands())
      reads += isLazy(operand) ? std::max<int64_t>(1, lazyReads.lookup(operand)) : 1;
    lazyReads[op->getResult(0)] = reads;
    if (reads > kMaxLazyReads) materialize(op->getResult(0));
  }

  /// Random numbers read elements 0 and 1 of their state, whatever the element they make.
  static bool readsElsewhere(mlir::Operation *op) { return ir::family_of(*ir::opCodeOf(op)) == ir::Family::Random; }

  void visitLoop(mlir::Operation *op) {
    llvm::ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
    // The latest producer that hands its value over directly.
    int producer = kOutside;
    bool onReducedSide = false;
    for (mlir::Value operand : op->getOperands()) {
      int when = readyOf(operand);
      if (readsElsewhere(op) || when <= producer || (isLazy(operand) && !isAlongRows(operand, when))) continue;
      producer = when;
      onReducedSide = reduced.contains(operand);
    }
    Group *group = groupAt(producer);
    bool fits = group && (group->kind == Group::Kind::Loop || group->kind == Group::Kind::Reduce) &&
                mayJoin(op, producer, onReducedSide);
    if (fits) {
      join(op, producer, onReducedSide);
      return;
    }
    // A sibling: a group over the same static index space that reads one of the same values.
    for (mlir::Value operand : op->getOperands()) {
      auto it = lastReader.find(operand);
      if (it == lastReader.end()) continue;
      Group *sibling = groupAt(it->second);
      if (llvm::equal(sibling->domain, shape) && !llvm::is_contained(shape, mlir::ShapedType::kDynamic) &&
          mayJoin(op, it->second, /*onReducedSide=*/false)) {
        join(op, it->second, false);
        return;
      }
    }
    int step = open(Group::Kind::Loop, shape);
    join(op, step, false);
  }

  void visitReduce(mlir::Operation *op) {
    mlir::Value operand = op->getOperand(0);
    llvm::SmallVector<int64_t> axes;
    if (auto list = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
      axes.assign(list.asArrayRef().begin(), list.asArrayRef().end());
    else
      axes.push_back(op->getAttrOfType<mlir::IntegerAttr>("axis").getInt());
    llvm::sort(axes);
    int producer = isLazy(operand) ? kOutside : readyOf(operand);
    Group *group = groupAt(producer);
    bool fits = group && !reduced.contains(operand) && !axes.empty() &&
                (group->kind == Group::Kind::Loop || (group->kind == Group::Kind::Reduce && group->axes == axes));
    int step = fits ? producer : open(Group::Kind::Reduce, shapeOf(operand));
    group = groupAt(step);
    group->kind = Group::Kind::Reduce;
    group->axes = axes;
    join(op, step, /*onReducedSide=*/true);
  }

  void visitAlone(mlir::Operation *op, Group::Kind kind) {
    // Operands that are read in their own order must be in memory.
    for (mlir::Value operand : op->getOperands()) materialize(operand);
    int step = open(kind, shapeOf(op->getResult(0)));
    join(op, step, false);
  }

  /// Extents stay beside the op that reads them.
  bool keepExtent(mlir::Value value) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op || !op->hasAttr(kExtent)) return false;
    if (op->getBlock() == &block && keptExtents.insert(op).second) {
      for (mlir::Value operand : op->getOperands())
        if (!keepExtent(operand)) materialize(operand);
      result.schedule.push_back({-1, op});
    }
    return true;
  }

  void visitStaying(mlir::Operation *op) {
    for (mlir::Value operand : op->getOperands())
      if (!keepExtent(operand)) materialize(operand);
    op->walk([&](mlir::Operation *inner) {
      if (inner == op || !inner->hasTrait<mlir::OpTrait::IsTerminator>()) return;
      for (mlir::Value operand : inner->getOperands()) materialize(operand);
    });
    int step = static_cast<int>(result.schedule.size());
    result.schedule.push_back({-1, op});
    for (mlir::Value value : op->getResults()) ready[value] = step;
  }

  /// Makes sure that a lazy value exists in memory from here on.
  void materialize(mlir::Value value) {
    if (!isLazy(value)) return;
    mlir::Operation *op = value.getDefiningOp();
    int step = open(Group::Kind::Loop, shapeOf(value));
    lazy.erase(value);
    result.inMemory[value] = step;
    result.groups[result.schedule[step].group].ops.push_back(op);
    ready[value] = step;
  }

  int open(Group::Kind kind, llvm::ArrayRef<int64_t> domain) {
    Group group;
    group.kind = kind;
    group.domain.assign(domain.begin(), domain.end());
    result.groups.push_back(std::move(group));
    result.schedule.push_back({static_cast<int>(result.groups.size()) - 1, nullptr});
    return static_cast<int>(result.schedule.size()) - 1;
  }

  void join(mlir::Operation *op, int step, bool onReducedSide) {
    Group *group = groupAt(step);
    group->ops.push_back(op);
    group->weight += weightOf(op);
    for (mlir::Value value : op->getResults()) {
      ready[value] = step;
      if (onReducedSide)
        reduced.insert(value);
      else
        spans.insert({value, step});
    }
    if (!onReducedSide || roleOf(op) == Role::Reduce)
      for (mlir::Value operand : op->getOperands())
        if (!isLazy(operand)) spans.insert({operand, step});
    if (group->kind == Group::Kind::Loop)
      for (mlir::Value operand : op->getOperands())
        if (readyOf(operand) < step) lastReader[operand] = step;
  }
};

}  // namespace

bool Group::mayPassAgain() const {
  if (kind != Kind::Reduce) return false;
  auto rank = static_cast<int64_t>(domain.size()), lane = rank - 1;
  while (lane > 0 && domain[lane] == 1) --lane;
  if (domain[lane] == 1) lane = rank - 1;
  if (!llvm::is_contained(axes, lane)) return false;
  int64_t rows = 1, row = 1;  // -1: unknown
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t &count = llvm::is_contained(axes, axis) ? row : rows;
    count = count < 0 || mlir::ShapedType::isDynamic(domain[axis]) ? -1 : count * domain[axis];
  }
  // Unknown extents are thought of as many rows of modest length.
  if (rows < 0 || rows >= kFewRows) return true;
  return row >= 0 && row <= kShortRow;
}

Grouping groupOps(mlir::Block &block) { return Grouper(block).run(); }

}  // namespace etch::passes
