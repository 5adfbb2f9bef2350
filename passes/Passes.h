#pragma once
// Constructors of the passes; passes/Passes.td documents each.

#include <memory>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace etch::passes {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

/// Makes every pass of this folder known to etch-opt.
void registerEtchPasses();

}  // namespace etch::passes
