#include "passes/fusion/Grouping.h"

#include <set>

#include "mlir/IR/BuiltinTypes.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

using ir::OpCode;

namespace {

/// The time a value is ready: the index of the step that makes it, -1 when it comes from outside the block.
constexpr int kOutside = -1;

/// LLVM's instruction selection takes time that grows faster than the block it works on: one kernel of 10,000 ops took
/// 2 s to emit, 20 s with a tanh in every fifth. From here on storing an intermediate value is cheaper than going on.
constexpr int64_t kMaxWeight = 400;

/// The same for what runs behind a convolution, whose code holds it for every sum of a tile: no transcendental
/// functions.
constexpr int64_t kMaxEpilogue = 16;

/// Elements that one element of a lazy op may read; see boundCopies.
constexpr int64_t kMaxLazyReads = 16;

/// Steps that a lazy value is known to read; one that reads more keeps these where they are.
constexpr size_t kMaxSources = 4;

class Grouper {
 public:
  Grouper(mlir::Block &block, bool explain) : block(block), explain(explain) {}

  Grouping run() {
    for (mlir::Operation &op : block) visit(&op);
    findCopies();
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
  llvm::DenseMap<int, std::set<int>> readers;  // of what a step makes: the other steps
  llvm::DenseMap<int, int> movedTo;            // steps whose group went into a later one

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

  void visit(mlir::Operation *op) {
    switch (roleOf(op)) {
      case Role::Lazy: return visitLazy(op);
      case Role::Loop: return visitLoop(op);
      case Role::Reduce: return visitReduce(op);
      case Role::Dot: return visitAlone(op, Group::Kind::Dot);
      case Role::Scan: return visitAlone(op, Group::Kind::Scan);
      case Role::Window: return visitAlone(op, Group::Kind::Window);
      case Role::Update: return visitAlone(op, Group::Kind::Update);
      case Role::View:
      case Role::Barrier: return visitStaying(op);
    }
  }

  //===-- What is at hand inside a group ---------------------------------------------------------------------===//

  /// The results of a group's reductions, one a row, repeated at full size.
  bool isRepeated(mlir::Value value) const {
    auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
    return broadcast && isLazy(value) && reduced.contains(broadcast.getOperand()) &&
           readyOf(broadcast.getOperand()) == readyOf(value);
  }

  /// Random numbers read elements 0 and 1 of their state, whatever the element they make.
  static bool readsElsewhere(mlir::Operation *op) { return ir::family_of(*ir::opCodeOf(op)) == ir::Family::Random; }

  /// Does `op` run over the index space of the group? With unknown extents only an operand in common tells.
  bool spansRows(mlir::Operation *op, int step) {
    if (isStatic(shapeOf(op->getResult(0)))) return true;
    return llvm::any_of(op->getOperands(), [&](mlir::Value operand) { return spans.contains({operand, step}); });
  }

  /// Why `operand`, made in the group of step `step`, is not at hand there for `op` on that side; nothing if it is.
  std::optional<Apart> refusalOf(mlir::Operation *op, mlir::Value operand, int step, bool onReducedSide) {
    if (readsElsewhere(op)) return Apart::state;
    if (!isLazy(operand)) {
      if (reduced.contains(operand) == onReducedSide) return std::nullopt;
      return onReducedSide ? Apart::moved : Apart::afterReduction;
    }
    if (onReducedSide || !isRepeated(operand)) return Apart::moved;
    auto broadcast = operand.getDefiningOp<ir::BroadcastInDimOp>();
    Group *group = groupAt(step);
    llvm::SmallVector<int64_t> kept;
    for (int64_t axis = 0; axis < static_cast<int64_t>(group->domain.size()); ++axis)
      if (!llvm::is_contained(group->axes, axis)) kept.push_back(axis);
    if (!llvm::equal(shapeOf(operand), group->domain) || !llvm::equal(kept, broadcast.getDims()))
      return Apart::otherRows;
    if (!group->foldsVectors()) return Apart::columns;
    if (!group->hasManyRows()) return Apart::fewRows;
    if (!spansRows(op, step)) return Apart::unknownRows;
    return std::nullopt;
  }

  /// Why `op` may not run in the group of step `step`, given the side (full or reduced) it would be on.
  std::optional<Apart> refusalOf(mlir::Operation *op, int step, bool onReducedSide) {
    const bool isEpilogue = groupAt(step)->kind == Group::Kind::Window;
    if (groupAt(step)->weight + weightOf(op) > (isEpilogue ? kMaxEpilogue : kMaxWeight)) return Apart::tooLong;
    for (mlir::Value operand : op->getOperands()) {
      int when = readyOf(operand);
      if (when > step) return Apart::laterOperand;
      if (when < step) continue;
      if (std::optional<Apart> reason = refusalOf(op, operand, step, onReducedSide)) return reason;
    }
    return std::nullopt;
  }

  //===-- Ops that run over an index space -------------------------------------------------------------------===//

  void visitLoop(mlir::Operation *op) {
    llvm::ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
    // The latest producer that hands its value over directly.
    int producer = kOutside;
    bool onReducedSide = false;
    for (mlir::Value operand : op->getOperands()) {
      int when = readyOf(operand);
      if (readsElsewhere(op) || when <= producer || (isLazy(operand) && !isRepeated(operand))) continue;
      producer = when;
      onReducedSide = reduced.contains(operand);
    }
    if ((openGroupAt(producer) || takesEpilogue(producer, shape)) && !refusalOf(op, producer, onReducedSide))
      return join(op, producer, onReducedSide);
    if (int sibling = siblingOf(op, shape); sibling != kOutside) return join(op, sibling, false);
    join(op, open(Group::Kind::Loop, shape), false);
  }

  /// Kernels of convolutions compute on what they are about to store: a bias, an activation.
  bool takesEpilogue(int step, llvm::ArrayRef<int64_t> shape) {
    Group *group = groupAt(step);
    return group && group->kind == Group::Kind::Window && storesOnce(group->ops.front()) &&
           llvm::equal(group->domain, shape);
  }

  /// A group over the same static index space that reads one of the same values, unless op and group end in reductions
  /// over different axes: those are two kernels, and each should compute what it folds.
  int siblingOf(mlir::Operation *op, llvm::ArrayRef<int64_t> shape) {
    if (!isStatic(shape)) return kOutside;
    std::optional<llvm::SmallVector<int64_t>> folded = axesFolding(op, 3);
    for (mlir::Value operand : op->getOperands()) {
      auto it = lastReader.find(operand);
      if (it == lastReader.end()) continue;
      int step = whereNow(it->second);
      Group *group = openGroupAt(step);
      if (!group || !llvm::equal(group->domain, shape) || refusalOf(op, step, /*onReducedSide=*/false)) continue;
      if (group->kind == Group::Kind::Reduce ? folded == group->axes
                                             : !folded || group->folded.empty() || group->folded == *folded)
        return step;
    }
    return kOutside;
  }

  /// The axes over which the op's result is reduced, at most `depth` elementwise ops later.
  static std::optional<llvm::SmallVector<int64_t>> axesFolding(mlir::Operation *op, int depth) {
    int looked = 0;
    for (mlir::Operation *user : op->getResult(0).getUsers()) {
      if (++looked > 4) break;  // enough to tell
      if (user->getBlock() != op->getBlock()) continue;
      if (roleOf(user) == Role::Reduce) return axesOf(user);
      if (depth > 1 && roleOf(user) == Role::Loop && !readsElsewhere(user))
        if (auto axes = axesFolding(user, depth - 1)) return axes;
    }
    return std::nullopt;
  }

  void visitReduce(mlir::Operation *op) {
    mlir::Value operand = op->getOperand(0);
    llvm::SmallVector<int64_t> axes = axesOf(op);
    int producer = isLazy(operand) ? kOutside : readyOf(operand);
    auto fits = [&](int step) {
      Group *group = openGroupAt(step);
      if (!group || axes.empty() || (group->kind == Group::Kind::Reduce && group->axes != axes)) return false;
      return group->weight + weightOf(op) <= kMaxWeight && readyOf(operand) <= step;
    };
    int step = kOutside;
    if (!reduced.contains(operand) && fits(producer)) step = producer;
    // A sibling: reductions of one value over the same axes.
    if (auto it = lastReader.find(operand); step == kOutside && it != lastReader.end()) {
      int other = whereNow(it->second);
      if (fits(other) && groupAt(other)->kind == Group::Kind::Reduce && spans.contains({operand, other}) &&
          !isLazy(operand))
        step = other;
    }
    if (step == kOutside) step = open(Group::Kind::Reduce, shapeOf(operand));
    Group *group = groupAt(step);
    group->kind = Group::Kind::Reduce;
    group->axes = axes;
    join(op, step, /*onReducedSide=*/true);
  }

  void join(mlir::Operation *op, int step, bool onReducedSide) {
    Group *group = groupAt(step);
    group->ops.push_back(op);
    group->weight += weightOf(op);
    bool readsFull = !onReducedSide || roleOf(op) == Role::Reduce;
    for (mlir::Value value : op->getResults()) {
      ready[value] = step;
      if (onReducedSide)
        reduced.insert(value);
      else
        spans.insert({value, step});
    }
    for (mlir::Value operand : op->getOperands()) {
      noteRead(operand, step);
      if (!readsFull || !openGroupAt(step)) continue;
      if (!isLazy(operand)) spans.insert({operand, step});
      if (readyOf(operand) < step) lastReader[operand] = step;
    }
    if (!openGroupAt(step)) return;
    if (group->kind == Group::Kind::Loop && group->folded.empty())
      if (auto axes = axesFolding(op, 3)) group->folded = *axes;
    for (mlir::Value operand : op->getOperands()) fetchProducer(op, operand, step);
  }

  //===-- Moving a group into a later one --------------------------------------------------------------------===//

  void noteRead(mlir::Value value, int step) {
    auto note = [&](int source) {
      source = whereNow(source);
      if (source == kOutside || source == step) return;
      readers[source].insert(step);
    };
    if (auto it = lazySources.find(value); it != lazySources.end())
      llvm::for_each(it->second, note);
    else
      note(readyOf(value));
  }

  /// `op`, now in the group of step `step`, reads a value of an earlier group: if nothing in between reads that one,
  /// the two become one kernel.
  void fetchProducer(mlir::Operation *op, mlir::Value operand, int step) {
    int from = readyOf(operand);
    if (from == kOutside || from >= step || (isLazy(operand) && !isRepeated(operand))) return;
    if (refusalOfMove(from, step) || refusalOf(op, operand, from, isOnReducedSide(op))) return;
    Group &source = *groupAt(from), &target = *groupAt(step);
    if (source.kind == Group::Kind::Reduce) {
      target.kind = Group::Kind::Reduce;
      target.axes = source.axes;
    }
    llvm::SmallVector<mlir::Operation *> ops;
    std::merge(source.ops.begin(), source.ops.end(), target.ops.begin(), target.ops.end(), std::back_inserter(ops),
               [](mlir::Operation *a, mlir::Operation *b) { return a->isBeforeInBlock(b); });
    target.weight += source.weight;
    for (mlir::Operation *each : source.ops) {
      if (!isOnReducedSide(each)) {
        for (mlir::Value value : each->getResults()) spans.insert({value, step});
        for (mlir::Value value : each->getOperands())
          if (!isLazy(value)) spans.insert({value, step});
      }
    }
    target.ops = std::move(ops);
    source.ops.clear();
    movedTo[from] = step;
    // All of them: a later move must overtake none.
    std::set<int> others = std::move(readers[from]);
    readers.erase(from);
    others.erase(step);
    readers[step].merge(others);
  }

  /// The side of the values an op reads: reductions read at full size.
  bool isOnReducedSide(mlir::Operation *op) const {
    return roleOf(op) != Role::Reduce && reduced.contains(op->getResult(0));
  }

  std::optional<Apart> refusalOfMove(int from, int to) {
    Group *source = openGroupAt(from), *target = openGroupAt(to);
    if (!source || !target || source->fixed || target->fixed) return Apart::ownKernel;
    if (!llvm::equal(source->domain, target->domain) || !isStatic(source->domain)) return Apart::moved;
    bool areReductions = source->kind == Group::Kind::Reduce && target->kind == Group::Kind::Reduce;
    if (areReductions && source->axes != target->axes) return Apart::otherAxes;
    if (source->weight + target->weight > kMaxWeight) return Apart::tooLong;
    if (auto it = readers.find(from); it != readers.end() && !it->second.empty() && *it->second.begin() < to)
      return Apart::laterOperand;
    for (mlir::Operation *op : target->ops)
      for (mlir::Value operand : op->getOperands()) {
        auto sources = lazySources.find(operand);
        bool reads = readyOf(operand) == from;
        if (sources != lazySources.end())
          reads = llvm::any_of(sources->second, [&](int step) { return whereNow(step) == from; });
        if (!reads) continue;
        if (readyOf(operand) != from) return Apart::moved;
        if (std::optional<Apart> reason = refusalOf(op, operand, from, isOnReducedSide(op))) return reason;
      }
    return std::nullopt;
  }

  //===-- The other ops --------------------------------------------------------------------------------------===//

  void visitLazy(mlir::Operation *op) {
    int when = kOutside;
    Steps sources;
    for (mlir::Value operand : op->getOperands()) {
      when = std::max(when, readyOf(operand));
      auto it = lazySources.find(operand);
      if (it != lazySources.end())
        sources.append(it->second);
      else if (readyOf(operand) != kOutside)
        sources.push_back(readyOf(operand));
    }
    llvm::sort(sources);
    sources.erase(llvm::unique(sources), sources.end());
    // More sources than are remembered stay where they are: they count as read by the next step.
    for (int source : llvm::ArrayRef(sources).drop_front(std::min(sources.size(), kMaxSources)))
      readers[whereNow(source)].insert(static_cast<int>(result.schedule.size()));
    if (sources.size() > kMaxSources) sources.truncate(kMaxSources);
    for (mlir::Value value : op->getResults()) {
      ready[value] = when;
      lazy.insert(value);
      lazySources[value] = sources;
    }
    boundCopies(op);
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
      readAll(op, static_cast<int>(result.schedule.size()) - 1);
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
    readAll(op, step);
  }

  /// Notes what an op that stays in the schedule reads, its regions included.
  void readAll(mlir::Operation *op, int step) {
    op->walk([&](mlir::Operation *inner) {
      for (mlir::Value operand : inner->getOperands()) noteRead(operand, step);
    });
  }

  /// Makes sure that a lazy value exists in memory from here on.
  void materialize(mlir::Value value) {
    if (!isLazy(value)) return;
    mlir::Operation *op = value.getDefiningOp();
    int step = open(Group::Kind::Loop, shapeOf(value));
    noteRead(value, step);
    lazy.erase(value);
    lazySources.erase(value);
    result.inMemory[value] = step;
    groupAt(step)->ops.push_back(op);
    groupAt(step)->fixed = true;
    // Kernels repeat their bodies for each operand of a concatenation; there may be many.
    if (llvm::isa<ir::ConcatenateOp>(op)) groupAt(step)->weight = kMaxWeight;
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

  //===-- Values that are computed again ---------------------------------------------------------------------===//

  /// Reading x again and computing x - mean costs a kernel nothing over reading x - mean, which then is never written.
  void findCopies() {
    for (Group &group : result.groups)
      for (mlir::Operation *op : group.ops)
        if (group.ops.size() > 1 && isCheapToRepeat(op) && isReadByKernelsOnly(op->getResult(0)))
          result.copied.insert(op);
  }

  bool isCheapToRepeat(mlir::Operation *op) {
    if (roleOf(op) != Role::Loop || readsElsewhere(op) || weightOf(op) > 1 || llvm::isa<ir::DivOp>(op)) return false;
    if (reduced.contains(op->getResult(0))) return false;
    int here = readyOf(op->getResult(0)), fullSize = 0;
    for (mlir::Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<ir::BroadcastInDimOp>();
      bool isSmall = isLazy(operand) && (broadcast || operand.getDefiningOp<ir::ConstantOp>());
      if (isLazy(operand) && !isSmall) return false;
      // What the same group makes is in memory only if it is small and another kernel reads it anyway.
      if (readyOf(operand) == here && here != kOutside) return false;
      fullSize += !isSmall;
    }
    return fullSize <= 1;
  }

  /// Does something in another step read the value, and only what reads elements as it goes?
  bool isReadByKernelsOnly(mlir::Value value) {
    int here = readyOf(value);
    bool isReadElsewhere = false;
    for (mlir::Operation *user : value.getUsers()) {
      Role role = roleOf(user);
      if (user->getBlock() != &block || (role != Role::Loop && role != Role::Reduce) || readsElsewhere(user))
        return false;
      isReadElsewhere |= readyOf(user->getResult(0)) != here;
    }
    return isReadElsewhere;
  }

  //===-- Why neighbours are apart ---------------------------------------------------------------------------===//

  void findBorders() {
    for (auto [step, entry] : llvm::enumerate(result.schedule)) {
      if (entry.op && (roleOf(entry.op) == Role::View || entry.op->hasAttr(kExtent))) continue;
      llvm::SmallVector<mlir::Operation *> ops =
          entry.op ? llvm::SmallVector<mlir::Operation *>{entry.op} : result.groups[entry.group].ops;
      for (mlir::Operation *op : ops) {
        if (op->hasTrait<mlir::OpTrait::IsTerminator>()) continue;
        llvm::DenseSet<mlir::Operation *> seen;
        for (mlir::Value operand : op->getOperands())
          borders(op, operand, operand, static_cast<int>(step), /*throughView=*/false, seen);
      }
    }
  }

  /// Finds the ops that compute `source`, which `consumer` reads as `operand`, through what moves and views it.
  void borders(mlir::Operation *consumer, mlir::Value operand, mlir::Value source, int step, bool throughView,
               llvm::DenseSet<mlir::Operation *> &seen) {
    mlir::Operation *producer = source.getDefiningOp();
    if (!producer || producer->getBlock() != &block || llvm::isa<ir::ConstantOp>(producer)) return;
    bool isView = roleOf(producer) == Role::View;
    if (isView || roleOf(producer) == Role::Lazy) {
      if (isView || !llvm::isa<ir::DimOp>(producer))
        for (mlir::Value next : producer->getOperands())
          borders(consumer, operand, next, step, throughView || isView, seen);
      return;
    }
    int from = readyOf(source);
    if (from == kOutside || from == step || !seen.insert(producer).second) return;
    result.borders.push_back({producer, consumer, reasonOf(consumer, operand, from, step, throughView)});
  }

  Apart reasonOf(mlir::Operation *consumer, mlir::Value operand, int from, int step, bool throughView) {
    Group *source = groupAt(from), *target = groupAt(step);
    if (!target || !source) return Apart::staysInSchedule;
    if (!openGroupAt(step)) return Apart::wholeOperand;
    if (!openGroupAt(from)) return Apart::ownKernel;
    if (throughView) return Apart::throughView;
    if (roleOf(consumer) == Role::Lazy) return Apart::moved;
    if (roleOf(consumer) == Role::Reduce) {
      if (isLazy(operand)) return Apart::moved;
      if (reduced.contains(operand)) return Apart::afterReduction;
      if (source->kind == Group::Kind::Reduce && source->axes != axesOf(consumer)) return Apart::otherAxes;
    } else if (readyOf(operand) != from) {
      return Apart::moved;
    } else if (auto reason = refusalOf(consumer, operand, from, isOnReducedSide(consumer))) {
      return *reason;
    }
    return refusalOfMove(from, step).value_or(Apart::laterOperand);
  }
};

}  // namespace

Grouping groupOps(mlir::Block &block, bool explain) { return Grouper(block, explain).run(); }

}  // namespace etch::passes
