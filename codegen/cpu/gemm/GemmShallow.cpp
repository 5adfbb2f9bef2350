// Products of a small depth. A register tile begins and ends as often as it multiplies there; so all steps of some
// vectors of the right operand stay in registers instead, and rows pass by: a row is loads of its few factors, products
// and stores, with nothing between one and the next.

#include "codegen/cpu/gemm/GemmShallow.h"

#include <functional>

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/Elements.h"

namespace etch::codegen {

using mlir::Value;
namespace LLVM = mlir::LLVM;

namespace {

/// Rows that go through all columns before others follow, so that both the right operand and the result are read and
/// written in pieces that stay in L1 (docs/decisions/0094).
constexpr int64_t kRowsTogether = 16;

/// Vectors of columns that are taken together at most; fewer are where their steps would not fit the registers
/// (docs/decisions/0094).
constexpr int64_t kMostVectors = 4;

/// Steps whose addresses one pointer serves (LineAddresses) (docs/decisions/0094).
constexpr int64_t kStepsOfPointer = 8;

class ShallowFunction {
 public:
  ShallowFunction(GemmEmitter &e, const ShallowArguments &given, int64_t steps)
      : e(e),
        g(given),
        steps(steps),
        most(std::min(kMostVectors, e.tiles.shallowRegisters() / steps)),
        leftSteps(e, e.mul(g.leftDepth, static_cast<int64_t>(size_of(e.tiles.dtype)))) {}

  void emit() {
    const int64_t wide = most * lanes, narrow = std::min<int64_t>(2, most - 1) * lanes;
    Value zero = e.constant(0), whole = e.mul(e.div(g.columns, wide), wide);
    e.loop(zero, g.rows, kRowsTogether, [&](Value row) {
      Value rows = e.minimum(e.constant(kRowsTogether), e.sub(g.rows, row));
      e.loop(zero, whole, wide, [&](Value column) { block(row, rows, column, most, /*isWhole=*/true); });
      // What is left over: two vectors at a time or one, which keeps the code short.
      e.loop(whole, g.columns, narrow, [&](Value column) {
        auto one = [&] { block(row, rows, column, 1, /*isWhole=*/false); };
        if (narrow == lanes) return one();
        auto two = [&] { block(row, rows, column, 2, /*isWhole=*/false); };
        e.branch(e.less(e.add(column, e.constant(lanes)), g.columns), two, one);
      });
    });
  }

 private:
  GemmEmitter &e;
  const ShallowArguments &g;
  const int64_t steps, most;  ///< of the depth; vectors taken together
  const DType dtype = e.tiles.dtype, compute = e.tiles.compute;
  const int64_t lanes = e.tiles.lanes;
  const LineAddresses leftSteps;

  /// Some rows of `vectors` vectors of columns, of which the last may not be whole.
  void block(Value row, Value rows, Value column, int64_t vectors, bool isWhole) {
    Value present = e.sub(g.columns, column);
    Value mask = isWhole ? Value() : e.mask(e.sub(present, e.constant((vectors - 1) * lanes)));
    llvm::SmallVector<Values> lines(steps);
    for (int64_t v = 0; v < vectors; ++v) {
      Value first = vectorAt(e.add(column, e.constant(v * lanes)));
      for (int64_t p = 0; p < steps; ++p) {
        Value address = e.offset(first, e.mul(g.rightDepth, p), compute);
        lines[p].push_back(e.load(address, compute, v + 1 == vectors ? mask : Value()));
      }
    }
    Values moving;
    for (int64_t p = 0; p < (isContiguous() ? 1 : steps); p += kStepsOfPointer)
      moving.push_back(e.offset(g.left, e.add(e.mul(row, g.leftRow), e.mul(g.leftDepth, p)), dtype));
    moving.push_back(e.offset(g.out, e.add(e.mul(row, g.outRow), column), dtype));
    e.loop(e.constant(0), rows, e.constant(1), moving, [&](Value, mlir::ValueRange now) {
      Values next, sums(vectors, e.zeros(compute));
      for (Value pointer : now.drop_back()) next.push_back(e.opaque(pointer));
      for (int64_t p = 0; p < steps; ++p) {
        Value factor = e.broadcast(isContiguous() ? pairOf(next[0], p) : elementOf(next, p));
        for (int64_t v = 0; v < vectors; ++v) sums[v] = e.multiplyAdd(factor, lines[p][v], sums[v]);
      }
      // Two vectors of sums may make one of results.
      for (int64_t v = 0; v < vectors; v += e.tiles.vectors) {
        const int64_t number = std::min(e.tiles.vectors, vectors - v);
        const bool areWhole = isWhole || v + number < vectors;
        Value columns = areWhole ? Value() : e.sub(present, e.constant(v * lanes));
        e.storeSums(mlir::ValueRange(sums).slice(v, number), e.offset(now.back(), v * lanes, dtype), columns);
      }
      for (Value &pointer : next) pointer = e.offset(pointer, g.leftRow, dtype);
      next.push_back(e.offset(now.back(), g.outRow, dtype));
      return next;
    });
  }

  /// Where the first step of a vector of columns lies.
  Value vectorAt(Value column) {
    const int64_t width = e.tiles.width();
    return e.offset(g.right, e.add(e.mul(e.div(column, width), g.rightNext), e.rem(column, width)), compute);
  }

  bool isContiguous() const { return e.tiles.arePairs(); }

  Value elementOf(const Values &pointers, int64_t step) {
    Value address = leftSteps.at(pointers[step / kStepsOfPointer], step % kStepsOfPointer);
    return emitCast(e.b, e.at, loadScalar(e.b, e.at, dtype, address, e.constant(0)), dtype, compute);
  }
  /// Two numbers of a row. Those of the last pair are read where the row ends: of an odd depth that is one pair of
  /// numbers of which the first was multiplied before, and goes.
  Value pairOf(Value row, int64_t pair) {
    mlir::Type word = e.b.getI32Type();
    const bool isLast = pair + 1 == steps;
    Value address = isLast ? e.offset(row, e.sub(g.depth, e.constant(2)), dtype) : e.offset(row, 2 * pair, dtype);
    Value numbers = LLVM::LoadOp::create(e.b, e.at, word, address, size_of(dtype));
    if (isLast) {
      Value odd = mlir::arith::TruncIOp::create(e.b, e.at, word, e.mul(e.rem(g.depth, 2), 16));
      numbers = mlir::arith::ShRUIOp::create(e.b, e.at, numbers, odd);
    }
    return LLVM::BitcastOp::create(e.b, e.at, e.b.getF32Type(), numbers);
  }
};

}  // namespace

llvm::SmallVector<mlir::func::FuncOp> emitGemmShallow(GemmEmitter &e, llvm::StringRef routine) {
  llvm::SmallVector<mlir::func::FuncOp> functions;
  for (int64_t steps = 1; steps <= e.tiles.shallowDepth; ++steps) {
    std::string name = (routine + ".shallow" + llvm::Twine(steps)).str();
    functions.push_back(e.begin(name, ShallowArguments::kPointers, ShallowArguments::kWords));
    ShallowFunction(e, argumentsOf<ShallowArguments>(functions.back()), steps).emit();
    e.end();
  }
  return functions;
}

void callGemmShallow(GemmEmitter &e, llvm::ArrayRef<mlir::func::FuncOp> shallow, Value steps,
                     const ShallowArguments &given) {
  const Values arguments = valuesOf(given);
  std::function<void(size_t)> call = [&](size_t i) {
    if (i + 1 == shallow.size()) return e.call(shallow[i], arguments);
    e.branch(e.equal(steps, static_cast<int64_t>(i) + 1), [&] { e.call(shallow[i], arguments); }, [&] { call(i + 1); });
  };
  call(0);
}

}  // namespace etch::codegen
