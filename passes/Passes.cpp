#include "passes/Passes.h"

#include "mlir/Transforms/Passes.h"

#include "passes/autodiff/ExpandDerivatives.h"

namespace etch::passes {

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

void registerEtchPasses() {
  registerEtchTransformsPasses();
  mlir::registerPass(createExpandDerivativesPass);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
}

}  // namespace etch::passes
