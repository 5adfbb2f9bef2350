#include "passes/fusion/Grouping.h"

#include "passes/fusion/Grouper.h"

namespace etch::passes {

namespace {

/// Elements that one element of a lazy op may read; see boundCopies.
constexpr int64_t kMaxLazyReads = 16;

/// Steps that a lazy value is known to read; one that reads more keeps these where they are.
constexpr size_t kMaxSources = 4;

/// Elementwise and moving ops between a transpose and the reduction that it is made for.
constexpr int kOpsBeforeReduction = 4;

}  // namespace

void Grouper::visit(mlir::Operation *op) {
  if (visitStraight(op)) return;
  switch (roleOf(op)) {
    case Role::Lazy: return visitLazy(op);
    case Role::Loop: return visitLoop(op);
    case Role::Reduce: return visitReduce(op);
    case Role::Dot: return visitAlone(op, Group::Kind::Dot);
    case Role::Attention: return visitAlone(op, Group::Kind::Attention);
    case Role::Scan: return visitAlone(op, Group::Kind::Scan);
    case Role::Window: return visitAlone(op, Group::Kind::Window);
    case Role::Update: return visitAlone(op, Group::Kind::Update);
    case Role::View:
    case Role::Barrier: return visitStaying(op);
  }
}

//===-- Ops that run over an index space ------------------------------------------------------------------------===//

/// The step of the latest producer that hands its value over directly, and whether that is a reduced one.
std::pair<int, bool> Grouper::latestProducer(mlir::Operation *op) {
  int producer = kOutside;
  bool onReducedSide = false;
  for (mlir::Value operand : op->getOperands()) {
    int when = stepInPlace(operand);
    if (readsElsewhere(op) || when <= producer) continue;
    producer = when;
    onReducedSide = reduced.contains(operand);
  }
  return {producer, onReducedSide};
}

void Grouper::visitLoop(mlir::Operation *op) {
  llvm::ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  auto [producer, onReducedSide] = latestProducer(op);
  if ((openGroupAt(producer) || takesEpilogue(producer, shape)) && !refusalOf(op, producer, onReducedSide))
    return join(op, producer, onReducedSide);
  if (int sibling = siblingOf(op, shape); sibling != kOutside) return join(op, sibling, false);
  join(op, open(Group::Kind::Loop, shape), false);
}

/// Kernels of convolutions and contractions compute on what they are about to store: a bias, an activation. With
/// unknown extents the shapes are equal because the op reads the group's values element by element.
bool Grouper::takesEpilogue(int step, llvm::ArrayRef<int64_t> shape) {
  Group *group = groupAt(step);
  if (!group || !llvm::equal(group->domain, shape)) return false;
  return group->kind == Group::Kind::Dot || (group->kind == Group::Kind::Window && storesOnce(group->ops.front()));
}

/// A group over the same static index space that reads one of the same values, unless op and group end in reductions
/// over different axes: those are two kernels, and each should compute what it folds.
int Grouper::siblingOf(mlir::Operation *op, llvm::ArrayRef<int64_t> shape) {
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
std::optional<llvm::SmallVector<int64_t>> Grouper::axesFolding(mlir::Operation *op, int depth) {
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

void Grouper::visitReduce(mlir::Operation *op) {
  mlir::Value operand = op->getOperand(0);
  llvm::SmallVector<int64_t> axes = axesOf(op);
  int producer = isRepeated(operand) ? kOutside : stepInPlace(operand);
  auto fits = [&](int step) {
    Group *group = openGroupAt(step);
    if (!group || axes.empty() || (group->kind == Group::Kind::Reduce && group->axes != axes)) return false;
    return group->weight + weightOf(op) <= kMaxWeight && group->streams < kMaxStreams && readyOf(operand) <= step;
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

void Grouper::join(mlir::Operation *op, int step, bool onReducedSide) {
  Group *group = groupAt(step);
  group->ops.push_back(op);
  group->weight += weightOf(op);
  bool readsFull = !onReducedSide || roleOf(op) == Role::Reduce;
  for (mlir::Value value : op->getResults()) {
    ready[value] = step;
    group->streams += isYielded(value) || roleOf(op) == Role::Reduce;
    if (onReducedSide)
      reduced.insert(value);
    else
      spans.insert({value, step});
  }
  for (mlir::Value operand : op->getOperands()) {
    noteRead(operand, step);
    if (!readsFull || !openGroupAt(step)) continue;
    if (!isLazy(operand) && spans.insert({operand, step}).second) group->streams += readyOf(operand) < step;
    if (readyOf(operand) < step) lastReader[operand] = step;
  }
  if (!openGroupAt(step)) return;
  if (group->kind == Group::Kind::Loop && group->folded.empty())
    if (auto axes = axesFolding(op, 3)) group->folded = *axes;
  for (mlir::Value operand : op->getOperands()) fetchProducer(op, operand, step);
}

//===-- Moving a group into a later one -------------------------------------------------------------------------===//

void Grouper::noteRead(mlir::Value value, int step) {
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
void Grouper::fetchProducer(mlir::Operation *op, mlir::Value operand, int step) {
  int from = stepInPlace(operand);
  if (from == kOutside || from >= step) return;
  if (refusalOfMove(from, step) || refusalOf(op, operand, from, isOnReducedSide(op))) return;
  Group &source = *groupAt(from), &target = *groupAt(step);
  if (source.kind == Group::Kind::Dot) target.kind = Group::Kind::Dot;
  if (source.kind == Group::Kind::Reduce) {
    target.kind = Group::Kind::Reduce;
    target.axes = source.axes;
  }
  llvm::SmallVector<mlir::Operation *> ops;
  std::merge(source.ops.begin(), source.ops.end(), target.ops.begin(), target.ops.end(), std::back_inserter(ops),
             [](mlir::Operation *a, mlir::Operation *b) { return a->isBeforeInBlock(b); });
  target.weight += source.weight;
  target.streams += source.streams;
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

//===-- The other ops -------------------------------------------------------------------------------------------===//

void Grouper::visitLazy(mlir::Operation *op) {
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
  if (!crossesRows(op) || !leadsToReduction(op, kOpsBeforeReduction)) return;
  materialize(op->getResult(0));
  groupAt(ready[op->getResult(0)])->weight = kMaxWeight;  // nothing follows in its kernel
}

/// A lazy op reads its operands at indices of its own, so that each concatenation in a chain doubles the code: one
/// that would read too many elements for one of its own is put in memory.
void Grouper::boundCopies(mlir::Operation *op) {
  if (op->hasAttr(kExtent) || llvm::isa<ir::DimOp>(op)) return;
  int64_t reads = 0;
  for (mlir::Value operand : op->getOperands())
    reads += isLazy(operand) ? std::max<int64_t>(1, lazyReads.lookup(operand)) : 1;
  lazyReads[op->getResult(0)] = reads;
  if (reads > kMaxLazyReads) materialize(op->getResult(0));
}

void Grouper::visitAlone(mlir::Operation *op, Group::Kind kind) {
  // Operands that are read in their own order must be in memory.
  for (mlir::OpOperand &operand : op->getOpOperands())
    if (!readsByIndex(operand)) materialize(operand.get());
  int step = open(kind, shapeOf(op->getResult(0)));
  join(op, step, false);
}

/// Extents stay beside the op that reads them.
bool Grouper::keepExtent(mlir::Value value) {
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

void Grouper::visitStaying(mlir::Operation *op) {
  for (mlir::Value operand : op->getOperands())
    if (!keepExtent(operand)) materialize(operand);
  const bool repeats = llvm::isa<ir::ForOp, ir::WhileOp>(op);
  op->walk([&](mlir::Operation *inner) {
    if (inner == op) return;
    // What kernels of a loop need in memory is put there once.
    if (inner->hasTrait<mlir::OpTrait::IsTerminator>() || (repeats && readsMemory(roleOf(inner))))
      for (mlir::Value operand : inner->getOperands()) materialize(operand);
  });
  int step = static_cast<int>(result.schedule.size());
  result.schedule.push_back({-1, op});
  for (mlir::Value value : op->getResults()) ready[value] = step;
  readAll(op, step);
}

/// Notes what an op that stays in the schedule reads, its regions included.
void Grouper::readAll(mlir::Operation *op, int step) {
  op->walk([&](mlir::Operation *inner) {
    for (mlir::Value operand : inner->getOperands()) noteRead(operand, step);
  });
}

/// Makes sure that a lazy value exists in memory from here on.
void Grouper::materialize(mlir::Value value) {
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

int Grouper::open(Group::Kind kind, llvm::ArrayRef<int64_t> domain) {
  Group group;
  group.kind = kind;
  group.domain.assign(domain.begin(), domain.end());
  result.groups.push_back(std::move(group));
  result.schedule.push_back({static_cast<int>(result.groups.size()) - 1, nullptr});
  return static_cast<int>(result.schedule.size()) - 1;
}

Grouping groupOps(mlir::Block &block, bool explain) { return Grouper(block, explain).run(); }

}  // namespace etch::passes
