// Entry functions: checks, printing, callbacks, results.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"
#include "runtime/executable/failure.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

void EntryEmitter::fail(llvm::StringRef message, mlir::Location location) {
  auto site = sites.load(b, at(), ir::toUserLocation(location));
  callRuntime("etch_rt_fail", {context, text(message), site[0], site[1], site[2]});
  returnStatus(1);
}

void EntryEmitter::emitCheck(ir::CheckOp check) {
  mlir::Block *bad = newBlock(), *after = newBlock();
  jumpIf(loadBool(check.getPred()), after, bad);
  enter(bad);
  fail(check.getMessage(), check.getLoc());
  enter(after);
}

Value EntryEmitter::views(mlir::ValueRange tensors) {
  auto view = LLVM::LLVMStructType::getLiteral(b.getContext(), {pointer, pointer, b.getI8Type(), b.getI8Type()});
  int64_t count = std::max<int64_t>(1, tensors.size());
  Value array = stack(view, count);
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    Extents size = extents.of(tensor);
    Value dims = stack(word, std::max<int64_t>(1, size.size()));
    for (auto [axis, extent] : llvm::enumerate(size))
      LLVM::StoreOp::create(
          b, at(), extent,
          LLVM::GEPOp::create(b, at(), pointer, word, dims, llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(axis)}),
          8);
    auto put = [&](int32_t member, Value value) {
      Value place = LLVM::GEPOp::create(b, at(), pointer, view, array,
                                        llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i), member});
      LLVM::StoreOp::create(b, at(), value, place);
    };
    auto byte = [&](int64_t value) -> Value { return arith::ConstantOp::create(b, at(), b.getI8IntegerAttr(value)); };
    put(0, addressOf(tensor));
    put(1, dims);
    put(2, byte(static_cast<int64_t>(dtypeOf(tensor.getType()))));
    put(3, byte(size.size()));
  }
  return array;
}

void EntryEmitter::emitPrint(ir::PrintOp print) {
  callRuntime("etch_rt_print",
              {context, text(print.getFormat()), i32(print.getInputs().size()), views(print.getInputs())});
}

void EntryEmitter::emitHostCall(ir::HostCallOp call) {
  placeResults(call);
  Value inputs = views(call.getInputs()), outputs = views(call.getResults());
  Value status = callRuntime("etch_rt_host_call",
                             {context, extents.constant(call.getId()), i32(call.getInputs().size()), inputs,
                              i32(call.getResults().size()), outputs},
                             b.getI32Type())
                     .front();
  mlir::Block *bad = newBlock(), *after = newBlock();
  jumpIf(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, status, i32(0)), after, bad);
  enter(bad);
  returnStatus(1);
  enter(after);
}

void EntryEmitter::emitStack(llvm::StringRef name, Value tensor, int64_t id) {
  callRuntime(name, {context, extents.constant(id), addressOf(tensor), bytesOf(tensor)});
}

bool EntryEmitter::updatesVariables() {
  for (unsigned r = 0; r < source.getNumResults(); ++r)
    if (ir::updatedArgument(source, r)) return true;
  return false;
}

void EntryEmitter::leaveIfFailed() {
  if (!updatesVariables()) return;  // who called looks at the context whatever is returned
  Value failed = callRuntime("etch_rt_failed", {context}, b.getI32Type()).front();
  returnUnless(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, failed, i32(0)));
}

void EntryEmitter::leaveIfFailed(mlir::Operation *op) {
  // Behind a loop once: it may push as often as it runs.
  if (op->getBlock() != &source.getBody().front()) return;
  auto isSilent = [](mlir::Operation *each) {
    return llvm::isa<ir::PrintOp, ir::StackPushOp, ir::StackPopOp>(each) ? mlir::WalkResult::interrupt()
                                                                         : mlir::WalkResult::advance();
  };
  if (op->walk(isSilent).wasInterrupted()) leaveIfFailed();
}

void EntryEmitter::emitReturn(func::ReturnOp ret) {
  for (auto [r, value] : llvm::enumerate(ret.getOperands()))
    if (source.getResultAttr(r, passes::kRunTime) && ir::updatedArgument(source, r)) checkUpdate(ret, r);
  // Results before variables: they may show a variable's old value, and there may be no memory for one.
  bool asksForMemory = false;
  for (bool variables : {false, true}) {
    if (variables && asksForMemory) leaveIfFailed();
    llvm::SmallVector<Copy> copies;
    for (auto [r, value] : llvm::enumerate(ret.getOperands())) {
      const bool updates = ir::updatedArgument(source, r).has_value();
      if (updates != variables) continue;
      const bool isSizedNow = !updates && source.getResultAttr(r, passes::kRunTime);
      asksForMemory |= isSizedNow;
      if (isSizedNow)
        callRuntime("etch_rt_result",
                    {context, extents.constant(static_cast<int64_t>(r)), views(value), bytesOf(value)});
      else
        copies.push_back({storageOf(value), {Storage::Kind::result, static_cast<int64_t>(r)}, value});
    }
    copyAll(copies);
  }
  returnStatus(0);
}

void EntryEmitter::require(Value holds, mlir::Operation *op, llvm::StringRef what) {
  mlir::Block *bad = newBlock(), *after = newBlock();
  jumpIf(holds, after, bad);
  b.setInsertionPointToEnd(bad);
  fail(("[" + op->getName().stripDialect() + "] " + what + runtime::kAsksForShapes).str(), op->getLoc());
  // What was computed before still dominates: checks end blocks, but none is left out.
  b.setInsertionPointToEnd(after);
}

void EntryEmitter::checkExtents(mlir::Operation *op, StatedExtents &stated) {
  auto state = [&](Value holds, mlir::Operation *of, llvm::StringRef what) { require(holds, of, what); };
  if (!llvm::isa<ir::LaunchOp>(op)) return checkExtentsOf(op, b, extents, stated, state);
  ExtentEmitter inner = extents.inside(op);
  for (mlir::Operation &made : extents.shapeOf(op).getBody().front().without_terminator())
    checkExtentsOf(&made, b, inner, stated, state);
}

void EntryEmitter::checkExtentsIn(mlir::Block &block, StatedExtents &stated) {
  for (mlir::Operation &op : block) {
    if (!op.hasAttr(passes::kRunTime)) checkExtents(&op, stated);
    if (auto loop = llvm::dyn_cast<ir::WhileOp>(op)) checkExtentsIn(loop.getCond().front(), stated);
  }
}

void EntryEmitter::checkWhereItRuns(mlir::Block &block) {
  StatedExtents stated;
  checkExtentsIn(block, stated);
}

void EntryEmitter::checkBeforeLoop(ir::ForOp loop, Value lower, Value upper) {
  mlir::Block &block = loop.getBody().front();
  if (llvm::none_of(block, passes::hasUnknownExtents)) return;
  mlir::Block *runs = newBlock(), *after = newBlock();
  jumpIf(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::slt, lower, upper), runs, after);
  enter(runs);
  checkWhereItRuns(block);
  jump(after);
  enter(after);
}

void EntryEmitter::checkExtents() {
  StatedExtents stated;
  checkExtentsIn(source.getBody().front(), stated);
  mlir::Operation *ret = source.getBody().front().getTerminator();
  for (unsigned r = 0; r < ret->getNumOperands(); ++r)
    if (ir::updatedArgument(source, r) && !source.getResultAttr(r, passes::kRunTime)) checkUpdate(ret, r);
}

void EntryEmitter::checkUpdate(mlir::Operation *ret, unsigned r) {
  Value variable = source.getArgument(*ir::updatedArgument(source, r));
  for (auto [x, y] : llvm::zip(extents.of(ret->getOperand(r)), extents.of(variable)))
    if (x != y && (!constantOf(x) || constantOf(x) != constantOf(y)))
      require(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, x, y), ret,
              "extents of a variable and its new value differ");
}

}  // namespace etch::codegen
