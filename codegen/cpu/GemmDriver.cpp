// The loops around the register tiles: blocks of columns, passes over the depth, blocks of rows, panels, tiles.

#include "codegen/cpu/GemmEmitter.h"
#include "codegen/cpu/GemmRoutine.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// Bytes of a packed panel that are asked for in advance with each tile.
constexpr int64_t kAskedAhead = 40 * 64;
/// Elements between packed panels, so that they do not begin in the same cache set.
constexpr int64_t kPanelGap = 16;

class GemmDriver {
 public:
  GemmDriver(GemmEmitter &e, llvm::StringRef name) : e(e), name(name), dtype(e.tiles.dtype), compute(e.tiles.compute) {}

  /// Emits the routine into `declaration`'s place.
  void emit() {
    pack = emitGemmPack(e, name);
    for (int64_t height : e.tiles.heights)
      for (int64_t vectors = 1; vectors <= e.tiles.vectors; ++vectors)
        tileFunctions[{height, vectors}] = emitGemmTile(e, name, height, vectors);
    if (!e.tiles.isNarrow()) {
      for (auto [height, vectors] : e.tiles.flat) flat.push_back(emitGemmFlat(e, name, height, vectors));
      // Dot products add in another order.
      if (e.policy != Policy::strict || !is_floating(dtype)) dots = emitGemmDots(e, name);
      beginRoutine(name.str());
      emitSkinny();
      return e.end();
    }
    beginRoutine((name + ".wide").str());
    mlir::func::FuncOp wide = function;
    emitBlocks();
    e.end();
    beginRoutine(name.str());
    emitNarrow(wide);
    e.end();
  }

 private:
  GemmEmitter &e;
  llvm::StringRef name;
  DType dtype, compute;
  mlir::func::FuncOp function, pack, dots;
  llvm::SmallVector<mlir::func::FuncOp> flat;
  std::map<std::pair<int64_t, int64_t>, mlir::func::FuncOp> tileFunctions;

  // Arguments of the routine.
  Value left, right, out, m, n, k, leftRow, leftDepth, rightDepth, rightColumn, outRow, epilogue, context, firstRow,
      firstColumn;
  // Memory: blocks of both operands, and the packed rests of operands that are read in place.
  Value leftMemory, rightMemory, leftRest, rightRest;
  Value packLeft, packRight;  // i1

  int64_t leftBytes() const { return (e.tiles.rows * e.tiles.depth + e.tiles.lanes * 16) * size_of(compute); }
  int64_t rightBytes() const {
    const GemmTiles &t = e.tiles;
    return (t.columns * t.depth + t.columns / t.width() * kPanelGap + t.lanes * t.width()) * size_of(compute);
  }

  void beginRoutine(const std::string &routine) {
    llvm::SmallVector<mlir::Type> types(3, e.pointerType());
    types.append(8, e.b.getI64Type());
    types.append(2, e.pointerType());
    types.append(2, e.b.getI64Type());
    if (auto declared = e.module.lookupSymbol<mlir::func::FuncOp>(routine)) {
      function = declared;
      e.b.setInsertionPointToStart(function.addEntryBlock());
    } else {
      function = e.begin(routine, types);
    }
    Value *all[] = {&left,       &right,       &out,    &m,        &n,       &k,        &leftRow,    &leftDepth,
                    &rightDepth, &rightColumn, &outRow, &epilogue, &context, &firstRow, &firstColumn};
    for (auto [i, argument] : llvm::enumerate(all)) *argument = function.getArgument(i);
  }

  Value scratch(int64_t bytes) {
    return mlir::func::CallOp::create(e.b, e.at, scratchFunction(e.module), mlir::ValueRange{e.constant(bytes)})
        .getResult(0);
  }
  static mlir::func::FuncOp scratchFunction(mlir::ModuleOp module) {
    if (auto existing = module.lookupSymbol<mlir::func::FuncOp>("etch_rt_scratch")) return existing;
    mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module.getBody());
    auto declared = mlir::func::FuncOp::create(
        b, module.getLoc(), "etch_rt_scratch",
        b.getFunctionType({b.getI64Type()}, {LLVM::LLVMPointerType::get(module.getContext())}));
    declared.setPrivate();
    return declared;
  }

  /// Few rows or columns, else blocks.
  void emitSkinny() {
    // One column of results is one row of the transposed product: the vectors then run along it.
    Value null = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
    Value isPlain = LLVM::ICmpOp::create(e.b, e.at, LLVM::ICmpPredicate::eq, epilogue, null);
    Value turned = e.both(e.both(e.equal(n, 1), e.equal(outRow, 1)), isPlain);
    auto swap = [&](Value &x, Value &y) {
      Value first = e.select(turned, y, x);
      y = e.select(turned, x, y);
      x = first;
    };
    swap(left, right), swap(m, n), swap(leftDepth, rightDepth), swap(leftRow, rightColumn);
    outRow = e.select(turned, n, outRow);

    auto complete = [&] { e.branch(e.negate(isPlain), [&] { callEpilogue(firstRow, m, firstColumn, n); }); };
    Value most = e.constant(e.tiles.flat.back().height);
    Value isFlat = e.both(e.less(m, e.add(most, e.constant(1))), e.equal(rightColumn, 1));
    auto others = [&] {
      e.branch(
          isFlat,
          [&] {
            emitFlat(0);
            complete();
          },
          [&] { emitBlocks(); });
    };
    if (!dots) return others();
    Value few = e.less(e.minimum(m, n), e.constant(e.tiles.dotsUpTo + 1));
    Value areDots = e.both(few, e.both(e.equal(leftDepth, 1), e.equal(rightDepth, 1)));
    e.branch(
        areDots,
        [&] {
          e.call(dots, {left, right, out, leftRow, rightColumn, outRow, m, n, k});
          complete();
        },
        others);
  }
  /// The lowest of the flat routines that has enough rows.
  void emitFlat(size_t i) {
    auto run = [&] { e.call(flat[i], {left, right, out, leftRow, leftDepth, rightDepth, outRow, k, m, n}); };
    if (i + 1 == flat.size()) return run();
    e.branch(e.less(m, e.constant(e.tiles.flat[i].height + 1)), run, [&] { emitFlat(i + 1); });
  }

  void emitBlocks() {
    const GemmTiles &t = e.tiles;
    Value zero = e.constant(0), one = e.constant(1);
    leftRest = e.stack(t.depth * t.heights[0] + t.lanes * 16, compute);
    rightRest = e.stack(t.depth * t.width() + t.lanes * t.width(), compute);
    // At least one pass, so that an empty sum is stored as 0; passes of equal length.
    Value passes = e.maximum(e.div(e.add(k, e.constant(t.depth - 1)), t.depth), one);
    Value perPass = mlir::arith::DivUIOp::create(e.b, e.at, e.sub(e.add(k, passes), one), passes);
    auto decided = [&](bool always) {
      return mlir::arith::ConstantOp::create(e.b, e.at, e.b.getBoolAttr(always)).getResult();
    };
    packLeft = packRight = decided(true);
    if (!t.isNarrow()) {
      packLeft = e.less(e.constant(t.packLeftElements), e.mul(m, perPass));
      packRight =
          e.both(e.less(e.constant(t.packRightElements), e.mul(k, n)), e.less(e.constant(t.packRightRows - 1), m));
      packRight = e.either(packRight, e.negate(e.equal(rightColumn, 1)));
    }
    auto memory =
        mlir::scf::IfOp::create(e.b, e.at, mlir::TypeRange{e.pointerType()}, e.either(packLeft, packRight), true);
    {
      mlir::OpBuilder::InsertionGuard guard(e.b);
      e.b.setInsertionPointToStart(memory.thenBlock());
      mlir::scf::YieldOp::create(e.b, e.at, scratch(leftBytes() + rightBytes() + narrowBytes()));
      e.b.setInsertionPointToStart(memory.elseBlock());
      mlir::scf::YieldOp::create(e.b, e.at, leftRest);
    }
    leftMemory = memory.getResult(0);
    rightMemory = e.offsetBytes(leftMemory, e.constant(leftBytes()));
    Value blockRows = e.select(packLeft, e.constant(t.rows), e.maximum(m, one));
    Value blockColumns = e.select(packRight, e.constant(t.columns), e.maximum(n, one));
    e.loop(zero, n, blockColumns, {}, [&](Value column, mlir::ValueRange) {
      Value columns = e.minimum(blockColumns, e.sub(n, column));
      e.loop(zero, passes, 1, [&](Value pass) {
        Value first = e.mul(pass, perPass);
        emitPass({column, columns, first, e.minimum(perPass, e.sub(k, first)), pass,
                  e.compare(mlir::arith::CmpIPredicate::eq, e.add(pass, one), passes)},
                 blockRows);
      });
      return Values();
    });
  }

  /// One pass over the depth for a block of columns.
  struct Pass {
    Value column, columns, first, depth, number, isLast;
  };
  Value panelSize(Value depth) { return e.add(e.mul(depth, e.tiles.width()), e.constant(kPanelGap)); }

  void emitPass(const Pass &pass, Value blockRows) {
    const int64_t width = e.tiles.width();
    Value block = e.offset(right, e.add(e.mul(pass.first, rightDepth), e.mul(pass.column, rightColumn)), dtype);
    e.branch(
        packRight,
        [&] {
          e.call(pack, {block, rightMemory, rightColumn, rightDepth, pass.depth, pass.columns, e.constant(width),
                        panelSize(pass.depth)});
        },
        [&] {
          Value rest = e.rem(pass.columns, width);
          e.branch(e.less(e.constant(0), rest), [&] {
            Value source = e.offset(block, e.mul(e.sub(pass.columns, rest), rightColumn), dtype);
            e.call(pack,
                   {source, rightRest, rightColumn, rightDepth, pass.depth, rest, e.constant(width), e.constant(0)});
          });
        });
    e.loop(e.constant(0), m, blockRows, {}, [&](Value row, mlir::ValueRange) {
      emitRows(pass, block, row, e.minimum(blockRows, e.sub(m, row)));
      return Values();
    });
  }

  /// Where the tiles of each height end; tiles of a height follow each other, the tallest first.
  std::array<Value, 3> ends(Value rows) {
    const GemmTiles &t = e.tiles;
    Value rest = e.rem(rows, t.heights[0]), tall = e.div(rows, t.heights[0]);
    Value fewer = e.minimum(tall, e.bit(t.oneFewer, rest));
    tall = e.add(e.sub(tall, fewer), e.bit(t.oneMore, rest));
    std::array<Value, 3> end;
    end[0] = e.mul(tall, t.heights[0]);
    Value left = e.maximum(e.sub(rows, end[0]), e.constant(0));
    Value middle = e.div(e.add(left, e.constant(t.heights[1] - t.heights[2] - 1)), t.heights[1]);
    end[1] = e.add(end[0], e.mul(middle, t.heights[1]));
    left = e.maximum(e.sub(rows, end[1]), e.constant(0));
    Value low = e.div(e.add(left, e.constant(t.heights[2] - 1)), t.heights[2]);
    end[2] = e.add(end[1], e.mul(low, t.heights[2]));
    return end;
  }

  void emitRows(const Pass &pass, Value rightBlock, Value row, Value rows) {
    const GemmTiles &t = e.tiles;
    Value block = e.offset(left, e.add(e.mul(row, leftRow), e.mul(pass.first, leftDepth)), dtype);
    std::array<Value, 3> end = ends(rows);
    auto packTile = [&](Value first, int64_t height, Value target) {
      e.call(pack, {e.offset(block, e.mul(first, leftRow), dtype), target, leftRow, leftDepth, pass.depth,
                    e.minimum(e.constant(height), e.sub(rows, first)), e.constant(height), e.constant(0)});
    };
    for (int i = 0; i < 3; ++i) {
      Value begin = i ? end[i - 1] : e.constant(0);
      int64_t height = t.heights[i];
      e.branch(
          packLeft,
          [&] {
            e.loop(begin, end[i], height, [&](Value first) {
              packTile(first, height, e.offset(leftMemory, e.mul(first, pass.depth), compute));
            });
          },
          [&] {
            // In place, only a tile that reaches over the end.
            e.branch(e.both(e.less(begin, end[i]), e.less(rows, end[i])),
                     [&] { packTile(e.sub(end[i], e.constant(height)), height, leftRest); });
          });
    }
    Value zero = e.constant(0);
    e.loop(zero, pass.columns, t.width(), [&](Value column) {
      Value columns = e.minimum(e.constant(t.width()), e.sub(pass.columns, column));
      Value isPacked = e.either(packRight, e.less(columns, e.constant(t.width())));
      Value packed = e.offset(rightMemory, e.mul(e.div(column, t.width()), panelSize(pass.depth)), compute);
      Value panel = e.select(packRight, packed, rightRest);
      Value inPlace = e.offset(rightBlock, column, dtype);
      panel = e.select(isPacked, panel, inPlace);
      Value panelRow = e.select(isPacked, e.constant(t.width()), rightDepth);
      Value target = e.offset(out, e.add(e.mul(row, outRow), e.add(pass.column, column)), compute);
      Value more = e.both(packRight, e.less(e.add(column, e.constant(t.width())), pass.columns));
      for (int i = 0; i < 3; ++i)
        emitTiles(pass, block, i ? end[i - 1] : zero, end[i], t.heights[i], rows, panel, panelRow, target, columns,
                  more);
      emitEpilogue(pass, e.add(firstRow, row), rows, e.add(firstColumn, e.add(pass.column, column)), columns);
    });
  }

  void emitTiles(const Pass &pass, Value block, Value begin, Value end, int64_t height, Value rows, Value panel,
                 Value panelRow, Value target, Value columns, Value morePanels) {
    e.loop(begin, end, height, [&](Value row) {
      if (height == e.tiles.heights[0])
        e.branch(morePanels, [&] {
          Value next = e.offset(panel, panelSize(pass.depth), compute);
          Value ahead = e.offsetBytes(next, e.mul(e.div(row, height), kAskedAhead));
          e.loop(e.constant(0), e.constant(kAskedAhead), 64,
                 [&](Value byte) { e.prefetch(e.offsetBytes(ahead, byte), 2); });
        });
      Value reachesOver = e.less(e.sub(rows, row), e.constant(height));
      Value isPacked = e.either(packLeft, reachesOver);
      Value from = e.select(packLeft, e.offset(leftMemory, e.mul(row, pass.depth), compute), leftRest);
      from = e.select(isPacked, from, e.offset(block, e.mul(row, leftRow), dtype));
      Value isFirst = mlir::arith::ExtUIOp::create(e.b, e.at, e.b.getI64Type(), e.equal(pass.number, 0));
      Values arguments = {from,
                          panel,
                          e.offset(target, e.mul(row, outRow), compute),
                          e.select(isPacked, e.constant(1), leftRow),
                          e.select(isPacked, e.constant(height), leftDepth),
                          panelRow,
                          outRow,
                          pass.depth,
                          isFirst,
                          e.sub(rows, row),
                          columns};
      if (e.tiles.vectors == 1) return e.call(tileFunctions[{height, 1}], arguments);
      e.branch(
          e.less(e.constant(e.tiles.lanes), columns), [&] { e.call(tileFunctions[{height, 2}], arguments); },
          [&] { e.call(tileFunctions[{height, 1}], arguments); });
    });
  }

  void emitEpilogue(const Pass &pass, Value row, Value rows, Value column, Value columns) {
    Value null = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
    Value wanted = LLVM::ICmpOp::create(e.b, e.at, LLVM::ICmpPredicate::ne, epilogue, null);
    e.branch(e.both(pass.isLast, wanted), [&] { callEpilogue(row, rows, column, columns); });
  }
  void callEpilogue(Value row, Value rows, Value column, Value columns) {
    mlir::Type word = e.b.getI64Type();
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(e.b.getContext()),
                                            {e.pointerType(), word, word, word, word});
    LLVM::CallOp::create(e.b, e.at, type,
                         mlir::ValueRange{epilogue, context, row, e.add(row, rows), column, e.add(column, columns)});
  }

  // f16 and u8: blocks of sums are kept in the wide type and converted once at the end.
  static constexpr int64_t kWideRows = 224, kWideColumns = 512;
  int64_t narrowBytes() const { return e.tiles.isNarrow() ? kWideRows * kWideColumns * size_of(compute) : 0; }

  void emitNarrow(mlir::func::FuncOp wide) {
    Value memory = scratch(leftBytes() + rightBytes() + narrowBytes());
    Value sums = e.offsetBytes(memory, e.constant(leftBytes() + rightBytes()));
    Value zero = e.constant(0);
    e.loop(zero, n, kWideColumns, [&](Value column) {
      Value columns = e.minimum(e.constant(kWideColumns), e.sub(n, column));
      e.loop(zero, m, kWideRows, [&](Value row) {
        Value rows = e.minimum(e.constant(kWideRows), e.sub(m, row));
        Value null = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
        e.call(wide, {e.offset(left, e.mul(row, leftRow), dtype), e.offset(right, e.mul(column, rightColumn), dtype),
                      sums, rows, columns, k, leftRow, leftDepth, rightDepth, rightColumn, e.constant(kWideColumns),
                      null, null, zero, zero});
        e.loop(zero, rows, 1, [&](Value r) {
          Value from = e.offset(sums, e.mul(r, kWideColumns), compute);
          Value to = e.offset(out, e.add(e.mul(e.add(row, r), outRow), column), dtype);
          e.loop(zero, columns, e.tiles.lanes, [&](Value c) {
            Value part = e.mask(e.sub(columns, c));
            Value sum = e.load(e.offset(from, c, compute), compute, part);
            e.store(emitCast(e.b, e.at, sum, compute, dtype), e.offset(to, c, dtype), dtype, part);
          });
        });
        Value null2 = LLVM::ZeroOp::create(e.b, e.at, e.pointerType());
        Value wanted = LLVM::ICmpOp::create(e.b, e.at, LLVM::ICmpPredicate::ne, epilogue, null2);
        e.branch(wanted, [&] { callEpilogue(e.add(firstRow, row), rows, e.add(firstColumn, column), columns); });
      });
    });
  }
};

}  // namespace

mlir::func::FuncOp declareGemm(mlir::ModuleOp module, DType dtype, Policy policy) {
  std::string name = kGemmPrefix.str() + std::string(name_of(dtype)) + (policy == Policy::strict ? "_strict" : "");
  if (auto existing = module.lookupSymbol<mlir::func::FuncOp>(name)) return existing;
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(module.getBody());
  mlir::Type pointer = LLVM::LLVMPointerType::get(module.getContext()), word = b.getI64Type();
  llvm::SmallVector<mlir::Type> types(3, pointer);
  types.append(8, word);
  types.append({pointer, pointer, word, word});
  auto function = mlir::func::FuncOp::create(b, module.getLoc(), name, b.getFunctionType(types, {}));
  function.setPrivate();
  return function;
}

void emitGemmRoutine(mlir::func::FuncOp declaration) {
  llvm::StringRef name = declaration.getName();
  auto module = declaration->getParentOfType<mlir::ModuleOp>();
  llvm::StringRef rest = name;
  rest.consume_front(kGemmPrefix);
  Policy policy = rest.consume_back("_strict") ? Policy::strict : Policy::standard;
  VectorUnit unit = vectorUnitOf(module);
  GemmEmitter e(module, declaration.getLoc(), gemmTilesFor(*dtype_from_name(rest), unit), unit, policy);
  GemmDriver(e, name).emit();
}

}  // namespace etch::codegen
