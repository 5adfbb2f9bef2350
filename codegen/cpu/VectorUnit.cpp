#include "codegen/cpu/VectorUnit.h"

#include "llvm/Support/FormatVariadic.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace etch::codegen {

std::string textOf(const VectorUnit &unit) {
  return llvm::formatv("{0}x{1}{2}{3}{4}", unit.bits, unit.registers, unit.fma ? "+fma" : "", unit.amx ? "+amx" : "",
                       unit.pairs ? "+pairs" : "")
      .str();
}

VectorUnit vectorUnitOf(mlir::ModuleOp module) {
  VectorUnit unit;
  auto text = module->getAttrOfType<mlir::StringAttr>(kVectorUnit);
  if (!text) return unit;
  auto [bits, rest] = text.getValue().split('x');
  auto [registers, more] = rest.split('+');
  bits.getAsInteger(10, unit.bits);
  registers.getAsInteger(10, unit.registers);
  unit.fma = more.starts_with("fma");
  unit.amx = more.ends_with("amx");
  unit.pairs = more.ends_with("pairs");
  return unit;
}

}  // namespace etch::codegen
