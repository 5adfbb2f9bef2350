#pragma once
// What a scan does with each element, whatever axis it runs along: how results combine, and where elements come from
// and go to.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

class ScanSteps {
 public:
  ScanSteps(KernelFrame &f, mlir::Operation *op);

  const ir::OpCode code;
  const DType dtype, stateDType;  ///< of elements; that results run in
  const mlir::Type stateType;     ///< of one result

  /// What changes nothing: -0 in sums, so that the first result is the first element to the bit.
  mlir::Value identity(mlir::Type type);
  mlir::Value combine(mlir::Value x, mlir::Value y);
  /// factor * state + term: a step of linear_scan.
  mlir::Value advance(mlir::Value state, mlir::Value factor, mlir::Value term);

  /// Element(s) of an operand, in the dtype that results run in.
  mlir::Value element(unsigned operand, mlir::Value position, int64_t step);
  void store(mlir::Value value, mlir::Value position, int64_t step);

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  mlir::Operation *op;

  bool isExtremum() const { return code == ir::OpCode::cummax || code == ir::OpCode::cummin; }
};

}  // namespace etch::codegen
