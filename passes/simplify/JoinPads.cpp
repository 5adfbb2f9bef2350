// Sums of tensors padded with zeros, side by side.

#include "ir/dialect/EraseDead.h"
#include "passes/Passes.h"
#include "passes/autodiff/Builder.h"

namespace etch::passes {

#define GEN_PASS_DEF_JOINPADS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// A tensor that lies between zeros along one axis.
struct Part {
  Value value;
  int64_t axis, from, to;
};

std::optional<Part> partOf(Value value) {
  auto pad = value.getDefiningOp<ir::PadOp>();
  if (!pad || !pad->hasOneUse() || !pad.getType().hasStaticShape()) return std::nullopt;
  std::optional<double> with = ir::splatNumber(pad.getValue());
  if (!with || *with != 0) return std::nullopt;
  mlir::RankedTensorType type = ir::typeOf(pad.getOperand());
  std::optional<Part> part;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    const int64_t low = pad.getLow()[axis], high = pad.getHigh()[axis], interior = pad.getInterior()[axis];
    if (low == 0 && high == 0 && interior == 0) continue;
    if (part || low < 0 || high < 0 || interior != 0) return std::nullopt;
    part = Part{pad.getOperand(), axis, low, low + type.getDimSize(axis)};
  }
  return part;
}

/// The terms of a sum whose intermediate results nothing else reads; none if one of them is no part.
llvm::SmallVector<Part> partsOf(ir::AddOp sum) {
  llvm::SmallVector<Part> parts;
  llvm::SmallVector<Value> terms{sum.getLhs(), sum.getRhs()};
  while (!terms.empty()) {
    Value term = terms.pop_back_val();
    if (auto add = term.getDefiningOp<ir::AddOp>(); add && add->hasOneUse()) {
      terms.append({add.getLhs(), add.getRhs()});
      continue;
    }
    std::optional<Part> part = partOf(term);
    if (!part) return {};
    parts.push_back(*part);
  }
  return parts;
}

void join(ir::AddOp sum) {
  llvm::SmallVector<Part> parts = partsOf(sum);
  if (parts.empty()) return;
  llvm::sort(parts, [](const Part &x, const Part &y) { return x.from < y.from; });
  const int64_t axis = parts.front().axis;
  mlir::RankedTensorType type = sum.getType();
  autodiff::Builder b(sum.getLoc(), sum);
  auto zeros = [&](int64_t extent) {
    llvm::SmallVector<int64_t> shape(type.getShape());
    shape[axis] = extent;
    return autodiff::zeros(b, type.clone(shape));
  };
  int64_t end = 0;
  for (const Part &part : parts) {
    if (part.axis != axis || part.from < end) return;
    end = part.to;
  }
  llvm::SmallVector<Value> values;
  end = 0;
  for (const Part &part : parts) {
    if (part.from > end) values.push_back(zeros(part.from - end));
    values.push_back(part.value);
    end = part.to;
  }
  if (end < type.getDimSize(axis)) values.push_back(zeros(type.getDimSize(axis) - end));
  sum.replaceAllUsesWith(autodiff::concatenate(b, values, axis));
}

struct JoinPads : impl::JoinPadsBase<JoinPads> {
  void runOnOperation() override {
    llvm::SmallVector<ir::AddOp> sums;
    getOperation().walk([&](ir::AddOp add) {
      // The last addition of its chain.
      bool isInner = add->hasOneUse() && llvm::isa<ir::AddOp>(*add->user_begin());
      if (!isInner && autodiff::isFloat(add)) sums.push_back(add);
    });
    for (ir::AddOp sum : sums) join(sum);
    if (!sums.empty()) ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes
