// Kernels that put rows together from short pieces of other rows: concatenations, borders, slices, repeated elements.
//
// A row of five elements that come from rows of two and of three is two copies. Each is as many vectors as it takes,
// the widest that fit in the piece, of which the last reaches back over the one before, so that nothing is masked and
// nothing is called. docs/decisions/0091-few-elements-a-row.md has measurements.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;

using ir::typeOf;
using mlir::Value;

namespace {

constexpr int64_t kLineBytes = 64;
/// Stores that a row may take: what is longer is worth a loop, or a call of memcpy.
constexpr int64_t kMostStores = 24;
/// Fewer rows have long runs along other axes, or are over at once.
constexpr int64_t kFewestRows = 16;

/// Elements of a row that lie together in a row of an operand.
struct Piece {
  Value source;           // an operand in memory, or a number
  int64_t length = 0;     // in elements of the result
  int64_t rowLength = 0;  // of the operand, from row to row
  int64_t offset = 0;     // in its row
  bool isOne = false;     // one element, so many times
};
using Pieces = llvm::SmallVector<Piece>;

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
    if (own == 0 || length / own > kMostStores) return false;
    for (int64_t place = 0; place < length; place += own)
      pieces.push_back({.source = broadcast.getOperand(), .length = own, .rowLength = kept ? own : 0});
    return true;
  }
};

class PiecesEmitter {
 public:
  PiecesEmitter(KernelFrame &f, int64_t first, Pieces pieces)
      : f(f), b(f.b), at(f.at), dtype(dtypeOf(f.outputs()[0])), first(first), pieces(std::move(pieces)) {}

  int64_t stores() const {
    int64_t count = 0;
    for (const Piece &piece : pieces) count += (piece.length + widthOf(piece) - 1) / widthOf(piece);
    return count;
  }

  void emit() {
    llvm::ArrayRef<int64_t> shape = typeOf(f.outputs()[0]).getShape();
    const int64_t rows = mlir::ShapedType::getNumElements(shape.take_front(first)),
                  length = mlir::ShapedType::getNumElements(shape.drop_front(first));
    f.setTrips(f.constant(rows), f.constant(length), f.constant(kFewestRows));
    f.elements.enterBody(0, {});
    for (const Piece &piece : pieces)
      numbers.push_back(isNumber(piece) ? toMemory(b, at, dtype, f.elements.at(piece.source, {})) : Value());
    f.loop(f.begin, f.end, 1, [&](Value row) {
      Value to = f.mul(row, f.constant(length));
      int64_t place = 0;
      for (auto [piece, number] : llvm::zip_equal(pieces, numbers)) {
        copy(piece, number, row, f.add(to, f.constant(place)));
        place += piece.length;
      }
    });
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  const DType dtype;
  const int64_t first;
  const Pieces pieces;
  llvm::SmallVector<Value> numbers;

  static bool isNumber(const Piece &piece) { return typeOf(piece.source).getRank() == 0; }

  int64_t widthOf(const Piece &piece) const {
    int64_t width = kLineBytes / static_cast<int64_t>(size_of(dtype));
    while (width > piece.length) width /= 2;
    return width;
  }

  void copy(const Piece &piece, Value number, Value row, Value to) {
    const int64_t width = widthOf(piece);
    auto type = mlir::VectorType::get({width}, memoryType(dtype, b.getContext()));
    auto load = [&](mlir::Type loaded, int64_t start) -> Value {
      Value pointer = f.operands[llvm::cast<mlir::BlockArgument>(piece.source).getArgNumber()];
      Value from = f.add(f.mul(row, f.constant(piece.rowLength)), f.constant(piece.offset + start));
      return LLVM::LoadOp::create(b, at, loaded, elementPointer(b, at, dtype, pointer, from), size_of(dtype));
    };
    Value repeated;
    if (piece.isOne) {
      if (!number) number = load(type.getElementType(), 0);
      repeated = mlir::vector::BroadcastOp::create(b, at, type, number);
    }
    for (int64_t start = 0; start < piece.length; start += width) {
      const int64_t place = std::min(start, piece.length - width);
      Value value = repeated ? repeated : load(type, place);
      storeLine(b, at, value, elementPointer(b, at, dtype, f.results[0], f.add(to, f.constant(place))), Value());
    }
  }
};

}  // namespace

bool emitShortPieces(KernelFrame &f) {
  if (f.outputs().size() != 1) return false;
  Value result = f.outputs()[0];
  auto isKnown = [](mlir::Type type) { return llvm::cast<mlir::ShapedType>(type).hasStaticShape(); };
  for (mlir::Operation &op : f.body())
    if (!llvm::all_of(op.getOperandTypes(), isKnown)) return false;
  auto first = PieceFinder::firstAxisOf(result);
  if (!first) return false;
  llvm::ArrayRef<int64_t> shape = typeOf(result).getShape();
  if (mlir::ShapedType::getNumElements(shape) == 0 ||
      mlir::ShapedType::getNumElements(shape.take_front(*first)) < kFewestRows)
    return false;
  Pieces pieces;
  if (!PieceFinder(*first).find(result, pieces)) return false;
  llvm::erase_if(pieces, [](const Piece &piece) { return piece.length == 0; });
  // Shuffles put single elements together, and gathers take them out of rows.
  const bool areSingle = llvm::all_of(pieces, [](const Piece &piece) { return piece.length == 1; });
  if (areSingle && pieces.size() <= kMostInterleaved) return false;
  PiecesEmitter emitter(f, *first, pieces);
  if (emitter.stores() > kMostStores) return false;
  emitter.emit();
  return true;
}

}  // namespace etch::codegen
