#include <utility>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "passes/buffer/Overwriting.h"
#include "passes/buffer/Moments.h"
#include "passes/buffer/PackSlots.h"
#include "passes/buffer/Partials.h"
#include "passes/buffer/PassedOn.h"
#include "passes/buffer/Placement.h"
#include "passes/buffer/RunTimeExtents.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

#define GEN_PASS_DEF_PLANBUFFERS
#include "passes/Passes.h.inc"

namespace {

int64_t alignUp(int64_t bytes) { return (bytes + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment; }

class Planner {
 public:
  Planner(mlir::func::FuncOp function, mlir::SymbolTable &symbols)
      : function(function), symbols(symbols), b(function.getContext()), moments(function), runTime(function, symbols) {
    hasKnownArguments = llvm::all_of(function.getArgumentTypes(), [](mlir::Type type) { return bytesOf(type) >= 0; });
  }

  void run() {
    observe();
    returned = llvm::SmallVector<mlir::Value>(body().getTerminator()->getOperands());
    planBlock(body());
    annotate();
  }

 private:
  struct Slot {
    int64_t bytes;    // -1: known at run time
    mlir::Type type;  // of its values when bytes are unknown; null for partial sums
    Moment from, busyUntil;
  };

  mlir::func::FuncOp function;
  mlir::SymbolTable &symbols;
  mlir::OpBuilder b;
  const Moments moments;
  llvm::SmallVector<mlir::Value> returned;
  llvm::SmallVector<Slot> slots;
  llvm::DenseMap<mlir::Value, int64_t> place;                           // slot or -1 - result
  llvm::DenseMap<mlir::Operation *, int64_t> partials;                  // slots of launches for partial sums
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int64_t>> turns;  // kTurns of loops
  bool canFail = false;
  bool failsAnywhere = false;
  Moment lastFailure{-1, -1, -1, -1};
  bool hasUnknownSlots = false;
  RunTimeExtents runTime;
  bool hasKnownArguments;
  int64_t nextBlock = kFirstRunTimeBlock;

  mlir::Block &body() { return function.getBody().front(); }

  /// A call that fails leaves all variables as they were: they are written behind the last op that may fail.
  void observe() {
    failsAnywhere = canFail = !runTime.empty();  // memory is asked for on the way
    function.walk([&](mlir::Operation *op) {
      if (op == function) return;
      // Extents are checked before the call runs, but those in branches and loops where these run.
      const bool isInside = op->getBlock() != &body() && hasUnknownExtents(*op);
      if (isInside || llvm::isa<ir::CheckOp, ir::HostCallOp, ir::PrintOp, ir::StackPushOp, ir::StackPopOp>(op)) {
        canFail = true;
        lastFailure = later(lastFailure, moments.end(body().findAncestorOpInBlock(*op)));
      }
      for (mlir::Value result : op->getResults())
        hasUnknownSlots |= bytesOf(result.getType()) < 0 && !isSizedAtRunTime(result);
    });
  }

  //===-- Slots ----------------------------------------------------------------------------------------------===//

  int64_t takeSlot(mlir::Type type, Moment from, Moment until) { return takeSlot(bytesOf(type), type, from, until); }
  int64_t takeSlot(int64_t bytes, mlir::Type type, Moment from, Moment until) {
    if (bytes >= 0) bytes = alignUp(std::max<int64_t>(bytes, 1));
    int64_t best = -1;
    // Where all sizes are known each value has a slot of its own, and slots are packed. Otherwise values share slots.
    if (hasUnknownSlots)
      for (auto [i, slot] : llvm::enumerate(slots)) {
        if (!isBefore(slot.busyUntil, from)) continue;
        bool fits = bytes < 0 ? slot.bytes < 0 && slot.type == type : slot.bytes >= bytes;
        if (fits && (best < 0 || slot.bytes < slots[best].bytes)) best = i;
      }
    if (best < 0) {
      best = slots.size();
      slots.push_back({bytes, type, from, until});
    }
    slots[best].busyUntil = until;
    return best;
  }

  void put(mlir::Value value, int64_t slot) { place[value] = slot; }

  /// Is the memory of `value` sized while the function runs? Without unknown extents of arguments nothing is computed
  /// from before it runs, so that whatever is unknown is.
  bool isSizedAtRunTime(mlir::Value value) {
    return runTime.contains(value) || (hasKnownArguments && bytesOf(value.getType()) < 0);
  }
  int64_t takeBlock() { return std::exchange(nextBlock, nextBlock + 2); }

  /// For all of its op, which writes it when a region ends, so that no value of a region may lie there even if nothing
  /// reads the result. Where loops pass on what they carry it may hold any value of the chain at the end.
  int64_t takeSlotThroughout(mlir::OpResult result) {
    mlir::Operation *op = result.getOwner();
    Moment until = moments.end(op);
    if (llvm::isa<ir::WhileOp, ir::ForOp>(op))
      for (unsigned number : chainOf(op, result.getResultNumber()))
        until = later(until, moments.lastUse(op->getResult(number)));
    return takeSlot(result.getType(), moments.begin(op), later(until, moments.lastUse(result)));
  }
  int64_t takePlace(mlir::OpResult result) {
    return isSizedAtRunTime(result) ? takeBlock() : takeSlotThroughout(result);
  }

  void planBlock(mlir::Block &block) {
    for (mlir::Operation &op : block) {
      if (auto launch = llvm::dyn_cast<ir::LaunchOp>(&op)) {
        planLaunch(launch);
      } else if (llvm::isa<ir::WhileOp, ir::ForOp>(&op)) {
        planLoop(&op);
      } else if (llvm::isa<ir::IfOp, ir::HostCallOp, ir::StackPopOp>(&op)) {
        for (mlir::OpResult result : op.getResults()) put(result, takePlace(result));
        for (mlir::Region &region : op.getRegions()) planBlock(region.front());
      }
    }
  }

  void planLaunch(ir::LaunchOp launch) {
    auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
    planPartials(launch, kernel);
    for (mlir::OpResult result : launch.getResults()) {
      if (isSizedAtRunTime(result))
        put(result, takeBlock());
      else if (std::optional<int64_t> slot = slicePlace(launch, result))
        put(result, *slot);
      else if (std::optional<int64_t> slot = resultPlace(launch, kernel, result))
        put(result, *slot);
      else if (std::optional<int64_t> slot = carriedPlace(launch, kernel, result))
        put(result, *slot);
      else if (std::optional<int64_t> slot = turnPlace(launch, result))
        put(result, *slot);
      else if (std::optional<int64_t> slot = dyingOperandPlace(launch, kernel, result))
        put(result, *slot);
      else
        put(result, takeSlot(result.getType(), moments.begin(launch), moments.lastUse(result)));
    }
  }

  /// Memory for the sums of parts, while the kernel runs.
  void planPartials(ir::LaunchOp launch, mlir::func::FuncOp kernel) {
    const int64_t bytes = partialBytes(kernel);
    if (bytes == 0) return;
    kernel->setAttr(kPartials, b.getI64IntegerAttr(bytes));
    partials[launch] = runTime.concern(launch)
                           ? takeBlock()
                           : takeSlot(bytes, mlir::Type(), moments.begin(launch), moments.end(launch));
  }

  /// Straight into the memory of a result of the function?
  std::optional<int64_t> resultPlace(ir::LaunchOp launch, mlir::func::FuncOp kernel, mlir::OpResult result) {
    if (launch->getBlock() != &body()) return std::nullopt;
    for (auto [r, value] : llvm::enumerate(returned)) {
      if (storageOf(value) != result) continue;
      const std::optional<unsigned> updated = ir::updatedArgument(function, r);
      if (!updated) return -1 - static_cast<int64_t>(r);
      // The result is a variable's own memory: nobody may read the old value afterwards, nor may the call fail.
      if (failsAnywhere || !isBefore(lastFailure, moments.begin(launch))) return std::nullopt;
      mlir::Value old = function.getArgument(*updated);
      const Moment done = moments.lastUse(old);
      bool readHere = llvm::is_contained(launch.getInputs(), old) ||
                      llvm::any_of(launch.getInputs(), [&](mlir::Value v) { return storageOf(v) == old; });
      if (isBefore(done, moments.begin(launch)) ||
          (moments.isAt(done, launch) && (!readHere || overwritesAll(launch, kernel, old, result))))
        return -1 - static_cast<int64_t>(r);
      return std::nullopt;
    }
    return std::nullopt;
  }

  static bool overwritesAll(ir::LaunchOp launch, mlir::func::FuncOp kernel, mlir::Value old, mlir::OpResult result) {
    for (auto [i, input] : llvm::enumerate(launch.getInputs()))
      if (storageOf(input) == old && !mayOverwrite(kernel, i, result.getResultNumber())) return false;
    return true;
  }

  /// Straight into the slice of a carried tensor that the result becomes?
  std::optional<int64_t> slicePlace(ir::LaunchOp launch, mlir::OpResult result) {
    ir::StoreSliceOp store = sliceStoreOf(result);
    if (!store || store->getBlock() != launch->getBlock()) return std::nullopt;
    // The place must be known before the kernel runs.
    mlir::Operation *index = store.getIndex().getDefiningOp();
    if (index && index->getBlock() == launch->getBlock() && !isBefore(moments.end(index), moments.begin(launch)))
      return std::nullopt;
    store.setInPlace(true);
    return place.lookup(store.getOperand());
  }

  /// The number of the value that the loop around `launch` carries on as `result`, if there is one.
  static std::optional<unsigned> carriedNumber(ir::LaunchOp launch, mlir::OpResult result) {
    mlir::Operation *loop = launch->getParentOp();
    if (!llvm::isa<ir::WhileOp, ir::ForOp>(loop)) return std::nullopt;
    mlir::Block &block = *launch->getBlock();
    if (llvm::isa<ir::WhileOp>(loop) && block.getParent() != &loop->getRegion(1)) return std::nullopt;
    for (mlir::OpOperand &yield : block.getTerminator()->getOpOperands())
      if (yield.get() == result) return yield.getOperandNumber();
    return std::nullopt;
  }
  static mlir::BlockArgument carriedArgument(ir::LaunchOp launch, unsigned number) {
    return launch->getBlock()->getArgument(number + (llvm::isa<ir::ForOp>(launch->getParentOp()) ? 1 : 0));
  }

  /// Straight into the memory of the carried value that the result becomes in the next iteration?
  std::optional<int64_t> carriedPlace(ir::LaunchOp launch, mlir::func::FuncOp kernel, mlir::OpResult result) {
    std::optional<unsigned> number = carriedNumber(launch, result);
    if (!number) return std::nullopt;
    mlir::Value carried = carriedArgument(launch, *number);
    if (isRunTimeBlock(place.lookup(carried))) return std::nullopt;
    const Moment done = moments.lastUse(carried);
    if (isBefore(done, moments.begin(launch)) ||
        (moments.isAt(done, launch) && overwritesAll(launch, kernel, carried, result)))
      return place.lookup(carried);
    return std::nullopt;
  }

  /// Into memory that changes places with that of the carried value each time round?
  std::optional<int64_t> turnPlace(ir::LaunchOp launch, mlir::OpResult result) {
    std::optional<unsigned> number = carriedNumber(launch, result);
    if (!number || hasFewElements(result) || bytesOf(result.getType()) < 0) return std::nullopt;
    if (llvm::count(launch->getBlock()->getTerminator()->getOperands(), result) > 1) return std::nullopt;
    mlir::Operation *loop = launch->getParentOp();
    llvm::SmallVector<int64_t> &second = turns.try_emplace(loop, loop->getNumResults(), -1).first->second;
    second[*number] = takeSlotThroughout(loop->getResult(*number));
    return second[*number];
  }

  /// Over an operand that nobody reads afterwards?
  std::optional<int64_t> dyingOperandPlace(ir::LaunchOp launch, mlir::func::FuncOp kernel, mlir::OpResult result) {
    for (auto [i, input] : llvm::enumerate(launch.getInputs())) {
      mlir::Value storage = storageOf(input);
      auto made = llvm::dyn_cast_or_null<ir::LaunchOp>(storage.getDefiningOp());
      if (!made || made->getBlock() != launch->getBlock() || !moments.isAt(moments.lastUse(storage), launch)) continue;
      int64_t slot = place.lookup(storage);
      if (slot < 0 || isRunTimeBlock(slot) || !moments.isAt(slots[slot].busyUntil, launch)) continue;
      if (!overwritesAll(launch, kernel, storage, result) || !mayOverwrite(kernel, i, result.getResultNumber()))
        continue;
      // Another operand may live in the same slot only if it is the same value.
      slots[slot].busyUntil = moments.lastUse(result);
      return slot;
    }
    return std::nullopt;
  }

  void planLoop(mlir::Operation *loop) {
    unsigned offset = llvm::isa<ir::ForOp>(loop) ? 1 : 0;
    if (offset) {
      // The counter is memory too: kernels read it like any scalar.
      mlir::Value counter = loop->getRegion(0).getArgument(0);
      put(counter, takeSlot(counter.getType(), moments.begin(loop), moments.end(loop)));
    }
    for (mlir::OpResult result : loop->getResults()) {
      const int64_t slot = takePlace(result);
      put(result, slot);
      for (mlir::Region &region : loop->getRegions()) put(region.getArgument(result.getResultNumber() + offset), slot);
    }
    for (mlir::Region &region : loop->getRegions()) planBlock(region.front());
  }

  //===-- Attributes -----------------------------------------------------------------------------------------===//

  bool isConcerned(mlir::Operation *op) {
    return runTime.concern(op) || llvm::any_of(op->getResults(), [&](mlir::Value v) { return isSizedAtRunTime(v); });
  }

  void annotate() {
    function.walk([&](mlir::Operation *op) {
      llvm::SmallVector<int64_t> list;
      // A for loop's first entry is its counter.
      if (auto loop = llvm::dyn_cast<ir::ForOp>(op)) list.push_back(place.lookup(loop.getBody().getArgument(0)));
      for (mlir::Value result : op->getResults())
        if (auto it = place.find(result); it != place.end()) list.push_back(it->second);
      if (auto own = partials.find(op); own != partials.end()) list.push_back(own->second);
      if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op))
        launch.setSlots(list);
      else if (!list.empty())
        op->setAttr(kSlots, b.getDenseI64ArrayAttr(list));
      if (op != function && isConcerned(op)) op->setAttr(kRunTime, b.getUnitAttr());
    });
    for (auto &[loop, second] : turns) loop->setAttr(kTurns, b.getDenseI64ArrayAttr(second));
    for (auto [r, value] : llvm::enumerate(returned))
      if (isSizedAtRunTime(value)) function.setResultAttr(r, kRunTime, b.getUnitAttr());
    function->setAttr(kNumSlots, b.getI64IntegerAttr(slots.size()));
    if (canFail) function->setAttr(kCanFail, b.getUnitAttr());
    if (llvm::any_of(slots, [](const Slot &slot) { return slot.bytes < 0; })) return;
    const Packing packing = packSlots(
        llvm::map_to_vector(slots, [](const Slot &slot) { return Lifetime{slot.bytes, slot.from, slot.busyUntil}; }));
    function->setAttr(kSlotOffsets, b.getDenseI64ArrayAttr(packing.offsets));
    function->setAttr(kArenaBytes, b.getI64IntegerAttr(packing.bytes));
  }
};

struct PlanBuffers : impl::PlanBuffersBase<PlanBuffers> {
  void runOnOperation() override {
    mlir::SymbolTable symbols(getOperation());
    for (auto function : getOperation().getOps<mlir::func::FuncOp>())
      if (!ir::isKernel(function)) {
        passOnCarried(function, symbols);
        Planner(function, symbols).run();
      }
  }
};

}  // namespace
}  // namespace etch::passes
