#include "codegen/cpu/window/Lanes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using mlir::Value;

Value Lanes::mask(KernelFrame &f, int64_t lanes) const {
  llvm::SmallVector<bool> bits;
  for (int64_t lane = 0; lane < lanes; ++lane) bits.push_back(lane >= begin && lane < end);
  auto type = mlir::VectorType::get({lanes}, f.b.getI1Type());
  return mlir::arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<bool>(bits)));
}

Value pickLanes(KernelFrame &f, mlir::ValueRange vectors, llvm::function_ref<int64_t(int64_t)> source) {
  const int64_t lanes = llvm::cast<mlir::VectorType>(vectors[0].getType()).getDimSize(0);
  llvm::SmallVector<int64_t> sources;
  for (int64_t lane = 0; lane < lanes; ++lane) sources.push_back(source(lane));
  Value picked;
  bool inPlace = false;
  auto shuffle = [&](Value first, Value second, int64_t number) {
    llvm::SmallVector<int64_t> chosen;
    for (auto [lane, element] : llvm::enumerate(sources))
      chosen.push_back(element / lanes == number ? lanes + element % lanes
                       : inPlace                 ? static_cast<int64_t>(lane)
                                                 : element % lanes);
    picked = mlir::vector::ShuffleOp::create(f.b, f.at, first, second, chosen);
    inPlace = true;
  };
  for (auto [number, vector] : llvm::enumerate(vectors)) {
    const auto mine = static_cast<int64_t>(number);
    if (llvm::none_of(sources, [&](int64_t element) { return element / lanes == mine; })) continue;
    if (picked)
      shuffle(picked, vector, mine);
    else
      picked = vector;
  }
  if (!inPlace && !llvm::equal(sources, llvm::seq<int64_t>(sources[0], sources[0] + lanes)))
    shuffle(picked, picked, -1);
  return picked;
}

}  // namespace etch::codegen
