#pragma once
// What the parts of the generated matrix product share: short names for arithmetic on i64, vectors of one register.

#include "codegen/cpu/gemm/GemmTiles.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace etch::codegen {

using Values = llvm::SmallVector<mlir::Value>;

/// A routine under construction. `tiles` and `unit` are fixed for the routine and all of its functions.
class GemmEmitter {
 public:
  GemmEmitter(mlir::ModuleOp module, mlir::Location at, const GemmTiles &tiles, const VectorUnit &unit, Policy policy)
      : tiles(tiles), unit(unit), policy(policy), module(module), b(module.getContext()), at(at) {}

  const GemmTiles tiles;
  const VectorUnit unit;
  const Policy policy;
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  mlir::Location at;

  /// A private function of `pointers` pointers followed by `words` i64; emission goes on in its body.
  mlir::func::FuncOp begin(llvm::StringRef name, int64_t pointers, int64_t words);
  /// The same for a function with any arguments.
  mlir::func::FuncOp begin(llvm::StringRef name, mlir::TypeRange types);
  void end() { mlir::func::ReturnOp::create(b, at); }

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddIOp::create(b, at, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubIOp::create(b, at, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulIOp::create(b, at, x, y); }
  mlir::Value mul(mlir::Value x, int64_t y) { return mul(x, constant(y)); }
  /// x / y and x % y of numbers that are not negative.
  mlir::Value div(mlir::Value x, mlir::Value y) { return mlir::arith::DivUIOp::create(b, at, x, y); }
  mlir::Value div(mlir::Value x, int64_t y) { return div(x, constant(y)); }
  mlir::Value quotientUp(mlir::Value x, mlir::Value by) { return div(sub(add(x, by), constant(1)), by); }
  mlir::Value quotientUp(mlir::Value x, int64_t by) { return div(add(x, constant(by - 1)), by); }
  mlir::Value rem(mlir::Value x, int64_t y) { return mlir::arith::RemUIOp::create(b, at, x, constant(y)); }
  mlir::Value minimum(mlir::Value x, mlir::Value y) { return mlir::arith::MinSIOp::create(b, at, x, y); }
  mlir::Value maximum(mlir::Value x, mlir::Value y) { return mlir::arith::MaxSIOp::create(b, at, x, y); }
  mlir::Value compare(mlir::arith::CmpIPredicate how, mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpIOp::create(b, at, how, x, y);
  }
  mlir::Value less(mlir::Value x, mlir::Value y) { return compare(mlir::arith::CmpIPredicate::slt, x, y); }
  mlir::Value equal(mlir::Value x, int64_t y) { return compare(mlir::arith::CmpIPredicate::eq, x, constant(y)); }
  mlir::Value both(mlir::Value x, mlir::Value y) { return mlir::arith::AndIOp::create(b, at, x, y); }
  mlir::Value either(mlir::Value x, mlir::Value y) { return mlir::arith::OrIOp::create(b, at, x, y); }
  mlir::Value negate(mlir::Value x);
  /// Is a pointer not null?
  mlir::Value isGiven(mlir::Value pointer);
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) {
    return mlir::arith::SelectOp::create(b, at, condition, x, y);
  }

  using Body = llvm::function_ref<Values(mlir::Value i, mlir::ValueRange carried)>;
  Values loop(mlir::Value lower, mlir::Value upper, mlir::Value step, mlir::ValueRange carried, Body body);
  void loop(mlir::Value lower, mlir::Value upper, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  void branch(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = nullptr);

  mlir::Type pointerType() { return mlir::LLVM::LLVMPointerType::get(b.getContext()); }
  mlir::Type vectorType(DType dtype) {
    return mlir::VectorType::get({tiles.lanes}, registerType(dtype, b.getContext()));
  }
  mlir::Value zeros(DType dtype) { return splatConstant(b, at, vectorType(dtype), int64_t{0}); }
  /// base + count elements of a dtype, or bytes.
  mlir::Value offset(mlir::Value base, mlir::Value count, DType dtype) {
    return elementPointer(b, at, dtype, base, count);
  }
  mlir::Value offset(mlir::Value base, int64_t count, DType dtype);
  mlir::Value offsetBytes(mlir::Value base, mlir::Value bytes);
  /// Memory on the stack, aligned to 64 bytes; taken where the function begins, once also for the body of a loop.
  mlir::Value stack(int64_t elements, DType dtype);
  /// Working memory of the thread.
  mlir::Value scratch(int64_t bytes);

  /// i1: whether the L1 cache of the machine that runs the code has less than so many pages.
  mlir::Value hasSmallL1(int64_t pages);

  /// The first `count` of a register's (or so many) lanes; none when it is negative, all when it is large.
  mlir::Value mask(mlir::Value count, int64_t lanes = 0);
  mlir::Value load(mlir::Value address, DType dtype, mlir::Value mask = {});
  void store(mlir::Value value, mlir::Value address, DType dtype, mlir::Value mask = {});
  /// Loads the memory type, converts to the computed one.
  mlir::Value loadWide(mlir::Value address, mlir::Value mask = {});
  mlir::Value broadcast(mlir::Value scalar);
  /// Adds a product, or those of a pair of numbers: the odd one, then the even one.
  mlir::Value multiplyAdd(mlir::Value x, mlir::Value y, mlir::Value sum);
  /// As many pairs as there are lanes, in the lanes of a register of f32; of those, `mask` has two lanes for each.
  mlir::Value loadPairs(mlir::Value address, mlir::Value mask = {});
  /// Stores one or two vectors of sums as elements of the result, as many as there are `columns` (all if null);
  /// all but the last vector are whole.
  void storeSums(mlir::ValueRange sums, mlir::Value address, mlir::Value columns);
  void prefetch(mlir::Value address, int32_t locality);
  /// The same value, of which LLVM knows nothing: it leaves address arithmetic as it is written.
  mlir::Value opaque(mlir::Value value);
  void call(mlir::func::FuncOp function, mlir::ValueRange arguments) {
    mlir::func::CallOp::create(b, at, function, arguments);
  }
};

/// Addresses of eight lines a stride of bytes apart, in the forms that x86 computes without an instruction: 0, 1, 2, 4
/// times the stride s, 3s, twice 3s, 5s and 7s.
class LineAddresses {
 public:
  LineAddresses(GemmEmitter &e, mlir::Value stride);
  mlir::Value at(mlir::Value first, int64_t line) const;

 private:
  GemmEmitter &e;
  mlir::Value stride, three, five, seven;
};

/// etch_rt_scratch (runtime/executable/abi.h) in the module.
mlir::func::FuncOp declareScratch(mlir::ModuleOp module);
/// etch_rt_l1_bytes in the module.
mlir::func::FuncOp declareL1Bytes(mlir::ModuleOp module);

/// The arguments of a function as the struct of values that it takes: `fields()` lists them in order.
template <typename Arguments>
Arguments argumentsOf(mlir::func::FuncOp function) {
  Arguments arguments;
  for (auto [i, field] : llvm::enumerate(arguments.fields())) *field = function.getArgument(static_cast<unsigned>(i));
  return arguments;
}
/// What such a function is called with.
template <typename Arguments>
Values valuesOf(Arguments arguments) {
  Values values;
  for (mlir::Value *field : arguments.fields()) values.push_back(*field);
  return values;
}

/// What a function of register tiles takes, pointers first; strides and steps in elements.
struct TileArguments {
  mlir::Value left, right, out;
  mlir::Value nextOut;   ///< prefetched with the last tile, each with the one before; null: none is
  mlir::Value nextLeft;  ///< prefetched meanwhile, nextStep apart with each step of the depth ...
  mlir::Value packed;    ///< where panels are copied to, packedNext apart
  mlir::Value waiting;   ///< where sums that are wider than results wait for the next pass, tile after tile
  mlir::Value leftRow, leftDepth, rightDepth, outRow, leftNext, rightNext, outNext, packedNext;
  mlir::Value nextStep, nextLeftNext;  ///< ... and nextLeftNext apart with each of the first nextLefts tiles
  mlir::Value nextLefts, depth, isFirst, isLast, rows, columns, count;

  static constexpr unsigned kPointers = 7, kWords = 17;
  llvm::SmallVector<mlir::Value *> fields() {
    return {&left,         &right,      &out,    &nextOut,  &nextLeft,  &packed,  &waiting,    &leftRow,
            &leftDepth,    &rightDepth, &outRow, &leftNext, &rightNext, &outNext, &packedNext, &nextStep,
            &nextLeftNext, &nextLefts,  &depth,  &isFirst,  &isLast,    &rows,    &columns,    &count};
  }
  llvm::SmallVector<mlir::Value *> ofPacked() {
    return {&leftRow, &leftDepth, &rightDepth, &leftNext, &rightNext, &packedNext, &nextStep, &nextLeftNext};
  }
  llvm::SmallVector<mlir::Value *> ofResult() { return {&outRow, &outNext}; }
};

/// Register tiles; GemmTile.cpp.
///   tile(TileArguments)
/// adds `depth` products to `count` tiles of `height` rows by `vectors` vectors of out, or begins with 0 when isFirst
/// is 1. Sums that are wider than results become those when isLast is 1. From tile to tile the operands and out move on
/// by leftNext, rightNext and outNext. Of a tile `rows` count (in left copies of the last one follow) and `columns`,
/// more than those of all vectors but one; of the right operand two vectors are read whole, one those that count.
///   fill(TileArguments)
/// also copies the panels of the right operand that it reads to `packed`.
mlir::func::FuncOp emitGemmTile(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors,
                                bool packs = false);

/// Packing; GemmPack.cpp.
///   pack(from, to, across, deep, depth, count, groupSize)
/// copies `count` lines of `depth` elements, in groups as wide as a tile: to[group][p][line], groups groupSize elements
/// apart, in the computed type. One of the strides `across` (from line to line) and `deep` is 1. Lines that only fill
/// up the last group hold anything. Up to `lanes` rows behind the last group are written too.
mlir::func::FuncOp emitGemmPack(GemmEmitter &e, llvm::StringRef routine);
/// The same for pairs, to[group][pair][line]; the depth is counted in numbers, and a last one alone is paired with 0.
mlir::func::FuncOp emitPairPack(GemmEmitter &e, llvm::StringRef routine);

///   turn(from, to, fromRow, toRow, rows, columns)
/// copies to[column][row] = from[row][column] for at most `lanes` rows. From as many rows is read, and up to a vector
/// behind the last column.
mlir::func::FuncOp emitGemmTurn(GemmEmitter &e, llvm::StringRef routine);

///   copy(from, to, row, deep, depth, count, apart, rows)
/// copies `count` rows (at most those of a tile, or columns of one) of `depth` elements in the computed type. Where
/// `deep` is 1 a row stays a row, `apart` elements from the next; else `row` is 1 and elements of equal depth stay
/// neighbours, `apart` from the next depth. Copies of the last row fill up `rows`, and the last vector of neighbours.
mlir::func::FuncOp emitGemmCopy(GemmEmitter &e, llvm::StringRef routine);
/// The same for pairs, again of a depth in numbers, and of the rows of a tile only.
mlir::func::FuncOp emitPairCopy(GemmEmitter &e, llvm::StringRef routine);

/// A product whose operands are read where they lie, the columns of the right one neighbours; pointers first.
struct InPlaceArguments {
  mlir::Value left, right, out, leftRow, leftDepth, rightDepth, outRow, depth, rows, columns;

  static constexpr unsigned kPointers = 3, kWords = 7;
  llvm::SmallVector<mlir::Value *> fields() {
    return {&left, &right, &out, &leftRow, &leftDepth, &rightDepth, &outRow, &depth, &rows, &columns};
  }
};

/// Few rows; GemmSkinny.cpp.
///   flat(InPlaceArguments)
/// is the product for at most `height` rows.
mlir::func::FuncOp emitGemmFlat(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t vectors);

///   stream(InPlaceArguments)
/// is the same for a right operand that is too large for L2: reads its rows from end to end.
mlir::func::FuncOp emitGemmStream(GemmEmitter &e, llvm::StringRef routine, int64_t height);

}  // namespace etch::codegen
