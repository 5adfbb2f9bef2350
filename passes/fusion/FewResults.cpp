#include "passes/fusion/FewResults.h"

namespace etch::passes {

namespace {

/// Results of a picture; with more, filters are read from the L2 cache anew for some of them (docs/decisions/0079).
/// Half, twice: .91, no kernel changes.
constexpr int64_t kMostResults = 256;
/// Filters of a result, and outputs: beside each other they lie too far apart for the cache (docs/decisions/0079).
/// Half, twice the filters: no kernel changes, .96. Half, twice the outputs: 1.09, .96.
constexpr int64_t kFewestTerms = 1024, kFewestOutputs = 128;
/// Both are in whole vectors, or the filters are turned and so few results follow that turning them counts: 7^2 gains a
/// third to a half by it, 12^2 nothing, and filters that lie as they are read nothing either (decision 0118).
constexpr int64_t kOutputs = 32, kInputs = 16, kMostResultsOfTurned = 64;

}  // namespace

bool hasFewResults(ir::ConvolutionOp op) {
  auto x = ir::typeOf(op.getLhs()), filters = ir::typeOf(op.getRhs());
  auto isOrdered = [](llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> order) { return axes == order; };
  if (x.getRank() != 4 || !isOrdered(op.getLhsAxes(), {0, 3, 1, 2}) || !isOrdered(op.getRhsAxes(), {3, 2, 0, 1}) ||
      !isOrdered(op.getResultAxes(), {0, 3, 1, 2}) || op.getFeatureGroups() != 1 || op.getBatchGroups() != 1)
    return false;
  const DType dtype = ir::toDType(op.getType().getElementType());
  if ((dtype != DType::f32 && dtype != DType::f64) || !filters.hasStaticShape()) return false;
  auto isKnown = [](mlir::RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), mlir::ShapedType::isDynamic);
  };
  if (!isKnown(x) || !isKnown(op.getType())) return false;
  const int64_t inputs = filters.getDimSize(2), outputs = filters.getDimSize(3),
                results = op.getType().getDimSize(1) * op.getType().getDimSize(2),
                window = filters.getDimSize(0) * filters.getDimSize(1);
  const bool areWhole = outputs % kOutputs == 0 && inputs % kInputs == 0;
  const int64_t most = areWhole ? kMostResults : turnedFilters(op) ? kMostResultsOfTurned : 0;
  return results > 0 && results <= most && window * inputs >= kFewestTerms && outputs >= kFewestOutputs &&
         x.getNumElements() != 0;
}

mlir::Value turnedFilters(ir::ConvolutionOp op) {
  auto transpose = op.getRhs().getDefiningOp<ir::TransposeOp>();
  if (!transpose || transpose.getPermutation() != llvm::ArrayRef<int64_t>{0, 1, 3, 2}) return {};
  auto reverse = transpose.getOperand().getDefiningOp<ir::ReverseOp>();
  if (!reverse || reverse.getAxes() != llvm::ArrayRef<int64_t>{0, 1}) return {};
  return reverse.getOperand();
}

}  // namespace etch::passes
