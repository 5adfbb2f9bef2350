#include "ir/dialect/EtchDialect.h"
#include "passes/simplify/Rules.h"

namespace etch::passes {

using ir::typeOf;

namespace {

using Extents = llvm::SmallVector<int64_t>;

/// Fewer elements that lie together, and more than one, are a few lanes of a vector in a kernel that repeats along
/// several axes; one axis at a time they are shuffled (codegen/cpu/move/ShuffledPieces.cpp).
constexpr int64_t kFewestTogether = 16;

/// The axes of two shapes of as many elements in parts of which both consist, outermost part first: [3, 2, 20] and [30,
/// 4] have [[3], [2], [5, 4]] and [[3, 2, 5], [4]].
struct CommonParts {
  llvm::SmallVector<Extents> x, y;
};

std::optional<CommonParts> commonParts(llvm::ArrayRef<int64_t> x, llvm::ArrayRef<int64_t> y) {
  CommonParts parts{llvm::SmallVector<Extents>(x.size()), llvm::SmallVector<Extents>(y.size())};
  size_t i = 0, j = 0;
  int64_t left = 1, right = 1;  // what is to be told of axes i - 1 and j - 1
  while (true) {
    while (left == 1 && i < x.size()) left = x[i++];
    while (right == 1 && j < y.size()) right = y[j++];
    if (left == 1 || right == 1) break;
    // Outermost first, the larger one keeps the rest.
    const int64_t part = std::min(left, right);
    if (part == 0 || left % part != 0 || right % part != 0) return std::nullopt;
    parts.x[i - 1].push_back(part);
    parts.y[j - 1].push_back(part);
    left /= part, right /= part;
  }
  return left == 1 && right == 1 ? std::optional(parts) : std::nullopt;
}

/// The operand's axis that becomes each axis of the result; none where the axis repeats what is there once.
llvm::SmallVector<std::optional<int64_t>> sourcesOf(ir::BroadcastInDimOp broadcast) {
  llvm::SmallVector<std::optional<int64_t>> sources(broadcast.getType().getRank());
  for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
    if (typeOf(broadcast.getOperand()).getDimSize(axis) == broadcast.getType().getDimSize(target))
      sources[target] = axis;
  return sources;
}

}  // namespace

mlir::Value composeRepeats(mlir::Operation *op, mlir::OpBuilder &b) {
  auto outer = llvm::dyn_cast<ir::BroadcastInDimOp>(op);
  auto reshape = outer ? outer.getOperand().getDefiningOp<ir::ReshapeOp>() : ir::ReshapeOp();
  auto inner = reshape ? reshape.getOperand().getDefiningOp<ir::BroadcastInDimOp>() : ir::BroadcastInDimOp();
  if (!inner || !outer.getType().hasStaticShape() || !reshape.getType().hasStaticShape() ||
      !inner.getType().hasStaticShape() || !typeOf(inner.getOperand()).hasStaticShape())
    return nullptr;
  auto parts = commonParts(inner.getType().getShape(), reshape.getType().getShape());
  if (!parts) return nullptr;
  // Which parts are the source's, in order; the others repeat it.
  llvm::SmallVector<bool> isOfSource;
  Extents source;
  for (auto [from, extents] : llvm::zip_equal(sourcesOf(inner), parts->x)) {
    isOfSource.append(extents.size(), from.has_value());
    if (from) source.append(extents);
  }
  // Parts of the outer result: those of the reshaped axes it keeps, and what it repeats itself.
  Extents shape, dims;
  size_t part = 0;
  const auto kept = sourcesOf(outer);
  for (auto [axis, extent] : llvm::enumerate(outer.getType().getShape())) {
    if (!kept[axis]) {
      shape.push_back(extent);
      continue;
    }
    for (int64_t each : parts->y[*kept[axis]]) {
      if (isOfSource[part++]) dims.push_back(static_cast<int64_t>(shape.size()));
      shape.push_back(each);
    }
  }
  if (part != isOfSource.size()) return nullptr;
  int64_t together = 1;  // behind the last repeat
  for (size_t i = dims.size(), axis = shape.size(); i > 0 && dims[i - 1] == static_cast<int64_t>(axis) - 1; --i, --axis)
    together *= shape[axis - 1];
  if (together > 1 && together < kFewestTogether) return nullptr;
  auto type = [&](llvm::ArrayRef<int64_t> extents) { return outer.getType().clone(extents); };
  mlir::Value x = ir::ReshapeOp::create(b, op->getLoc(), type(source), inner.getOperand(), mlir::ValueRange(), source);
  x = ir::BroadcastInDimOp::create(b, op->getLoc(), type(shape), x, mlir::ValueRange(), shape, dims);
  return ir::ReshapeOp::create(b, op->getLoc(), outer.getType(), x, mlir::ValueRange(), outer.getShape());
}

}  // namespace etch::passes
