#include "codegen/cpu/window/PoolPictures.h"

namespace etch::codegen {

std::optional<PoolPictures> PoolPictures::of(mlir::Operation *pool) {
  PoolPictures p{};
  auto type = llvm::cast<mlir::RankedTensorType>(pool->getOperand(0).getType());
  p.rank = type.getRank();
  while (p.rank > 0 && type.getDimSize(p.rank - 1) == 1 && leavesAlone(pool, p.rank - 1)) --p.rank;
  while (p.outer < p.rank && leavesAlone(pool, p.outer)) ++p.outer;
  if (p.outer == p.rank || p.rank - p.outer > 3 || leavesAlone(pool, p.rank - 1)) return std::nullopt;
  for (int64_t i = p.outer; i < p.rank; ++i) {
    WindowAxis &axis = p.axes[i + 3 - p.rank] = WindowAxis::of(pool, i);
    if (axis.extent <= 0 || axis.result <= 0) return std::nullopt;
  }
  return p;
}

}  // namespace etch::codegen
