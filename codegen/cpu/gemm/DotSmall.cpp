// Batches of products of small matrices, which the shared routine would take one by one, in 25 to 100 ns each.
//
// A row of the result is a vector, or two: the rows of the right operand lie in vectors, too, and each number of the
// left one is broadcast. Where the right operand lies along the depth its rows are made by transposing squares in
// registers. The product of a matrix and a vector is one row of the transposed product, and the matrix is what lies in
// vectors. Lanes of products of two vectors are products.

#include "codegen/cpu/gemm/DotSmall.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/gemm/PackedWeights.h"
#include "codegen/cpu/gemm/SmallProduct.h"
#include "codegen/cpu/window/Lanes.h"
#include "llvm/Support/MathExtras.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// The longest axis of a small matrix: of one whose lines are transposed and kept, of one whose lines are read in
/// place, and of one whose product with a vector is computed (docs/decisions/0126).
constexpr int64_t kLongest = 16, kLongestInPlace = 24, kLongestTimesVector = 32;
/// Fewer products gain less than their code takes to compile (docs/decisions/0126).
constexpr int64_t kFewProducts = 8;
/// The side of the squares that are transposed (docs/decisions/0126).
constexpr int64_t kSquare = 4;
/// Multiply-adds that are written out at most, a row of the result at least (docs/decisions/0126).
constexpr int64_t kWrittenOut = 64;
/// The same where lines are read again for every few rows (docs/decisions/0126).
constexpr int64_t kWrittenOutFromMemory = 256;

/// Lanes of a vector as long as `most` elements. A register that is taken in halves is put together in halves, too:
/// what is inserted into the upper one takes as long as two insertions into a register of half the size.
int64_t lanesFor(KernelFrame &f, DType dtype, int64_t most, bool isTransposed) {
  const VectorUnit unit = f.vectorUnit();
  int64_t whole = unit.bits / 8 / static_cast<int64_t>(size_of(dtype));
  if (isTransposed && unit.halves) whole /= 2;
  return std::clamp<int64_t>(llvm::PowerOf2Ceil(most), kSquare, std::max(whole, kSquare));
}

/// Elements k, k + 1, ... of lines in memory, as many as a square has or the depth: of each a vector whose lanes are
/// the lines. The last square of a line begins earlier if it would end behind it.
Values stepsOf(KernelFrame &f, mlir::VectorType type, int64_t depth, int64_t k,
               llvm::function_ref<Value(int64_t lane)> lineOf) {
  const int64_t first = std::max<int64_t>(0, std::min(k, depth - kSquare));
  auto part = mlir::VectorType::get({kSquare}, type.getElementType());
  Value mask = depth < kSquare ? Lanes{0, depth}.mask(f, kSquare) : Value();
  Values tile;
  for (int64_t row = 0; row < kSquare; ++row) {
    Values parts;
    for (int64_t lane = row; lane < type.getNumElements(); lane += kSquare) {
      Value from = LLVM::GEPOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()), type.getElementType(),
                                       lineOf(lane), llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(first)});
      parts.push_back(loadLine(f.b, f.at, part, from, mask));
    }
    tile.push_back(joined(f.b, f.at, parts));
  }
  tile = transposed(f.b, f.at, tile);
  return Values(tile.begin() + (k - first), tile.begin() + std::min(kSquare, depth - first));
}

class SmallDotEmitter {
 public:
  SmallDotEmitter(KernelFrame &f, ir::DotGeneralOp dot, const SmallProduct &p)
      : f(f), b(f.b), at(f.at), dot(dot), dtype(dtypeOf(dot.getResult())), p(p), alongRows(p.columns == 1) {
    Value lhs = f.pointerOf(dot.getLhs()), rhs = f.pointerOf(dot.getRhs());
    const int64_t leftRow = p.leftAt(1, 0), leftDepth = p.leftAt(0, 1);
    const int64_t rightColumn = p.rightAt(0, 1), rightDepth = p.rightAt(1, 0);
    if (alongRows) {
      vectors = {lhs, p.leftSize(), p.rows, leftRow, leftDepth}, factors = {rhs, p.rightSize(), 1, 0, 1};
    } else {
      vectors = {rhs, p.rightSize(), p.columns, rightColumn, rightDepth};
      factors = {lhs, p.leftSize(), p.rows, leftRow, leftDepth};
    }
    chooseLanes();
  }

  void emit() {
    Value count = f.extents.of(dot.getResult())[0];
    f.taskWork = kTaskMultiplications;
    f.setTrips(count, f.constant(p.size() * p.depth), f.constant(1));
    f.loop(f.begin, f.end, 1, [&](Value product) {
      vectors.here = place(vectors.memory, f.mul(product, f.constant(vectors.size)));
      factors.here = place(factors.memory, f.mul(product, f.constant(factors.size)));
      emitProduct(product);
    });
  }

 private:
  /// An operand: lines of it lie in vectors, or its numbers are factors of such.
  struct Side {
    Value memory;
    int64_t size;            ///< of a matrix
    int64_t count;           ///< of its rows or columns, the axis of which stays
    int64_t apart, inDepth;  ///< strides
    Value here = {};         ///< the matrix of this product
  };

  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  ir::DotGeneralOp dot;
  const DType dtype;
  const SmallProduct p;
  const bool alongRows;  ///< lanes are rows of the only column
  Side vectors, factors;
  int64_t lanes = 0, pieces = 0;  ///< a line is so many vectors
  mlir::VectorType type;

  bool isTransposed() const { return vectors.apart != 1; }

  void chooseLanes() {
    lanes = lanesFor(f, dtype, vectors.count, isTransposed());
    pieces = llvm::divideCeil(vectors.count, lanes);
    type = mlir::VectorType::get({lanes}, memoryType(dtype, b.getContext()));
  }

  Value place(Value base, Value position) { return elementPointer(b, at, dtype, base, position); }
  Value place(Value base, int64_t position) { return place(base, f.constant(position)); }

  /// Lines that begin in a vector, and the mask of their lanes.
  int64_t linesIn(int64_t piece) const { return std::min(lanes, vectors.count - piece * lanes); }
  Value maskOf(int64_t lines) { return lines < lanes ? Lanes{0, lines}.mask(f, lanes) : Value(); }

  /// Step k of the depth of some lines, as a vector, or as many steps as a square has.
  Values stepsAt(Value here, int64_t lines, int64_t k) {
    if (!isTransposed()) return {loadLine(b, at, type, place(here, k * vectors.inDepth), maskOf(lines))};
    return stepsOf(f, type, p.depth, k, [&](int64_t lane) {
      // What there is not is some line once more.
      const int64_t number = lane < lines ? lane : std::min(lane % kSquare, lines - 1);
      return place(here, number * vectors.apart);
    });
  }

  /// Steps k, k + 1, ... of all lines: of each a vector for each piece.
  llvm::SmallVector<Values> linesFrom(int64_t k) {
    llvm::SmallVector<Values> steps;
    for (int64_t piece = 0; piece < pieces; ++piece) {
      Values some = stepsAt(place(vectors.here, piece * lanes * vectors.apart), linesIn(piece), k);
      steps.resize(some.size());
      for (auto [step, vector] : llvm::zip(steps, some)) step.push_back(vector);
    }
    return steps;
  }

  /// One row of sums, vector by vector: each may be many sums (SmallSums).
  void emitRow(Value product) {
    auto emitPiece = [&](Value first, int64_t lines) {
      Value here = place(vectors.here, f.mul(first, f.constant(vectors.apart)));
      SmallSums sums = zeros(1);
      for (int64_t k = 0; k < p.depth;)
        for (Value step : stepsAt(here, lines, k)) add(sums, 1, step, f.constant(0), k++);
      store(product, f.constant(0), first, sums.finished()[0], lines);
    };
    const int64_t whole = vectors.count / lanes * lanes;
    if (whole > 0) f.loop(f.constant(0), f.constant(whole), lanes, [&](Value first) { emitPiece(first, lanes); });
    if (whole < vectors.count) emitPiece(f.constant(whole), vectors.count - whole);
  }

  void emitProduct(Value product) {
    if (factors.count == 1) return emitRow(product);
    const int64_t together = rowsTogether();
    if (together == factors.count) {
      SmallSums sums = zeros(factors.count * pieces);
      for (int64_t k = 0; k < p.depth;)
        for (const Values &line : linesFrom(k)) add(sums, factors.count, line, f.constant(0), k++);
      return storeRows(product, f.constant(0), sums.finished());
    }
    llvm::SmallVector<Values> lines;
    auto makeLines = [&] {
      lines.clear();
      while (static_cast<int64_t>(lines.size()) < p.depth) llvm::append_range(lines, linesFrom(lines.size()));
    };
    if (stayInRegisters()) makeLines();
    f.loop(f.constant(0), f.constant(factors.count), together, [&](Value first) {
      if (!stayInRegisters()) makeLines();
      SmallSums sums = zeros(together * pieces);
      for (auto [k, line] : llvm::enumerate(lines)) add(sums, together, line, first, static_cast<int64_t>(k));
      storeRows(product, first, sums.finished());
    });
  }

  /// Whether all lines do while row after row is multiplied. What is transposed is at least not transposed again.
  bool stayInRegisters() { return isTransposed() || p.depth * pieces <= f.vectorUnit().registers / 2; }

  /// Rows of the result that are written out together; one, if more than the product is computed.
  int64_t rowsTogether() {
    int64_t rows = factors.count;
    const int64_t most = stayInRegisters() ? kWrittenOut : kWrittenOutFromMemory;
    const bool isAlone = f.outputs().size() == 1 && f.outputs()[0] == dot.getResult();
    while (rows > 1 && (factors.count % rows != 0 || !isAlone || rows * pieces * p.depth > most)) --rows;
    return rows;
  }

  SmallSums zeros(int64_t number) { return {f, dtype, p, p.rows, type, number}; }

  /// sums += factors of some rows from `first` on times a line, step k of the depth.
  void add(SmallSums &sums, int64_t rows, mlir::ValueRange line, Value first, int64_t k) {
    Value from = place(factors.here, f.mul(first, f.constant(factors.apart)));
    for (int64_t row = 0; row < rows; ++row) {
      Value factor = loadScalar(b, at, dtype, from, f.constant(row * factors.apart + k * factors.inDepth));
      factor = vector::BroadcastOp::create(b, at, type, factor);
      for (auto [piece, part] : llvm::enumerate(line))
        sums.add(row * static_cast<int64_t>(line.size()) + static_cast<int64_t>(piece), k, factor, part);
    }
  }

  void storeRows(Value product, Value first, const Values &sums) {
    for (auto [i, sum] : llvm::enumerate(sums)) {
      const int64_t row = static_cast<int64_t>(i) / pieces, piece = static_cast<int64_t>(i) % pieces;
      store(product, f.add(first, f.constant(row)), f.constant(piece * lanes), sum, linesIn(piece));
    }
  }
  void store(Value product, Value row, Value line, Value sum, int64_t lines) {
    const bool hasRows = dot.getLhs().getType().getRank() > 2, hasColumns = dot.getRhs().getType().getRank() > 2;
    const AxisIndex one{row, 0, {}}, many{line, 1, {}};
    Index index{{product, 0, {}}};
    if (hasRows) index.push_back(alongRows ? many : one);
    if (hasColumns) index.push_back(alongRows ? one : many);
    f.storeResults(dot.getResult(), sum, index, lanes, maskOf(lines));
  }
};

/// Products of vectors: lanes are products.
class SmallVectorsEmitter {
 public:
  SmallVectorsEmitter(KernelFrame &f, ir::DotGeneralOp dot, const SmallProduct &p)
      : f(f),
        dot(dot),
        dtype(dtypeOf(dot.getResult())),
        p(p),
        lanes(lanesFor(f, dtype, kLanes, /*isTransposed=*/true)),
        type(mlir::VectorType::get({lanes}, memoryType(dtype, f.b.getContext()))) {}

  void emit() {
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.extents.of(dot.getResult())[0], f.constant(p.depth), f.constant(lanes));
    Value rest = arith::RemSIOp::create(f.b, f.at, f.sub(f.end, f.begin), f.constant(lanes));
    Value middle = f.sub(f.end, rest);
    f.loop(f.begin, middle, lanes, [&](Value first) { emitProducts(first, {}); });
    f.branch(f.less(middle, f.end), [&] { emitProducts(middle, rest); });
  }

 private:
  KernelFrame &f;
  ir::DotGeneralOp dot;
  const DType dtype;
  const SmallProduct p;
  const int64_t lanes;
  const mlir::VectorType type;

  /// As many products as there are lanes, or `some`.
  void emitProducts(Value first, Value some) {
    SmallSums sums(f, dtype, p, p.rows, type, 1);
    for (int64_t k = 0; k < p.depth; k += kSquare) {
      Values left = stepsFrom(dot.getLhs(), first, some, k);
      Values right = dot.getRhs() == dot.getLhs() ? left : stepsFrom(dot.getRhs(), first, some, k);
      for (auto [step, x, y] : llvm::enumerate(left, right)) sums.add(0, k + static_cast<int64_t>(step), x, y);
    }
    Index index(dot.getType().getRank(), AxisIndex{f.constant(0), 0, {}});
    index[0] = {first, 1, {}};
    f.storeResults(dot.getResult(), sums.finished()[0], index, lanes, some ? f.laneMask(some, lanes) : Value());
  }

  Values stepsFrom(Value operand, Value first, Value some, int64_t k) {
    return stepsOf(f, type, p.depth, k, [&](int64_t lane) {
      Value number = f.constant(lane);
      if (some) number = f.minimum(number, f.sub(some, f.constant(1)));
      return elementPointer(f.b, f.at, dtype, f.pointerOf(operand), f.mul(f.add(first, number), f.constant(p.depth)));
    });
  }
};

}  // namespace

bool emitSmallDotKernel(KernelFrame &f, ir::DotGeneralOp dot) {
  const DType dtype = dtypeOf(dot.getResult());
  if ((dtype != DType::f32 && dtype != DType::f64) || PackedWeights::of(f.source)) return false;
  if (!llvm::isa<mlir::BlockArgument>(dot.getLhs()) || !llvm::isa<mlir::BlockArgument>(dot.getRhs())) return false;
  auto product = SmallProduct::of(dot);
  if (!product || !product->batched) return false;
  const bool isVector = std::min(product->rows, product->columns) == 1;
  const int64_t longest = std::max({product->rows, product->columns, product->depth});
  if (longest > (isVector ? kLongestTimesVector : product->rightTurned ? kLongest : kLongestInPlace)) return false;
  const int64_t count = dot.getType().getDimSize(0);
  if (!mlir::ShapedType::isDynamic(count) && count < kFewProducts) return false;
  if (product->size() == 1)
    SmallVectorsEmitter(f, dot, *product).emit();
  else
    SmallDotEmitter(f, dot, *product).emit();
  return true;
}

}  // namespace etch::codegen
