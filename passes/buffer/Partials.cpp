#include "passes/buffer/Partials.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/RunTimeExtents.h"

namespace etch::passes {

using mlir::Value;

namespace {

/// Parts of the images, where every one of them has enough pixels that adding its sum does not count
/// (docs/decisions/0069).
constexpr int64_t kMostParts = 8;
constexpr int64_t kFewestPixels = 2048;
/// Elements of the result above which tiles have so much to do with what they read that threads may take those
/// (docs/decisions/0069).
constexpr int64_t kMostFilters = 1 << 18;

/// Parts of the keys of all batches together from which they are not divided further (docs/decisions/0040).
constexpr int64_t kEnoughTasks = 16;

Value quotientUp(ExtentEmitter &e, Value x, Value y) { return e.div(e.add(x, e.sub(y, e.constant(1))), y); }

/// 1, or 0 where x is not positive.
Value isPositive(ExtentEmitter &e, Value x) {
  return e.sub(e.constant(1), e.max(e.constant(0), e.sub(e.constant(1), e.max(e.constant(0), x))));
}

/// Does its kernel keep sums of images (ConvFilterGradient.cpp)? Roles of batch and features are exchanged then.
bool sumsImages(ir::ConvolutionOp op) {
  auto isKnown = [](Value tensor, llvm::ArrayRef<int64_t> axes) {
    auto type = ir::typeOf(tensor);
    return llvm::all_of(axes, [&](int64_t axis) { return type.getDimSize(axis) > 0; });
  };
  const int64_t rank = op.getType().getRank();
  return rank >= 3 && rank <= 5 && op.getLhsAxes()[0] == rank - 1 && op.getLhsAxes()[1] == 0 &&
         op.getFeatureGroups() == 1 && op.getType().hasStaticShape() && op.getType().getNumElements() > 0 &&
         isKnown(op.getLhs(), op.getLhsAxes().drop_front(2)) && isKnown(op.getRhs(), op.getRhsAxes().drop_front(2)) &&
         llvm::all_of(op.getLhsDilation(), [](int64_t gap) { return gap == 1; });
}

/// Of all parts but the first, each like the result.
Extents sumsOfOthers(ExtentEmitter &extents, Value parts, const Extents &result, mlir::Type element) {
  Extents sums = result;
  sums.push_back(extents.sub(parts, extents.constant(1)));
  sums.push_back(extents.constant(static_cast<int64_t>(size_of(ir::toDType(element)))));
  return sums;
}

/// The op that keeps partial sums, if there is one.
mlir::Operation *summingOp(mlir::func::FuncOp kernel) {
  mlir::Operation *results = kernel.getBody().front().getTerminator();
  for (mlir::Operation &op : kernel.getBody().front()) {
    auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op);
    if (convolution && sumsImages(convolution)) return &op;
    auto attention = llvm::dyn_cast<ir::DotProductAttentionGradientOp>(op);
    if (attention && llvm::is_contained(results->getOperands(), attention.getByQuery())) return &op;
  }
  return nullptr;
}

}  // namespace

SumParts partsOfImages(ExtentEmitter &extents, Value images, Value pixels, Value filters) {
  Value one = extents.constant(1), all = extents.mul(images, pixels), count = one;
  Value areFew = isPositive(extents, extents.sub(extents.constant(kMostFilters + 1), filters));
  // A power of two, so that threads get whole parts.
  for (int64_t parts = 2; parts <= kMostParts; parts *= 2) {
    Value areEnough = isPositive(extents, extents.sub(all, extents.constant(parts * kFewestPixels - 1)));
    count = extents.max(count, extents.product({extents.constant(parts), areEnough, areFew}));
  }
  Value each = extents.max(quotientUp(extents, images, count), one);
  return {extents.max(quotientUp(extents, images, each), one), each};
}

SumParts partsOfKeys(ExtentEmitter &extents, Value batch, Value keys) {
  Value one = extents.constant(1), block = extents.constant(kKeyBlock);
  Value most = extents.max(extents.div(extents.constant(kEnoughTasks), extents.max(batch, one)), one);
  Value blocks = extents.max(quotientUp(extents, keys, block), one), each = quotientUp(extents, blocks, most);
  return {quotientUp(extents, blocks, each), extents.mul(each, block)};
}

Extents partialSums(ExtentEmitter &extents, mlir::func::FuncOp kernel) {
  mlir::Operation *op = summingOp(kernel);
  if (!op) return {};
  if (auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op)) {
    const Extents filters = extents.of(convolution.getResult());
    Value pixels = extents.constant(1);
    for (int64_t axis : convolution.getRhsAxes().drop_front(2))
      pixels = extents.mul(pixels, extents.of(convolution.getRhs())[axis]);
    Value images = extents.of(convolution.getLhs())[0];
    const SumParts parts = partsOfImages(extents, images, pixels, extents.product(filters));
    return sumsOfOthers(extents, parts.count, filters, convolution.getType().getElementType());
  }
  auto attention = llvm::cast<ir::DotProductAttentionGradientOp>(op);
  Extents ofQuery = extents.of(attention.getQuery()), ofKey = extents.of(attention.getKey());
  Value batch = extents.product(llvm::ArrayRef(ofQuery).drop_back(2));
  const SumParts parts = partsOfKeys(extents, batch, ofKey[ofKey.size() - 2]);
  return sumsOfOthers(extents, parts.count, ofQuery, ir::typeOf(attention.getQuery()).getElementType());
}

int64_t partialBytes(mlir::func::FuncOp kernel) {
  if (!summingOp(kernel)) return 0;
  mlir::OwningOpRef<mlir::func::FuncOp> nobody = functionOfExtents(kernel.getContext());
  mlir::Block *block = &nobody->getBody().front();
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(block);
  ExtentEmitter extents(b);
  for (mlir::BlockArgument argument : kernel.getArguments()) {
    Extents size;
    for (int64_t extent : ir::typeOf(argument).getShape())
      size.push_back(mlir::ShapedType::isDynamic(extent) ? block->addArgument(b.getI64Type(), b.getUnknownLoc())
                                                         : extents.constant(extent));
    extents.bind(argument, size);
  }
  return constantOf(extents.product(partialSums(extents, kernel))).value_or(-1);
}

}  // namespace etch::passes
