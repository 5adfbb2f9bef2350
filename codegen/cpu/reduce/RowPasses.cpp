#include "codegen/cpu/reduce/RowPasses.h"

#include "codegen/cpu/elements/Elements.h"
#include "codegen/cpu/reduce/PickedElement.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

using ir::OpCode;
using mlir::Value;

namespace {

/// A value is read back when computing it again takes at least so many instructions: a store and a load in the L1 cache
/// take three, and a row on the stack takes room there (docs/decisions/0015). Half, twice: 1.01, .97.
constexpr int64_t kKeepCost = 8;
/// Room on the stack for rows, half of an L1 data cache (docs/decisions/0015). Half, twice: .80, no kernel changes.
constexpr int64_t kStackBytes = 16 << 10;

int64_t costOfOp(mlir::Operation *op) {
  switch (*ir::opCodeOf(op)) {
    case OpCode::div:
    case OpCode::rem:
    case OpCode::sqrt:
    case OpCode::rsqrt:
    case OpCode::take:
    case OpCode::concatenate: return kKeepCost;
    default: return passes::weightOf(op);
  }
}

}  // namespace

RowPasses::RowPasses(mlir::func::FuncOp kernel, int64_t rowsTogether, bool streams)
    : body(kernel.getBody().front()), rowsTogether(rowsTogether), streams(streams), stackLeft(kStackBytes) {
  placeOps();
  // From the last pass back: what a pass reads of an earlier one is known before the earlier one is looked at.
  for (int pass = static_cast<int>(passes.size()) - 1; pass >= 0; --pass) collect(pass);
}

bool RowPasses::isReduction(mlir::Operation *op) const {
  return ir::family_of(*ir::opCodeOf(op)) == ir::Family::Reduction;
}

/// A value belongs to the pass that first can compute it: one after the last reduction it needs.
void RowPasses::placeOps() {
  auto passAt = [&](int pass) -> Pass & {
    if (static_cast<int>(passes.size()) <= pass) passes.resize(pass + 1);
    return passes[pass];
  };
  for (mlir::Operation &op : body.without_terminator()) {
    if (llvm::isa<ir::DimOp>(op)) continue;
    int pass = 0;
    bool readsReduced = false;
    for (Value operand : op.getOperands()) {
      pass = std::max(pass, passOf.lookup(operand));
      readsReduced |= reduced.contains(operand);
    }
    Value result = op.getResult(0);
    if (isReduction(&op)) {
      if (!domain) {
        domain = llvm::cast<mlir::RankedTensorType>(op.getOperand(0).getType());
        int64_t rank = domain.getRank(), kept = llvm::cast<mlir::RankedTensorType>(result.getType()).getRank();
        llvm::SmallVector<int64_t> axes;
        if (auto list = op.getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
          axes.assign(list.asArrayRef().begin(), list.asArrayRef().end());
        else
          axes.push_back(op.getAttrOfType<mlir::IntegerAttr>("axis").getInt());
        contiguous = llvm::all_of(axes, [&](int64_t axis) { return axis >= kept && axis < rank; });
        rowElements = 1;
        for (int64_t axis : axes)
          rowElements = domain.isDynamicDim(axis) || rowElements < 0 ? -1 : rowElements * domain.getDimSize(axis);
      }
      if (pickedElementOf(&op)) {
        // Its element is at hand when the reductions are that all elements would have to wait for.
        pass = std::max(0, pass - 1);
        passAt(pass).epilogue.push_back(&op);
      } else {
        passAt(pass).reductions.push_back(&op);
      }
      reduced.insert(result);
    } else if (readsReduced && !llvm::isa<ir::BroadcastInDimOp>(op)) {
      passAt(pass).epilogue.push_back(&op);
      reduced.insert(result);
    } else if (readsReduced) {
      ++pass;  // back over the whole row
    }
    passOf[result] = pass;
  }
  for (auto [i, output] : llvm::enumerate(body.getTerminator()->getOperands())) {
    if (reduced.contains(output))
      onceARow.push_back(i);
    else
      passAt(passOf.lookup(output)).outputs.push_back(i);
  }
}

void RowPasses::collect(int pass) {
  llvm::DenseSet<Value> seen;
  for (mlir::Operation *reduction : passes[pass].reductions) need(reduction->getOperand(0), pass, seen);
  for (unsigned output : passes[pass].outputs) need(body.getTerminator()->getOperand(output), pass, seen);
  for (const Kept &kept : passes[pass].kept) need(kept.value, pass, seen);
  for (Value value : seen)
    if (mlir::Operation *op = value.getDefiningOp()) passes[pass].cost += costOfOp(op);
}

/// Notes that `pass` computes `value`, or that it reads it back from an earlier pass.
void RowPasses::need(Value value, int pass, llvm::DenseSet<Value> &seen) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || reduced.contains(value) || seen.contains(value) || llvm::isa<ir::DimOp>(op)) return;
  if (passOf.lookup(value) < pass && op->hasTrait<ir::ElementwiseOp>() && keep(value, pass)) return;
  seen.insert(value);
  for (Value operand : op->getOperands()) need(operand, pass, seen);
}

bool RowPasses::keep(Value value, int reader) {
  if (waiting.contains(value)) return true;
  if (llvm::cast<mlir::RankedTensorType>(value.getType()).getShape() != domain.getShape()) return false;
  llvm::DenseSet<Value> seen;
  if (costOf(value, seen) < kKeepCost) return false;
  Kept kept{value, passOf.lookup(value)};
  kept.inOutput = outputNumber(value);
  // The row of a result that is written later serves until then; reading comes before writing at every index. With rows
  // together, reading a row's first vector would wait for the row before, of which the last vector is just being
  // written.
  mlir::OperandRange outputs = body.getTerminator()->getOperands();
  bool hasPlace = kept.inOutput >= 0 || (streams && keepOnStack(kept, reader));
  for (size_t pass = reader; rowsTogether == 1 && !hasPlace && pass < passes.size(); ++pass)
    for (unsigned output : passes[pass].outputs)
      if (!hasPlace && outputs[output].getType() == value.getType() && takenOutputs.insert(output).second) {
        kept.inOutput = static_cast<int>(output);
        hasPlace = true;
      }
  if (!hasPlace && !keepOnStack(kept, reader)) return false;
  waiting.insert(value);
  passes[kept.pass].kept.push_back(kept);
  return true;
}

/// False where its rows do not fit there. Passes are looked at from the last one back, so `reader` is the last that
/// reads it, and a place is free again before the pass that writes its value.
bool RowPasses::keepOnStack(Kept &kept, int reader) {
  const int64_t bytes = rowsTogether * rowElements * static_cast<int64_t>(size_of(dtypeOf(kept.value)));
  if (!contiguous || rowElements <= 0) return false;
  for (auto [i, place] : llvm::enumerate(places))
    if (place.bytes == bytes && reader < place.firstPass) {
      place.firstPass = kept.pass;
      kept.onStack = static_cast<int>(i);
      return true;
    }
  if (bytes > stackLeft) return false;
  stackLeft -= bytes;
  kept.onStack = static_cast<int>(places.size());
  places.push_back({bytes, kept.pass});
  return true;
}

int RowPasses::outputNumber(Value value) const {
  for (auto [i, output] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (output == value) return static_cast<int>(i);
  return -1;
}

/// Instructions to compute `value` from memory.
int64_t RowPasses::costOf(Value value, llvm::DenseSet<Value> &seen) const {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || reduced.contains(value) || llvm::isa<ir::DimOp>(op) || !seen.insert(value).second) return 0;
  int64_t cost = costOfOp(op);
  for (Value operand : op->getOperands()) cost += costOf(operand, seen);
  return cost;
}

}  // namespace etch::codegen
