#pragma once
// Tensors of a few elements in registers: a scalar for one element, else a vector whose lanes are the elements in
// row-major order. Its number of lanes is a power of two; lanes behind the last element hold anything.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// An element in a register: a lane of a vector, or a scalar.
struct Lane {
  mlir::Value value;
  int64_t lane = 0;
};

class Registers {
 public:
  explicit Registers(KernelFrame &f) : f(f) {}

  /// Lanes of the vector that holds so many elements; 0: a scalar.
  static int64_t lanesFor(int64_t elements);

  mlir::Value load(DType dtype, mlir::Value pointer, mlir::Value position, int64_t elements);
  void store(DType dtype, mlir::Value value, mlir::Value pointer, int64_t elements);

  /// A register with these elements, in order.
  mlir::Value gather(llvm::ArrayRef<Lane> elements);
  mlir::Value scalar(Lane element);
  /// The first `elements` of `value` in a vector of `lanes`: the others repeat the first one.
  mlir::Value widen(mlir::Value value, int64_t elements, int64_t lanes);

 private:
  KernelFrame &f;

  mlir::Value shuffle(mlir::Value x, mlir::Value y, llvm::ArrayRef<int64_t> order);
};

}  // namespace etch::codegen
