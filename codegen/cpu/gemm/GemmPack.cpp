// Packing: operands copied into the order in which the register tiles read them.

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/Elements.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Lines that one moving pointer serves (LineAddresses) (docs/decisions/0010).
constexpr int64_t kLinesOfPointer = 8;

/// Elements of a line in 128 bits of the computed type.
int64_t pieceOf(const GemmEmitter &e) { return 16 / static_cast<int64_t>(size_of(e.tiles.compute)); }

using MaskOf = llvm::function_ref<Value(int64_t line)>;

/// 128 bits of each of `lanes` lines, transposed: a vector of all lines for each element. Loads put those of lines that
/// are as many lines apart side by side in a register, so that shuffles only have to transpose inside 128 bits.
Values transposedPieces(GemmEmitter &e, const LineAddresses &addresses, mlir::ValueRange pointers, MaskOf maskOf = {}) {
  const DType from = e.tiles.dtype;
  const int64_t piece = pieceOf(e);
  const auto alignment = static_cast<unsigned>(size_of(from));
  auto type = mlir::VectorType::get({piece}, memoryType(from, e.b.getContext()));
  Values moving, vectors;
  for (Value pointer : pointers) moving.push_back(e.opaque(pointer));
  for (int64_t i = 0; i < piece; ++i) {
    Values parts;
    for (int64_t line = i; line < e.tiles.lanes; line += piece) {
      Value address = addresses.at(moving[line / kLinesOfPointer], line % kLinesOfPointer);
      if (!maskOf)
        parts.push_back(mlir::LLVM::LoadOp::create(e.b, e.at, type, address, alignment));
      else
        parts.push_back(mlir::LLVM::MaskedLoadOp::create(e.b, e.at, type, address, maskOf(line),
                                                         splatConstant(e.b, e.at, type, int64_t{0}), alignment));
    }
    vectors.push_back(
        emitCast(e.b, e.at, fromMemory(e.b, e.at, from, joined(e.b, e.at, parts)), from, e.tiles.compute));
  }
  return transposed(e.b, e.at, vectors);
}

/// Where the lines begin that each moving pointer serves.
Values pointersOf(GemmEmitter &e, Value lines, Value apart, Value deep) {
  Values pointers;
  for (int64_t line = 0; line < e.tiles.lanes; line += kLinesOfPointer)
    pointers.push_back(e.offset(lines, e.add(e.mul(apart, line), deep), e.tiles.dtype));
  return pointers;
}

/// Transposes up to `lanes` lines of `depth` elements to rows of a panel.
void packLines(GemmEmitter &e, const LineAddresses &addresses, Value lines, Value apart, Value depth, Value count,
               Value target) {
  const DType to = e.tiles.compute;
  const int64_t piece = pieceOf(e);
  Value zero = e.constant(0), last = e.sub(depth, e.constant(piece));
  auto store = [&](const Values &rows, Value deep) {
    Value place = e.offset(target, e.mul(deep, e.tiles.width()), to);
    for (auto [i, row] : llvm::enumerate(rows))
      e.store(row, e.offset(place, static_cast<int64_t>(i) * e.tiles.width(), to), to);
  };
  Value areWhole = e.both(e.less(e.constant(e.tiles.lanes - 1), count), e.less(e.constant(-1), last));
  e.branch(
      areWhole,
      [&] {
        // The last piece ends where the lines do, and may begin inside the one before.
        e.loop(zero, depth, piece, [&](Value p) {
          Value deep = e.minimum(p, last);
          store(transposedPieces(e, addresses, pointersOf(e, lines, apart, deep)), deep);
        });
      },
      [&] {
        e.loop(zero, depth, piece, [&](Value p) {
          auto maskOf = [&](int64_t line) {
            return e.mask(e.select(e.less(e.constant(line), count), e.sub(depth, p), zero), piece);
          };
          store(transposedPieces(e, addresses, pointersOf(e, lines, apart, p), maskOf), p);
        });
      });
}

}  // namespace

mlir::func::FuncOp emitGemmTurn(GemmEmitter &e, llvm::StringRef routine) {
  const DType dtype = e.tiles.dtype;
  const int64_t piece = pieceOf(e);
  auto function = e.begin((routine + ".turn").str(), 2, 4);
  mlir::Block &entry = function.getBody().front();
  Value from = entry.getArgument(0), to = entry.getArgument(1), fromRow = entry.getArgument(2),
        toRow = entry.getArgument(3), rows = entry.getArgument(4), columns = entry.getArgument(5);
  const LineAddresses addresses(e, e.mul(fromRow, static_cast<int64_t>(size_of(dtype))));
  Value inside = e.mask(rows), whole = e.mul(e.div(columns, piece), piece);
  auto turn = [&](Value p, bool isWhole) {
    for (auto [i, line] : llvm::enumerate(transposedPieces(e, addresses, pointersOf(e, from, fromRow, p)))) {
      Value column = e.add(p, e.constant(static_cast<int64_t>(i)));
      auto store = [&] { e.store(line, e.offset(to, e.mul(column, toRow), dtype), dtype, inside); };
      if (isWhole)
        store();
      else
        e.branch(e.less(column, columns), store);
    }
  };
  e.loop(e.constant(0), whole, piece, [&](Value p) { turn(p, true); });
  e.loop(whole, columns, piece, [&](Value p) { turn(p, false); });
  e.end();
  return function;
}

mlir::func::FuncOp emitGemmPack(GemmEmitter &e, llvm::StringRef routine) {
  const DType from = e.tiles.dtype, to = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes, width = e.tiles.width();
  auto function = e.begin((routine + ".pack").str(), 2, 5);
  mlir::Block &entry = function.getBody().front();
  Value source = entry.getArgument(0), target = entry.getArgument(1), across = entry.getArgument(2),
        deep = entry.getArgument(3), depth = entry.getArgument(4), count = entry.getArgument(5),
        groupSize = entry.getArgument(6);
  Value zero = e.constant(0);

  // Lines are read side by side: a piece of a row of the right operand for several groups at once.
  auto copyRows = [&] {
    const int64_t together = width * e.tiles.packedTogether;
    e.loop(zero, count, e.constant(together), {target}, [&](Value first, mlir::ValueRange groups) {
      Value last = e.minimum(count, e.add(first, e.constant(together)));
      e.loop(zero, depth, 1, [&](Value p) {
        Value row = e.offset(source, e.mul(p, deep), from);
        Value place = e.offset(groups[0], e.mul(p, width), to);
        e.loop(first, last, e.constant(width), {place}, [&](Value line, mlir::ValueRange now) {
          for (int64_t lane = 0; lane < width; lane += lanes) {
            Value position = e.add(line, e.constant(lane));
            Value values = e.loadWide(e.offset(row, position, from), e.mask(e.sub(count, position)));
            e.store(values, e.offset(now[0], lane, to), to);
          }
          return Values{e.offset(now[0], groupSize, to)};
        });
      });
      return Values{e.offset(groups[0], e.mul(groupSize, e.tiles.packedTogether), to)};
    });
  };
  auto transpose = [&] {
    const LineAddresses addresses(e, e.mul(across, static_cast<int64_t>(size_of(from))));
    e.loop(zero, count, e.constant(width), {target}, [&](Value first, mlir::ValueRange group) {
      e.loop(zero, e.minimum(e.constant(width), e.sub(count, first)), lanes, [&](Value lane) {
        Value line = e.add(first, lane), lines = e.sub(count, line);
        packLines(e, addresses, e.offset(source, e.mul(line, across), from), across, depth, lines,
                  e.offset(group[0], lane, to));
      });
      return Values{e.offset(group[0], groupSize, to)};
    });
  };
  e.branch(e.equal(across, 1), copyRows, transpose);
  e.end();
  return function;
}

mlir::func::FuncOp emitGemmCopy(GemmEmitter &e, llvm::StringRef routine) {
  const DType from = e.tiles.dtype, to = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes;
  auto function = e.begin((routine + ".copy").str(), 2, 6);
  mlir::Block &entry = function.getBody().front();
  Value source = entry.getArgument(0), target = entry.getArgument(1), row = entry.getArgument(2),
        deep = entry.getArgument(3), depth = entry.getArgument(4), count = entry.getArgument(5),
        apart = entry.getArgument(6), rows = entry.getArgument(7);
  Value zero = e.constant(0), whole = e.mul(e.div(depth, lanes), lanes);
  Value rest = e.mask(e.sub(depth, whole));
  auto alongDepth = [&] {
    e.loop(zero, rows, 1, [&](Value r) {
      // Rows too many repeat the last one: of what memory happens to hold, subnormal numbers would cost 150 cycles
      // each.
      Value present = e.minimum(r, e.sub(count, e.constant(1)));
      Value line = e.offset(source, e.mul(present, row), from), place = e.offset(target, e.mul(r, apart), to);
      e.loop(zero, whole, lanes,
             [&](Value p) { e.store(e.loadWide(e.offset(line, p, from)), e.offset(place, p, to), to); });
      e.branch(e.less(whole, depth),
               [&] { e.store(e.loadWide(e.offset(line, whole, from), rest), e.offset(place, whole, to), to, rest); });
    });
  };
  auto alongRows = [&](int64_t vectors) {
    Values masks;
    for (int64_t v = 0; v < vectors; ++v) masks.push_back(e.mask(e.sub(count, e.constant(v * lanes))));
    e.loop(zero, depth, e.constant(1), {source, target}, [&](Value, mlir::ValueRange now) {
      Value element = loadScalar(e.b, e.at, from, now[0], e.sub(count, e.constant(1)));
      Value last = e.broadcast(emitCast(e.b, e.at, element, from, to));
      for (auto [v, mask] : llvm::enumerate(masks)) {
        const auto lane = static_cast<int64_t>(v) * lanes;
        Value present = e.loadWide(e.offset(now[0], lane, from), mask);
        e.store(e.select(mask, present, last), e.offset(now[1], lane, to), to);
      }
      return Values{e.offset(now[0], deep, from), e.offset(now[1], apart, to)};
    });
  };
  auto acrossDepth = [&] {
    const int64_t tall = e.tiles.tallVectors(), wide = e.tiles.vectors;
    if (tall == wide) return alongRows(tall);
    e.branch(e.less(e.constant(tall * lanes), count), [&] { alongRows(wide); }, [&] { alongRows(tall); });
  };
  e.branch(e.equal(deep, 1), alongDepth, acrossDepth);
  e.end();
  return function;
}

}  // namespace etch::codegen
