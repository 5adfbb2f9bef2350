#include "codegen/cpu/entry/Entry.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"

namespace etch::codegen {

mlir::func::FuncOp publicFunction(mlir::ModuleOp module) {
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (function.isPublic()) return function;
  throw InternalError("a module without a public function reached code generation");
}

namespace {

/// The elements as they lie in memory, one byte a bool.
std::string denseBytes(mlir::DenseElementsAttr elements) {
  if (elements.getElementType().isInteger(1)) {
    std::string bytes;
    for (bool value : elements.getValues<bool>()) bytes += static_cast<char>(value);
    return bytes;
  }
  llvm::ArrayRef<char> raw = elements.getRawData();
  std::string bytes(raw.begin(), raw.end());
  if (!elements.isSplat()) return bytes;
  std::string all;
  for (int64_t i = 0; i < elements.getNumElements(); ++i) all += bytes;
  return all;
}

}  // namespace

ProgramInfo programInfoOf(mlir::ModuleOp module) {
  mlir::func::FuncOp function = publicFunction(module);
  ProgramInfo info;
  info.name = function.getName().str();
  auto text = [](mlir::StringAttr attribute) { return attribute ? attribute.getValue().str() : std::string(); };
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    info.args.push_back({text(function.getArgAttrOfType<mlir::StringAttr>(i, ir::kName)),
                         ir::toTensorType(type),
                         ir::isVariable(function, i),
                         -1,
                         {}});
    if (auto initial = function.getArgAttrOfType<mlir::DenseElementsAttr>(i, ir::kInitialValue))
      info.args.back().initialValue = denseBytes(initial);
    info.isStatic &= info.args.back().type.shape.is_static();
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    const std::optional<unsigned> updated = ir::updatedArgument(function, i);
    info.results.push_back({text(function.getResultAttrOfType<mlir::StringAttr>(i, ir::kName)),
                            ir::toTensorType(type),
                            false,
                            updated ? static_cast<int>(*updated) : -1,
                            {}});
    info.hasRunTimeResult |= !updated && function.getResultAttr(i, passes::kRunTime);
  }
  if (auto bytes = function->getAttrOfType<mlir::IntegerAttr>(passes::kArenaBytes)) info.arenaBytes = bytes.getInt();
  info.canFail = function->hasAttr(passes::kCanFail);
  function.walk([&](ir::HostCallOp) { info.hasHostCall = true; });
  return info;
}

}  // namespace etch::codegen
