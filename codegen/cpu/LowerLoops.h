#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

/// Loops that count and choices become branches, in the form that MLIR's own conversion gives them, which asks about
/// every op of the module to find them:
///
///     scf.for %i = %a to %b step %c { ... }
///     =>
///     cf.br ^condition(%a)  ^condition(%i): cf.cond_br %i < %b, ^body, ^end  ^body: ... cf.br ^condition(%i + %c)
///     ^end:
void lowerLoops(mlir::ModuleOp module);

}  // namespace etch::codegen
