#include "codegen/cpu/window/ConvSegmentRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/TransposedTile.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// The lanes i where start + i * step is one of `limit` elements: one comparison, in which what is negative is large.
Value lanesInside(KernelFrame &f, int64_t lanes, Value start, int64_t step, Value limit) {
  auto type = mlir::VectorType::get({lanes}, f.b.getI32Type());
  auto all = [&](Value number) {
    return mlir::vector::BroadcastOp::create(f.b, f.at, type,
                                             arith::TruncIOp::create(f.b, f.at, f.b.getI32Type(), number));
  };
  llvm::SmallVector<int32_t> steps;
  for (int64_t lane = 0; lane < lanes; ++lane) steps.push_back(static_cast<int32_t>(lane * step));
  Value apart =
      arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(steps)));
  return arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::ult,
                               arith::AddIOp::create(f.b, f.at, all(start), apart), all(limit));
}

}  // namespace

SegmentRows::SegmentRows(KernelFrame &f, const ConvGeometry &g, ConvTile &tile, llvm::ArrayRef<WindowPhase> phases)
    : f(f),
      g(g),
      tile(tile),
      lanes(tile.lanes()),
      advance(phases[0].advance),
      operand(f.pointerOf((*f.body().getOps<ir::ConvolutionOp>().begin()).getLhs())) {
  first = phases[0].element(0), last = first;
  for (const WindowPhase &phase : phases) {
    if (phase.taps == 0) continue;
    first = std::min(first, phase.element(0)), last = std::max(last, phase.element(phase.taps - 1));
  }
}

int64_t SegmentRows::vectorsFor(int64_t segment, int64_t reach) const {
  return quotientUp(((segment - 1) * advance + reach) * g.channels, lanes) * lanes;
}

int64_t SegmentRows::bytes(int64_t segment, int64_t reach) const {
  return vectorsFor(segment, reach) * lanes * static_cast<int64_t>(size_of(tile.dtype()));
}

void SegmentRows::allocate(int64_t segment, int64_t reach, Value memory) {
  this->segment = segment, this->memory = memory;
  vectors = vectorsFor(segment, reach);
}

/// The first number that is copied for results from `result` on, counted in its row.
Value SegmentRows::firstOf(Value result, Value shift) {
  Value element = f.add(f.add(f.mul(result, f.constant(advance)), shift), f.constant(first));
  return f.mul(element, f.constant(g.channels));
}

void SegmentRows::copy(Value begin, Value end, Value result, Value shift) {
  const int64_t length = g.axes[2].extent * g.channels;
  Value start = firstOf(result, shift);
  f.loop(begin, end, 1, [&](Value line) {
    Value row = tile.at(operand, f.mul(line, f.constant(length)));
    Value to = tile.at(memory, f.mul(f.sub(line, begin), f.constant(vectors * lanes)));
    f.loop(f.constant(0), f.constant(vectors), lanes,
           [&](Value vector) { copySquare(row, f.add(start, vector), tile.at(to, f.mul(vector, f.constant(lanes)))); });
  });
}

/// `lanes` vectors from number `first` of a row on. What is outside the row is masked in lines of their own.
void SegmentRows::copySquare(Value row, Value first, Value to) {
  const int64_t length = g.axes[2].extent * g.channels, pitch = segment * resultPitch(),
                numbers = (lanes - 1) * pitch + lanes;
  Value begins = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, first, f.constant(0));
  Value isInside = arith::AndIOp::create(f.b, f.at, begins, f.less(first, f.constant(length - numbers + 1)));
  Value together = f.constant(lanes);
  f.branch(
      isInside, [&] { transpose(tile.at(row, first), f.constant(pitch), to, together); },
      [&] {
        if (!lines) lines = f.allocate(lanes * lanes * static_cast<int64_t>(size_of(tile.dtype())));
        f.loop(f.constant(0), f.constant(lanes), 1, [&](Value i) {
          Value at = f.add(first, f.mul(i, f.constant(pitch)));
          Value mask = lanesInside(f, lanes, at, 1, f.constant(length));
          // A load of nothing from memory that nobody has, far outside, takes hundreds of cycles.
          Value isNear =
              arith::AndIOp::create(f.b, f.at, f.less(f.constant(-lanes), at), f.less(at, f.constant(length)));
          Value from = arith::SelectOp::create(f.b, f.at, isNear, at, f.constant(0));
          Value line = tile.load(tile.at(row, from), {mask})[0];
          tile.store(tile.at(lines, f.mul(i, together)), {line});
        });
        transpose(lines, together, to, together);
      });
}

Value SegmentRows::vectorOf(const WindowPhase &phase, Value tap) {
  Value element = f.add(f.constant(phase.offset - first), f.mul(tap, f.constant(phase.offsetStep)));
  return f.mul(element, f.constant(g.channels));
}

Value SegmentRows::at(Value row, Value vector) {
  return tile.at(memory, f.mul(f.add(f.mul(row, f.constant(vectors)), vector), f.constant(lanes)));
}

Value SegmentRows::there(Value result, Value shift, Value vector) {
  return lanesInside(f, lanes, f.add(firstOf(result, shift), vector), segment * resultPitch(),
                     f.constant(g.axes[2].extent * g.channels));
}

/// A function, because LLVM takes 2 ms for the shuffles of one.
void SegmentRows::transpose(Value from, Value pitch, Value to, Value distance) {
  mlir::func::CallOp::create(f.b, f.at, squareFunction(),
                             mlir::ValueRange{f.target.getArgument(0), from, pitch, to, distance});
}

mlir::func::FuncOp SegmentRows::squareFunction() {
  if (square) return square;
  mlir::OpBuilder b(f.target);
  mlir::Type word = b.getI64Type(), pointer = LLVM::LLVMPointerType::get(b.getContext());
  square = mlir::func::FuncOp::create(b, f.at, (f.target.getName() + ".transpose").str(),
                                      b.getFunctionType({pointer, pointer, word, pointer, word}, mlir::TypeRange()));
  square.setPrivate();
  KernelFrame own(f.source, square, f.policy);
  ConvTile line(own, tile.dtype());
  line.begin(1, lanes);
  auto lineAt = [&](Value base, int64_t i, Value pitch) { return line.at(base, own.mul(own.constant(i), pitch)); };
  Values all;
  for (int64_t i = 0; i < lanes; ++i)
    all.push_back(line.load(lineAt(square.getArgument(1), i, square.getArgument(2)))[0]);
  all = transposed(own.b, own.at, std::move(all));
  for (int64_t i = 0; i < lanes; ++i) line.store(lineAt(square.getArgument(3), i, square.getArgument(4)), {all[i]});
  mlir::func::ReturnOp::create(own.b, own.at);
  return square;
}

}  // namespace etch::codegen
