// Products of few rows or columns whose operands both lie along the depth: dot products over lanes, of a few lines of
// each operand at a time. Nothing is packed, nothing transposed but the sums.

#include "codegen/cpu/gemm/GemmDots.h"

#include <functional>

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/Elements.h"
#include "codegen/cpu/elements/TransposedTile.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;
namespace vector = mlir::vector;

namespace {

/// Lines of the longer operand that are taken together (docs/decisions/0077).
constexpr int64_t kTogether = 4;
/// The same where one line of the other operand is: sums enough to hide the latency of a multiply-add
/// (docs/decisions/0077).
constexpr int64_t kTogetherWithOne = 8;

/// From so many rows on the next lines of the longer operand are asked for, where it lies in L3 or is passed by once.
/// One that stays in L2 is better left alone (b^T, of oneDNN, without / with: 5x930x501 2.2/3.0, 1047x12x804 .96/1.01,
/// 12x300x800 1.89/1.63).
constexpr int64_t kLeastAhead = 3;

/// Fewer lines whose vectors would reach into two cache lines each are copied, up to so many elements, where so many
/// others pass by (b^T, of oneDNN: 12x300x804 1.42 to 1.67, 15x311x829 1.02 to 1.45).
constexpr int64_t kMostCopied = 1 << 16, kLeastColumns = 64;

/// Lines across the depth are copied element by element, so many in a turn of the loop, where so many others pass by,
/// for each of the few so many (docs/decisions/0102).
constexpr int64_t kCopiedTogether = 8, kLeastMany = 33, kManyForFew = 6;

class DotsFunction {
 public:
  DotsFunction(GemmEmitter &e, mlir::func::FuncOp function, int64_t height) : e(e), height(height) {
    Value *all[] = {&left, &right, &out, &leftRow, &rightColumn, &outRow, &outColumn, &m, &n, &depth};
    for (auto [i, argument] : llvm::enumerate(all)) *argument = function.getArgument(static_cast<unsigned>(i));
    whole = e.mul(e.div(depth, step), step);
    rest = e.mask(e.sub(depth, whole), step);
    Value isFar = e.less(e.constant(e.tiles.streamElements), e.mul(n, depth));
    Value isPassed = e.less(m, e.constant(height + 1));
    ahead = e.select(e.either(isFar, isPassed), e.mul(rightColumn, kTogether), e.constant(0));
  }

  void emit() {
    Value zero = e.constant(0);
    if (height > 1) return e.loop(zero, n, kTogether, [&](Value column) { columns(column, kTogether); });
    Value many = e.mul(e.div(n, kTogetherWithOne), kTogetherWithOne);
    e.loop(zero, many, kTogetherWithOne, [&](Value column) { columns(column, kTogetherWithOne); });
    e.loop(many, n, kTogether, [&](Value column) { columns(column, kTogether); });
  }

 private:
  GemmEmitter &e;
  const int64_t height;
  const DType dtype = e.tiles.dtype;
  const int64_t lanes = e.tiles.lanes, step = lanes * e.tiles.group;  ///< elements of a vector along the depth
  Value left, right, out, leftRow, rightColumn, outRow, outColumn, m, n, depth;
  Value whole, rest;  ///< elements of a line in whole vectors, mask of the others
  Value ahead;        ///< elements to the lines that are asked for

  /// All rows for some columns: the lines of the right operand stay in L1 meanwhile.
  void columns(Value column, int64_t width) {
    Values lines;
    for (int64_t c = 0; c < width; ++c) {
      // One too many is the last one once more.
      Value present = e.minimum(e.add(column, e.constant(c)), e.sub(n, e.constant(1)));
      lines.push_back(e.offset(right, e.mul(present, rightColumn), dtype));
    }
    Value last = e.sub(m, e.constant(height));
    e.loop(e.constant(0), m, height, [&](Value first) {
      // The last rows may be some of those before once more.
      Value row = e.minimum(first, last);
      store(multiply(row, lines), row, column, width);
    });
  }

  /// height x width vectors of sums.
  Values multiply(Value row, const Values &lines) {
    Values rows;
    for (int64_t r = 0; r < height; ++r)
      rows.push_back(e.offset(left, e.mul(e.add(row, e.constant(r)), leftRow), dtype));
    auto add = [&](Value p, mlir::ValueRange sums, Value mask) {
      Values next(sums.begin(), sums.end()), factors;
      for (Value line : rows) factors.push_back(elements(e.offset(line, p, dtype), mask));
      Value following = e.add(p, ahead);
      for (auto [c, pointer] : llvm::enumerate(lines)) {
        if (height >= kLeastAhead && !mask) e.prefetch(e.offset(pointer, following, dtype), 3);
        Value line = elements(e.offset(pointer, p, dtype), mask);
        for (auto [r, factor] : llvm::enumerate(factors)) {
          Value &sum = next[r * lines.size() + c];
          sum = e.multiplyAdd(factor, line, sum);
        }
      }
      return next;
    };
    const Values zeros(height * static_cast<int64_t>(lines.size()), e.zeros(e.tiles.compute));
    Values sums = e.loop(e.constant(0), whole, e.constant(step), zeros,
                         [&](Value p, mlir::ValueRange now) { return add(p, now, {}); });
    return e.loop(whole, depth, e.constant(step), sums,
                  [&](Value p, mlir::ValueRange now) { return add(p, now, rest); });
  }
  Value elements(Value address, Value mask) {
    return e.tiles.arePairs() ? e.loadPairs(address, mask) : e.load(address, dtype, mask);
  }

  Value sum(Value x, Value y) {
    if (is_floating(dtype)) return mlir::arith::AddFOp::create(e.b, e.at, x, y);
    return mlir::arith::AddIOp::create(e.b, e.at, x, y);
  }
  /// The totals of some vectors, as many as are taken together: halves are added until a vector has as many lanes, then
  /// a square of them is transposed, and its halves are added (as sums over rows are).
  Value totals(mlir::ValueRange sums) {
    const int64_t side = std::min(lanes, kTogether);
    Values results;
    for (size_t first = 0; first < sums.size(); first += side) {
      Values square;
      for (Value now : sums.slice(first, side)) {
        for (int64_t size = lanes; size > side; size /= 2) {
          auto half = [&](int64_t begin) -> Value {
            return vector::ShuffleOp::create(e.b, e.at, now, now, llvm::to_vector(llvm::seq(begin, begin + size / 2)));
          };
          now = sum(half(0), half(size / 2));
        }
        square.push_back(now);
      }
      square = transposed(e.b, e.at, square);
      for (; square.size() > 1; square.resize(square.size() / 2))
        for (size_t i = 0; i < square.size() / 2; ++i) square[i] = sum(square[i], square[i + square.size() / 2]);
      results.push_back(square[0]);
    }
    return joined(e.b, e.at, results);
  }

  void store(const Values &sums, Value row, Value column, int64_t width) {
    const auto bytes = static_cast<unsigned>(size_of(dtype));
    Value areNeighbours = e.equal(outColumn, 1);
    for (int64_t r = 0; r < height; ++r)
      for (int64_t c = 0; c < width; c += kTogether) {
        Value results = totals(mlir::ValueRange(sums).slice(r * width + c, kTogether));
        results = toMemory(e.b, e.at, dtype, emitCast(e.b, e.at, results, e.tiles.compute, dtype));
        Value first = e.add(column, e.constant(c)), present = e.sub(n, first);
        Value place = e.offset(out, e.add(e.mul(e.add(row, e.constant(r)), outRow), e.mul(first, outColumn)), dtype);
        auto storeEach = [&] {
          for (int64_t i = 0; i < kTogether; ++i)
            e.branch(e.less(e.constant(i), present), [&] {
              Value result = vector::ExtractOp::create(e.b, e.at, results, i);
              mlir::LLVM::StoreOp::create(e.b, e.at, result, e.offset(place, e.mul(outColumn, i), dtype), bytes);
            });
        };
        e.branch(
            e.both(areNeighbours, e.less(e.constant(kTogether - 1), present)),
            [&] { mlir::LLVM::StoreOp::create(e.b, e.at, results, place, bytes); }, storeEach);
      }
  }
};

/// Packed elements from one copied line to the next: whole vectors, one more so that lines do not begin in one cache
/// set.
Value rowsApart(GemmEmitter &e, Value depth) {
  return e.mul(e.add(e.quotientUp(depth, e.tiles.lanes * e.tiles.group), e.constant(1)), e.tiles.lanes);
}

/// The operands, the one copied that lies across the depth.
GemmOperands withOneTurned(GemmEmitter &e, const GemmOperands &given) {
  const DType dtype = e.tiles.dtype;
  Value zero = e.constant(0), apart = rowsApart(e, given.k);
  auto isAsked = [&](AreDots how) { return e.equal(given.areDots, static_cast<int64_t>(how)); };
  Value isLeft = isAsked(AreDots::withLeftTurned), isRight = isAsked(AreDots::withRightTurned);
  auto pick = [&](Value left, Value right) { return e.select(isLeft, left, right); };
  Value across = pick(given.left, given.right), number = pick(given.m, given.n);
  Value fromLine = pick(given.leftRow, given.rightColumn), fromStep = pick(given.leftDepth, given.rightDepth);
  auto copied = mlir::scf::IfOp::create(e.b, e.at, mlir::TypeRange{e.pointerType()}, e.either(isLeft, isRight), true);
  {
    mlir::OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(copied.thenBlock());
    Value memory = e.scratch(kMostCopied * static_cast<int64_t>(size_of(dtype)));
    e.loop(zero, number, 1, [&](Value line) {
      Value from = e.offset(across, e.mul(line, fromLine), dtype), to = e.offset(memory, e.mul(line, apart), dtype);
      auto copy = [&](Value first, int64_t number) {
        for (int64_t i = 0; i < number; ++i) {
          Value p = e.add(first, e.constant(i));
          Value element = loadScalar(e.b, e.at, dtype, e.offset(from, e.mul(p, fromStep), dtype), zero);
          mlir::LLVM::StoreOp::create(e.b, e.at, element, e.offset(to, p, dtype), size_of(dtype));
        }
      };
      Value whole = e.mul(e.div(given.k, kCopiedTogether), kCopiedTogether);
      e.loop(zero, whole, kCopiedTogether, [&](Value p) { copy(p, kCopiedTogether); });
      e.loop(whole, given.k, 1, [&](Value p) { copy(p, 1); });
    });
    mlir::scf::YieldOp::create(e.b, e.at, memory);
    e.b.setInsertionPointToStart(copied.elseBlock());
    mlir::scf::YieldOp::create(e.b, e.at, across);
  }
  GemmOperands turned = given;
  turned.left = e.select(isLeft, copied.getResult(0), given.left);
  turned.leftRow = e.select(isLeft, apart, given.leftRow);
  turned.right = e.select(isRight, copied.getResult(0), given.right);
  turned.rightColumn = e.select(isRight, apart, given.rightColumn);
  return turned;
}

}  // namespace

llvm::SmallVector<mlir::func::FuncOp> emitGemmDots(GemmEmitter &e, llvm::StringRef routine) {
  // Sums, a vector of each row and one of a column fit into the registers.
  const int64_t highest = e.unit.registers >= 32 ? 6 : 3;
  llvm::SmallVector<mlir::func::FuncOp> functions;
  for (int64_t height = 1; height <= highest; ++height) {
    functions.push_back(e.begin((routine + ".dots" + llvm::Twine(height)).str(), 3, 7));
    DotsFunction(e, functions.back(), height).emit();
    e.end();
  }
  return functions;
}

void callGemmDots(GemmEmitter &e, llvm::ArrayRef<mlir::func::FuncOp> dots, mlir::func::FuncOp copy,
                  const GemmOperands &given) {
  const GemmOperands g = e.tiles.isNarrow() ? given : withOneTurned(e, given);
  Value isLow = e.less(g.m, g.n), one = e.constant(1);
  auto pick = [&](Value low, Value tall) { return e.select(isLow, low, tall); };
  Value rows = pick(g.m, g.n), columns = pick(g.n, g.m), left = pick(g.left, g.right),
        leftRow = pick(g.leftRow, g.rightColumn);
  const int64_t vector = e.tiles.lanes * e.tiles.group;
  Value packedApart = rowsApart(e, g.k);
  Value areSplit = e.negate(e.equal(e.rem(leftRow, vector), 0));
  Value isCopied = e.both(areSplit, e.both(e.less(e.mul(packedApart, rows), e.constant(kMostCopied)),
                                           e.less(e.constant(kLeastColumns), columns)));
  auto even = mlir::scf::IfOp::create(e.b, e.at, mlir::TypeRange{left.getType(), leftRow.getType()}, isCopied, true);
  {
    mlir::OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(even.thenBlock());
    Value memory = e.scratch(kMostCopied * static_cast<int64_t>(size_of(e.tiles.compute)));
    e.call(copy, {left, memory, leftRow, one, g.k, rows, packedApart, rows});
    Value apart = e.tiles.arePairs() ? e.mul(packedApart, e.tiles.group) : packedApart;
    mlir::scf::YieldOp::create(e.b, e.at, mlir::ValueRange{memory, apart});
    e.b.setInsertionPointToStart(even.elseBlock());
    mlir::scf::YieldOp::create(e.b, e.at, mlir::ValueRange{left, leftRow});
  }
  const Values arguments = {
      even.getResult(0),   pick(g.right, g.left), g.out, even.getResult(1), pick(g.rightColumn, g.leftRow),
      pick(g.outRow, one), pick(one, g.outRow),   rows,  columns,           g.k};
  // Rows in groups of one height.
  Value groups = e.quotientUp(rows, static_cast<int64_t>(dots.size()));
  Value height = e.quotientUp(rows, groups);
  std::function<void(size_t)> call = [&](size_t i) {
    if (i + 1 == dots.size()) return e.call(dots[i], arguments);
    e.branch(e.equal(height, static_cast<int64_t>(i) + 1), [&] { e.call(dots[i], arguments); }, [&] { call(i + 1); });
  };
  call(0);
}

// The transposed product takes a vector of lanes for so few rows, of which the others do nothing (of the FMA peak,
// transposed / dots, Zen 4 with AVX-512):
//
//   2x234x560  4x234x560  4x1000x100  6x100x120  8x300x800  12x66x200  12x300x800  16x300x800
//   .12/.76    .24/.76    .23/.61     .33/.58    .47/.83    .65/.60    .69/.81     .94/.72
bool turnsForDots(const GemmTiles &tiles, int64_t few, int64_t many, int64_t depth) {
  const bool areFew = 1 < few && 4 * few < 3 * tiles.lanes;
  const bool areMany = many >= std::max(kLeastMany, few * kManyForFew);
  const bool isCopyCheap = areMany && few * (depth + 2 * tiles.lanes) <= kMostCopied;
  return !tiles.isNarrow() && areFew && isCopyCheap && tiles.dotsPay(few, many, depth);
}

Value dotsPay(KernelFrame &f, const GemmTiles &tiles, Value rows, Value columns, Value depth) {
  namespace arith = mlir::arith;
  if (auto m = constantOf(rows), n = constantOf(columns), k = constantOf(depth); m && n && k)
    return f.constant(tiles.dotsPay(*m, *n, *k));
  auto atMost = [&](Value x, Value y) -> Value {
    Value isLess = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sle, x, y);
    return arith::ExtUIOp::create(f.b, f.at, f.b.getI64Type(), isLess);
  };
  Value fewest = f.minimum(rows, columns), areFew = atMost(fewest, f.constant(tiles.dotsUpTo));
  Value areDeep = f.minimum(areFew, atMost(f.mul(fewest, f.constant(tiles.dotsDepth)), depth));
  return f.maximum(areDeep, atMost(f.mul(rows, columns), f.constant(tiles.dotsElements)));
}

}  // namespace etch::codegen
