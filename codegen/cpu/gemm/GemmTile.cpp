// The register tile: the innermost loop of the matrix product.
//
// Per step of the depth it loads `vectors` vectors of the right operand and broadcasts one element of each row of the
// left one; the sums stay in registers. Rows are found as two (one) moving pointers plus 0, 1, 2, 4 times the stride s,
// 3s, twice 3s, and 5s: the forms that x86 addresses without arithmetic. LLVM would rather keep a pointer for each row,
// more than there are registers, so it is not shown what the pointers and 3s and 5s are. (Of 14x32: a pointer chain
// cost an addition a row and 5-8 %, a pointer a row 8 %.)
//
// A step uses half of what the processor can load, so each also asks for what follows: rows of the panel from L2, the
// next tile's part of the left operand from L3 (3 to 5 % at 512^3 and 1024^3).

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows that one moving pointer serves.
constexpr int64_t kRowsOfPointer = 7;

/// Rows of the right operand that are asked for in advance: from L2 (1 to 2 % at 512^3, whatever the distance from 4 to
/// 32), and further where they are read in place to be packed, for they may come from L3 (8 % at 128x3072x768).
constexpr int64_t kRowsAhead = 8, kRowsAheadInPlace = 24;

constexpr int64_t kCacheLine = 64;

class TileFunction {
 public:
  TileFunction(GemmEmitter &e, const TileArguments &given, int64_t height, int64_t vectors, bool packs)
      : e(e),
        t(given),
        height(height),
        vectors(vectors),
        packs(packs),
        leftLines(e, given.leftRow),
        outLines(e, given.outRow) {
    masks.resize(vectors);
    masks.back() = e.mask(e.sub(t.columns, e.constant((vectors - 1) * lanes)));
    asksForOut = e.isGiven(t.nextOut);
    ahead = e.mul(t.rightDepth, packs ? kRowsAheadInPlace : kRowsAhead);
    aheadFirst = e.add(ahead, otherLine(t.rightDepth));
    nextFirst = otherLine(t.outRow);
  }

  void emit() {
    Values carried = {t.left, t.right, t.out, t.nextLeft, t.nextStep};
    if (packs) carried.push_back(t.packed);
    Value last = e.sub(t.count, e.constant(1));
    e.loop(e.constant(0), t.count, e.constant(1), carried, [&](Value i, mlir::ValueRange now) {
      Value out = now[2], following = e.offsetBytes(out, t.outNext);
      e.branch(asksForOut, [&] {
        for (Value line : linesOf(e.select(e.less(i, last), following, t.nextOut))) {
          e.prefetch(e.offsetBytes(line, nextFirst), 3);
          for (int64_t v = 1; v < vectors; ++v) e.prefetch(e.offset(line, v * lanes, dtype), 3);
        }
      });
      Values sums = multiply(begin(out), now);
      auto store = [&](const Values &lines) {
        for (int64_t r = 0; r < height; ++r)
          for (int64_t v = 0; v < vectors; ++v)
            e.store(sums[r * vectors + v], e.offset(lines[r], v * lanes, dtype), dtype, masks[v]);
      };
      e.branch(isWhole(), [&] { store(linesOf(out)); }, [&] { store(presentLinesOf(out)); });
      Values after = {e.offsetBytes(now[0], t.leftNext), e.offsetBytes(now[1], t.rightNext), following,
                      e.offsetBytes(now[3], t.nextLeftNext),
                      e.select(e.less(e.add(i, e.constant(1)), t.nextLefts), t.nextStep, e.constant(0))};
      if (packs) after.push_back(e.offsetBytes(now[5], t.packedNext));
      return after;
    });
  }

 private:
  GemmEmitter &e;
  const TileArguments &t;
  const int64_t height, vectors;
  const bool packs;
  const DType dtype = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes, bytes = static_cast<int64_t>(size_of(dtype));
  const LineAddresses leftLines, outLines;
  Values masks;  ///< of the vectors of a row; all but the last are whole
  Value ahead, aheadFirst, nextFirst, asksForOut;

  /// Vectors of rows that do not begin with cache lines reach into one line more, the first one of the next tile or
  /// panel. So that is asked for instead of the first, for which the last one asked (18x1098x1411: 0.80 to 0.92 of
  /// oneDNN).
  Value otherLine(Value rowBytes) {
    Value last = e.constant(vectors > 1 ? vectors * lanes * bytes - 1 : 0);
    return e.select(e.equal(e.rem(rowBytes, kCacheLine), 0), e.constant(0), last);
  }

  Values pointersOf(Value first, Value row) {
    Values pointers;
    for (int64_t r = 0; r < height; r += kRowsOfPointer) pointers.push_back(e.offsetBytes(first, e.mul(row, r)));
    return pointers;
  }
  Values linesOf(Value out) {
    Values lines, pointers = pointersOf(out, t.outRow);
    for (int64_t r = 0; r < height; ++r) lines.push_back(outLines.at(pointers[r / kRowsOfPointer], r % kRowsOfPointer));
    return lines;
  }
  /// A row too many is computed from a copy of the last one, so it may be stored there.
  Values presentLinesOf(Value out) {
    Value last = e.opaque(e.sub(t.rows, e.constant(1)));  // of no concern to tiles that are whole
    Values lines;
    for (int64_t r = 0; r < height; ++r)
      lines.push_back(e.offsetBytes(out, e.mul(e.minimum(e.constant(r), last), t.outRow)));
    return lines;
  }
  Value isWhole() { return e.less(e.constant(height - 1), t.rows); }

  /// The first pass begins with 0, later ones go on from what is stored.
  Values begin(Value out) {
    auto sums = mlir::scf::IfOp::create(e.b, e.at, llvm::SmallVector<mlir::Type>(height * vectors, e.vectorType(dtype)),
                                        e.equal(t.isFirst, 1), true);
    mlir::OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(sums.thenBlock());
    mlir::scf::YieldOp::create(e.b, e.at, Values(height * vectors, e.zeros(dtype)));
    e.b.setInsertionPointToStart(sums.elseBlock());
    auto stored = mlir::scf::IfOp::create(e.b, e.at, sums.getResultTypes(), isWhole(), true);
    mlir::scf::YieldOp::create(e.b, e.at, stored.getResults());
    for (bool whole : {true, false}) {
      e.b.setInsertionPointToStart(whole ? stored.thenBlock() : stored.elseBlock());
      Values old;
      for (Value line : whole ? linesOf(out) : presentLinesOf(out))
        for (int64_t v = 0; v < vectors; ++v) old.push_back(e.load(e.offset(line, v * lanes, dtype), dtype, masks[v]));
      mlir::scf::YieldOp::create(e.b, e.at, old);
    }
    return llvm::to_vector_of<Value>(sums.getResults());
  }

  /// Adds the products of the depth to the sums of one tile.
  Values multiply(mlir::ValueRange sums, mlir::ValueRange tile) {
    Values carried = {tile[1], tile[3]};
    if (packs) carried.push_back(tile[5]);
    const auto firstLeft = static_cast<int64_t>(carried.size());
    carried.append(pointersOf(tile[0], t.leftRow));
    const auto pointers = static_cast<int64_t>(carried.size());
    carried.append(sums.begin(), sums.end());
    Value nextStep = tile[4];
    Values done = e.loop(e.constant(0), t.depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
      Values panel;
      for (int64_t v = 0; v < vectors; ++v)
        panel.push_back(e.load(e.offset(now[0], v * lanes, dtype), dtype, vectors == 1 ? masks[v] : Value()));
      Values moving, next = {e.offsetBytes(now[0], t.rightDepth), e.offsetBytes(now[1], nextStep)};
      e.prefetch(now[1], 3);
      // With one vector a row it is loads that take the time (12x7x821: 5 %).
      if (vectors > 1) e.prefetch(e.offsetBytes(now[0], aheadFirst), 3);
      for (int64_t v = 1; v < vectors; ++v) e.prefetch(e.offset(e.offsetBytes(now[0], ahead), v * lanes, dtype), 3);
      if (packs) {
        for (int64_t v = 0; v < vectors; ++v) e.store(panel[v], e.offset(now[2], v * lanes, dtype), dtype);
        next.push_back(e.offset(now[2], vectors * lanes, dtype));
      }
      for (int64_t p = firstLeft; p < pointers; ++p) {
        moving.push_back(e.opaque(now[p]));
        next.push_back(e.offsetBytes(moving.back(), t.leftDepth));
      }
      for (int64_t r = 0; r < height; ++r) {
        Value address = leftLines.at(moving[r / kRowsOfPointer], r % kRowsOfPointer);
        Value element =
            mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()), address, size_of(dtype));
        Value row = e.broadcast(element);
        for (int64_t v = 0; v < vectors; ++v)
          next.push_back(e.multiplyAdd(row, panel[v], now[pointers + r * vectors + v]));
      }
      return next;
    });
    done.erase(done.begin(), done.begin() + pointers);
    return done;
  }
};

}  // namespace

mlir::func::FuncOp emitGemmTile(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors, bool packs) {
  std::string name = (routine + (packs ? ".fill" : ".tile") + llvm::Twine(height) + "x" + llvm::Twine(vectors)).str();
  auto function = e.begin(name, TileArguments::kPointers, TileArguments::kWords);
  TileArguments arguments;
  for (auto [i, field] : llvm::enumerate(arguments.fields())) *field = function.getArgument(static_cast<unsigned>(i));
  for (Value *count : arguments.ofElements()) *count = e.mul(*count, static_cast<int64_t>(size_of(e.tiles.compute)));
  TileFunction(e, arguments, height, vectors, packs).emit();
  e.end();
  return function;
}

}  // namespace etch::codegen
