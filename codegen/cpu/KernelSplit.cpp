// How the loop of a kernel becomes tasks: in chunks of a fixed size, which its results may depend on, or in one range a
// thread. Where extents are known the entry function starts the tasks (EmitEntry.cpp), else the kernel itself does.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

bool isSplit(mlir::func::FuncOp kernel, int64_t trips) {
  auto grain = kernel->getAttrOfType<mlir::IntegerAttr>(kGrain),
       unit = kernel->getAttrOfType<mlir::IntegerAttr>(kRanges);
  if (!grain) return false;
  if (!unit) return trips > grain.getInt();
  return trips / 2 >= grain.getInt() && trips > unit.getInt();
}

/// The fewest trips of a task: whole multiples of `unit`, and tasks over single elements begin at a cache line of any
/// element type.
static int64_t grainOfChunks(int64_t taskWork, int64_t workPerTrip, int64_t unit) {
  int64_t grain = std::max<int64_t>(1, taskWork / std::max<int64_t>(1, workPerTrip));
  grain = (grain + unit - 1) / unit * unit;
  return grain > 64 ? grain / 64 * 64 : grain;
}

void KernelFrame::setTripsOfLaunch(int64_t workPerTrip) {
  target->setAttr(kGrain, b.getI64IntegerAttr(grainOfChunks(taskWork, workPerTrip, 64)));
}

void KernelFrame::setTrips(Value trips, int64_t workPerTrip, int64_t unit) {
  setTrips(trips, constant(workPerTrip), constant(unit));
}

void KernelFrame::setTrips(Value trips, Value workPerTrip, Value unit) {
  auto known = constantOf(trips), knownWork = constantOf(workPerTrip), knownUnit = constantOf(unit);
  bool isKnown = known && knownWork && knownUnit;
  const bool inRanges = target->hasAttr(kRanges);
  if (inRanges) target->setAttr(kRanges, b.getI64IntegerAttr(knownUnit.value_or(1)));
  if (isKnown) {
    const int64_t grain = inRanges ? std::max<int64_t>(1, taskWork / std::max<int64_t>(1, *knownWork))
                                   : grainOfChunks(taskWork, *knownWork, *knownUnit);
    target->setAttr(kTrips, b.getI64IntegerAttr(*known));
    target->setAttr(kGrain, b.getI64IntegerAttr(grain));
    if (!isSplit(target, *known)) {
      // Never split: bounds are constants, and loops shorter than a vector are no loops.
      begin = constant(0);
      end = trips;
      return;
    }
  }
  Value all = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, end, constant(0));
  if (!isKnown) splitAtRunTime(all, trips, workPerTrip, unit);
  end = arith::SelectOp::create(b, at, all, trips, end);
}

/// What emitLaunch (EmitEntry.cpp) does when trips and work are known, with the same grain.
void KernelFrame::splitAtRunTime(Value all, Value trips, Value workPerTrip, Value unit) {
  const bool inRanges = target->hasAttr(kRanges);
  Value least = constant(inRanges ? 2 * taskWork - 1 : taskWork);
  Value dear = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sgt, mul(trips, workPerTrip), least);
  mlir::Block *split = target.addBlock(), *run = target.addBlock();
  mlir::cf::CondBranchOp::create(b, at, arith::AndIOp::create(b, at, all, dear), split, mlir::ValueRange(), run,
                                 mlir::ValueRange());
  b.setInsertionPointToStart(split);
  Value grain = maximum(quotient(constant(taskWork), workPerTrip), constant(1));
  llvm::SmallVector<Value> arguments = {
      mlir::func::ConstantOp::create(b, at, target.getFunctionType(), target.getName()), target.getArgument(0), trips};
  if (inRanges) {
    arguments.append({grain, unit});
  } else {
    if (constantOf(unit) != 1) grain = mul(quotientUp(grain, unit), unit);
    Value wide = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ugt, grain, constant(64));
    arguments.push_back(
        arith::SelectOp::create(b, at, wide, arith::AndIOp::create(b, at, grain, constant(-64)), grain));
  }
  callParallelFor(arguments);
  mlir::func::ReturnOp::create(b, at);
  // Values computed in the first block dominate the rest.
  b.setInsertionPointToStart(run);
}

void KernelFrame::callParallelFor(mlir::ValueRange arguments) {
  auto module = source->getParentOfType<mlir::ModuleOp>();
  llvm::StringRef loop = target->hasAttr(kRanges) ? kParallelRanges : kParallelFor;
  auto callee = module.lookupSymbol<mlir::func::FuncOp>(loop);
  if (!callee) {
    mlir::OpBuilder outside = mlir::OpBuilder::atBlockEnd(module.getBody());
    callee =
        mlir::func::FuncOp::create(outside, outside.getUnknownLoc(), loop, b.getFunctionType(arguments.getTypes(), {}));
    callee.setPrivate();
  }
  mlir::func::CallOp::create(b, at, callee, arguments);
}

}  // namespace etch::codegen
