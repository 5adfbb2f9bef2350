// Products whose result is one vector wide: taller tiles than elsewhere, since what takes the time are the loads of the
// left operand, one a multiplication, and that of the right one is shared by all rows of a tile.

#include "codegen/cpu/gemm/GemmNarrow.h"

namespace etch::codegen {

using mlir::Value;

namespace {

/// Rows that one moving pointer serves (LineAddresses) (docs/decisions/0010).
constexpr int64_t kRowsOfPointer = 7;

}  // namespace

llvm::ArrayRef<int64_t> narrowHeights(const VectorUnit &unit) {
  static constexpr int64_t kMany[] = {10, 12, 14, 16, 18, 21, 24, 26, 28}, kFew[] = {6, 8, 10, 12};
  if (unit.registers >= 32) return kMany;
  return kFew;
}

mlir::func::FuncOp emitGemmNarrow(GemmEmitter &e, llvm::StringRef routine, int64_t height) {
  const DType dtype = e.tiles.dtype;
  auto function =
      e.begin((routine + ".narrow" + llvm::Twine(height)).str(), InPlaceArguments::kPointers, InPlaceArguments::kWords);
  const auto [left, right, out, leftRow, leftDepth, rightDepth, outRow, depth, rows, columns] =
      argumentsOf<InPlaceArguments>(function);
  const auto bytes = static_cast<int64_t>(size_of(dtype));
  const LineAddresses leftLines(e, e.mul(leftRow, bytes)), outLines(e, e.mul(outRow, bytes));
  // Tiles of as many rows each. Where these are fewer than `height` groups of rows overlap, and tiles where they do
  // not go into `rows`: some are computed, and stored, twice.
  const int64_t groups = std::max<int64_t>(2, (height + kRowsOfPointer - 1) / kRowsOfPointer);
  const int64_t most = (height + groups - 1) / groups;
  Value count = e.maximum(e.quotientUp(rows, height), e.constant(1));
  Value each = e.quotientUp(rows, count);
  Value mask = e.mask(columns);
  llvm::SmallVector<std::pair<Value, int64_t>> parts;  // first row, rows
  for (int64_t first = 0; first < height; first += most) {
    const int64_t number = std::min(most, height - first);
    parts.emplace_back(e.minimum(e.constant(first), e.sub(each, e.constant(number))), number);
  }
  // Where there are many tiles, which are of the highest kind then, the next one's rows come from far away: each step
  // asks for its share of them, if they lie one behind the other (2000x16x256: 0.81 of oneDNN without).
  const bool asks = height == narrowHeights(e.unit).back();
  Value share = e.div(e.mul(leftRow, each), e.maximum(depth, e.constant(1)));
  Value isDense = e.less(leftRow, e.mul(depth, 2));
  share = e.select(isDense, e.add(share, e.constant(1)), e.constant(0));
  e.loop(e.constant(0), count, 1, [&](Value tile) {
    Value begin = e.minimum(e.mul(tile, each), e.sub(rows, each));
    Values carried = {right};
    for (auto [first, number] : parts) carried.push_back(e.offset(left, e.mul(e.add(begin, first), leftRow), dtype));
    const auto pointers = static_cast<int64_t>(carried.size());
    if (asks) carried.push_back(e.offset(left, e.mul(e.add(begin, each), leftRow), dtype));
    const auto firstSum = static_cast<int64_t>(carried.size());
    carried.append(height, e.zeros(dtype));
    Values sums = e.loop(e.constant(0), depth, e.constant(1), carried, [&](Value, mlir::ValueRange now) {
      Values next = {e.offset(now[0], rightDepth, dtype)};
      Value line = e.load(now[0], dtype, mask);
      Values moving;
      for (int64_t p = 1; p < pointers; ++p) {
        moving.push_back(e.opaque(now[p]));
        next.push_back(e.offset(moving.back(), leftDepth, dtype));
      }
      if (asks) {
        e.prefetch(now[pointers], 3);
        next.push_back(e.offset(now[pointers], share, dtype));
      }
      auto sum = now.begin() + firstSum;
      for (auto [part, pointer] : llvm::zip(parts, moving))
        for (int64_t r = 0; r < part.second; ++r) {
          Value element = mlir::LLVM::LoadOp::create(e.b, e.at, memoryType(dtype, e.b.getContext()),
                                                     leftLines.at(pointer, r), static_cast<unsigned>(bytes));
          next.push_back(e.multiplyAdd(e.broadcast(element), line, *sum++));
        }
      return next;
    });
    auto sum = sums.begin() + firstSum;
    for (auto [first, number] : parts) {
      Value place = e.offset(out, e.mul(e.add(begin, first), outRow), dtype);
      for (int64_t r = 0; r < number; ++r) e.store(*sum++, outLines.at(place, r), dtype, mask);
    }
  });
  e.end();
  return function;
}

}  // namespace etch::codegen
