// The register tile: the innermost loop of the matrix product.
//
// Per step of the depth it loads `vectors` vectors of the right operand and broadcasts one element of each row of the
// left one; the sums stay in registers. Rows are found as two (one) moving pointers plus 0, 1, 2, 4 times the stride s,
// 3s, twice 3s, and 5s: the forms that x86 addresses without arithmetic. LLVM would rather keep a pointer for each row,
// more than there are registers, so it is not shown what the pointers and 3s and 5s are. (Of 14x32: a pointer chain
// cost an addition a row and 5-8 %, a pointer a row 8 %.)
//
// A step uses half of what the processor can load, so it also asks for what follows: rows of the panel from L2 and,
// each line once in so many steps, the next tile's part of the left operand and its results (decision 0077).

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows that one moving pointer serves (docs/decisions/0010).
constexpr int64_t kRowsOfPointer = 7;

/// Rows of the right operand that are asked for in advance: from L2 (1 to 2 % at 512^3, whatever the distance from 4 to
/// 32), and further where they are read in place to be packed, for they may come from L3 (8 % at 128x3072x768).
constexpr int64_t kRowsAhead = 8, kRowsAheadInPlace = 24;

constexpr int64_t kCacheLine = 64;

/// How near a prefetch brings a line.
constexpr int32_t kInL1 = 3, kInL2 = 2;
/// Rows so many bytes apart, or a multiple of it, have their lines in the same set of L1: as many as are asked for
/// ahead would push each other out before they are packed, so they only come to L2. Others are better off in L1
/// (128x3072x768 1.07, 500^3 .93 of what L1 gives on Zen 4, docs/decisions/0114).
constexpr int64_t kWayOfL1 = 4096;

/// Steps of the depth that the tallest tiles take in one turn of the loop. Of the FMA peak, operands in L2 (panels
/// packed in the same time; in place), turns of 1, 4, 8, 16 steps:
///   252x256x256: .90 .87 .92 .92; .94 .91 .93 .96     504x512x512: .89 .87 .92 .93; .92 .90 .91 .96
/// Tiles that pack stay with one: they wait for L3 (128x3072x768: .79, with 16 steps .70).
constexpr int64_t kStepsTogether = 16;

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
    const bool isTallest = !packs && height == e.tiles.heights[0] && vectors == e.tiles.vectors;
    together = isTallest ? kStepsTogether : 1;
    asksForOut = e.isGiven(t.nextOut);
    turns = e.div(t.depth, together);
    if (together > 1) {
      // All results asked for at once take the buffers that lines of the panel need to come from L2 (1 to 6 % at 512^3
      // to 2048^3), so it is a row now and then; fewer turns than rows have no choice.
      Value areFew = e.less(turns, e.constant(height));
      asksOnTheWay = e.both(asksForOut, e.negate(areFew));
      asksForOut = e.both(asksForOut, areFew);
      nextApart = e.maximum(t.nextStep, e.constant(kCacheLine));
      rowsATurn = e.div(e.constant(height << kRowBits), e.maximum(turns, e.constant(1)));
    }
    if (packs) rowsCrowd = e.equal(e.rem(t.rightDepth, kWayOfL1), 0);
    ahead = e.add(e.mul(t.rightDepth, packs ? kRowsAheadInPlace : kRowsAhead), firstLineOf(t.rightDepth));
    outLine = firstLineOf(t.outRow);
  }

  void emit() {
    Values carried = {t.left, t.right, t.out, t.nextLeft, t.nextStep};
    if (packs) carried.push_back(t.packed);
    if (isNarrow) carried.push_back(t.waiting);
    Value last = e.sub(t.count, e.constant(1));
    e.loop(e.constant(0), t.count, e.constant(1), carried, [&](Value i, mlir::ValueRange now) {
      Value out = now[2], following = e.offsetBytes(out, t.outNext);
      Value nextOut = e.select(e.less(i, last), following, t.nextOut);
      e.branch(asksForOut, [&] {
        for (Value line : linesOf(nextOut)) askFor(e.offsetBytes(line, outLine), e.tiles.dtype);
      });
      Value waiting = isNarrow ? now[5] : Value();
      Values sums = multiply(begin(out, waiting), now, nextOut);
      auto storeAt = [&](const Values &lines, Value columns) {
        for (int64_t r = 0; r < height; ++r)
          e.storeSums(mlir::ValueRange(sums).slice(r * vectors, vectors), lines[r], columns);
      };
      // Masks are not for nothing, those of AVX2 least of all.
      Value isWide = e.less(e.constant(vectors * lanes - 1), t.columns);
      auto storeWhole = [&] {
        e.branch(isWide, [&] { storeAt(linesOf(out), {}); }, [&] { storeAt(linesOf(out), t.columns); });
      };
      auto store = [&] { e.branch(isWhole(), storeWhole, [&] { storeAt(presentLinesOf(out), t.columns); }); };
      auto wait = [&] {
        for (auto [i, sum] : llvm::enumerate(sums)) e.store(sum, waitingAt(waiting, i), dtype);
      };
      isNarrow ? e.branch(e.equal(t.isLast, 1), store, wait) : store();
      Values after = {e.offsetBytes(now[0], t.leftNext), e.offsetBytes(now[1], t.rightNext), following,
                      e.offsetBytes(now[3], t.nextLeftNext),
                      e.select(e.less(e.add(i, e.constant(1)), t.nextLefts), t.nextStep, e.constant(0))};
      if (packs) after.push_back(e.offsetBytes(now[5], t.packedNext));
      if (isNarrow) after.push_back(waitingAt(waiting, sums.size()));
      return after;
    });
  }

 private:
  GemmEmitter &e;
  const TileArguments &t;
  const int64_t height, vectors;
  const bool packs;
  const DType dtype = e.tiles.compute;
  const bool isNarrow = e.tiles.isNarrow();
  const int64_t lanes = e.tiles.lanes, bytes = static_cast<int64_t>(size_of(dtype));
  const LineAddresses leftLines, outLines;
  Values masks;  ///< of the vectors of a row; all but the last are whole
  Value ahead, outLine, asksForOut;
  Value rowsCrowd;   ///< rows of a right operand that is packed fall into the same sets of L1
  int64_t together;  ///< steps of the depth in one turn of the loop
  Value turns, asksOnTheWay;
  Value rowsATurn;  ///< rows of the next result to ask for in a turn, kRowBits behind the point
  Value nextApart;  ///< bytes from one thing to the next that is asked for of the left operand

  static constexpr int64_t kRowBits = 20;

  /// Vectors of rows that do not begin with cache lines reach into one line more, the first one of the next tile or
  /// panel. So that is asked for instead of the first, for which the last one asked (18x1098x1411: 0.80 to 0.92 of
  /// oneDNN).
  Value firstLineOf(Value rowBytes) {
    Value inSecond = e.constant(vectors > 1 ? kCacheLine - 1 : 0);
    return e.select(e.equal(e.rem(rowBytes, kCacheLine), 0), e.constant(0), inSecond);
  }
  /// The cache lines of a row of a panel, or of a tile of results.
  void askFor(Value row, DType of, int32_t locality = kInL1) {
    const int64_t rowBytes = vectors * lanes * static_cast<int64_t>(size_of(of));
    for (int64_t line = 0; line < rowBytes; line += kCacheLine)
      e.prefetch(line == 0 ? row : e.offset(row, line, DType::u8), locality);
  }
  void askForPanel(Value row) {
    if (!packs) return askFor(row, dtype);
    e.branch(rowsCrowd, [&] { askFor(row, dtype, kInL2); }, [&] { askFor(row, dtype); });
  }
  Value waitingAt(Value waiting, size_t vector) {
    return e.offset(waiting, static_cast<int64_t>(vector) * lanes, dtype);
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
  Values begin(Value out, Value waiting) {
    auto sums = mlir::scf::IfOp::create(e.b, e.at, llvm::SmallVector<mlir::Type>(height * vectors, e.vectorType(dtype)),
                                        e.equal(t.isFirst, 1), true);
    mlir::OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(sums.thenBlock());
    mlir::scf::YieldOp::create(e.b, e.at, Values(height * vectors, e.zeros(dtype)));
    e.b.setInsertionPointToStart(sums.elseBlock());
    if (isNarrow) {
      Values old;
      for (int64_t i = 0; i < height * vectors; ++i) old.push_back(e.load(waitingAt(waiting, i), dtype));
      mlir::scf::YieldOp::create(e.b, e.at, old);
      return llvm::to_vector_of<Value>(sums.getResults());
    }
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

  /// What the loop over the depth carries.
  struct Position {
    Value panel, nextLeft, packed;  // packed if the tile packs
    Values left, sums;

    Values values() const {
      Values all = {panel, nextLeft};
      if (packed) all.push_back(packed);
      all.append(left);
      all.append(sums);
      return all;
    }
    Position from(mlir::ValueRange all) const {
      Position now;
      now.panel = all[0], now.nextLeft = all[1];
      if (packed) now.packed = all[2];
      now.sums = llvm::to_vector_of<Value>(all.take_back(sums.size()));
      now.left = llvm::to_vector_of<Value>(all.drop_back(sums.size()).take_back(left.size()));
      return now;
    }
  };

  /// Adds the products of the depth to the sums of one tile.
  Values multiply(mlir::ValueRange sums, mlir::ValueRange tile, Value nextOut) {
    Position position;
    position.panel = tile[1], position.nextLeft = tile[3];
    if (packs) position.packed = tile[5];
    position.left = pointersOf(tile[0], t.leftRow), position.sums.append(sums.begin(), sums.end());
    Value zero = e.constant(0), one = e.constant(1), nextStep = tile[4], begin = zero;
    if (together > 1) {
      Value firstRow = e.offsetBytes(nextOut, outLine);
      Values turned = e.loop(zero, turns, one, position.values(), [&](Value turn, mlir::ValueRange carried) {
        e.branch(asksOnTheWay, [&] {
          Value row = mlir::arith::ShRUIOp::create(e.b, e.at, e.mul(turn, rowsATurn), e.constant(kRowBits));
          askFor(e.offsetBytes(firstRow, e.mul(row, t.outRow)), e.tiles.dtype);
        });
        Position now = position.from(carried);
        Value bytesOfTurn = e.mul(nextStep, together);
        askForLeft(now.nextLeft, bytesOfTurn, 1);
        now.nextLeft = e.offsetBytes(now.nextLeft, bytesOfTurn);
        for (int64_t i = 0; i < together; ++i) now = step(now);
        return now.values();
      });
      position = position.from(turned), begin = e.mul(turns, together);
    }
    Values done = e.loop(begin, t.depth, one, position.values(), [&](Value, mlir::ValueRange carried) {
      Position now = position.from(carried);
      e.prefetch(now.nextLeft, kInL1);
      now.nextLeft = e.offsetBytes(now.nextLeft, nextStep);
      return step(now).values();
    });
    return position.from(done).sums;
  }

  /// Asks for the cache lines of the next tile's left operand that follow the first `asked` ones, up to those of
  /// `bytes`. Each once: asking again for what is on its way cost 2 % at 256^3 and 512^3.
  void askForLeft(Value first, Value bytes, int64_t asked) {
    if (asked == 1) e.prefetch(first, kInL1);
    if (asked >= together) return;
    e.branch(e.less(e.mul(nextApart, asked), bytes), [&] {
      for (int64_t i = asked; i < 2 * asked; ++i) e.prefetch(e.offsetBytes(first, e.mul(nextApart, i)), kInL1);
      askForLeft(first, bytes, 2 * asked);
    });
  }

  /// One step of the depth.
  Position step(Position now) {
    if (together > 1) now.panel = e.opaque(now.panel);
    Values panel;
    for (int64_t v = 0; v < vectors; ++v)
      panel.push_back(e.load(e.offset(now.panel, v * lanes, dtype), dtype, vectors == 1 ? masks[v] : Value()));
    // With one vector a row it is loads that take the time (12x7x821: 5 %).
    if (vectors > 1) askForPanel(e.offsetBytes(now.panel, ahead));
    now.panel = e.offsetBytes(now.panel, t.rightDepth);
    if (packs) {
      for (int64_t v = 0; v < vectors; ++v) e.store(panel[v], e.offset(now.packed, v * lanes, dtype), dtype);
      now.packed = e.offset(now.packed, vectors * lanes, dtype);
    }
    Values rows;
    for (Value &pointer : now.left) {
      rows.push_back(e.opaque(pointer));
      pointer = e.offsetBytes(rows.back(), t.leftDepth);
    }
    for (int64_t r = 0; r < height; ++r) {
      Value address = leftLines.at(rows[r / kRowsOfPointer], r % kRowsOfPointer);
      Value element =
          mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()), address, size_of(e.tiles.dtype));
      Value row = e.broadcast(element);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = now.sums[r * vectors + v];
        sum = e.multiplyAdd(row, panel[v], sum);
      }
    }
    return now;
  }
};

}  // namespace

mlir::func::FuncOp emitGemmTile(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors, bool packs) {
  std::string name = (routine + (packs ? ".fill" : ".tile") + llvm::Twine(height) + "x" + llvm::Twine(vectors)).str();
  auto function = e.begin(name, TileArguments::kPointers, TileArguments::kWords);
  auto arguments = argumentsOf<TileArguments>(function);
  for (Value *count : arguments.ofPacked()) *count = e.mul(*count, static_cast<int64_t>(size_of(e.tiles.compute)));
  for (Value *count : arguments.ofResult()) *count = e.mul(*count, static_cast<int64_t>(size_of(e.tiles.dtype)));
  TileFunction(e, arguments, height, vectors, packs).emit();
  e.end();
  return function;
}

}  // namespace etch::codegen
