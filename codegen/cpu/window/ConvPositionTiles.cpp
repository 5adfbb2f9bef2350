#include "codegen/cpu/window/ConvPositionTiles.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/elements/TransposedTile.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// A function beside the kernel's own, which takes the same parameters and then others.
mlir::func::FuncOp functionBeside(KernelFrame &f, const std::string &name, llvm::ArrayRef<mlir::Type> others) {
  mlir::OpBuilder b(f.target);
  llvm::SmallVector<mlir::Type> types{LLVM::LLVMPointerType::get(b.getContext())};
  llvm::append_range(types, others);
  auto function = mlir::func::FuncOp::create(b, f.at, (f.target.getName() + name).str(), b.getFunctionType(types, {}));
  function.setPrivate();
  return function;
}

}  // namespace

//===-- Filters ------------------------------------------------------------------------------------------------===//

Value PositionFilters::at(Value position, Value input, Value output) {
  if (!turned) return f.add(f.mul(f.add(f.mul(position, f.constant(g.inputs)), input), f.constant(g.outputs)), output);
  position = f.sub(f.constant(g.axes[1].window * g.axes[2].window - 1), position);
  return f.add(f.mul(f.add(f.mul(position, f.constant(g.outputs)), output), f.constant(g.inputs)), input);
}

Value PositionFilters::mask(Value first) {
  if (g.outputs % width() == 0) return {};
  return f.laneMask(f.sub(f.constant(g.outputs), first), tile.lanes());
}

void PositionFilters::copy(Value from, Value to, Value count, Value first) {
  if (!turned) {
    f.loop(f.constant(0), count, 1, [&](Value i) {
      tile.store(tile.at(to, f.mul(i, f.constant(width()))), tile.load(tile.at(from, f.mul(i, f.constant(g.outputs)))));
    });
    return;
  }
  if (!turn) {
    mlir::Type word = f.b.getI64Type(), pointer = LLVM::LLVMPointerType::get(f.b.getContext());
    turn = functionBeside(f, ".turn", {pointer, pointer, word, word});
    KernelFrame own(f.source, turn, f.policy);
    ConvTile vectors(own, tile.dtype());
    vectors.begin(1, vectors.lanes());
    in(own, vectors).emitTurn(turn.getArgument(1), turn.getArgument(2), turn.getArgument(3), turn.getArgument(4));
    mlir::func::ReturnOp::create(own.b, own.at);
  }
  mlir::func::CallOp::create(f.b, f.at, turn, mlir::ValueRange{f.target.getArgument(0), from, to, count, first});
}

void PositionFilters::emitTurn(Value from, Value to, Value count, Value first) {
  const int64_t lanes = tile.lanes();
  // The rows of a square are outputs; of those that there are not, the last one is one more time.
  const bool areWhole = g.outputs % width() == 0;
  Value last = f.sub(f.constant(g.outputs - 1), first);
  f.loop(f.constant(0), f.constant(width()), lanes, [&](Value row) {
    f.loop(f.constant(0), count, lanes, [&](Value input) {
      Value here = tile.opaque(tile.at(to, f.add(f.mul(input, f.constant(width())), row)));
      Value mask = g.inputs % lanes ? f.laneMask(f.sub(count, input), lanes) : Value();
      auto at = [&](Value output) { return tile.at(from, f.add(f.mul(output, f.constant(g.inputs)), input)); };
      Value begin = tile.opaque(at(row));
      Values square;
      for (int64_t i = 0; i < lanes; ++i) {
        Value address = areWhole ? tile.at(begin, i * g.inputs) : at(f.minimum(f.add(row, f.constant(i)), last));
        square.push_back(tile.load(address, mask).front());
      }
      square = transposed(f.b, f.at, std::move(square));
      for (int64_t i = 0; i < lanes; ++i) storeLine(f.b, f.at, square[i], tile.at(here, i * width()));
    });
  });
}

void PositionFilters::fetch(Value from, Value number) {
  const auto size = static_cast<int64_t>(size_of(tile.dtype()));
  const int64_t lines = (turned ? kPositionInputs : blocks * width()) * size / kCacheLine;
  auto [row, line] = f.split(number, lines);
  Value at = tile.at(from, f.mul(row, f.constant(turned ? g.inputs : g.outputs)));
  at = elementPointer(f.b, f.at, DType::u8, at, f.mul(line, f.constant(kCacheLine)));
  LLVM::Prefetch::create(f.b, f.at, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
}

//===-- Tiles --------------------------------------------------------------------------------------------------===//

void PositionTiles::add(const Shape &shape, const Operands &o) {
  mlir::func::CallOp::create(
      f.b, f.at, functionOf(shape),
      mlir::ValueRange{f.target.getArgument(0), o.sums, o.elements, o.copy, o.count, o.next, o.line, o.more});
}

mlir::func::FuncOp PositionTiles::functionOf(const Shape &shape) {
  mlir::func::FuncOp &function = functions[shape];
  if (function) return function;
  mlir::Type word = f.b.getI64Type(), pointer = LLVM::LLVMPointerType::get(f.b.getContext());
  function = functionBeside(f, ".tile" + std::to_string(functions.size()),
                            {pointer, pointer, pointer, word, pointer, word, word});
  KernelFrame own(f.source, function, f.policy);
  ConvTile tile(own, dtype);
  tile.begin(shape.vectors, shape.vectors * tile.lanes());
  auto argument = [&](unsigned i) { return function.getArgument(i); };
  emit(own, tile, filters.in(own, tile), shape,
       {argument(1), argument(2), argument(3), argument(4), argument(5), argument(6), argument(7)});
  mlir::func::ReturnOp::create(own.b, own.at);
  return function;
}

void PositionTiles::emit(KernelFrame &f, ConvTile &tile, PositionFilters filters, const Shape &shape,
                         const Operands &o) {
  llvm::SmallVector<Value> to;
  llvm::SmallVector<int64_t> from;
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t c = 0; c < shape.columns; ++c) {
      to.push_back(tile.at(o.sums, r * shape.rowSums + c * shape.columnSums));
      from.push_back(r * shape.rowElements + c * shape.columnElements);
    }
  Values sums;
  for (Value address : to) llvm::append_range(sums, tile.load(address));
  sums = f.loop(f.constant(0), o.count, 1, sums, [&](Value i, mlir::ValueRange carried) {
    Values next = llvm::to_vector_of<Value>(carried);
    Values filter = tile.load(tile.at(o.copy, f.mul(i, f.constant(kPositionVectors * tile.lanes()))));
    for (Value line : {o.line, o.more}) filters.fetch(o.next, f.add(line, i));
    Value base = tile.opaque(tile.at(o.elements, i));
    for (auto [r, offset] : llvm::enumerate(from)) {
      Value element = tile.broadcast(tile.at(base, offset));
      for (int64_t v = 0; v < shape.vectors; ++v) {
        Value &sum = next[r * shape.vectors + v];
        sum = tile.multiplyAdd(element, filter[v], sum);
      }
    }
    return next;
  });
  for (auto [r, address] : llvm::enumerate(to))
    tile.store(address, mlir::ValueRange(sums).slice(r * shape.vectors, shape.vectors));
}

}  // namespace etch::codegen
