#pragma once
// The entry function of a program: binds memory, runs the schedule.

#include <memory>
#include <string>
#include <vector>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include "runtime/base/tensor_type.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

/// What a program's descriptor says of an argument or a result.
struct ValueInfo {
  std::string name;
  TensorType type;
  bool isVariable = false;   ///< argument: storage of a variable
  int updates = -1;          ///< result: index of the variable argument it updates
  std::string initialValue;  ///< variable argument: dense data to start from, or empty (etch.initial_value)
};

/// Everything the descriptor needs, read from the module before it is lowered.
struct ProgramInfo {
  std::string name;
  std::vector<ValueInfo> args, results;
  std::vector<etch_weights> weights;  ///< known at the end of the kernels stage
  int64_t arenaBytes = 0;
  bool isStatic = true;  ///< no unknown extents
  bool canFail = false;
  bool hasHostCall = false;
  bool hasRunTimeResult = false;
};
ProgramInfo programInfoOf(mlir::ModuleOp module);
/// The function that the program is.
mlir::func::FuncOp publicFunction(mlir::ModuleOp module);

/// The public function as `<name>_entry(call) -> i32` and, with unknown extents, `<name>_shapes(context, dims, out) ->
/// i32`: the first half of the `target` stage.
std::unique_ptr<mlir::Pass> createEmitEntry();
/// Everything to the LLVM dialect: the second half.
std::unique_ptr<mlir::Pass> createLowerToLLVM();

}  // namespace etch::codegen
