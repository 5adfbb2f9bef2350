// The routine: which way a product takes by its shape.

#include <functional>

#include "codegen/cpu/gemm/GemmAmx.h"
#include "codegen/cpu/gemm/GemmBlocks.h"
#include "codegen/cpu/gemm/GemmDots.h"
#include "codegen/cpu/gemm/GemmNarrow.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/gemm/GemmShallow.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// Bytes after which addresses fall into the same set of the L1 cache.
constexpr int64_t kSetsBytes = 4096;

/// Results that are turned at the end, at most: as many as stay in L2; and from which depth on (a^T, b^T, of oneDNN, by
/// blocks / turned: 47x183x842 .92/1.31, 128x384x512 1.11/1.35, 100x100x101 1.19/1.24; 60x500x64 1.09/.91).
constexpr int64_t kMostTurned = 1 << 16, kLeastTurnedDepth = 96;

class GemmDriver {
 public:
  GemmDriver(GemmEmitter &e, llvm::StringRef name) : e(e), name(name), dtype(e.tiles.dtype) {}

  /// Emits the routine into `declaration`'s place.
  void emit() {
    const bool arePairs = e.tiles.arePairs();
    functions.pack = arePairs ? emitPairPack(e, name) : emitGemmPack(e, name);
    functions.copy = arePairs ? emitPairCopy(e, name) : emitGemmCopy(e, name);
    for (int64_t height : e.tiles.heights)
      for (int64_t vectors = 1; vectors <= e.tiles.vectors; ++vectors)
        functions.tiles[{height, vectors}] = emitGemmTile(e, name, height, vectors);
    functions.shallow = emitGemmShallow(e, name);
    if (!e.tiles.isNarrow()) {
      functions.fill = emitGemmTile(e, name, e.tiles.heights[0], e.tiles.vectors, /*packs=*/true);
      for (auto [height, vectors] : e.tiles.flat) flat.push_back(emitGemmFlat(e, name, height, vectors));
      for (int64_t height : e.tiles.streams) streams.push_back(emitGemmStream(e, name, height));
      for (int64_t height : narrowHeights(e.unit)) narrow.push_back(emitGemmNarrow(e, name, height));
      turn = emitGemmTurn(e, name);
    }
    // Dot products add in another order.
    const bool addsInOrder = e.policy == Policy::strict && is_floating(dtype);
    if (!addsInOrder && (arePairs || !e.tiles.isNarrow())) dots = emitGemmDots(e, name);
    beginRoutine();
    if (e.tiles.isNarrow())
      emitNarrowType();
    else
      emitSkinny();
    e.end();
  }

 private:
  GemmEmitter &e;
  llvm::StringRef name;
  DType dtype;
  mlir::func::FuncOp function, turn;
  GemmFunctions functions;
  llvm::SmallVector<mlir::func::FuncOp> flat, streams, narrow, dots;
  GemmOperands g;  ///< arguments of the routine

  void beginRoutine() {
    function = e.module.lookupSymbol<mlir::func::FuncOp>(name);
    e.b.setInsertionPointToStart(function.addEntryBlock());
    g = argumentsOf<GemmOperands>(function);
  }

  /// One column of results is one row of the transposed product: the vectors then run along it.
  void turnColumn() {
    Value turned = g.turned = e.both(e.equal(g.n, 1), e.equal(g.outRow, 1));
    auto swap = [&](Value &x, Value &y) {
      Value first = e.select(turned, y, x);
      y = e.select(turned, x, y);
      x = first;
    };
    swap(g.left, g.right), swap(g.m, g.n), swap(g.leftDepth, g.rightDepth), swap(g.leftRow, g.rightColumn);
    swap(g.firstRow, g.firstColumn);
    g.outRow = e.select(turned, g.n, g.outRow);
  }

  /// Dot products where the caller asks for them and the operands lie so.
  void emitDotsOr(Value areInMemory, llvm::function_ref<void()> others) {
    Value areLines = e.both(e.equal(g.leftDepth, 1), e.equal(g.rightDepth, 1));
    auto isAsked = [&](AreDots how) { return e.equal(g.areDots, static_cast<int64_t>(how)); };
    Value areDots = e.either(e.both(isAsked(AreDots::ofLines), areLines), isAsked(AreDots::withLeftTurned));
    areDots = e.either(areDots, isAsked(AreDots::withRightTurned));
    areDots = e.both(areDots, e.both(e.less(e.constant(0), g.m), e.less(e.constant(0), g.n)));
    e.branch(
        e.both(areInMemory, areDots),
        [&] {
          callGemmDots(e, dots, functions.copy, g);
          emitGemmEpilogue(e, g, e.constant(0), g.m, e.constant(0), g.n);
        },
        others);
  }

  /// f16, bf16 and u8: sums are wider than results.
  void emitNarrowType() {
    auto blocks = [&] { emitRoundedBlocks(e, functions, g); };
    if (dots.empty()) return blocks();
    turnColumn();
    emitDotsOr(e.negate(e.equal(g.rightDepth, 0)), blocks);
  }

  /// Few rows or columns, else blocks.
  void emitSkinny() {
    turnColumn();
    // Only the blocks know operands that are computed, or laid out as panels.
    Value areInMemory =
        e.negate(e.either(e.either(e.isGiven(g.leftMaker), e.isGiven(g.rightMaker)), e.equal(g.rightDepth, 0)));
    Value flat = isFlat(areInMemory), tall = isTall(areInMemory), narrow = isNarrow(areInMemory),
          turned = isTurned(areInMemory);
    auto others = [&] {
      emitFirst({{flat, [&] { emitWholeFlat(); }},
                 {tall, [&] { emitTall(); }},
                 {narrow, [&] { emitNarrow(); }},
                 {turned, [&] { emitTurned(); }}},
                [&] { emitGemmBlocks(e, functions, g); });
    };
    dots.empty() ? others() : emitDotsOr(areInMemory, others);
  }

  /// The first way whose condition holds.
  using Way = std::pair<Value, llvm::function_ref<void()>>;
  void emitFirst(llvm::ArrayRef<Way> ways, llvm::function_ref<void()> otherwise) {
    if (ways.empty()) return otherwise();
    e.branch(ways[0].first, ways[0].second, [&] { emitFirst(ways.drop_front(), otherwise); });
  }

  int64_t mostFlatRows() { return e.tiles.flat.back().height; }
  /// None are left to the blocks, which then do nothing.
  Value areFew(Value areInMemory, Value lines, int64_t number) {
    return e.both(areInMemory, e.both(e.less(e.constant(0), lines), e.less(lines, e.constant(number + 1))));
  }

  Value isFlat(Value areInMemory) {
    return e.both(areFew(areInMemory, g.m, mostFlatRows()), e.equal(g.rightColumn, 1));
  }
  /// The same with rows and columns exchanged, only that results have to be turned then: as many as one vector holds.
  Value isTall(Value areInMemory) {
    return e.both(areFew(areInMemory, g.n, std::min(mostFlatRows(), e.tiles.lanes)), e.equal(g.leftRow, 1));
  }
  /// One vector of columns, and rows that lie along the depth; but not where the lines of many rows, or those of the
  /// next tile beside them, fall into few sets of the cache (4000x16x512: 0.90 instead of 0.99 of oneDNN).
  Value isNarrow(Value areInMemory) {
    Value rowBytes = e.mul(g.leftRow, static_cast<int64_t>(size_of(dtype)));
    Value areMany = e.less(e.constant(2 * narrowHeights(e.unit).back()), g.m);
    Value crowded =
        e.select(areMany, e.equal(e.rem(rowBytes, kSetsBytes / 4), 0), e.equal(e.rem(rowBytes, kSetsBytes), 0));
    Value areColumns = e.both(e.equal(g.rightColumn, 1), e.less(e.constant(0), g.rightDepth));
    Value lieSo = e.both(e.both(areFew(areInMemory, g.n, e.tiles.lanes), areColumns),
                         e.both(e.equal(g.leftDepth, 1), e.less(e.constant(mostFlatRows()), g.m)));
    return e.both(lieSo, e.negate(crowded));
  }
  /// Both operands lie across: their transposed product is one of operands as they lie, and there are fewer results to
  /// turn than elements to transpose.
  Value isTurned(Value areInMemory) {
    Value areAcross = e.both(e.both(e.equal(g.leftRow, 1), e.equal(g.rightDepth, 1)),
                             e.negate(e.either(e.equal(g.leftDepth, 1), e.equal(g.rightColumn, 1))));
    Value vector = e.constant(e.tiles.lanes);
    Value fits = e.less(e.mul(e.add(g.m, vector), e.add(g.n, vector)), e.constant(kMostTurned + 1));
    Value isDeep = e.less(e.maximum(g.m, e.constant(kLeastTurnedDepth)), g.k);
    return e.both(e.both(areInMemory, areAcross), e.both(fits, isDeep));
  }

  void emitWholeFlat() {
    emitFlat({g.left, g.right, g.out, g.leftRow, g.leftDepth, g.rightDepth, g.outRow, g.k, g.m, g.n});
    emitGemmEpilogue(e, g, e.constant(0), g.m, e.constant(0), g.n);
  }

  /// The lowest of the flat routines that has enough rows, from the i-th on.
  void emitFlat(const InPlaceArguments &given, size_t i = 0) {
    const Values arguments = valuesOf(given);
    const int64_t height = e.tiles.flat[i].height;
    auto fits = [&] {
      const auto *stream = llvm::find_if(e.tiles.streams, [&](int64_t rows) { return rows >= height; });
      if (stream == e.tiles.streams.end()) return e.call(flat[i], arguments);
      const GemmTiles &t = e.tiles;
      Value least = e.constant(t.streamElements);
      if (height >= t.farStreamRows)
        least = e.select(e.hasSmallL1(t.smallL1Pages), e.constant(t.farStreamElements), least);
      e.branch(
          e.less(least, e.mul(given.depth, given.columns)),
          [&] { e.call(streams[stream - e.tiles.streams.begin()], arguments); }, [&] { e.call(flat[i], arguments); });
    };
    if (i + 1 == flat.size()) return fits();
    e.branch(e.less(given.rows, e.constant(height + 1)), fits, [&] { emitFlat(given, i + 1); });
  }

  /// Few columns, and a left operand whose columns lie side by side.
  void emitTall() {
    constexpr int64_t kTogether = 2048, kApart = kTogether + 16;  // so that lines do not begin in one cache set
    Value zero = e.constant(0);
    Value lines = e.scratch(e.tiles.lanes * kApart * static_cast<int64_t>(size_of(dtype)));
    e.loop(zero, g.m, kTogether, [&](Value row) {
      Value rows = e.minimum(e.constant(kTogether), e.sub(g.m, row));
      emitFlat({g.right, e.offset(g.left, row, dtype), lines, g.rightColumn, g.rightDepth, g.leftDepth,
                e.constant(kApart), g.k, g.n, rows});
      e.call(turn, {lines, e.offset(g.out, e.mul(row, g.outRow), dtype), e.constant(kApart), g.outRow, g.n, rows});
      emitGemmEpilogue(e, g, row, rows, zero, g.n);
    });
  }

  /// The transposed product in memory, turned.
  void emitTurned() {
    Value zero = e.constant(0), null = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
    const int64_t bytes = static_cast<int64_t>(size_of(dtype)), blockBytes = gemmScratchBytes(e.tiles);
    Value memory = e.scratch(blockBytes + kMostTurned * bytes), lines = e.offsetBytes(memory, e.constant(blockBytes));
    Value apart = e.mul(e.quotientUp(g.m, e.tiles.lanes), e.tiles.lanes);
    e.call(function, {g.right, g.left, lines, g.n, g.m, g.k, g.rightColumn, g.rightDepth, g.leftDepth, g.leftRow, apart,
                      null, null, zero, zero, null, null, zero, e.mul(g.m, g.n)});
    e.loop(zero, g.n, e.tiles.lanes, [&](Value column) {
      e.call(turn, {e.offset(lines, e.mul(column, apart), dtype), e.offset(g.out, column, dtype), apart, g.outRow,
                    e.minimum(e.constant(e.tiles.lanes), e.sub(g.n, column)), g.m});
    });
    emitGemmEpilogue(e, g, zero, g.m, zero, g.n);
  }

  /// One vector of columns: rows by tiles of one height, so many that a part is complete for the epilogue while it is
  /// in the caches.
  void emitNarrow() {
    constexpr int64_t kTiles = 16;
    const llvm::ArrayRef<int64_t> heights = narrowHeights(e.unit);
    Value zero = e.constant(0);
    e.loop(zero, g.m, kTiles * heights.back(), [&](Value row) {
      Value rows = e.minimum(e.constant(kTiles * heights.back()), e.sub(g.m, row));
      InPlaceArguments part;
      part.left = e.offset(g.left, e.mul(row, g.leftRow), dtype), part.right = g.right;
      part.out = e.offset(g.out, e.mul(row, g.outRow), dtype);
      part.leftRow = g.leftRow, part.leftDepth = g.leftDepth, part.rightDepth = g.rightDepth, part.outRow = g.outRow;
      part.depth = g.k, part.rows = rows, part.columns = g.n;
      const Values arguments = valuesOf(part);
      Value tiles = e.quotientUp(rows, heights.back());
      Value tall = e.quotientUp(rows, tiles);
      std::function<void(size_t)> lowest = [&](size_t i) {
        if (i + 1 == heights.size()) return e.call(narrow[i], arguments);
        e.branch(
            e.less(tall, e.constant(heights[i] + 1)), [&] { e.call(narrow[i], arguments); }, [&] { lowest(i + 1); });
      };
      // What is left behind whole parts may be few rows.
      e.branch(e.less(rows, e.constant(e.tiles.flat.back().height + 1)), [&] { emitFlat(part); }, [&] { lowest(0); });
      emitGemmEpilogue(e, g, row, rows, zero, g.n);
    });
  }
};

}  // namespace

std::string gemmName(const VectorUnit &unit, DType dtype, Policy policy) {
  std::string name = kGemmPrefix.str() + std::string(name_of(dtype));
  // Integers add in any order.
  if (policy == Policy::strict && is_floating(dtype)) return name + "_strict";
  if (hasAmxProduct(unit, dtype, policy)) return name + "_amx";
  return gemmTilesFor(dtype, unit, policy).arePairs() ? name + "_pairs" : name;
}

mlir::func::FuncOp declareGemm(mlir::ModuleOp module, DType dtype, Policy policy) {
  const std::string name = gemmName(vectorUnitOf(module), dtype, policy);
  if (auto existing = module.lookupSymbol<mlir::func::FuncOp>(name)) return existing;
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module.getBody());
  mlir::Type pointer = LLVM::LLVMPointerType::get(module.getContext()), word = b.getI64Type();
  llvm::SmallVector<mlir::Type> types(3, pointer);
  types.append(8, word);
  types.append({pointer, pointer, word, word, pointer, pointer, word, word});
  auto function = mlir::func::FuncOp::create(b, module.getLoc(), name, b.getFunctionType(types, {}));
  function.setPrivate();
  return function;
}

void emitGemmRoutine(mlir::func::FuncOp declaration) {
  llvm::StringRef name = declaration.getName();
  auto module = declaration->getParentOfType<mlir::ModuleOp>();
  auto [dtypeName, form] = name.drop_front(kGemmPrefix.size()).split('_');
  Policy policy = form == "strict" ? Policy::strict : Policy::standard;
  VectorUnit unit = vectorUnitOf(module);
  GemmEmitter e(module, declaration.getLoc(), gemmTilesFor(*dtype_from_name(dtypeName), unit, policy), unit, policy);
  if (hasAmxProduct(unit, e.tiles.dtype, policy)) return emitAmxProduct(e, declaration);
  GemmDriver(e, name).emit();
}

}  // namespace etch::codegen
