#include "codegen/cpu/elements/TransposedTile.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

// Seen as one sequence of n * n elements, a round moves the upper bit of the vector's number to the lowest bit of the
// position; after log2(n) rounds vector and lane have changed places.
llvm::SmallVector<Value> transposed(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<Value> tile) {
  auto n = static_cast<int64_t>(tile.size());
  const int64_t lanes = llvm::cast<mlir::VectorType>(tile[0].getType()).getNumElements();
  llvm::SmallVector<int64_t> low, high;  // lanes of both vectors in turn, from the first and second half of a square
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t from = lane / n * n + lane % n / 2 + lane % 2 * lanes;
    low.push_back(from);
    high.push_back(from + n / 2);
  }
  for (int64_t round = 1; round < n; round *= 2) {
    llvm::SmallVector<Value> next;
    for (int64_t i = 0; i < n / 2; ++i)
      for (llvm::ArrayRef<int64_t> lanes : {llvm::ArrayRef(low), llvm::ArrayRef(high)})
        next.push_back(mlir::vector::ShuffleOp::create(b, at, tile[i], tile[i + n / 2], lanes));
    tile = std::move(next);
  }
  return tile;
}

Value joined(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<Value> parts) {
  while (parts.size() > 1) {
    llvm::SmallVector<Value> next;
    for (size_t i = 0; i < parts.size(); i += 2) {
      const int64_t lanes = llvm::cast<mlir::VectorType>(parts[i].getType()).getNumElements();
      auto all = llvm::to_vector(llvm::seq<int64_t>(0, 2 * lanes));
      next.push_back(mlir::vector::ShuffleOp::create(b, at, parts[i], parts[i + 1], all));
    }
    parts = std::move(next);
  }
  return parts[0];
}

//===-- Lines taken apart and put together -------------------------------------------------------------------===//

Value pickedLanes(mlir::OpBuilder &b, mlir::Location at, llvm::ArrayRef<Value> vectors,
                  llvm::function_ref<std::pair<int64_t, int64_t>(int64_t)> from) {
  const int64_t lanes = llvm::cast<mlir::VectorType>(vectors[0].getType()).getNumElements();
  Value result = vectors[0];
  for (int64_t number = 1; number < static_cast<int64_t>(vectors.size()); ++number) {
    llvm::SmallVector<int64_t> picks;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      auto [vector, source] = from(lane);
      const bool isThere = number > 1;  // what earlier shuffles have brought is in its lane already
      picks.push_back(vector == number ? lanes + source : isThere || vector > number ? lane : source);
    }
    result = mlir::vector::ShuffleOp::create(b, at, result, vectors[number], picks);
  }
  return result;
}

static int64_t smallestFactor(int64_t n) {
  for (int64_t factor = 2; factor * factor <= n; ++factor)
    if (n % factor == 0) return factor;
  return n;
}

llvm::SmallVector<Value> deinterleaved(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<Value> lines) {
  const auto n = static_cast<int64_t>(lines.size());
  if (n == 1) return lines;
  const int64_t factor = smallestFactor(n), lanes = llvm::cast<mlir::VectorType>(lines[0].getType()).getNumElements();
  llvm::SmallVector<Value> result(n);
  for (int64_t first = 0; first < factor; ++first) {
    llvm::SmallVector<Value> part;  // every factor-th element from `first` on
    for (int64_t group = 0; group < n; group += factor)
      part.push_back(pickedLanes(b, at, llvm::ArrayRef(lines).slice(group, factor), [&](int64_t lane) {
        const int64_t position = first + factor * lane;
        return std::make_pair(position / lanes, position % lanes);
      }));
    for (auto [i, value] : llvm::enumerate(deinterleaved(b, at, std::move(part))))
      result[first + factor * static_cast<int64_t>(i)] = value;
  }
  return result;
}

llvm::SmallVector<Value> interleaved(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<Value> lines) {
  const auto n = static_cast<int64_t>(lines.size());
  if (n == 1) return lines;
  const int64_t factor = smallestFactor(n), lanes = llvm::cast<mlir::VectorType>(lines[0].getType()).getNumElements();
  llvm::SmallVector<llvm::SmallVector<Value>> parts;
  for (int64_t first = 0; first < factor; ++first) {
    llvm::SmallVector<Value> part;
    for (int64_t i = first; i < n; i += factor) part.push_back(lines[i]);
    parts.push_back(interleaved(b, at, std::move(part)));
  }
  llvm::SmallVector<Value> result;
  for (int64_t group = 0; group < n / factor; ++group) {
    llvm::SmallVector<Value> sources;
    for (const llvm::SmallVector<Value> &part : parts) sources.push_back(part[group]);
    for (int64_t number = 0; number < factor; ++number)
      result.push_back(pickedLanes(b, at, sources, [&](int64_t lane) {
        const int64_t position = number * lanes + lane;
        return std::make_pair(position % factor, position / factor);
      }));
  }
  return result;
}

void storeColumns(KernelFrame &f, Value tensor, llvm::SmallVector<Value> columns, Value pointer, Value place,
                  Value rows) {
  const DType dtype = dtypeOf(tensor);
  const auto count = static_cast<int64_t>(columns.size());
  for (Value &column : columns) column = toMemory(f.b, f.at, dtype, column);
  Value elements = rows ? f.mul(rows, f.constant(count)) : Value();
  for (auto [number, line] : llvm::enumerate(interleaved(f.b, f.at, std::move(columns)))) {
    Value before = f.constant(static_cast<int64_t>(number) * kLanes);
    Value address = elementPointer(f.b, f.at, dtype, pointer, f.add(place, before));
    storeLine(f.b, f.at, line, address, elements ? f.laneMask(f.sub(elements, before)) : Value());
  }
}

//===-- Transposed operands of loops -------------------------------------------------------------------------===//

TransposedTiles::TransposedTiles(KernelFrame &f, int64_t tiled, int64_t lane) : f(f), tiled(tiled), lane(lane) {
  if (tiled < 0) return;
  mlir::OpBuilder::InsertionGuard guard(f.b);
  f.b.setInsertionPointToStart(&f.target.getBody().front());
  for (mlir::Operation &op : f.body().without_terminator()) {
    auto transpose = llvm::dyn_cast<ir::TransposeOp>(op);
    if (!transpose) continue;
    llvm::ArrayRef<int64_t> permutation = transpose.getPermutation();
    DType dtype = ir::toDType(transpose.getType().getElementType());
    if (tiled >= static_cast<int64_t>(permutation.size())) continue;
    bool liesAlong = permutation[tiled] + 1 == static_cast<int64_t>(permutation.size());
    // Bits of bool are no memory.
    if (!liesAlong || dtype == DType::boolean || !isReadInPlace(transpose)) continue;
    auto type = mlir::VectorType::get({kLanes}, registerType(dtype, f.b.getContext()));
    operands.push_back(
        {transpose, type, f.allocate(kLanes * type.getNumElements() * type.getElementTypeBitWidth() / 8)});
  }
}

/// Rows of narrow types are shorter than the alignment of the tile.
static int64_t rowAlignment(mlir::VectorType row) {
  return std::min<int64_t>(64, row.getNumElements() * row.getElementTypeBitWidth() / 8);
}

Value TransposedTiles::rowAddress(const Operand &operand, Value number) {
  return LLVM::GEPOp::create(f.b, f.at, operand.scratch.getType(), operand.type, operand.scratch,
                             llvm::ArrayRef<LLVM::GEPArg>{number});
}

void TransposedTiles::fill(Index index, Value row, Value rowEnd, Value start, Value laneEnd) {
  if (operands.empty()) return;
  f.elements.enterBody(kLanes, rowEnd ? f.laneMask(f.sub(rowEnd, row)) : Value());
  Value last = laneEnd ? f.sub(laneEnd, f.constant(1)) : Value();
  llvm::SmallVector<llvm::SmallVector<Value>> tiles(operands.size());
  index[tiled] = {row, 1, {}};
  for (int64_t i = 0; i < kLanes; ++i) {
    Value position = f.add(start, f.constant(i));
    index[lane] = {last ? f.minimum(position, last) : position, 0, {}};
    for (auto [operand, tile] : llvm::zip(operands, tiles)) {
      Index source(index.size());
      for (auto [axis, from] : llvm::enumerate(operand.op.getPermutation())) source[from] = index[axis];
      tile.push_back(f.elements.vectorAt(operand.op.getOperand(), source));
    }
  }
  for (auto [operand, tile] : llvm::zip(operands, tiles))
    for (auto [i, value] : llvm::enumerate(transposed(f.b, f.at, tile)))
      LLVM::StoreOp::create(f.b, f.at, value, rowAddress(operand, f.constant(static_cast<int64_t>(i))),
                            rowAlignment(operand.type));
}

void TransposedTiles::enterRow(Value number) {
  for (Operand &operand : operands)
    f.elements.setValue(
        operand.op.getResult(),
        LLVM::LoadOp::create(f.b, f.at, operand.type, rowAddress(operand, number), rowAlignment(operand.type)));
}

}  // namespace etch::codegen
