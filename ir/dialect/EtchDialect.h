#pragma once
// The etch dialect and its op classes.

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/dialect/Traits.h"
#include "ir/tape/tape.h"

#include "ir/ops/EtchDialect.h.inc"

#define GET_OP_CLASSES
#include "ir/ops/EtchOps.h.inc"

namespace etch::ir {

/// Loads what etch modules are made of: etch and func.
void loadEtchDialects(mlir::MLIRContext &context);

/// Between the two descriptions of a tensor type. Unknown extents are -1 in Shape.
TensorType toTensorType(mlir::Type type);
mlir::RankedTensorType toMlirType(const TensorType &type, mlir::MLIRContext *context);
mlir::Type toMlirType(DType dtype, mlir::MLIRContext *context);
/// Throws UserError for a type that is none of Etch's, or says so.
DType toDType(mlir::Type elementType);
std::optional<DType> dtypeIfKnown(mlir::Type elementType);
/// The type of a value that is a tensor.
inline mlir::RankedTensorType typeOf(mlir::Value value) { return llvm::cast<mlir::RankedTensorType>(value.getType()); }

/// The op code of an etch op, nullopt for ops of other dialects.
std::optional<OpCode> opCodeOf(mlir::Operation *op);

/// The user's place an op was made for: the innermost file location inside fused or call-site ones.
Location toUserLocation(mlir::Location location);

}  // namespace etch::ir
