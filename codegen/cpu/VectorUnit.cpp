#include "codegen/cpu/VectorUnit.h"

#include "llvm/Support/FormatVariadic.h"
#include "mlir/IR/BuiltinAttributes.h"

#include "runtime/base/error.h"

namespace etch::codegen {

std::string textOf(const VectorUnit &unit) {
  return llvm::formatv("{0}x{1}{2}{3}{4}{5}{6}", unit.bits, unit.registers, unit.fma ? "+fma" : "",
                       unit.amx ? "+amx" : "", unit.pairs ? "+pairs" : "", unit.streams ? "+streams" : "",
                       unit.halves ? "+halves" : "")
      .str();
}

VectorUnit vectorUnitOf(mlir::ModuleOp module) {
  VectorUnit unit;
  auto text = module->getAttrOfType<mlir::StringAttr>(kVectorUnit);
  if (!text) return unit;
  auto [bits, rest] = text.getValue().split('x');
  auto [registers, more] = rest.split('+');
  if (bits.getAsInteger(10, unit.bits) || registers.getAsInteger(10, unit.registers) ||
      !llvm::is_contained({128, 256, 512}, unit.bits) || unit.registers < 16)
    throw UserError("attribute " + kVectorUnit.str() + ": \"" + text.str() +
                    "\" is no vector unit, such as \"512x32+fma\"");
  llvm::SmallVector<llvm::StringRef, 4> features;
  more.split(features, '+');
  unit.fma = llvm::is_contained(features, "fma");
  unit.amx = llvm::is_contained(features, "amx");
  unit.pairs = llvm::is_contained(features, "pairs");
  unit.streams = llvm::is_contained(features, "streams");
  unit.halves = llvm::is_contained(features, "halves");
  return unit;
}

}  // namespace etch::codegen
