#pragma once
// The grad stage: derivatives become ordinary ops.

#include <memory>
#include <string>
#include <vector>

#include "mlir/Pass/Pass.h"

namespace etch::passes {

/// Flag etch-expand-derivatives. Replaces every etch.vjp and etch.jvp of a module by the callee's body and its
/// derivative:
///
///   %y, %dx = etch.vjp @f(%x) cotangents(%g) wrt = [0]      // @f(%a) = etch.tanh %a
///   // becomes
///   %y = etch.tanh %x
///   %0 = etch.mul %y, %y
///   %1 = etch.sub %ones, %0
///   %dx = etch.mul %g, %1
///
/// Calls inside differentiated functions are inlined; the others, and etch.custom_vjp, are left to etch-inline-calls.
std::unique_ptr<mlir::Pass> createExpandDerivativesPass();

/// Whether an op, "etch.tanh", can stand on a differentiated path. Ops with the trait ZeroDerivative can too, and need
/// no rule.
bool hasReverseRule(llvm::StringRef opName);
bool hasForwardRule(llvm::StringRef opName);
/// The names of all ops with a rule in either mode, sorted.
std::vector<std::string> opsWithDerivativeRules();

}  // namespace etch::passes
