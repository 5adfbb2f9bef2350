// Kernels that put rows together from short pieces of other rows: concatenations, borders, slices, repeated elements.
//
// A row of five elements that come from rows of two and of three is two copies. Each is as many vectors as it takes,
// the widest that fit in the piece, of which the last reaches back over the one before, so that nothing is masked and
// nothing is called. docs/decisions/0091-few-elements-a-row.md has measurements.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/move/Pieces.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;

using ir::typeOf;
using mlir::Value;

namespace {

/// Fewer rows have long runs along other axes, or are over at once (docs/decisions/0091). A quarter, four times: 1.00,
/// 1.00.
constexpr int64_t kFewestRows = 16;

class PiecesEmitter {
 public:
  PiecesEmitter(KernelFrame &f, const PiecedRows &rows)
      : f(f), b(f.b), at(f.at), dtype(dtypeOf(f.outputs()[0])), length(rows.length), pieces(rows.pieces) {}

  int64_t stores() const {
    int64_t count = 0;
    for (const Piece &piece : pieces) count += (piece.length + widthOf(piece) - 1) / widthOf(piece);
    return count;
  }

  void copyRows(Value from, Value to) {
    f.elements.enterBody(0, {});
    for (const Piece &piece : pieces)
      numbers.push_back(isNumber(piece) ? toMemory(b, at, dtype, f.elements.at(piece.source, {})) : Value());
    f.loop(from, to, 1, [&](Value row) {
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
  const int64_t length;
  llvm::ArrayRef<Piece> pieces;
  llvm::SmallVector<Value> numbers;

  static bool isNumber(const Piece &piece) { return typeOf(piece.source).getRank() == 0; }

  int64_t widthOf(const Piece &piece) const {
    int64_t width = kCacheLine / static_cast<int64_t>(size_of(dtype));
    while (width > piece.length) width /= 2;
    return width;
  }

  void copy(const Piece &piece, Value number, Value row, Value to) {
    const int64_t width = widthOf(piece);
    auto type = mlir::VectorType::get({width}, memoryType(dtype, b.getContext()));
    auto load = [&](mlir::Type loaded, int64_t start) -> Value {
      Value from = f.add(f.mul(row, f.constant(piece.rowLength)), f.constant(piece.offset + start));
      return LLVM::LoadOp::create(b, at, loaded, elementPointer(b, at, dtype, f.pointerOf(piece.source), from),
                                  size_of(dtype));
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

void copyPieces(KernelFrame &f, const PiecedRows &rows, Value from, Value to) {
  PiecesEmitter(f, rows).copyRows(from, to);
}

bool emitShortPieces(KernelFrame &f) {
  if (f.outputs().size() != 1) return false;
  auto isKnown = [](mlir::Type type) { return llvm::cast<mlir::ShapedType>(type).hasStaticShape(); };
  for (mlir::Operation &op : f.body())
    if (!llvm::all_of(op.getOperandTypes(), isKnown)) return false;
  auto rows = findPieces(f.outputs()[0]);
  if (!rows || rows->length == 0 || rows->rows < kFewestRows) return false;
  PiecesEmitter emitter(f, *rows);
  if (emitShuffledPieces(f, *rows, emitter.stores())) return true;
  // Shuffles put single elements together, and gathers take them out of rows.
  const bool areSingle = llvm::all_of(rows->pieces, [](const Piece &piece) { return piece.length == 1; });
  if (areSingle && rows->pieces.size() <= kMostInterleaved) return false;
  if (emitter.stores() > kMostPieces) return false;
  f.setTrips(f.constant(rows->rows), f.constant(rows->length), f.constant(kFewestRows));
  emitter.copyRows(f.begin, f.end);
  return true;
}

}  // namespace etch::codegen
