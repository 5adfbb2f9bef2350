// Packing where one instruction multiplies pairs of bf16: two numbers that follow each other along the depth lie side
// by side, and take the place that an f32 has in panels of others. An odd one at the end of the depth is paired with 0.

#include "codegen/cpu/elements/Elements.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

class PairPack {
 public:
  explicit PairPack(GemmEmitter &e) : e(e) {}

  mlir::func::FuncOp emitPack(llvm::StringRef routine) {
    auto function = e.begin((routine + ".pack").str(), 2, 5);
    mlir::Block &entry = function.getBody().front();
    from = entry.getArgument(0), to = entry.getArgument(1), across = entry.getArgument(2), deep = entry.getArgument(3);
    depth = entry.getArgument(4), count = entry.getArgument(5), apart = entry.getArgument(6);
    e.branch(e.equal(across, 1), [&] { zipRows(); }, [&] { turnLines(); });
    e.end();
    return function;
  }

  mlir::func::FuncOp emitCopy(llvm::StringRef routine) {
    auto function = e.begin((routine + ".copy").str(), 2, 6);
    mlir::Block &entry = function.getBody().front();
    from = entry.getArgument(0), to = entry.getArgument(1), across = entry.getArgument(2), deep = entry.getArgument(3);
    depth = entry.getArgument(4), count = entry.getArgument(5), apart = entry.getArgument(6);
    Value rows = entry.getArgument(7);
    e.branch(e.equal(deep, 1), [&] { copyLines(rows); }, [&] { zipNeighbours(); });
    e.end();
    return function;
  }

 private:
  GemmEmitter &e;
  const int64_t lanes = e.tiles.lanes, width = e.tiles.width(), pairs = 2 * lanes;
  Value from, to, across, deep, depth, count, apart;

  mlir::VectorType numbers(int64_t count) { return mlir::VectorType::get({count}, e.b.getI16Type()); }
  Value load(int64_t number, Value address, Value mask = {}) {
    return loadLine(e.b, e.at, numbers(number), address, mask);
  }
  /// Pairs of as many numbers of two lines as there are lanes, from the one at `begin` on.
  Value zipped(Value even, Value odd, int64_t begin) {
    const int64_t size = llvm::cast<mlir::VectorType>(even.getType()).getDimSize(0);
    llvm::SmallVector<int64_t> order;
    for (int64_t i = begin; i < begin + lanes; ++i) order.append({i, size + i});
    return mlir::vector::ShuffleOp::create(e.b, e.at, even, odd, order);
  }
  void store(Value line, Value address) { storeLine(e.b, e.at, line, address); }
  Value packedAt(Value base, Value position) { return e.offset(base, position, e.tiles.compute); }
  Value numbersAt(Value base, Value position) { return e.offset(base, position, e.tiles.dtype); }

  /// Lines of the right operand that are neighbours: pieces of two rows make a row of several panels.
  void zipRows() {
    Value zero = e.constant(0), whole = e.mul(e.div(count, width), width), rest = e.mask(e.sub(count, whole), width);
    const int64_t together = width * e.tiles.packedTogether;
    auto zip = [&](Value pair, Value first, Value panel, bool isPair) {
      Value even = numbersAt(from, e.mul(e.mul(pair, 2), deep)), odd = numbersAt(even, deep);
      Value place = packedAt(panel, e.mul(pair, width));
      auto piece = [&](Value line, Value place, Value mask) {
        Value x = load(width, numbersAt(even, line), mask);
        Value y =
            isPair ? load(width, numbersAt(odd, line), mask) : splatConstant(e.b, e.at, numbers(width), int64_t{0});
        for (int64_t lane = 0; lane < width; lane += lanes)
          store(zipped(x, y, lane), e.offset(place, lane, e.tiles.compute));
      };
      Value last = e.minimum(whole, e.add(first, e.constant(together)));
      Value behind = e.loop(first, last, e.constant(width), {place}, [&](Value line, mlir::ValueRange now) {
        piece(line, now[0], {});
        return Values{packedAt(now[0], apart)};
      })[0];
      e.branch(e.both(e.less(last, count), e.less(last, e.add(first, e.constant(together)))),
               [&] { piece(whole, behind, rest); });
    };
    Value all = e.div(depth, 2);
    e.loop(zero, count, e.constant(together), {to}, [&](Value first, mlir::ValueRange panel) {
      e.loop(zero, all, 1, [&](Value pair) { zip(pair, first, panel[0], true); });
      e.branch(e.equal(e.rem(depth, 2), 1), [&] { zip(all, first, panel[0], false); });
      return Values{packedAt(panel[0], e.mul(apart, e.tiles.packedTogether))};
    });
  }

  /// Lines of the right operand along the depth: as many pairs of as many lines as there are lanes are turned. Those
  /// too many are the last one again.
  void turnLines() {
    Value zero = e.constant(0), last = e.sub(count, e.constant(1));
    Value whole = e.div(depth, pairs), rest = e.rem(depth, pairs),
          lastPair = e.sub(e.quotientUp(depth, 2), e.constant(1));
    e.loop(zero, count, lanes, [&](Value line) {
      Value panel = e.add(e.mul(e.div(line, width), apart), e.rem(line, width));
      auto turnedAt = [&](Value pair, Value mask) {
        Values rows;
        for (int64_t i = 0; i < lanes; ++i) {
          Value place = e.mul(e.minimum(e.add(line, e.constant(i)), last), across);
          rows.push_back(e.loadPairs(numbersAt(from, e.add(place, e.mul(pair, 2))), mask));
        }
        return transposed(e.b, e.at, rows);
      };
      auto storeAt = [&](Value row, Value pair) { store(row, packedAt(to, e.add(panel, e.mul(pair, width)))); };
      e.loop(zero, whole, 1, [&](Value part) {
        Value pair = e.mul(part, lanes);
        for (auto [i, row] : llvm::enumerate(turnedAt(pair, {})))
          storeAt(row, e.add(pair, e.constant(static_cast<int64_t>(i))));
      });
      e.branch(e.less(zero, rest), [&] {
        // The last pair is stored last: those behind it go to its place before.
        Value pair = e.mul(whole, lanes);
        const Values rows = turnedAt(pair, e.mask(rest, pairs));
        for (int64_t i = lanes; i-- > 0;) storeAt(rows[i], e.minimum(e.add(pair, e.constant(i)), lastPair));
      });
    });
  }

  /// Rows of the left operand, as they lie; those too many repeat the last one.
  void copyLines(Value rows) {
    Value zero = e.constant(0), whole = e.mul(e.div(depth, pairs), pairs), rest = e.mask(e.sub(depth, whole), pairs);
    e.loop(zero, rows, 1, [&](Value row) {
      Value present = e.minimum(row, e.sub(count, e.constant(1)));
      Value line = numbersAt(from, e.mul(present, across)), place = packedAt(to, e.mul(row, apart));
      auto copy = [&](Value p, Value mask) { store(load(pairs, numbersAt(line, p), mask), numbersAt(place, p)); };
      e.loop(zero, whole, pairs, [&](Value p) { copy(p, {}); });
      e.branch(e.less(whole, depth), [&] { copy(whole, rest); });
    });
  }

  /// Neighbours of the left operand, of two depths; copies of the last one fill up the vector.
  void zipNeighbours() {
    Value present = e.mask(count), last = e.sub(count, e.constant(1)), all = e.div(depth, 2);
    auto neighbours = [&](Value address) -> Value {
      Value number = LLVM::LoadOp::create(e.b, e.at, e.b.getI16Type(), numbersAt(address, last), 2);
      Value copies = mlir::vector::BroadcastOp::create(e.b, e.at, numbers(lanes), number);
      return e.select(present, load(lanes, address, present), copies);
    };
    auto zip = [&](Value pair, bool isPair) {
      Value address = numbersAt(from, e.mul(e.mul(pair, 2), deep)), even = neighbours(address);
      Value odd = isPair ? neighbours(numbersAt(address, deep)) : splatConstant(e.b, e.at, numbers(lanes), int64_t{0});
      store(zipped(even, odd, 0), packedAt(to, e.mul(pair, apart)));
    };
    e.loop(e.constant(0), all, 1, [&](Value pair) { zip(pair, true); });
    e.branch(e.equal(e.rem(depth, 2), 1), [&] { zip(all, false); });
  }
};

}  // namespace

mlir::func::FuncOp emitPairPack(GemmEmitter &e, llvm::StringRef routine) { return PairPack(e).emitPack(routine); }
mlir::func::FuncOp emitPairCopy(GemmEmitter &e, llvm::StringRef routine) { return PairPack(e).emitCopy(routine); }

}  // namespace etch::codegen
