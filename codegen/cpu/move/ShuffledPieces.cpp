// Rows of few elements put together from rows of few: columns exchanged, two columns beside three, borders of a column.
//
// Sixteen rows of c columns are c whole vectors, of which shuffles make the vectors of the result. Nothing is masked,
// and results too large for the caches are stored past them. docs/decisions/0105-rows-by-shuffles.md has measurements.

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/StreamedStores.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/move/Pieces.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using ir::typeOf;
using mlir::Value;

namespace {

/// Rows of more elements, of the result or of an operand, are copied as they lie (docs/decisions/0105). With 8, rows of
/// 9 to 12 back to front take 3.2 times as long, rolled 1.0 to 1.5 times; first calls take 10 ms less.
constexpr int64_t kMostColumns = 12;
/// Fewer elements are over before shuffles are compiled (docs/decisions/0105).
constexpr int64_t kFewElements = 1 << 13;

/// Where an element of the result comes from: lane `lane` of vector `vector` of a block of `source`.
struct Origin {
  Value source;
  int64_t vector = 0, lane = 0;
  bool operator==(const Origin &) const = default;
};

class ShuffledPieces {
 public:
  ShuffledPieces(KernelFrame &f, const PiecedRows &rows)
      : f(f),
        b(f.b),
        at(f.at),
        rows(rows),
        dtype(dtypeOf(f.outputs()[0])),
        unit(f.vectorUnit()),
        lanes(unit.bits / 8 / static_cast<int64_t>(size_of(dtype))) {
    for (const Piece &piece : rows.pieces)
      for (int64_t place = 0; place < piece.length; ++place)
        columns.push_back({&piece, piece.isOne ? piece.offset : piece.offset + place});
  }

  /// Rows of few elements of a size that registers have permutations for, and of more than one column of an operand:
  /// single columns are put together by fewer shuffles.
  bool isPossible() const {
    if (size_of(dtype) < 4 || rows.length < 2 || rows.length > kMostColumns) return false;
    if (rows.rows * rows.length < kFewElements) return false;
    auto isColumn = [](const Piece &piece) { return piece.rowLength == 1; };
    return !llvm::all_of(rows.pieces, isColumn) && llvm::all_of(rows.pieces, [](const Piece &piece) {
      return isNumber(piece) || (piece.rowLength > 0 && piece.rowLength <= kMostColumns);
    });
  }

  /// Rows of a block: as many as a vector has lanes.
  int64_t blockRows() const { return lanes; }
  /// Instructions for a block.
  int64_t instructions() const {
    int64_t count = 2 * rows.length;
    for (int64_t number = 0; number < rows.length; ++number) {
      const auto sources = static_cast<int64_t>(sourcesOf(number).size());
      // Two vectors into one are one permutation of 512 bits, and two and a selection of 256.
      count += sources == 1 ? 1 : (sources - 1) * (unit.bits < 512 ? 3 : 1);
    }
    return count;
  }

  void emit() {
    f.setTrips(f.constant(rows.rows), f.constant(rows.length), f.constant(kLanes));
    for (const Piece &piece : rows.pieces)
      if (isNumber(piece)) {
        f.elements.enterBody(0, {});
        Value number = toMemory(b, at, dtype, f.elements.at(piece.source, {}));
        numbers[piece.source] = mlir::vector::BroadcastOp::create(b, at, lineType(), number);
      }
    Value whole = f.mul(f.split(f.sub(f.end, f.begin), lanes).first, f.constant(lanes));
    Value middle = f.add(f.begin, whole);
    const bool fillsLines = lanes * static_cast<int64_t>(size_of(dtype)) == kCacheLine;
    StreamedStores results(f, fillsLines ? streamableOutputs(f.source) : llvm::SmallVector<unsigned>(),
                           f.mul(f.begin, f.constant(rows.length)));
    f.elements.flat = true;
    results.emit([&] { f.loop(f.begin, middle, lanes, [&](Value row) { emitBlock(row); }); });
    results.finish();
    f.elements.flat = false;
    copyPieces(f, rows, middle, f.end);
  }

 private:
  struct Column {
    const Piece *piece;
    int64_t place;  // in the row of its source
  };
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  const PiecedRows &rows;
  const DType dtype;
  const VectorUnit unit;
  const int64_t lanes;
  llvm::SmallVector<Column> columns;
  llvm::DenseMap<Value, Value> numbers;  // in all lanes

  static bool isNumber(const Piece &piece) { return typeOf(piece.source).getRank() == 0; }
  mlir::VectorType lineType() const { return mlir::VectorType::get({lanes}, memoryType(dtype, b.getContext())); }

  Origin originOf(int64_t number, int64_t lane) const {
    const int64_t position = number * lanes + lane, row = position / rows.length;
    const auto &[piece, place] = columns[position % rows.length];
    if (isNumber(*piece)) return {piece->source, 0, lane};
    const int64_t from = row * piece->rowLength + place;
    return {piece->source, from / lanes, from % lanes};
  }

  /// The vectors that a vector of the result is made of, in order of their first lanes.
  llvm::SmallVector<Origin> sourcesOf(int64_t number) const {
    llvm::SmallVector<Origin> sources;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Origin origin = originOf(number, lane);
      origin.lane = 0;
      if (!llvm::is_contained(sources, origin)) sources.push_back(origin);
    }
    return sources;
  }

  /// As many rows from `row` on as a vector has lanes.
  void emitBlock(Value row) {
    llvm::DenseMap<Value, llvm::SmallVector<Value>> lines;
    for (const Piece &piece : rows.pieces) {
      auto &own = lines[piece.source];
      if (!own.empty()) continue;
      if (isNumber(piece)) {
        own.push_back(numbers[piece.source]);
        continue;
      }
      Value pointer = f.pointerOf(piece.source);
      Value first = f.mul(row, f.constant(piece.rowLength));
      for (int64_t number = 0; number < piece.rowLength; ++number) {
        Value from = elementPointer(b, at, dtype, pointer, f.add(first, f.constant(number * lanes)));
        own.push_back(loadLine(b, at, lineType(), from, Value()));
      }
    }
    f.elements.enterBody(lanes, {});
    Value first = f.mul(row, f.constant(rows.length));
    for (int64_t number = 0; number < rows.length; ++number) {
      Value place = f.add(first, f.constant(number * lanes));
      Value value = fromMemory(b, at, dtype, vectorOf(number, lines));
      f.elements.store(at, value, f.results[0], f.outputs()[0], Index{{place, 1, {}}});
    }
  }

  Value vectorOf(int64_t number, llvm::DenseMap<Value, llvm::SmallVector<Value>> &lines) const {
    llvm::SmallVector<Origin> sources = sourcesOf(number);
    llvm::SmallVector<Value> vectors;
    for (const Origin &source : sources) vectors.push_back(lines[source.source][source.vector]);
    if (vectors.size() == 1) vectors.push_back(vectors[0]);
    return pickedLanes(b, at, vectors, [&](int64_t lane) {
      Origin origin = originOf(number, lane);
      const int64_t from = origin.lane;
      origin.lane = 0;
      return std::pair<int64_t, int64_t>(llvm::find(sources, origin) - sources.begin(), from);
    });
  }
};

}  // namespace

bool emitShuffledPieces(KernelFrame &f, const PiecedRows &rows, int64_t stores) {
  ShuffledPieces shuffled(f, rows);
  if (!shuffled.isPossible()) return false;
  if (shuffled.instructions() > 2 * stores * shuffled.blockRows()) return false;
  shuffled.emit();
  return true;
}

}  // namespace etch::codegen
