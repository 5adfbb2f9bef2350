#include "codegen/cpu/move/Pieces.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using ir::typeOf;
using mlir::Value;

namespace {

/// The one axis along which an op changes a tensor; none where there are several or none.
std::optional<int64_t> onlyAxis(int64_t rank, llvm::function_ref<bool(int64_t)> isChanged) {
  std::optional<int64_t> found;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (!isChanged(axis)) continue;
    if (found) return std::nullopt;
    found = axis;
  }
  return found;
}

/// How rows of a kernel's result, which begin at axis `first`, are made of pieces.
class PieceFinder {
 public:
  explicit PieceFinder(int64_t first) : first(first) {}

  /// The axis at which rows of `result` begin, if it is moved at all.
  static std::optional<int64_t> firstAxisOf(Value result) {
    mlir::Operation *op = result.getDefiningOp();
    const int64_t rank = typeOf(result).getRank();
    if (auto concatenate = llvm::dyn_cast_or_null<ir::ConcatenateOp>(op))
      return static_cast<int64_t>(concatenate.getAxis());
    if (auto pad = llvm::dyn_cast_or_null<ir::PadOp>(op))
      return onlyAxis(rank, [&](int64_t axis) { return isPadded(pad, axis); });
    if (auto slice = llvm::dyn_cast_or_null<ir::SliceOp>(op))
      return onlyAxis(rank, [&](int64_t axis) { return isCut(slice, axis); });
    if (auto reverse = llvm::dyn_cast_or_null<ir::ReverseOp>(op))
      return onlyAxis(rank, [&](int64_t axis) { return llvm::is_contained(reverse.getAxes(), axis); });
    auto broadcast = llvm::dyn_cast_or_null<ir::BroadcastInDimOp>(op);
    if (!broadcast) return std::nullopt;
    const int64_t kept = leadingAxes(broadcast);
    if (kept > 0 || broadcast.getDims().empty()) return kept;
    return rank - typeOf(broadcast.getOperand()).getRank();  // the same in every row
  }

  /// Appends what rows of `value` consist of; false where that is not pieces of memory.
  bool find(Value value, Pieces &pieces) const {
    llvm::ArrayRef<int64_t> shape = typeOf(value).getShape();
    const int64_t length = mlir::ShapedType::getNumElements(shape.drop_front(first));
    if (llvm::isa<mlir::BlockArgument>(value)) {
      pieces.push_back({.source = value, .length = length, .rowLength = length});
      return true;
    }
    mlir::Operation *op = value.getDefiningOp();
    if (auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op))
      return static_cast<int64_t>(concatenate.getAxis()) == first &&
             llvm::all_of(concatenate.getInputs(), [&](Value input) { return find(input, pieces); });
    if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) return findSlice(slice, pieces);
    if (auto pad = llvm::dyn_cast<ir::PadOp>(op)) return findPad(pad, pieces);
    if (auto reverse = llvm::dyn_cast<ir::ReverseOp>(op)) return findReverse(reverse, pieces);
    if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) return findBroadcast(broadcast, pieces);
    return false;
  }

 private:
  const int64_t first;

  static bool isPadded(ir::PadOp pad, int64_t axis) {
    return pad.getLow()[axis] != 0 || pad.getHigh()[axis] != 0 || pad.getInterior()[axis] != 0;
  }
  static bool isCut(ir::SliceOp slice, int64_t axis) {
    return slice.getStarts()[axis] != 0 || slice.getLimits()[axis] != typeOf(slice.getOperand()).getDimSize(axis) ||
           slice.getStrides()[axis] != 1;
  }
  bool isOnlyAxis(int64_t rank, llvm::function_ref<bool(int64_t)> isChanged) const {
    for (int64_t axis = 0; axis < rank; ++axis)
      if (axis != first && isChanged(axis)) return false;
    return true;
  }
  /// Axes that operand and result of a broadcast have in common, from the first on.
  static int64_t leadingAxes(ir::BroadcastInDimOp broadcast) {
    llvm::ArrayRef<int64_t> operand = typeOf(broadcast.getOperand()).getShape(), result = typeOf(broadcast).getShape();
    int64_t count = 0;
    while (count < static_cast<int64_t>(operand.size()) && broadcast.getDims()[count] == count &&
           operand[count] == result[count])
      ++count;
    return count;
  }

  bool findSlice(ir::SliceOp slice, Pieces &pieces) const {
    llvm::ArrayRef<int64_t> shape = typeOf(slice.getOperand()).getShape();
    if (!isOnlyAxis(shape.size(), [&](int64_t axis) { return isCut(slice, axis); })) return false;
    if (slice.getStrides()[first] != 1) return false;
    Pieces all;
    if (!find(slice.getOperand(), all)) return false;
    const int64_t after = mlir::ShapedType::getNumElements(shape.drop_front(first + 1));
    cut(all, slice.getStarts()[first] * after, slice.getLimits()[first] * after, pieces);
    return true;
  }
  static void cut(llvm::ArrayRef<Piece> all, int64_t start, int64_t limit, Pieces &pieces) {
    int64_t place = 0;
    for (Piece piece : all) {
      const int64_t skipped = std::max<int64_t>(0, start - place), end = std::min(piece.length, limit - place);
      place += piece.length;
      if (end <= skipped) continue;
      piece.offset += piece.isOne ? 0 : skipped;
      piece.length = end - skipped;
      pieces.push_back(piece);
    }
  }

  /// Element by element, for few of them.
  bool findReverse(ir::ReverseOp reverse, Pieces &pieces) const {
    llvm::ArrayRef<int64_t> shape = typeOf(reverse.getOperand()).getShape();
    const int64_t after = mlir::ShapedType::getNumElements(shape.drop_front(first + 1));
    if (reverse.getAxes() != llvm::ArrayRef<int64_t>{first} || after != 1 || shape[first] > kMostPieces) return false;
    Pieces all;
    if (!find(reverse.getOperand(), all)) return false;
    for (int64_t place = shape[first] - 1; place >= 0; --place) cut(all, place, place + 1, pieces);
    return true;
  }

  bool findPad(ir::PadOp pad, Pieces &pieces) const {
    llvm::ArrayRef<int64_t> shape = typeOf(pad.getOperand()).getShape();
    if (!isOnlyAxis(shape.size(), [&](int64_t axis) { return isPadded(pad, axis); })) return false;
    const int64_t low = pad.getLow()[first], high = pad.getHigh()[first];
    if (low < 0 || high < 0 || pad.getInterior()[first] != 0) return false;
    const int64_t after = mlir::ShapedType::getNumElements(shape.drop_front(first + 1));
    auto border = [&](int64_t count) {
      pieces.push_back({.source = pad.getValue(), .length = count * after, .isOne = true});
    };
    if (low) border(low);
    if (!find(pad.getOperand(), pieces)) return false;
    if (high) border(high);
    return true;
  }

  bool findBroadcast(ir::BroadcastInDimOp broadcast, Pieces &pieces) const {
    llvm::ArrayRef<int64_t> operand = typeOf(broadcast.getOperand()).getShape(), result = typeOf(broadcast).getShape();
    const int64_t length = mlir::ShapedType::getNumElements(result.drop_front(first));
    if (operand.empty()) {
      pieces.push_back({.source = broadcast.getOperand(), .length = length, .isOne = true});
      return true;
    }
    if (!llvm::isa<mlir::BlockArgument>(broadcast.getOperand())) return false;
    const int64_t kept = leadingAxes(broadcast), rank = result.size();
    if (kept != first && kept != 0) return false;
    const int64_t own = mlir::ShapedType::getNumElements(operand.drop_front(kept));
    if (own == 1 && kept == first) {
      pieces.push_back({.source = broadcast.getOperand(), .length = length, .rowLength = 1, .isOne = true});
      return true;
    }
    // Whole rows of the operand, again and again.
    const int64_t count = static_cast<int64_t>(operand.size()) - kept;
    for (int64_t axis = 0; axis < count; ++axis) {
      const int64_t target = rank - count + axis;
      if (target < first || broadcast.getDims()[kept + axis] != target || operand[kept + axis] != result[target])
        return false;
    }
    if (own == 0 || length / own > kMostPieces) return false;
    for (int64_t place = 0; place < length; place += own)
      pieces.push_back({.source = broadcast.getOperand(), .length = own, .rowLength = kept ? own : 0});
    return true;
  }
};

}  // namespace

std::optional<PiecedRows> findPieces(Value result) {
  auto first = PieceFinder::firstAxisOf(result);
  if (!first) return std::nullopt;
  llvm::ArrayRef<int64_t> shape = typeOf(result).getShape();
  PiecedRows found;
  found.first = *first;
  found.rows = mlir::ShapedType::getNumElements(shape.take_front(*first));
  found.length = mlir::ShapedType::getNumElements(shape.drop_front(*first));
  if (!PieceFinder(*first).find(result, found.pieces)) return std::nullopt;
  llvm::erase_if(found.pieces, [](const Piece &piece) { return piece.length == 0; });
  return found;
}

}  // namespace etch::codegen
